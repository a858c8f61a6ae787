"""Files of nominations: whole or not at all, with a report that a person can work with."""

import time
from datetime import datetime
from typing import Any

import pytest

from clearinghouse.applications import queries, services
from clearinghouse.applications.models import Nomination, NominationBatch
from clearinghouse.audit.models import Event
from clearinghouse.notices.models import Message
from clearinghouse.shared.errors import Conflict, Invalid
from tests.factories.accounts import make_user
from tests.factories.applications import (
    make_nomination,
)
from tests.factories.quotas import make_quota

pytestmark = pytest.mark.django_db

HEADER = "reference,given_names,family_name,birth_date,email,occupation,posting"
ROW = "KE-1,Amina,Odhiambo,1994-05-17,amina@example.org,7212,"


def _file(*rows: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *rows]).encode()


def _import(content: bytes, now: datetime, officer: Any = None, name: str = "list.csv") -> Any:
    officer = officer or make_user("origin_officer", state="KE")
    return services.import_nominations(by=officer, file_name=name, content=content, now=now)


def _errors(content: bytes, now: datetime) -> list[tuple[int, str, str]]:
    with pytest.raises(Invalid) as refusal:
        _import(content, now)
    assert refusal.value.code == "rows"
    assert not Nomination.objects.exists() and not NominationBatch.objects.exists()
    assert not Message.objects.exists()
    return [(error.row, error.column, error.value) for error in refusal.value.facts["rows"]]


def _refused(content: bytes, now: datetime) -> Invalid:
    with pytest.raises(Invalid) as refusal:
        _import(content, now)
    assert not Nomination.objects.exists()
    assert list(refusal.value.fields) == ["file"]
    return refusal.value


def test_import_makes_one_batch(now: datetime) -> None:
    officer, quota = make_user("origin_officer", state="KE"), make_quota(now=now)
    content = _file(ROW + quota.reference, "", "KE-2,Juma,,1990-01-31,juma@example.org,9111,")
    batch = _import(content, now, officer, name="C:\\lists\\november.csv")
    assert (batch.row_count, batch.file_name) == (2, "november.csv")
    rows = list(queries.list_nominations(officer, search="KE-1"))
    assert [(row.quota, row.file_name) for row in rows] == [(quota, "november.csv")]
    assert Message.objects.filter(kind="nominated").count() == 2
    assert list(queries.list_batches(officer)) == [batch]
    assert Event.objects.get(verb="nominations_imported").facts["rows"] == 2


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
def test_import_reads_separators_and_the_mark(separator: str, start: bytes, now: datetime) -> None:
    text = _file(ROW.replace("Amina", "Jos\u00e9")).decode().replace(",", separator)
    assert _import(start + text.replace("\n", "\r\n").encode(), now).row_count == 1
    assert Nomination.objects.get().given_names == "Jos\u00e9"


def test_import_reads_quoted_cells_and_any_order_of_columns(now: datetime) -> None:
    header = '"Email","Given names","reference","family_name","birth_date","occupation"'
    row = 'a@example.org,"Amina, Grace",KE-1,"O""Hara",1994-05-17,7212'
    _import(_file(row, header=header), now)
    nomination = Nomination.objects.get()
    assert (nomination.given_names, nomination.family_name) == ("Amina, Grace", 'O"Hara')


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("reference,given_names,birth_date,email,occupation", ["Missing", "family_name"]),
        (HEADER + ",salary", ["Unknown", "salary"]),
        (HEADER + ",email", ["twice", "email"]),
        ("a|b|c", ["Missing", "reference", "Unknown", "a|b|c"]),
        ("KE-1,Amina,Odhiambo,1994-05-17,a@example.org,7212,", ["Missing", "Unknown"]),
    ],
)
def test_import_names_wrong_columns(header: str, words: list[str], now: datetime) -> None:
    error = _refused(_file(ROW, header=header), now)
    assert error.code == "file_header"
    for word in words:
        assert word in str(error)


@pytest.mark.parametrize(
    ("column", "old", "new"),
    [
        ("reference", "KE-1", "\u200b\u200b"),
        ("given_names", "Amina", "\u200b"),
        ("given_names", "Amina", "\ufeff\u200d \u2060"),
        ("family_name", "Odhiambo", "\u200b"),
        ("given_names", "Amina", "Am\u202eani"),
        ("family_name", "Odhiambo", "\u2066Odhiambo\u2069"),
        ("reference", "KE-1", "KE\u202a-1"),
        ("birth_date", "1994-05-17", "1990-W01-1"),
        ("birth_date", "1994-05-17", "1990-12-1"),
    ],
)
def test_import_refuses_what_reads_differently(
    column: str, old: str, new: str, now: datetime
) -> None:
    found = _errors(_file(ROW.replace(old, new, 1)), now)
    assert [(row, name) for row, name, _value in found] == [(2, column)]


def test_import_keeps_joiners_inside_names(now: datetime) -> None:
    name = "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627"
    _import(_file(ROW.replace("Amina", name)), now)
    assert Nomination.objects.get().given_names == name


def test_import_reports_every_row_with_row_column_and_value(now: datetime) -> None:
    content = _file(
        ROW,
        "KE-2,,X,1994-05-17,a@example.org,7212,",
        "KE-3,Juma,X,31/01/1990,not-an-address,72,",
        "KE-1,Again,X,1990-01-31,b@example.org,7212,",
        "KE-5,=cmd(),X,1990-01-31,c@example.org,7212,DE-0",
        "KE-6,Much,X,1990-01-31,d@example.org,7212,,more,cells",
        "KE-7,Little,X",
    )
    assert _errors(content, now) == [
        (3, "given_names", ""),
        (4, "birth_date", "31/01/1990"),
        (4, "email", "not-an-address"),
        (4, "occupation", "72"),
        (5, "reference", "KE-1"),
        (6, "given_names", "=cmd()"),
        (6, "posting", "DE-0"),
        (7, "", ""),
        (8, "birth_date", ""),
        (8, "email", ""),
        (8, "occupation", ""),
    ]


def test_import_counts_all_errors_and_shows_the_first_200(now: datetime) -> None:
    content = _file(*(f"KE-{n},A,B,1990-01-31,wrong,7212," for n in range(500)))
    with pytest.raises(Invalid) as refusal:
        _import(content, now)
    assert len(refusal.value.facts["rows"]) == 200
    assert refusal.value.facts["total"] == 500
    assert "500 errors" in str(refusal.value)


def test_import_refuses_references_in_use(now: datetime) -> None:
    officer = make_user("origin_officer", state="KE")
    make_nomination(officer, reference="KE-1", now=now)
    with pytest.raises(Invalid) as refusal:
        _import(_file(ROW), now, officer)
    [error] = refusal.value.facts["rows"]
    assert (error.row, error.column, error.value) == (2, "reference", "KE-1")
    assert Nomination.objects.count() == 1


def test_import_of_the_same_file_twice_is_told(now: datetime) -> None:
    officer = make_user("origin_officer", state="KE")
    _import(_file(ROW), now, officer)
    with pytest.raises(Conflict) as refusal:
        _import(_file(ROW), now, officer, name="copy.csv")
    assert refusal.value.code == "file_twice"
    _import(_file(ROW), now, make_user("origin_officer", state="PH"))


def test_import_in_latin_1_says_where_and_how(now: datetime) -> None:
    content = (
        _file(ROW, "KE-2,Jos\u00e9,X,1990-01-31,j@example.org,7212,").decode().encode("latin-1")
    )
    error = _refused(content, now)
    place = content.index(b"\xe9") + 1
    assert error.code == "file_encoding"
    assert (error.facts["row"], error.facts["byte"]) == (3, place)
    assert f"byte {place}, in row 3" in str(error) and "CSV UTF-8" in str(error)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_import_in_utf_16_is_told(encoding: str, now: datetime) -> None:
    assert _refused(_file(ROW).decode().encode(encoding), now).code == "file_encoding"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"\n \n", "file_empty"),
        (HEADER.encode() + b"\n\n,,,\n", "file_no_rows"),
        (_file(ROW, 'KE-2,"open,X,1990-01-31,j@example.org,7212,'), "file_broken"),
        (_file(ROW * 8 + "\x00"), "file_broken"),
        (_file("x" * 200_000), "file_broken"),
    ],
)
def test_import_of_a_broken_file_is_told(content: bytes, code: str, now: datetime) -> None:
    assert _refused(content, now).code == code


def test_import_of_50_000_rows_names_the_limit_quickly(now: datetime) -> None:
    content = _file(*(f"KE-{n},A,B,1990-01-31,p{n}@example.org,7212," for n in range(50_000)))
    officer = make_user("origin_officer", state="KE")
    begin = time.process_time()
    with pytest.raises(Invalid) as refusal:
        _import(content, now, officer)
    assert time.process_time() - begin < 2
    assert refusal.value.code == "file_too_many_rows"
    assert "10000" in str(refusal.value).replace(",", "")


def test_import_of_a_huge_file_is_told(now: datetime) -> None:
    assert _refused(b"x" * 10_485_761, now).code == "file_too_large"


@pytest.mark.slow
def test_import_of_10_000_rows_takes_seconds(now: datetime) -> None:
    content = _file(*(f"KE-{n},A,B,1990-01-31,p{n}@example.org,7212," for n in range(10_000)))
    officer = make_user("origin_officer", state="KE")
    begin = time.process_time()
    assert _import(content, now, officer).row_count == 10_000
    assert time.process_time() - begin < 20
    assert Nomination.objects.count() == Message.objects.count() == 10_000


def test_import_takes_the_same_queries_for_1_and_for_30_rows(
    now: datetime, django_assert_max_num_queries: Any
) -> None:
    for count in (1, 30):
        officer = make_user("origin_officer", state="KE")
        rows = (f"{count}-{n},A,B,1990-01-31,p{n}@example.org,7212," for n in range(count))
        with django_assert_max_num_queries(16):
            _import(_file(*rows), now, officer)
