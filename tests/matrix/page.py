"""The page of the matrix, drawn from the table of expectations."""

from collections.abc import Iterator

from tests.matrix.routes import METHODS, routes
from tests.matrix.table import FILE, Row, table
from tests.matrix.world import ACTORS, RELATIONS

HEAD = """# The authorization matrix

Drawn from [`tests/matrix/expected.txt`](../tests/matrix/expected.txt) by
`MATRIX_WRITE=1 python3 run.py test tests/matrix/test_page.py`; a test compares. `tests/matrix`
calls the addresses and asserts every cell: {size} cells = {addresses} addresses x
{methods} methods x {actors} accounts x {relations} relations.
In the gate cells that cannot differ share a call; `MATRIX_WHOLE=1` calls each by itself.

**Cells.** S served; C reached, and the case says no; F forbidden; H hidden: the same bytes, and
where a person or a draft is hidden also the same number of statements, as for something that does
not exist; L must sign in; N method not allowed. One letter holds for all relations; seven letters
are R1 to R7: R1 applied to my state; R2 the same, but shielded from it; R3 nominated by my state;
R4 my national, applied alone; R5 my national, protected; R6 a stranger; R7 oneself, or the person
whom a helper has a mandate for. HEAD is as GET; a method without a line is not allowed.

**Accounts.** {names}. A10 has no account: it shows the name of its database login as a token.
"""


def page() -> str:
    """Return the page as Markdown."""
    size = len(routes()) * len(METHODS) * len(ACTORS) * len(RELATIONS)
    names = "; ".join(f"{actor} {label}" for actor, (label, _roles) in ACTORS.items())
    head = HEAD.format(
        size=f"{size:,}",
        addresses=len(routes()),
        methods=len(METHODS),
        actors=len(ACTORS),
        relations=len(RELATIONS),
        names=names,
    )
    return "\n".join([head, *_tables()]) + "\n"


def _tables() -> Iterator[str]:
    rows = table()
    for line in FILE.read_text(encoding="utf-8").partition("\n\n")[2].splitlines():
        if line.startswith("# ") and not line.endswith("download."):
            yield f"\n## {line.removeprefix('# ')}\n"
            yield "| Address | Method | " + " | ".join(ACTORS) + " |"
            yield "|---|---|" + "---|" * len(ACTORS)
        elif line and not line.startswith("#"):
            yield from _lines(rows[line.partition(" ")[0]])


def _lines(row: Row) -> Iterator[str]:
    for method in METHODS:
        if method == "HEAD" or (method not in row.methods):
            continue
        cells = [_cell(row, method, actor) for actor in ACTORS]
        if set(cells) != {"N"}:
            yield f"| {row.name} | {method} | " + " | ".join(cells) + " |"


def _cell(row: Row, method: str, actor: str) -> str:
    letters = "".join(row.outcome(method, actor, relation) for relation in RELATIONS)
    return letters[0] if len(set(letters)) == 1 else letters
