"""Whose pages these are: a worker's own, or those of a person whom a helper acts for."""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.urls import reverse

from clearinghouse.audit import reads
from clearinghouse.audit.enums import Purpose
from clearinghouse.people import queries as people
from clearinghouse.shared import clock
from clearinghouse.web.guard import SignedInRequest

if TYPE_CHECKING:
    from clearinghouse.people.models import Worker


@dataclass(frozen=True, slots=True)
class Case:
    """One person's pages; `worker_id` is set when a helper looks at them."""

    worker: "Worker | None"
    worker_id: UUID | None = None

    @property
    def helped(self) -> bool:
        """Tell whether a helper acts for the person."""
        return self.worker_id is not None

    def url(self, name: str, *arguments: object) -> str:
        """Return the address of a page of this person, in the door that is being used."""
        if self.worker_id is None:
            return reverse(f"worker-{name}", args=arguments)
        return reverse(f"helper-{name}", args=[self.worker_id, *arguments])


def case_of(request: SignedInRequest, worker_id: UUID | None) -> Case:
    """Find whose pages are asked for; raises `NotFound` for people outside one's mandates."""
    if worker_id is None:
        return Case(people.find_worker(request.user))
    now = clock.now()
    worker = people.get_worker_for(request.user, worker_id, now)
    reads.record(request.user, [worker], purpose=Purpose.HELP, now=now)
    return Case(worker, worker_id)
