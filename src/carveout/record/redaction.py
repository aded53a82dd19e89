"""Taking secrets out of a recorded call before it reaches the disk.

    redaction = Redaction(contract_of(charge), marks_of_function(charge), key)
    redaction.args(wire_bytes)      # other bytes of the same length and form, or the same bytes

What is redacted: values annotated `Secret` or `PII`; values of parameters, fields and dict keys
with a telling name (password, token, card, …, and `record.redact_names`); and, if asked for, text
that matches a pattern (`email`, `card`, or a regular expression).

How: keyed (HMAC-SHA256, the key stays in `<home>/redaction.key`, mode 0600), so equal inputs give
equal outputs and nobody without the key can test a guess; and form-preserving, so the call still
takes the same path: digits stay digits, letters letters of the same case, lengths and signs and
decimal points stay, dates stay dates. None, bool, enums and literals stay: they identify nobody.

Invariants: a value that must be redacted never leaves here as it was, unless it has nothing to
replace (an empty text, zero, NaN); what can't be redacted is `Unredactable`, never passed through.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import math
import os
import re
import struct
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from carveout.contract.markers import PII, Secret
from carveout.contract.signature import Contract, Marks
from carveout.contract.types import Schema
from carveout.contract.wire import ABSENT, decode, encode
from carveout.diagnostics import CarveError

_WORDS = """
    password passwd passphrase pwd secret secrets token tokens apikey authorization auth bearer
    credential credentials cookie session ssn card pan cvv cvc pin iban email phone
"""
NAMES = frozenset(_WORDS.split())
_PAIRS = frozenset({"apikey", "cardnumber", "privatekey", "accesskey", "socialsecurity"})

PATTERNS = {
    "email": r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    "card": r"(?<!\d)(?:\d[ -]?){12,18}\d(?!\d)",
}

TRIES = 32  # a digit falls on itself once in ten times, thirty-two times in a row never

Plan = Callable[[Any, bool], Any]


class Unredactable(Exception):
    """A call that must not be stored, because it can't be redacted without changing its form."""


def key_in(home: Path) -> bytes:
    """The 32 bytes in `<home>/redaction.key`, made at the first use.

    Raises:
        CarveError: "redaction-key-unreadable".
    """
    path = home / "redaction.key"
    try:
        if not path.exists():
            # Complete before it has its name: another process sees all of it or nothing.
            fresh = path.with_name(f"redaction.key.{os.getpid()}.{os.urandom(4).hex()}")
            handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                os.write(handle, os.urandom(32))
            finally:
                os.close(handle)
            try:
                os.link(fresh, path)
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
        key = path.read_bytes()
    except OSError as problem:
        raise _bad_key(path, str(problem)) from problem
    if len(key) != 32:
        raise _bad_key(path, f"{len(key)} bytes instead of 32")
    return key


def _bad_key(path: Path, cause: str) -> CarveError:
    return CarveError(
        "redaction-key-unreadable",
        f"cannot use the redaction key {path}; calls are not recorded without it",
        cause=cause,
        hint="make it readable, or delete it: a new one is made",
    )


def telling(name: str, names: Iterable[str] = NAMES) -> bool:
    """Whether a name says that its value is a secret: `card_number`, `accessToken`, `PASSWORD`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    words = [word for word in re.split(r"[^a-z0-9]+", spaced) if word]
    joined = {a + b for a, b in itertools.pairwise(words)}
    known = frozenset(names)
    return bool(known.intersection(words) or _PAIRS & joined or "".join(words) in known)


class Redaction:
    """Redacts the calls of one contract."""

    def __init__(
        self,
        contract: Contract,
        marks: Marks,
        key: bytes,
        *,
        names: Iterable[str] = (),
        patterns: Sequence[str] = (),
    ) -> None:
        self._key = key
        self._again = 0
        self.active = bool(patterns)
        """Whether anything of this contract may have to be hidden."""
        self._names = NAMES | {name.lower().replace("_", "").replace("-", "") for name in names}
        self._names |= {name.lower() for name in names}
        self._patterns = [re.compile(PATTERNS.get(pattern, pattern)) for pattern in patterns]
        self._marks = marks
        self._types = contract.types
        self._named: dict[str, Plan] = {}
        self._params = [
            self._field(p.type, p.name, marks.params.get(p.name, ())) for p in contract.params
        ]
        self._result = self._field(contract.result, "", marks.result)

    def args(self, args: bytes) -> bytes:
        """The redacted arguments; the very same bytes if there was nothing to redact.

        Raises:
            Unredactable: two keys of a dict or elements of a set would become one.
        """
        values = decode(args)
        if not self.active:
            return args
        redacted = [plan(v, False) for plan, v in zip(self._params, values, strict=True)]
        changed = encode(redacted)
        return args if changed == encode(values) else changed

    def tells(self, outcome: bytes) -> bool:
        """Whether an outcome contains something that would have to be redacted."""
        if not self.active:
            return False
        decoded = decode(outcome)
        if outcome[:2] == b"\x92\x00":
            return encode(self._result(decoded[1], False)) != encode(decoded[1])
        if outcome[:2] == b"\x93\x01":
            return any(self._text(arg) != arg for arg in _texts(decoded[2]))
        return False

    # Plans: one closure for each type, taking a value and whether it is to be hidden ------------

    def _field(self, schema: Schema, name: str, marks: tuple[Any, ...]) -> Plan:
        plan = self._plan(schema)
        if Secret in marks or PII in marks or (name and telling(name, self._names)):
            self.active = True
            return lambda value, _hide: plan(value, True)
        return plan

    def _plan(self, schema: Schema) -> Plan:
        tag = schema["t"]
        if tag == "ref":
            return self._ref(schema["name"])
        if tag == "optional":
            inner = self._plan(schema["item"])
            return lambda value, hide: None if value is None else inner(value, hide)
        if tag == "union":
            members = [self._plan(member) for member in schema["members"]]
            return lambda value, hide: [value[0], members[value[0]](value[1], hide)]
        if tag in ("list", "vartuple"):
            item = self._plan(schema["item"])
            return lambda value, hide: [item(one, hide) for one in value]
        if tag in ("set", "frozenset"):
            return self._set(self._plan(schema["item"]))
        if tag == "tuple":
            items = [self._plan(one) for one in schema["items"]]
            return lambda value, hide: [
                plan(one, hide) for plan, one in zip(items, value, strict=True)
            ]
        if tag == "dict":
            return self._dict(schema)
        if tag == "str":
            return lambda value, hide: self._hidden("str", value) if hide else self._text(value)
        if not hasattr(self, f"_hidden_{tag}"):
            return lambda value, _hide: value
        return lambda value, hide: self._hidden(tag, value) if hide else value

    def _ref(self, name: str) -> Plan:
        described = self._types[name]
        if described["t"] == "enum":
            return lambda value, _hide: value
        if name not in self._named:
            self._named[name] = lambda value, hide: self._named[name](value, hide)
            plans = [
                self._field(
                    one["type"], one["name"], self._marks.fields.get((name, one["name"]), ())
                )
                for one in described["fields"]
            ]
            self._named[name] = lambda value, hide: [
                one if one is ABSENT else plan(one, hide)
                for plan, one in zip(plans, value, strict=True)
            ]
        return lambda value, hide: self._named[name](value, hide)

    def _set(self, item: Plan) -> Plan:
        def redact(value: Any, hide: bool) -> Any:
            found = [item(one, hide) for one in value]
            if len({encode(one) for one in found}) < len(found):
                raise Unredactable("two elements of a set became one")
            return found

        return redact

    def _dict(self, schema: Schema) -> Plan:
        key_plan, value_plan = self._plan(schema["key"]), self._plan(schema["value"])
        self.active |= schema["key"]["t"] == "str"

        def redact(value: Any, hide: bool) -> Any:
            found = {}
            for key, inner in value.items():
                named = type(key) is str and telling(key, self._names)
                listed = key_plan(_listed(key), hide)
                found[_keyed(listed)] = value_plan(inner, hide or named)
            if len(found) < len(value):
                raise Unredactable("two keys of a dict became one")
            return found

        return redact

    # Values -----------------------------------------------------------------------------------

    def _hidden(self, kind: str, value: Any) -> Any:
        """The replacement of a value; never the value itself, where there is another."""
        hide: Callable[[Any], Any] = getattr(self, f"_hidden_{kind}")
        for self._again in range(TRIES):
            found = hide(value)
            if found != value:
                break
        self._again = 0
        return found

    def _stream(self, kind: str, value: bytes, size: int) -> bytes:
        """`size` bytes that depend on the key, the kind and the whole value."""
        kind = f"{kind} {self._again}" if self._again else kind
        seed = hmac.new(self._key, kind.encode() + b"\0" + value, hashlib.sha256).digest()
        return hashlib.shake_256(seed).digest(size)

    def _text(self, value: str) -> str:
        for pattern in self._patterns:
            value = pattern.sub(lambda found: self._hidden("str", found[0]), value)
        return value

    def _hidden_str(self, value: str) -> str:
        stream = self._stream("str", value.encode("utf-8", "surrogatepass"), 2 * len(value))
        out = []
        for index, char in enumerate(value):
            number = stream[2 * index] << 8 | stream[2 * index + 1]
            if "0" <= char <= "9":
                char = chr(48 + number % 10)
            elif "a" <= char <= "z":
                char = chr(97 + number % 26)
            elif "A" <= char <= "Z":
                char = chr(65 + number % 26)
            elif char.isalnum():
                char = "àâäçéèêëïîôöùûüñ"[number % 16]  # not ASCII stays not ASCII
            out.append(char)
        return "".join(out)

    def _hidden_bytes(self, value: bytes) -> bytes:
        return self._stream("bytes", value, len(value))

    _hidden_uuid = _hidden_bytes

    def _hidden_int(self, value: int) -> int:
        digits = self._digits("int", str(abs(value))) if abs(value) < 10**4000 else "0"
        return -int(digits) if value < 0 else int(digits)

    def _digits(self, kind: str, digits: str) -> str:
        """As many digits, the first of them not zero unless it was."""
        stream = self._stream(kind, digits.encode(), len(digits) * 2)
        out = []
        for index, digit in enumerate(digits):
            number = stream[2 * index] << 8 | stream[2 * index + 1]
            leads = index == 0 and digit != "0"
            out.append(str(1 + number % 9) if leads else str(number % 10))
        return "0" if digits == "0" else "".join(out)

    def _hidden_float(self, value: float) -> float:
        if value != value or value in (float("inf"), float("-inf"), 0.0):
            return value
        bits = struct.unpack("<Q", struct.pack("<d", value))[0]
        noise = int.from_bytes(self._stream("float", struct.pack("<d", value), 8), "little")
        mantissa = (1 << 52) - 1
        # Sign and exponent stay: the magnitude decides which path a call takes.
        redacted: float = struct.unpack(
            "<d", struct.pack("<Q", bits & ~mantissa | noise & mantissa)
        )[0]
        if abs(value) == 1.0:  # the only whole number of its exponent
            return float(self._hidden_int(int(value)))
        if value.is_integer() and abs(value) < 2**53:
            redacted = float(int(redacted) or 1)
        if redacted != value:
            return redacted
        # 1.0 is the only whole number of its exponent: there the magnitude has to give way.
        return math.copysign(2 + noise % 8, value) if abs(value) == 1.0 else value * 2

    def _hidden_decimal(self, value: str) -> str:
        mantissa, e, exponent = value.partition("E")
        if not any(char.isdigit() for char in mantissa) or "N" in mantissa:
            return value
        digits = self._digits("decimal", re.sub(r"\D", "", mantissa))
        digits = digits.rjust(sum(char.isdigit() for char in mantissa), "0")
        fill = iter(digits)
        return "".join(next(fill) if c.isdigit() else c for c in mantissa) + e + exponent

    def _hidden_date(self, value: list[Any]) -> list[Any]:
        stream = self._stream("date", encode(value), 2)
        return [value[0], 1 + stream[0] % 12, 1 + stream[1] % 28]

    def _hidden_time(self, value: list[Any]) -> list[Any]:
        stream = self._stream("time", encode(value), 6)
        micro = int.from_bytes(stream[3:], "big") % 1_000_000 if value[3] else 0
        return [stream[0] % 24, stream[1] % 60, stream[2] % 60, micro, *value[4:]]

    def _hidden_datetime(self, value: list[Any]) -> list[Any]:
        return [*self._hidden_date(value[:3]), *self._hidden_time(value[3:])]

    def _hidden_timedelta(self, value: list[Any]) -> list[Any]:
        stream = self._stream("timedelta", encode(value), 5)
        days = self._hidden_int(value[0])
        seconds = int.from_bytes(stream[:2], "big") % 86_400 if value[1] else 0
        micro = int.from_bytes(stream[2:], "big") % 1_000_000 if value[2] else 0
        return [days, seconds, micro]


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [text for one in value for text in _texts(one)] if isinstance(value, list) else []


def _listed(key: Any) -> Any:
    return [_listed(part) for part in key] if type(key) is tuple else key


def _keyed(key: Any) -> Any:
    return tuple(_keyed(part) for part in key) if type(key) is list else key


__all__ = ["NAMES", "PATTERNS", "Redaction", "Unredactable", "key_in", "telling"]
