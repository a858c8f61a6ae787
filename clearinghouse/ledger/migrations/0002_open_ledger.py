"""Carry places that exist already into the book: where they are now, not how they came there."""

from collections import Counter, defaultdict

from django.db import migrations
from django.utils import timezone

LIVE = ("offered", "accepted")


def open_ledger(apps, schema_editor):  # noqa: ARG001 - the shape that migrations call
    """Book an opening for every quota that was ever published; causes as far as they are kept."""
    Quota = apps.get_model("quotas", "Quota")
    plans, held = _plans(apps), _held(apps)
    booked = []
    rows = Quota.objects.filter(published_at__isnull=False).order_by("pk")
    for quota in rows.values("pk", "status", "places", "reserved"):
        booked += _opening(quota, plans.get(quota["pk"]), held[quota["pk"]])
    _book(apps, booked)


def _plans(apps):
    """Return (result, run, round number) of the run in force, by the key of the quota."""
    rows = apps.get_model("matching", "PostingResult").objects.filter(
        run__applied_at__isnull=False, run__round__status="released"
    )
    found = {}
    for row in rows.order_by("run__generation").select_related("run__round"):
        found[row.quota_id] = row
    return found


def _held(apps):
    """Count live and ended offers, by the key of the quota and by status."""
    found = defaultdict(Counter)
    rows = apps.get_model("offers", "Offer").objects.values_list("quota_id", "status")
    for quota_id, status in rows.iterator(chunk_size=20_000):
        found[quota_id][status] += 1
    return found


def _opening(quota, plan, offers):
    key, places, reserve = quota["pk"], quota["places"], quota["reserved"]
    put = {"posted": -places}
    if quota["status"] == "withdrawn":
        return [(key, "opening", "", None, {**put, "withdrawn": places})]
    if quota["status"] == "published":
        return [(key, "opening", "", None, {**put, "unallotted": places})]
    booked = [(key, "opening", "", plan, {**put, "open": places - reserve, "reserved": reserve})]
    if plan is None:
        return booked
    unfilled = reserve - plan.reserved_filled
    if unfilled:
        cause = plan.reserve_cause or "no_eligible"
        moves = {"reserved": -unfilled, "reverted": unfilled}
        booked.append((key, "reverted", cause, plan, moves))
    taken = plan.open_filled + plan.reserved_filled + plan.reverted
    waiting = taken - sum(offers[status] for status in LIVE)
    # Given back as far as people gave places back; what is left was never offered.
    lapsed = min(waiting, offers["declined"] + offers["lapsed"])
    moves = {
        "open": -plan.open_filled,
        "reserved": -plan.reserved_filled,
        "reverted": -plan.reverted,
        "offered": offers["offered"],
        "accepted": offers["accepted"],
        "lapsed": lapsed,
        "held": waiting - lapsed,
    }
    return [*booked, (key, "opening", "", plan, moves)]


def _book(apps, booked):
    Transaction, Entry = apps.get_model("ledger", "Transaction"), apps.get_model("ledger", "Entry")
    booked = [row for row in booked if any(row[4].values())]
    now = timezone.now()
    made = Transaction.objects.bulk_create(
        [
            Transaction(
                posting=key,
                kind=kind,
                cause=cause,
                round_number=plan and plan.run.round.number,
                run=plan and plan.run.public_id,
                at=now,
                actor="system",
            )
            for key, kind, cause, plan, _moves in booked
        ]
    )
    Entry.objects.bulk_create(
        Entry(transaction=row, posting=row.posting, account=account, places=places)
        for row, (*_rest, moves) in zip(made, booked, strict=True)
        for account, places in moves.items()
        if places
    )


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0001_initial"),
        ("quotas", "0001_initial"),
        ("matching", "0001_initial"),
        ("offers", "0001_initial"),
    ]

    operations = [migrations.RunPython(open_ledger, migrations.RunPython.noop)]
