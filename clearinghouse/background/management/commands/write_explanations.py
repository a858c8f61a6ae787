"""`write_explanations ROUND --out DIR`: the signed explanations of a round, as files."""

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from clearinghouse.access.checks import SYSTEM
from clearinghouse.matching import queries
from clearinghouse.shared.errors import DomainError
from clearinghouse.shared.signing import SignatureRefusedError

_EVERY = 500


class Command(BaseCommand):
    """Archive a round: one file a person, named by the number that the person has in the round.

    Who is protected can be read from the files, so no role of the portal reaches them: the command
    is for whoever owns the process and the database on this machine, and the files are closed to
    everybody else (mode 0600 in a folder of mode 0700).
    """

    help = "Write the signed explanation of everybody of a released round, and check each."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the round's number and a folder that is empty or not there yet."""
        parser.add_argument("number", type=int, help="number of the round")
        parser.add_argument("--out", type=Path, required=True, help="folder to make or to fill")

    def handle(self, *, number: int, out: Path, **_options: Any) -> None:
        """Write and check; say how many; fail if one is missing or does not hold."""
        folder = _empty_folder(out)
        try:
            round_ = queries.get_round(SYSTEM, number)
            total = queries.count_entries(round_)
            written = 0
            for candidate, found in queries.list_signed_explanations(round_, actor=SYSTEM):
                _check(candidate, found.token)
                _write(folder / f"{candidate}.jws", found.token)
                written += 1
                if written % _EVERY == 0:
                    self.stdout.write(f"{written} of {total}")
        except DomainError as error:
            raise CommandError(str(error)) from error
        if written != total:
            raise CommandError(
                f"{total} people took part, and {written} explanations were written."
            )
        self.stdout.write(f"{written} explanations of round {number}, each checked, in {folder}")


def _empty_folder(path: Path) -> Path:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(path.iterdir()):
        raise CommandError(f"{path} is not empty.")
    path.chmod(0o700)
    return path


def _check(candidate: str, token: str) -> None:
    try:
        document = queries.check_explanation(token).document
    except SignatureRefusedError as error:
        raise CommandError(f"The explanation of {candidate} does not hold: {error}") from error
    if document["candidate"] != candidate:
        raise CommandError(f"The explanation of {candidate} is somebody else's.")


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
