"""A worker with a cheap phone and no script gets from sign-in to the receipt."""

import gzip
from datetime import UTC, datetime

import pytest
from django.urls import reverse

from clearinghouse.applications import queries as applications
from clearinghouse.people import queries as people
from tests.factories.accounts import make_user
from tests.factories.people import verify_email
from tests.factories.quotas import make_quota

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

PASSWORD = "seven wild geese 7"
FIRST_LOAD = 100 * 1024
PACKED = (".css", ".js", ".svg")


@pytest.fixture
def worker():
    user = make_user("worker", email="amina@example.org")
    user.set_password(PASSWORD)
    user.save()
    verify_email(user)
    return user


@pytest.fixture
def postings():
    # The browser reads the real clock, so that deadlines must lie after it.
    now = datetime.now(tz=UTC)
    return [make_quota(state, title=f"Welders in {state}", now=now) for state in ("DE", "FR", "ES")]


@pytest.fixture
def phone(chromium, live_server):
    context = chromium.new_context(
        viewport={"width": 360, "height": 740}, java_script_enabled=False, base_url=live_server.url
    )
    page = context.new_page()
    page.set_default_timeout(20_000)
    yield page
    context.close()


def transferred(page, url):
    """Add up what a phone loads: pages as they are, files as the web server packs them."""
    sizes = []

    def note(response):
        body = response.body()
        packed = response.url.split("?")[0].endswith(PACKED)
        sizes.append(len(gzip.compress(body, 6)) if packed else len(body))

    page.on("response", note)
    page.goto(url, wait_until="load")
    page.remove_listener("response", note)
    return sum(sizes)


def go_on(page, text):
    page.get_by_role("button", name=text, exact=True).click()


def test_applies_on_a_phone_without_script(phone, worker, postings):
    first_load = transferred(phone, reverse("account_login"))
    assert first_load < FIRST_LOAD
    phone.fill("input[name=login]", worker.email)
    phone.fill("input[name=password]", PASSWORD)
    phone.locator("main button[type=submit]").click()

    assert transferred(phone, reverse("worker-profile")) < FIRST_LOAD
    phone.fill("input[name=given_names]", "Amina")
    phone.select_option("select[name=birth_date_day]", "17")
    phone.select_option("select[name=birth_date_month]", "5")
    phone.select_option("select[name=birth_date_year]", "1994")
    phone.select_option("select[name=nationality]", "KE")
    go_on(phone, "Save and go on")
    phone.fill("input[name=q]", "welder")
    go_on(phone, "Find")
    phone.locator("input[name=occupation][value='7212']").check()
    phone.fill("input[name=experience_years]", "8")
    go_on(phone, "Save and go on")
    phone.locator("input[name=qualification][value='3']").check()
    go_on(phone, "Save and go on")
    phone.select_option("select[name=form-0-language]", "de")
    phone.select_option("select[name=form-0-level]", "B1")
    go_on(phone, "Save and finish")

    for quota in postings:
        phone.goto(reverse("worker-posting", args=[quota.public_id]))
        go_on(phone, "Add to my list")
    go_on(phone, "Up Welders in ES")
    go_on(phone, "Up Welders in ES")
    phone.get_by_role("link", name="Send my application").click()
    go_on(phone, "Send it now")

    application = applications.find_live(people.find_worker(worker))
    assert phone.get_by_text(application.reference).first.is_visible()
    assert application.status == "submitted"
    assert [wish.quota.state.iso2 for wish in application.wishes.all()] == ["ES", "DE", "FR"]


@pytest.mark.parametrize(
    "name", ["worker-profile", "worker-postings", "worker-application", "worker-protection"]
)
def test_needs_no_sideways_scrolling(chromium, live_server, worker, postings, name):
    context = chromium.new_context(viewport={"width": 360, "height": 740}, base_url=live_server.url)
    page = context.new_page()
    page.goto(reverse("account_login"))
    page.fill("input[name=login]", worker.email)
    page.fill("input[name=password]", PASSWORD)
    with page.expect_navigation():
        page.locator("main button[type=submit]").click()
    page.goto(reverse(name))
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()
