"""Nobody reads a page in two languages: a missing translation fails the build."""

from babel.messages.catalog import Catalog

from clearinghouse.shared import messages


def test_translates_every_string():
    assert list(messages.find_problems()) == []


def test_finds_a_missing_translation(monkeypatch):
    template = Catalog()
    template.add("A sentence that nobody has translated")
    monkeypatch.setattr(messages, "extract_template", lambda: template)
    problems = list(messages.find_problems())
    assert [problem.split(":")[0] for problem in problems] == ["ar", "fr", "es"]
