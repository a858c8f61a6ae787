"""The parts in which the matrix is walked: each is a module, so that processes share the work."""

from collections.abc import Callable

from tests.matrix.routes import Route
from tests.matrix.walk import walk
from tests.matrix.world import MatrixWorld

# Adds a line to the table of the night: size, result.
Note = Callable[[str, str], None]

PARTS: dict[str, Callable[[Route], bool]] = {
    "programs": lambda route: route.is_api,
    "people": lambda route: route.name.startswith(("worker-", "helper-", "my-", "protection-")),
    "states": lambda route: route.name.startswith(("state-", "public-", "simulation")),
}
REST = "house"


def part_of(route: Route) -> str:
    """Name the part that an address belongs to."""
    return next((name for name, has in PARTS.items() if has(route)), REST)


def assert_part(part: str, world: MatrixWorld, note: Note) -> None:
    """Walk one part, fail with every cell that is not as the table says, note its size."""
    found = walk(world, lambda route: part_of(route) == part)
    assert not found.wrong, "\n".join([f"{len(found.wrong)} cells are wrong", *found.wrong])
    assert found.cells > 1000
    note(f"{part}: {found.cells} cells, {found.calls} calls", "all as the table says")
