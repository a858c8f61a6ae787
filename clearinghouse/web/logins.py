"""Which login of the database a request works as: decided by its address, before any view.

A page that counts or moves what belongs to many people works as the matcher, which knows no names
of state or agency; the rest works for the one who asks. See docs/decisions/0014-logins.md.
"""

import re

from clearinghouse.access.logins import Login

# The first that fits counts.
_ROUTES = tuple(
    (re.compile(pattern), login)
    for pattern, login in (
        (r"/operations/audit/", Login.AUDITOR),
        (r"/operations/", Login.MATCHER),
        (r"/api/v1/rounds/", Login.MATCHER),
        (r"/protection/", Login.PROTECTION),
        (r"/documents/", Login.PROTECTION),
        (r"/(worker|helper/people/[^/]+)/protection/", Login.PROTECTION),
        # An answer moves places that others wait for, and a proof holds the neighbours' digests.
        (r"/(worker|helper/people/[^/]+)/result/", Login.MATCHER),
        (r"/api/v1/(results|offers)/", Login.MATCHER),
    )
)


def login_of(path: str) -> Login:
    """Return the login for an address."""
    return next((login for pattern, login in _ROUTES if pattern.match(path)), Login.WEB)
