"""The worker's pages, from an empty profile to the answer to an offer."""

from datetime import timedelta

import pytest
from django.urls import reverse

from clearinghouse.applications import queries as applications
from clearinghouse.people import queries as people
from tests.factories.accounts import make_user
from tests.factories.applications import make_application
from tests.factories.matching import NOW
from tests.factories.people import make_worker, verify_email
from tests.factories.quotas import make_quota
from tests.web.doors import count_queries, signed_in, stop_clock, text_of, writes_of

pytestmark = pytest.mark.django_db

WHO = {
    "given_names": "Amina",
    "family_name": "Odhiambo",
    "birth_date_day": "17",
    "birth_date_month": "5",
    "birth_date_year": "1994",
    "nationality": "KE",
    "former_residence": "",
    "phone": "",
}


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    stop_clock(monkeypatch, NOW)


def step(name):
    return reverse("worker-profile-step", args=[name])


def test_leads_to_first_step_without_profile():
    client = signed_in(make_user("worker"))
    response = client.get(reverse("worker-profile"))
    assert response.url == step("who")


def test_keeps_profile_step_by_step():
    user = make_user("worker")
    client = signed_in(user)
    assert client.post(step("who"), WHO).url == step("work")
    found = client.get(step("work"), {"q": "welder"})
    assert "7212" in text_of(found)
    assert client.post(step("work"), {"occupation": "7212", "experience_years": 8}).url == step(
        "school"
    )
    version = people.find_worker(user).version
    client.post(step("school"), {"qualification": "3", "version": version})
    version = people.find_worker(user).version
    languages = {
        "form-TOTAL_FORMS": 1,
        "form-INITIAL_FORMS": 0,
        "form-0-language": "de",
        "form-0-level": "B1",
        "version": version,
    }
    response = client.post(step("languages"), languages)
    assert response.url == reverse("worker-profile")
    data = people.profile_data_of(people.find_worker(user))
    assert (data.given_names, data.occupation, data.qualification, list(data.languages)) == (
        "Amina",
        "7212",
        "3",
        [("de", "B1")],
    )


def test_keeps_first_step_before_the_second():
    client = signed_in(make_user("worker"))
    client.post(step("who"), WHO)
    assert 'value="Amina"' in text_of(client.get(step("who")))


def test_adds_another_language_without_script():
    user = make_worker(languages=()).user
    client = signed_in(user)
    languages = {
        "form-TOTAL_FORMS": 1,
        "form-INITIAL_FORMS": 0,
        "form-0-language": "fr",
        "form-0-level": "A2",
        "more": "1",
        "version": 1,
    }
    assert client.post(step("languages"), languages).url == step("languages")
    assert "form-1-language" in text_of(client.get(step("languages")))


def test_refuses_language_without_level_and_keeps_the_form():
    client = signed_in(make_worker(languages=()).user)
    languages = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 0, "form-0-language": "fr"}
    page = text_of(client.post(step("languages"), {**languages, "version": 1}))
    assert "Say how well you speak this language." in page
    assert '<option value="fr" selected>' in page


def test_notices_profile_that_changed_in_another_window():
    client = signed_in(make_worker().user)
    client.post(step("school"), {"qualification": "5", "version": 1})
    page = text_of(client.post(step("school"), {"qualification": "6", "version": 1}))
    assert "Somebody has changed this profile" in page


def test_says_stateless_as_an_answer_of_its_own():
    user = make_user("worker")
    client = signed_in(user)
    client.post(step("who"), {**WHO, "nationality": "stateless"})
    client.post(step("work"), {"occupation": "7212", "experience_years": 1})
    assert people.profile_data_of(people.find_worker(user)).stateless is True
    assert "stateless" in text_of(client.get(reverse("worker-profile")))


def test_shows_minor_the_kind_page():
    user = make_user("worker")
    client = signed_in(user)
    client.post(step("who"), {**WHO, "birth_date_year": "2010"})
    response = client.post(step("work"), {"occupation": "7212", "experience_years": 0})
    assert response.url == reverse("worker-minor")
    assert "Somebody will contact you" in text_of(client.get(response.url))


def test_finds_occupations_by_going_down_the_list():
    client = signed_in(make_user("worker"))
    client.post(step("who"), WHO)
    assert "?group=72" in text_of(client.get(step("work"), {"group": "7"}))
    assert 'value="7212"' in text_of(client.get(step("work"), {"group": "72"}))


def test_finds_nursing_by_nurse():
    client = signed_in(make_user("worker"))
    client.post(step("who"), WHO)
    assert "Nursing Professionals" in text_of(client.get(step("work"), {"q": "nurse"}))


def test_says_so_when_no_occupation_is_found():
    client = signed_in(make_user("worker"))
    client.post(step("who"), WHO)
    assert "We found nothing" in text_of(client.get(step("work"), {"q": "xyzzy"}))


def test_lists_postings_that_fit_first_choice():
    make_quota(title="For welders")
    make_quota(title="For masters", min_qualification="7")
    client = signed_in(make_worker().user)
    page = text_of(client.get(reverse("worker-postings")))
    assert "For welders" in page
    assert "For masters" not in page
    every = text_of(client.get(reverse("worker-postings"), {"fit": "all"}))
    assert "The qualification is below the level asked for." in every


def test_counts_same_queries_for_one_and_thirty_postings():
    client = signed_in(make_worker().user)
    make_quota()
    one = count_queries(client, reverse("worker-postings"))
    for _ in range(12):
        make_quota()
    assert count_queries(client, reverse("worker-postings")) == one


def test_explains_points_of_a_posting():
    quota = make_quota(weight_experience=10, weight_occupation=5)
    client = signed_in(make_worker(experience_years=8).user)
    page = text_of(client.get(reverse("worker-posting", args=[quota.public_id])))
    assert "<strong>100</strong> points" in page
    assert "Add to my list" in page


def test_hides_draft_posting():
    quota = make_quota(status="draft")
    client = signed_in(make_worker().user)
    assert client.get(reverse("worker-posting", args=[quota.public_id])).status_code == 404


def test_adds_wish_once_for_a_double_click():
    quota = make_quota()
    worker = make_worker()
    client = signed_in(worker.user)
    url = reverse("worker-wish-add", args=[quota.public_id])
    client.post(url)
    response = client.post(url)
    assert response.url == reverse("worker-application")
    assert applications.find_live(worker).wishes.count() == 1


def test_refuses_wish_that_does_not_fit_in_words():
    quota = make_quota(min_qualification="8")
    client = signed_in(make_worker().user)
    response = client.post(reverse("worker-wish-add", args=[quota.public_id]), follow=True)
    assert "The qualification is below the level asked for." in text_of(response)


def wish_list(client):
    first, second, third = make_quota(), make_quota("FR"), make_quota("ES")
    for quota in (first, second, third):
        client.post(reverse("worker-wish-add", args=[quota.public_id]))
    return first, second, third


def press(client, application, button, quota, order):
    sent = {
        "application": application.public_id,
        "version": application.version,
        "order": [row.public_id for row in order],
        button: quota.public_id,
    }
    return client.post(reverse("worker-application-order"), sent)


def order_of(worker):
    return [wish.quota_id for wish in applications.find_live(worker).wishes.order_by("rank")]


@pytest.mark.parametrize(
    ("button", "pressed", "expected"),
    [("up", 2, [0, 2, 1]), ("down", 0, [1, 0, 2]), ("up", 0, [0, 1, 2]), ("down", 2, [0, 1, 2])],
)
def test_moves_wish_with_buttons(button, pressed, expected):
    worker = make_worker()
    client = signed_in(worker.user)
    quotas = wish_list(client)
    press(client, applications.find_live(worker), button, quotas[pressed], quotas)
    assert order_of(worker) == [quotas[place].pk for place in expected]


def test_moves_wish_once_for_a_double_click():
    worker = make_worker()
    client = signed_in(worker.user)
    quotas = wish_list(client)
    before = applications.find_live(worker)
    press(client, before, "up", quotas[2], quotas)
    page = client.post(
        reverse("worker-application-order"),
        {
            "application": before.public_id,
            "version": before.version,
            "order": [row.public_id for row in quotas],
            "up": quotas[2].public_id,
        },
        follow=True,
    )
    assert "has changed in the meantime" not in text_of(page)
    assert order_of(worker) == [quotas[0].pk, quotas[2].pk, quotas[1].pk]


def test_removes_wish_and_puts_it_back():
    worker = make_worker()
    client = signed_in(worker.user)
    quotas = wish_list(client)
    response = press(client, applications.find_live(worker), "remove", quotas[1], quotas)
    page = text_of(client.get(response.url))
    assert "Put it back" in page
    live = applications.find_live(worker)
    client.post(
        reverse("worker-application-order"),
        {
            "application": live.public_id,
            "version": live.version,
            "order": [quotas[0].public_id, quotas[2].public_id],
            "put_back": quotas[1].public_id,
            "place": 1,
        },
    )
    assert order_of(worker) == [quota.pk for quota in quotas]


def test_keeps_list_when_page_is_nonsense():
    worker = make_worker()
    client = signed_in(worker.user)
    quotas = wish_list(client)
    response = client.post(
        reverse("worker-application-order"), {"application": "x", "order": ["y"]}, follow=True
    )
    assert response.status_code == 200
    assert order_of(worker) == [quota.pk for quota in quotas]


def test_submits_once_and_shows_receipt():
    worker = make_worker()
    client = signed_in(worker.user)
    wish_list(client)
    assert "Send it now" in text_of(client.get(reverse("worker-application-submit")))
    first = client.post(reverse("worker-application-submit"))
    second = client.post(reverse("worker-application-submit"))
    application = applications.find_live(worker)
    assert application.status == "submitted"
    assert first.url == second.url
    assert application.reference in text_of(client.get(first.url))


def test_tells_who_is_late(monkeypatch):
    worker = make_worker()
    client = signed_in(worker.user)
    wish_list(client)
    stop_clock(monkeypatch, NOW + timedelta(days=31))
    page = text_of(client.post(reverse("worker-application-submit"), follow=True))
    assert "The time to apply is over for" in page


def test_withdraws_after_confirmation():
    worker = make_worker()
    make_application(worker, status="submitted")
    client = signed_in(worker.user)
    url = reverse("worker-application-withdraw")
    assert "Withdraw your application?" in text_of(client.get(url))
    page = text_of(client.post(url, follow=True))
    assert "You can apply again" in page
    assert applications.latest_of(worker).status == "withdrawn"


def test_hides_receipt_of_somebody_else():
    application = make_application(status="submitted")
    client = signed_in(make_worker().user)
    url = reverse("worker-application-receipt", args=[application.public_id])
    assert client.get(url).status_code == 404


PAGES = (
    "worker-profile",
    "worker-postings",
    "worker-application",
    "worker-offers",
    "worker-protection",
    "worker-nominations",
    "worker-minor",
)


@pytest.mark.parametrize("name", PAGES)
def test_opens_for_a_new_account_and_writes_nothing(name):
    user = make_user("worker")
    verify_email(user)
    client = signed_in(user)
    assert client.get(reverse(name)).status_code in {200, 302}
    assert writes_of(client, reverse(name)) == []


@pytest.mark.parametrize("name", PAGES)
def test_refuses_other_roles(name):
    assert signed_in(make_user("operator")).get(reverse(name)).status_code == 403
