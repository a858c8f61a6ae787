"""The H-1B figures of 2018: sourced, printed, and found again by the engine."""

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from clearinghouse.registry import reference
from clearinghouse.simulation import h1b

SOURCED = {
    "separate_pools": 20_000,
    "reserve_first_one_lottery": 42_947,
    "reserve_first_redrawn": 49_059,
    "open_first": 52_842,
}


def run(*words: str) -> str:
    out = io.StringIO()
    call_command("h1b_counterfactuals", *words, stdout=out)
    return out.getvalue()


def test_command_prints_what_each_rule_means_and_agrees_with_the_engine() -> None:
    text = run("--scale", "100", "--draws", "8")
    assert text.count("agrees") == 4
    for figure in SOURCED.values():
        assert f"{figure:,}" in text
    assert "https://nickarnosti.com/Blog/H1BVisas" in text


def test_command_fails_when_the_engine_gives_another_figure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data: dict[str, Any] = {**reference.document(reference.H1B)}
    wrong = {**data["expected"]["open_first"], "advanced_visas_exact": "60000"}
    data["expected"] = {**data["expected"], "open_first": wrong}
    monkeypatch.setattr(reference, "document", lambda _file: data)
    with pytest.raises(CommandError, match="sourced figures"):
        run("--scale", "100", "--draws", "4")


@pytest.mark.parametrize("words", [("--draws", "0"), ("--scale", "7")])
def test_command_refuses_nonsense(words: tuple[str, str]) -> None:
    with pytest.raises(CommandError, match="draws"):
        run(*words)


def test_a_minimum_that_does_not_bind_changes_nothing() -> None:
    rows = {row.rule: row for row in h1b.draw_counterfactuals(draws=2, scale=1000)}
    assert rows["separate_pools"].mean == 20
    assert rows["reserve_first_one_lottery"].mean < rows["open_first"].mean


@pytest.mark.django_db
def test_rules_page_prints_the_counterfactuals_with_their_source(client: Client) -> None:
    text = client.get(reverse("public-rules")).content.decode()
    for figure in SOURCED.values():
        assert f"<bdi>{figure:,}</bdi>" in text
    assert "https://nickarnosti.com/Blog/H1BVisas" in text
    assert "https://www.nber.org/papers/w26767" in text
