"""Seal what the zone said in the open until now: rows of earlier versions keep their meaning."""

import json

from django.db import migrations, models

from clearinghouse.protection.keys import Keys
from clearinghouse.shared import envelope

_BLOCK = 256
# Evidence is not changed: what each row says is only written in another way.
OPEN = "ALTER TABLE protection_determination DISABLE TRIGGER USER"
CLOSE = "ALTER TABLE protection_determination ENABLE TRIGGER USER"


def seal(apps, schema_editor):  # noqa: ARG001 - the shape that migrations call
    """Encrypt every row under the key of its person, made here."""
    tables = {name: apps.get_model("protection", name) for name in ("request", "determination")}
    tables["referral"] = apps.get_model("protection", "referral")
    people = set()
    for table in tables.values():
        people |= set(table.objects.values_list("worker_id", flat=True))
    keys = _new_keys(apps.get_model("protection", "PersonKey"), sorted(people))
    for name, table in tables.items():
        rows = list(table.objects.all())
        for row in rows:
            text = json.dumps(_said(name, row)).encode()
            text = text.ljust(-(-len(text) // _BLOCK) * _BLOCK)
            row.sealed = keys.encrypt(row.worker_id, f"{name}:{row.public_id}", text)
            if name == "determination":
                day = row.effective_on.isoformat().encode()
                row.mark = keys.mark(row.worker_id, name, day)
        columns = ["sealed", "mark"] if name == "determination" else ["sealed"]
        table.objects.bulk_update(rows, columns, batch_size=1000)


def _said(name, row):
    if name == "request":
        return {"statement": row.statement}
    if name == "referral":
        return {"note": row.closing_note}
    return {
        "outcome": row.outcome,
        "effective_on": row.effective_on.isoformat(),
        "review_on": row.review_on.isoformat() if row.review_on else "",
        "reasons": row.reasons,
    }


def _new_keys(table, people):
    keys = {worker_id: envelope.new_key() for worker_id in people}
    rows = []
    for worker_id, key in keys.items():
        name, wrapped = envelope.wrap(key, owner=str(worker_id))
        rows.append(table(worker_id=worker_id, wrapping=name, wrapped=wrapped))
    table.objects.bulk_create(rows, batch_size=1000)
    return Keys(keys)


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0002_shield"),
        ("protection", "0002_zone"),
    ]

    operations = [
        migrations.AddField(
            model_name="determination",
            name="mark",
            field=models.BinaryField(null=True),
        ),
        migrations.AddField(
            model_name="determination",
            name="sealed",
            field=models.BinaryField(null=True),
        ),
        migrations.AddField(
            model_name="referral",
            name="sealed",
            field=models.BinaryField(null=True),
        ),
        migrations.AddField(
            model_name="request",
            name="sealed",
            field=models.BinaryField(null=True),
        ),
        migrations.RunSQL(OPEN, CLOSE),
        migrations.RunPython(seal),
        migrations.RunSQL(CLOSE, OPEN),
    ]
