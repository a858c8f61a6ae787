"""Importing a file of nominations: whole or not at all."""

import hashlib
from datetime import date, datetime
from pathlib import PurePath

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from clearinghouse.applications import permissions, queries
from clearinghouse.applications.models import Nomination, NominationBatch
from clearinghouse.applications.services.nominations import announce, known_to_rows, row_of
from clearinghouse.applications.services.nominations_csv import Row, RowError, read_rows
from clearinghouse.applications.services.nominations_rows import Known, clean, problems_of
from clearinghouse.audit import trail
from clearinghouse.audit.enums import Verb
from clearinghouse.shared.database import refusals
from clearinghouse.shared.errors import Conflict, Invalid

SHOWN_ERRORS = 200
_SHOWN_VALUE = 60

Checked = list[tuple[Row, dict[str, str]]]


@transaction.atomic
def import_nominations(
    *, by: User, file_name: str, content: bytes, now: datetime
) -> NominationBatch:
    """Import a CSV file of nominations, or none of it.

    Raises `Invalid`: with one sentence about the file, or with `facts["rows"]`, the first 200
    `RowError`s in the order of the file, and `facts["total"]`, the number of all of them. The same
    file a second time raises `Conflict`. The report never depends on who is known already.
    """
    state = permissions.check_can_nominate(by)
    digest = hashlib.sha256(content).hexdigest()
    if queries.find_batch(state, digest) is not None:
        raise _twice()
    rows = read_rows(content, limit=settings.NOMINATION_ROWS_MAX)
    checked: Checked = [(row, clean(row.cells)) for row in rows]
    known = known_to_rows(state, [cells["reference"] for _row, cells in checked])
    errors = _errors(checked, known, on=now.date())
    # The same file may have come in while this one was read: then that is the answer.
    if errors and queries.find_batch(state, digest) is not None:
        raise _twice()
    _refuse_errors(errors)
    batch = NominationBatch(
        state=state,
        uploaded_by=by,
        file_name=PurePath(file_name.replace("\\", "/")).name[:200],
        file_digest=digest,
        row_count=len(checked),
        uploaded_at=now,
    )
    _store(batch, [cells for _row, cells in checked], known)
    facts = {"rows": batch.row_count, "digest": digest}
    trail.record(Verb.NOMINATIONS_IMPORTED, by=by, on=batch, facts=facts, state=state.iso2)
    return batch


def _store(batch: NominationBatch, rows: list[dict[str, str]], known: Known) -> None:
    by, now = batch.uploaded_by, batch.uploaded_at
    with refusals({"applications_batch_once": _twice()}):
        batch.save()
    nominations = [
        row_of(cells, known, state=batch.state, by=by, now=now, batch=batch) for cells in rows
    ]
    used = Conflict(
        _("Your state has used one of these references just now. Nothing was imported."),
        code="reference_twice",
    )
    with refusals({"applications_nomination_reference": used}):
        Nomination.objects.bulk_create(nominations, batch_size=1000)
    announce(nominations, by=by, now=now)


def _errors(checked: Checked, known: Known, *, on: date) -> list[RowError]:
    errors: list[RowError] = []
    first_rows: dict[str, int] = {}
    for row, cells in checked:
        if row.surplus:
            text = ngettext(
                "This row has %(count)d cell more than the header.",
                "This row has %(count)d cells more than the header.",
                row.surplus,
            )
            errors.append(RowError(row.number, "", text % {"count": row.surplus}, ""))
        for column, sentence in problems_of(cells, known, on=on):
            errors.append(RowError(row.number, column, sentence, _shown(row, column)))
        reference = cells["reference"]
        if reference and (first := first_rows.setdefault(reference, row.number)) != row.number:
            text = _("Row %(row)d has this reference too.") % {"row": first}
            errors.append(RowError(row.number, "reference", text, _shown(row, "reference")))
    return errors


def _refuse_errors(errors: list[RowError]) -> None:
    if not errors:
        return
    sentence = ngettext(
        "Nothing was imported: the file has %(count)d error.",
        "Nothing was imported: the file has %(count)d errors.",
        len(errors),
    ) % {"count": len(errors)}
    raise Invalid(
        sentence,
        code="rows",
        fields={"file": [sentence]},
        rows=errors[:SHOWN_ERRORS],
        total=len(errors),
    )


def _shown(row: Row, column: str) -> str:
    return row.cells.get(column, "")[:_SHOWN_VALUE]


def _twice() -> Conflict:
    return Conflict(_("Your state has imported this file already."), code="file_twice")
