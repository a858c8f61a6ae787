"""What a worker does next: one step at a time, in plain words."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clearinghouse.applications import queries as applications
from clearinghouse.applications.enums import Status
from clearinghouse.offers import queries as offers
from clearinghouse.offers.enums import Status as Offer
from clearinghouse.people import queries as people

if TYPE_CHECKING:
    from accounts.models import User
    from clearinghouse.people.models import Worker


@dataclass(frozen=True, slots=True)
class Step:
    """The next step of a worker: words, a button, and where on the way it stands."""

    title: str
    text: str
    action: str
    url: str
    way: list[dict[str, str]] = field(default_factory=list)
    note: str = ""
    note_url: str = ""


def next_step(user: "User", *, now: datetime) -> Step:
    """Find what this worker should do now."""
    person = people.find_worker(user)
    if person is None:
        return Step(
            title=_("Tell us about yourself"),
            text=_("Four short pages. You can stop at any time and go on later."),
            action=_("Fill in my profile"),
            url=reverse("worker-profile"),
            way=_way(0),
        )
    if people.is_minor(person, now.date()):
        return Step(
            title=_("You are under 18"),
            text=_("Work abroad is for adults. People whose task is to protect children help you."),
            action=_("What happens now"),
            url=reverse("worker-minor"),
        )
    return _of_application(user, person)


def _of_application(user: "User", person: "Worker") -> Step:
    application = applications.latest_of(person)
    offer = offers.find_live(person)
    waiting = applications.nominations_for(user).count()
    note = {
        "note": ngettext(
            "A state has put your name forward. It counts only when you say yes.",
            "%(count)d states have put your name forward. It counts only when you say yes.",
            waiting,
        )
        % {"count": waiting},
        "note_url": reverse("worker-nominations"),
    }
    extra: dict[str, Any] = note if waiting else {}
    if offer is not None:
        return Step(**_answered(offer), way=_way(4), **extra)
    status = application.status if application else ""
    return Step(**_STEPS.get(status, _find_work)(), way=_way(_PLACE.get(status, 1)), **extra)


def _answered(offer: Any) -> dict[str, str]:
    url = reverse("worker-offers")
    if offer.status == Offer.OFFERED:
        return {
            "title": _("You have an offer"),
            "text": _("Read it and answer. Saying no never makes a later result worse."),
            "action": _("Read my offer"),
            "url": url,
        }
    return {
        "title": _("You accepted an offer"),
        "text": _("The destination now prepares your visa. You pay nothing for it."),
        "action": _("See my result"),
        "url": url,
    }


def _find_work() -> dict[str, str]:
    return {
        "title": _("Find work that fits you"),
        "text": _("You see what you are eligible for. Choose as many places as you like."),
        "action": _("Find work"),
        "url": reverse("worker-postings"),
    }


def _draft() -> dict[str, str]:
    return {
        "title": _("Your application is not sent yet"),
        "text": _("Put your wishes in the order that you really prefer, then send."),
        "action": _("Go on with my application"),
        "url": reverse("worker-application"),
    }


def _sent() -> dict[str, str]:
    return {
        "title": _("Your application has arrived"),
        "text": _("The destinations check it. You can change your wishes until the round closes."),
        "action": _("See my application"),
        "url": reverse("worker-application"),
    }


def _pooled() -> dict[str, str]:
    return {
        "title": _("You take part in the round"),
        "text": _("Nothing to do now. Being early or late makes no difference to the result."),
        "action": _("See my application"),
        "url": reverse("worker-application"),
    }


def _refused() -> dict[str, str]:
    return {
        "title": _("Your wishes do not fit yet"),
        "text": _("Read the reason for each wish. You can choose other places."),
        "action": _("See the reasons"),
        "url": reverse("worker-application"),
    }


def _decided() -> dict[str, str]:
    return {
        "title": _("Your result is ready"),
        "text": _("Read your result and the reason for each wish."),
        "action": _("See my result"),
        "url": reverse("worker-offers"),
    }


_STEPS: dict[str, Callable[[], dict[str, str]]] = {
    Status.DRAFT: _draft,
    Status.SUBMITTED: _sent,
    Status.IN_POOL: _pooled,
    Status.LOCKED: _pooled,
    Status.NOT_ELIGIBLE: _refused,
    Status.PLACED: _decided,
    Status.UNPLACED: _decided,
}
_PLACE: dict[str, int] = {
    Status.DRAFT: 1,
    Status.SUBMITTED: 2,
    Status.NOT_ELIGIBLE: 2,
    Status.IN_POOL: 3,
    Status.LOCKED: 3,
    Status.PLACED: 4,
    Status.UNPLACED: 4,
}


def _way(current: int) -> list[dict[str, str]]:
    labels = [_("Profile"), _("Wishes"), _("Check"), _("Round"), _("Result")]
    return [
        {
            "label": label,
            "state": "done" if place < current else "current" if place == current else "todo",
        }
        for place, label in enumerate(labels)
    ]
