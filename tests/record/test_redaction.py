"""Redaction: nothing that must go stays, and the form stays."""

from __future__ import annotations

import datetime
import decimal
import stat
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from carveout.contract import PII, Secret, contract_of, marks_of_function
from carveout.contract.wire import decode, encode
from carveout.diagnostics import CarveError
from carveout.record import Redaction, Unredactable, key_in
from carveout.record.redaction import telling


@dataclass
class Card:
    number: Annotated[str, PII]
    limit: int


def pay(
    method: Card,
    password: str,
    headers: dict[str, str],
    note: str,
    amounts: Annotated[list[float], Secret],
    ids: Annotated[set[int], Secret],
) -> str: ...


def redaction(fn: Any = pay, key: bytes = b"k" * 32, **more: Any) -> Redaction:
    return Redaction(contract_of(fn), marks_of_function(fn), key, **more)


CALL = [
    ["4111 1111-1111 1111", 500],
    "Hunter2é!",
    {"Authorization": "Bearer abc", "Accept": "json"},
    "mail bob@example.org or 4111111111111111",
    [1.5, -2.0, 0.0],
    [1234, 99],
]


def test_by_type_and_by_name() -> None:
    card, password, headers, note, amounts, ids = decode(redaction().args(encode(CALL)))
    assert card[0] != CALL[0][0]
    assert [c.isdigit() for c in card[0]] == [c.isdigit() for c in CALL[0][0]]
    assert card[1] == 500
    assert password != CALL[1]
    assert len(password) == len(CALL[1])
    assert password.endswith("!")
    assert headers["Authorization"] != "Bearer abc"
    assert headers["Accept"] == "json"
    assert note == CALL[3]
    assert amounts[0] != 1.5
    assert 1 <= amounts[0] < 2
    assert amounts[1] in (-2.0, -3.0)
    assert amounts[2] == 0.0
    assert sorted(len(str(n)) for n in ids) == [2, 4]


def test_patterns_are_off_until_asked_for() -> None:
    note = decode(redaction(patterns=["email", "card"]).args(encode(CALL)))[3]
    assert note.startswith("mail ")
    assert "bob@example.org" not in note
    assert "4111111111111111" not in note
    assert " or " in note
    assert len(note) == len(CALL[3])


def test_further_names() -> None:
    redacted = decode(redaction(names=["note"]).args(encode(CALL)))
    assert redacted[3] != CALL[3]


def test_keyed_and_deterministic() -> None:
    call = encode(CALL)
    assert redaction().args(call) == redaction().args(call)
    assert redaction().args(call) != redaction(key=b"x" * 32).args(call)


def plain(n: int, tags: list[str]) -> str: ...


def test_nothing_to_redact_gives_the_same_object() -> None:
    call = encode([1, ["a"]])
    assert redaction(plain).args(call) is call


def few(ids: Annotated[set[int], Secret]) -> int: ...


def test_what_would_collapse_is_refused() -> None:
    with pytest.raises(Unredactable):
        redaction(few).args(encode([list(range(1, 10))]))


def every(
    a: Annotated[str, Secret],
    b: Annotated[int, Secret],
    c: Annotated[float, Secret],
    d: Annotated[bytes, Secret],
    e: Annotated[datetime.datetime, Secret],
    f: Annotated[datetime.timedelta, Secret],
    g: Annotated[uuid.UUID, Secret],
    h: Annotated[decimal.Decimal, Secret],
    i: Annotated[int | str | None, Secret],
    j: Annotated[dict[str, list[bytes]], Secret],
) -> None: ...


@given(
    st.tuples(
        st.text(st.characters(exclude_categories=())),
        st.integers(-(2**100), 2**100),
        st.floats(allow_nan=False),
        st.binary(),
        st.tuples(
            st.integers(1, 9999),
            st.integers(1, 12),
            st.integers(1, 28),
            st.integers(0, 23),
            st.integers(0, 59),
            st.integers(0, 59),
            st.integers(0, 999_999),
            st.just(0),
            st.none(),
        ).map(list),
        st.tuples(st.integers(-99, 99), st.integers(0, 86_399), st.integers(0, 999_999)).map(list),
        st.binary(min_size=16, max_size=16),
        st.decimals(allow_nan=True).map(str),
        st.one_of(st.none(), st.integers().map(lambda n: [0, n])),
        st.dictionaries(st.text(min_size=8), st.lists(st.binary(max_size=4)), max_size=2),
    ).map(list)
)
def test_form_is_preserved_for_every_type(call: list[Any]) -> None:
    got = decode(redaction(every).args(encode(call)))
    assert len(got[0]) == len(call[0])
    assert len(str(got[1])) == len(str(call[1]))
    assert (got[2] < 0) == (call[2] < 0)
    assert len(got[3]) == len(call[3])
    year, month, day, hour, minute, second, micro, *_ = got[4]
    datetime.datetime(year, month, day, hour, minute, second, micro)
    assert year == call[4][0]
    assert len(got[6]) == 16
    assert len(got[7]) == len(call[7])
    decimal.Decimal(got[7])
    assert (got[8] is None) == (call[8] is None)
    assert [len(v) for v in got[9].values()] == [len(v) for v in call[9].values()]


def test_telling_names() -> None:
    assert all(map(telling, ["password", "userPassword", "API_KEY", "apiKey", "card_number"]))
    assert not any(map(telling, ["discard", "passenger", "tokenizer", "price", "pinned"]))


def test_the_key_is_private_and_stays(home: Path) -> None:
    home.mkdir(parents=True)
    key = key_in(home)
    assert key == key_in(home)
    assert stat.S_IMODE((home / "redaction.key").stat().st_mode) == 0o600
    (home / "redaction.key").write_bytes(b"short")
    with pytest.raises(CarveError) as caught:
        key_in(home)
    assert caught.value.code == "redaction-key-unreadable"


@given(
    st.tuples(
        st.from_regex(r"[A-Za-z0-9]{1,2}", fullmatch=True),
        st.integers(-9, 9).filter(bool),
        st.floats(0.5, 9.0),
        st.binary(min_size=1, max_size=1),
        st.just([2020, 1, 2, 3, 4, 5, 6, 0, None]),
        st.just([1, 2, 3]),
        st.binary(min_size=16, max_size=16),
        st.just("1.5"),
        st.just([0, 7]),
        st.just({"k": [b"a"]}),
    ).map(list)
)
@example(
    [
        "0",
        1,
        1.0,
        b"\x00",
        [2020, 1, 2, 3, 4, 5, 6, 0, None],
        [1, 2, 3],
        b"\x00" * 16,
        "1.5",
        [0, 7],
        {"k": [b"a"]},
    ]
)
def test_however_short_it_never_stays_as_it_was(call: list[Any]) -> None:
    got = decode(redaction(every).args(encode(call)))
    for before, after in zip(call, got, strict=True):
        assert before != after


def test_a_contract_without_secrets_says_so() -> None:
    assert redaction(pay).active
    assert not redaction(plain).active
    assert redaction(plain, patterns=["email"]).active
