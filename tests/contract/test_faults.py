"""An exception crosses whole or not at all: class, arguments, text and every field."""

from __future__ import annotations

from typing import Any

import pytest

from carveout import operation
from carveout._native import CannotCross
from carveout.contract.faults import altered


class Coded(Exception):
    """`args` is the message, the code is beside it."""

    def __init__(self, code: int) -> None:
        super().__init__("coded")
        self.code = code


class Defaulted(Exception):
    def __init__(self, a: int, b: int = 3) -> None:
        super().__init__(a)
        self.b = b


class Slotted(Exception):
    __slots__ = ("extra",)

    def __init__(self, a: int) -> None:
        super().__init__(a)
        self.extra = a


class Named(Exception):
    def __init__(self, *, name: str) -> None:
        super().__init__()
        self.name = name


@operation
def anything(n: int) -> int:
    return n


def with_field(error: Exception, **fields: Any) -> Exception:
    for name, value in fields.items():
        setattr(error, name, value)
    return error


def noted(error: Exception, note: str) -> Exception:
    error.add_note(note)
    return error


@pytest.mark.parametrize(
    "error",
    [
        ValueError("negative"),
        ValueError(float("nan"), -0.0, 1, True, None, b"x", ("a", 1)),
        KeyError("k"),
        ZeroDivisionError("division by zero"),
        UnicodeDecodeError("utf8", b"a", 0, 1, "bad"),
        OSError(2, "no"),
        StopIteration(3),
        Defaulted(1),
        Slotted(7),
    ],
    ids=repr,
)
def test_what_its_args_say_crosses(error: Exception) -> None:
    codec = anything.codec
    assert codec is not None
    kind, again = codec.decode_outcome(codec.encode_fault(error))
    assert kind == "fault"
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert altered(error) is None


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (Coded(4), "its code would be 'coded' instead of 4"),
        (Defaulted(1, 4), "its b would be 3 instead of 4"),
        (with_field(Slotted(7), extra=8), "its extra would be 7 instead of 8"),
        (Named(name="x"), "can't be made from its args"),
        (with_field(ValueError("a"), detail=1), "its detail would be missing instead of 1"),
        (noted(ValueError("a"), "seen"), "__notes__"),
        (OSError(2, "no", "a.txt"), "says something else"),
        (AttributeError("a", name="b"), "its name"),
        (ImportError("a", path="b"), "its path"),
        (with_field(NameError("a"), name="b"), "its name"),
    ],
    ids=repr,
)
def test_what_says_more_than_its_args_does_not_cross(error: Exception, said: str) -> None:
    codec = anything.codec
    assert codec is not None
    with pytest.raises(CannotCross, match="fault cannot cross") as refused:
        codec.encode_fault(error)
    assert said in str(refused.value)


def test_a_fields_type_counts() -> None:
    assert altered(with_field(Defaulted(1), b=3.0)) is not None
    assert altered(with_field(Defaulted(1), b=True)) is not None


def test_a_class_that_breaks_is_only_a_reason() -> None:
    class Broken(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no text")

    assert "RuntimeError" in str(altered(Broken(1)))
