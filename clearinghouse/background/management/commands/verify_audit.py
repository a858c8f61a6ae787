"""`verify_audit`: find any change of the trail or of an audited row behind the audit's back."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from clearinghouse.audit import verifying
from clearinghouse.shared import clock


class Command(BaseCommand):
    """Verify links, Merkle roots, signatures, copies of checkpoints, triggers and live rows."""

    help = "Verify the whole audit trail against signed checkpoints; fails if anything was changed."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take where copies of checkpoints are, and the form of the answer."""
        parser.add_argument(
            "--checkpoints",
            action="append",
            type=Path,
            metavar="FOLDER|FILE",
            help="copies kept outside the database (default: the folder CHECKPOINT_DIR)",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument("--keep", action="store_true", help="show auditors what was found")

    def handle(self, **options: Any) -> None:
        """Print what was found and where; fail if anything was."""
        places = options["checkpoints"] or [Path(settings.CHECKPOINT_DIR)]
        if missing := [str(place) for place in options["checkpoints"] or () if not place.exists()]:
            raise CommandError(f"There is no {', '.join(missing)}.")
        report = verifying.verify([place for place in places if place.exists()])
        if options["keep"]:
            verifying.keep(report, now=clock.now())
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json()))
        else:
            self._say(report)
        if not report.sound:
            raise CommandError("The audit trail, or what it covers, was changed.")

    def _say(self, report: verifying.Report) -> None:
        for fault in report.findings.faults:
            self.stdout.write(f"{fault.what}: {fault.where}: {fault.text}")
        speed = report.entries / report.seconds if report.seconds else 0
        self.stdout.write(
            f"{report.entries} entries, {report.live_rows} live rows,"
            f" {report.checkpoints} checkpoints inside and {report.outside} outside,"
            f" {report.pending} entries wait for their link;"
            f" {report.seconds:.1f} s, {speed:,.0f} entries/s"
        )
