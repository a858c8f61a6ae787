"""`python3 run.py bench engine|round|rls|audit [...]`: modules of this package with a `main`."""

import importlib
import importlib.util
import sys

ROOMS = ("engine", "round", "rls", "audit")


def main(words: list[str]) -> int:
    """Run one bench and return its exit status: 1 if a goal was missed."""
    rooms = [name for name in ROOMS if importlib.util.find_spec(f"clearinghouse.bench.{name}")]
    if not words or words[0] not in rooms:
        print(f"bench knows: {', '.join(rooms)}", file=sys.stderr)
        return 2
    status: int = importlib.import_module(f"clearinghouse.bench.{words[0]}").main(words[1:])
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
