"""Names that read differently from what they are."""

from datetime import date

import pytest

from clearinghouse.people import services
from clearinghouse.people.rules import ProfileData
from clearinghouse.shared.errors import Invalid
from tests.factories.accounts import make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("given", ["\u200b", "Mar\u202eia"])
def test_refuses_names_that_hide_something(given, now):
    data = ProfileData(
        given_names=given,
        family_name="Haddad",
        birth_date=date(1990, 5, 1),
        nationality="MA",
        occupation="9211",
    )
    with pytest.raises(Invalid) as refusal:
        services.save_profile(by=make_user("worker"), data=data, now=now)
    assert list(refusal.value.fields) == ["given_names"]
