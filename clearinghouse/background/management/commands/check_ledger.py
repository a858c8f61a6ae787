"""`check_ledger`: compute all balances of places again from quotas, plans and offers."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clearinghouse.offers import services
from clearinghouse.shared import clock


class Command(BaseCommand):
    """Prove that the ledger of places agrees with everything that it stands for."""

    help = "Compare the ledger of places with quotas, plans and offers."

    def handle(self, **_options: Any) -> None:
        """Print one line, or one for each difference and fail."""
        done = services.reconcile_ledger(now=clock.now())
        for fault in done.differences:
            self.stdout.write(
                "{posting}: {account} is {booked}, must be {expected}".format(**fault)
            )
        if done.differences:
            raise CommandError("The ledger of places differs from what it stands for.")
        self.stdout.write(f"{done.postings} postings agree")
