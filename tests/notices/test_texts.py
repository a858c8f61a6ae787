"""Words of messages: every kind in every language, nothing that marks a person."""

import pytest
from django.utils import translation

from accounts.enums import Language
from clearinghouse.notices import texts
from clearinghouse.notices.enums import Kind

FACTS = {"invitation": "7f6d3c9e-0d4e-4f1c-9a53-2f0c1b2a3d4e"}
WORDS_OF_STATUS = ("refugee", "asylum", "protect", "persecut", "forced", "status")


@pytest.mark.parametrize("language", Language.values)
@pytest.mark.parametrize("kind", Kind.values)
def test_render_mail_writes_every_kind_in_every_language(kind: str, language: str) -> None:
    mail = texts.render_mail(kind, FACTS, language=language)
    assert mail.subject and "\n" not in mail.subject
    assert "http" in mail.body and "%(" not in mail.body


@pytest.mark.parametrize("kind", Kind.values)
def test_render_mail_has_no_word_of_status(kind: str) -> None:
    mail = texts.render_mail(kind, FACTS, language="en")
    assert not [word for word in WORDS_OF_STATUS if word in (mail.subject + mail.body).lower()]


def test_render_mail_about_protection_is_word_for_word_one_about_an_application() -> None:
    mails = {
        texts.render_mail(kind, {}, language="en")
        for kind in (Kind.DETERMINATION_READY, Kind.APPLICATION_CHECKED)
    }
    assert len(mails) == 1


def test_render_mail_of_a_nomination_without_account_speaks_all_languages() -> None:
    once = texts.render_mail(Kind.NOMINATED, {}, language="en", has_account=True)
    four = texts.render_mail(Kind.NOMINATED, {}, language="en", has_account=False)
    assert once.body.count("http") == 1
    assert four.body.count("http") == 4
    assert four.subject.count(" / ") == 3


def test_render_mail_of_an_invitation_carries_its_link() -> None:
    mail = texts.render_mail(Kind.INVITATION, FACTS, language="en", has_account=False)
    assert f"/account/invitation/{FACTS['invitation']}:" in mail.body


def test_render_mail_leaves_the_active_language_alone() -> None:
    with translation.override("fr"):
        texts.render_mail(Kind.RESULT_READY, {}, language="ar")
        assert translation.get_language() == "fr"


def test_sentence_names_the_day_to_answer_by() -> None:
    facts = {"answer_by": "2026-12-05T12:00:00+00:00"}
    with translation.override("en"):
        assert texts.sentence(Kind.OFFER_REMINDER, facts) == (
            "An offer waits for your answer. Please answer by December 5, 2026, 12:00 (UTC)."
        )


def test_sentence_without_a_day_ends_after_one_sentence() -> None:
    with translation.override("en"):
        assert texts.sentence(Kind.OFFER_REMINDER, {}) == "An offer waits for your answer."
