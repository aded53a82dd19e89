"""Reading the wire without classes: plain values for comparing, describing and redacting.

    decode(args)            # [[1.5, "x"], …], the wire's arrays as lists

The native codec turns wire bytes into the user's objects; here the bytes stay what they are, so
that nothing a class does (equality, defaults, validation) can hide a difference.

Invariant: `encode(decode(b))` is `b` for every wire the codec writes, except NaN payloads.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

BIG_INT, SURROGATES, ABSENT_CODE = 1, 2, 3


class Absent:
    """A TypedDict's key that isn't there."""

    def __repr__(self) -> str:
        return "absent"


ABSENT: Final = Absent()


def _extension(code: int, data: memoryview) -> Any:
    if code == BIG_INT:
        return int.from_bytes(data, "big", signed=True)
    if code == SURROGATES:
        return bytes(data).decode("utf-8", "surrogatepass")
    if code == ABSENT_CODE and len(data) == 0:
        return ABSENT
    raise ValueError(f"unknown extension {code} on the wire")


_DECODER = msgspec.msgpack.Decoder(ext_hook=_extension)


def decode(data: bytes) -> Any:
    """Wire bytes as plain values.

    Raises:
        ValueError: not a wire value.
    """
    try:
        return _DECODER.decode(data)
    except (msgspec.DecodeError, RecursionError, TypeError, OverflowError) as problem:
        raise ValueError(f"unreadable wire: {problem}") from problem


def encode(value: Any) -> bytes:
    """Plain values as wire bytes."""
    try:
        return msgspec.msgpack.encode(value, enc_hook=_refuse)
    except (OverflowError, UnicodeEncodeError, _Unwritable):
        out = bytearray()
        _pack(value, out)
        return bytes(out)


class _Unwritable(Exception):
    pass


def _refuse(value: Any) -> Any:
    raise _Unwritable


def _pack(value: Any, out: bytearray) -> None:
    """The same, by hand, where something needs an extension: msgspec allows none as a key."""
    kind = type(value)
    if kind is list or kind is tuple:
        _head(len(value), 0x90, 0xDC, out)
        for item in value:
            _pack(item, out)
    elif kind is dict:
        _head(len(value), 0x80, 0xDE, out)
        for key, item in value.items():
            _pack(key, out)
            _pack(item, out)
    else:
        out += msgspec.msgpack.encode(_extended(value))


def _head(count: int, short: int, medium: int, out: bytearray) -> None:
    if count < 16:
        out.append(short | count)
    elif count < 1 << 16:
        out += bytes((medium,)) + count.to_bytes(2, "big")
    else:
        out += bytes((medium + 1,)) + count.to_bytes(4, "big")


def _extended(value: Any) -> Any:
    kind = type(value)
    if kind is int and not -(2**63) <= value < 2**64:
        # One bit more for the sign, rounded up to whole bytes: the shortest two's complement.
        size = (value if value >= 0 else ~value).bit_length() // 8 + 1
        return msgspec.msgpack.Ext(BIG_INT, value.to_bytes(size, "big", signed=True))
    if kind is str:
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            return msgspec.msgpack.Ext(SURROGATES, value.encode("utf-8", "surrogatepass"))
    if value is ABSENT:
        return msgspec.msgpack.Ext(ABSENT_CODE, b"")
    return value


_KINDS = {
    b"\x92\x00": "value",
    b"\x93\x01": "fault",
    b"\x92\x02": "decline",
    b"\x92\x03": "failure",
}


def outcome_kind(outcome: bytes) -> str:
    """The kind of a wire outcome: "value", "fault", "decline", "failure", or "unreadable"."""
    return _KINDS.get(outcome[:2], "unreadable")


__all__ = ["ABSENT", "decode", "encode", "outcome_kind"]
