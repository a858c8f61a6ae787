"""Words of policies: what the transaction's settings say, each asked once a statement.

A sub-select without a reference to the row is computed once; a bare `current_setting` would be
computed for every row.
"""


def _setting(name: str, kind: str) -> str:
    return f"(SELECT nullif(current_setting('app.{name}', true), '')::{kind})"


USER = _setting("user", "bigint")
ACTOR = _setting("actor", "text")
STATE = _setting("state", "bigint")
TOKENS = _setting("tokens", "bigint[]")
REQUEST = _setting("request", "text")
# Workers whom the actor may act for: oneself, and those with a live mandate.
MINE = "(SELECT guard.my_workers())"
# Workers whom this transaction has created: nobody has a mandate for them yet.
MADE = "(SELECT guard.made_workers())"
NOBODY = f"({USER} IS NULL)"
# No office of any state: what is not meant for states stays closed whatever login asks.
NO_STATE = f"({STATE} IS NULL)"


def has_role(*roles: str) -> str:
    """Say that the actor holds one of these roles."""
    listed = ", ".join(f"'{role}'" for role in roles)
    return (
        "(SELECT coalesce(string_to_array(current_setting('app.roles', true), ',')"
        f" && ARRAY[{listed}], false))"
    )


def both(*parts: str) -> str:
    """Join conditions that must all hold."""
    return "(" + " AND ".join(parts) + ")"


def either(*parts: str) -> str:
    """Join conditions of which one must hold."""
    return "(" + " OR ".join(parts) + ")"


def likely(condition: str) -> str:
    """Write a condition so that the planner expects it to hold; unknown stays hidden.

    Queries ask for what the rules let through, so that a rule takes away next to nothing. Planned
    by its own odds it makes a list look short, and the plan sorts all of it before it cuts a page.
    """
    return f"nullif({condition}, false) IS NOT NULL"
