"""How the engine refuses input: all problems at once, each with its place in the file."""

from dataclasses import dataclass, field
from typing import Final

PROBLEMS_SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the input, and where it stands."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class InputError(ValueError):
    """The input was refused; `problems` says why, `left_out` how many more there were."""

    def __init__(self, problems: tuple[Problem, ...], left_out: int = 0) -> None:
        self.problems = problems
        self.left_out = left_out
        more = f"\n... and {left_out} more" if left_out else ""
        super().__init__("\n".join(str(problem) for problem in problems) + more)

    def in_file(self, name: str) -> "InputError":
        """Return the same refusal with the file's name before every place."""
        problems = (
            Problem(f"{name}: {problem.place}", problem.message) for problem in self.problems
        )
        return InputError(tuple(problems), self.left_out)


@dataclass(slots=True)
class Problems:
    """A notebook of problems, so that one run reports them all."""

    noted: list[Problem] = field(default_factory=list)
    left_out: int = 0

    def add(self, place: str, message: str) -> None:
        """Note one problem; beyond the first fifty only count it."""
        if len(self.noted) < PROBLEMS_SHOWN:
            self.noted.append(Problem(place, message))
        else:
            self.left_out += 1

    def refuse_if_any(self) -> None:
        """Raise InputError if anything was noted."""
        if self.noted:
            raise InputError(tuple(self.noted), self.left_out)


def refusal(place: str, message: str) -> InputError:
    """Return the refusal for a single problem, ready to raise."""
    return InputError((Problem(place, message),))
