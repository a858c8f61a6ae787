"""Invented people are the same ones every time, and hang together."""

from datetime import date

from clearinghouse.demo.names import ORIGINS, REFUGEE_ORIGINS
from clearinghouse.demo.people import WORKERS, invent
from clearinghouse.demo.postings import destinations, lines

TODAY = date(2026, 11, 21)


def test_invents_the_same_people_every_time():
    assert list(invent(TODAY, count=50)) == list(invent(TODAY, count=50))


def test_invents_as_many_protected_people_as_it_says():
    people = list(invent(TODAY))
    protected = [one for one in people if one.protected]
    assert len(people) == WORKERS == 3000
    assert 0.06 < len(protected) / WORKERS < 0.10
    assert {one.nationality for one in protected} <= set(REFUGEE_ORIGINS)


def test_plays_with_twelve_destinations_and_twenty_origins():
    assert len(destinations()) == 12
    assert len(ORIGINS) == len(set(ORIGINS)) == 20


def test_posts_a_part_of_each_sourced_figure_and_never_more():
    too_many = [
        line.reference
        for line in lines()
        if line.source["places"] and int(line.row["places"]) > int(line.source["places"])
    ]
    assert too_many == []
    assert all(line.source["source_url"] for line in lines())
