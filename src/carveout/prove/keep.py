"""Writes a difference as a pytest file the user can keep.

    write_test(finding, name, contract_json, codec, folder)   # Path of the new file

The file imports the operation, calls its reference and the carving last built, and asserts that the
carving answers the same or declines. Arguments are written as Python where that makes the very same
wire bytes again, else as the bytes themselves.

Invariant: an existing file is never overwritten; the next free number is taken.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import math
import re
from pathlib import Path
from typing import Any

from carveout.prove.boundary import ABSENT, Tree, decode, int_of
from carveout.prove.judge import Finding, WireCodec

HEADER = '''"""A call on which {name} and its carving differed; written by carve prove.

{reason}

It passes once the carving answers the same, or declines. Keep it as long as you like.
"""

'''


CONFTEST = '''"""Written by carve prove: the tests here import the project from where it stands."""

import sys
from pathlib import Path

PROJECT = str(Path(__file__).resolve().parents[{up}])
if PROJECT not in sys.path:
    sys.path.insert(0, PROJECT)
'''


def write_test(
    finding: Finding,
    name: str,
    contract: dict[str, Any],
    codec: WireCodec,
    folder: Path,
    root: Path | None = None,
) -> Path:
    """Write the test; returns its path. Below `root`, the project's folder, a conftest.py is put
    beside it if there is none, so that a plain `pytest` finds the project's modules."""
    folder.mkdir(parents=True, exist_ok=True)
    if root is not None and folder.resolve().is_relative_to(root.resolve()):
        up = len(folder.resolve().relative_to(root.resolve()).parts)
        with contextlib.suppress(FileExistsError), (folder / "conftest.py").open("x") as stream:
            stream.write(CONFTEST.format(up=up))
    slug = re.sub(r"\W+", "_", name.partition(":")[2]).strip("_")
    number = 1
    while True:
        path = folder / f"test_{slug}_difference_{number}.py"
        text = test_text(finding, name, contract, codec, f"{slug}_difference_{number}")
        try:
            with path.open("x", encoding="utf-8") as stream:
                stream.write(text)
            return path
        except FileExistsError:
            number += 1


def test_text(
    finding: Finding, name: str, contract: dict[str, Any], codec: WireCodec, slug: str
) -> str:
    """The source of the test."""
    module, _, function = name.partition(":")
    written = as_python(finding.args, contract, codec)
    lines = ["from __future__ import annotations", ""]
    imports = {(module, function), ("carveout.cli.prove", "assert_same")}
    if written is None:
        arguments = f"bytes.fromhex(\n        {finding.args.hex()!r}\n    )"
        plain: list[str] = []
    else:
        source, needed, plain = written
        imports |= needed
        arguments = source
    by_module: dict[str, set[str]] = {}
    for origin, item in imports:
        by_module.setdefault(origin, set()).add(item.partition(".")[0])
    lines += [f"import {p}" for p in sorted(set(plain))]
    lines += [
        f"from {origin} import {', '.join(sorted(items))}"
        for origin, items in sorted(by_module.items())
    ]
    reason = finding.message or "The outcomes differ."
    where = f" (at {finding.path})" if finding.path else ""
    body = HEADER.format(name=name, reason=_quoted(f"{reason}{where}"))
    body += "\n".join(lines)
    body += f"\n\n\ndef test_{slug}() -> None:\n    args = {arguments}\n"
    body += f"    assert_same({function}, args)\n"
    return body


def _quoted(text: str) -> str:
    """Text fit for a docstring."""
    return (
        text.encode("ascii", "backslashreplace")
        .decode()
        .replace('"""', "'''")
        .replace("\\", "\\\\")
    )


def as_python(
    args: bytes, contract: dict[str, Any], codec: WireCodec
) -> tuple[str, set[tuple[str, str]], list[str]] | None:
    """(source of the argument tuple, names to import, modules to import); None if Python source
    would not make the same bytes (a validating constructor, a NaN with a payload, …)."""
    writer = _Writer(contract["types"])
    try:
        parts = [
            writer.write(p["type"], tree)
            for p, tree in zip(contract["params"], decode(args), strict=True)
        ]
        source = "(" + ", ".join(parts) + ("," if len(parts) == 1 else "") + ")"
        scope: dict[str, Any] = {m: importlib.import_module(m) for m in writer.modules}
        for module, item in writer.names:
            head = item.partition(".")[0]
            scope[head] = getattr(importlib.import_module(module), head)
        made = eval(source, scope)
        if codec.encode_args(made) != args:
            return None
    except Exception:
        return None
    return source, writer.names, sorted(writer.modules)


class _Unwritable(Exception):
    pass


class _Writer:
    """Python source of wire trees; notes what has to be imported."""

    def __init__(self, types: dict[str, Any]) -> None:
        self.types = types
        self.names: set[tuple[str, str]] = set()
        self.modules: set[str] = set()

    def write(self, t: dict[str, Any], tree: Tree) -> str:
        kind = t["t"]
        if kind == "optional":
            return "None" if tree is None else self.write(t["item"], tree)
        if kind in ("none", "bool", "str", "bytes"):
            if not isinstance(tree, str | bytes | bool | None):
                raise _Unwritable
            return repr(tree)
        if kind == "int":
            return repr(int_of(tree))
        if kind == "float":
            return repr(tree) if math.isfinite(tree) else f'float("{tree}")'
        if kind == "literal":
            return repr(t["values"][tree])
        if kind == "union":
            return self.write(t["members"][tree[0]], tree[1])
        if kind == "dict":
            pairs = [
                f"{self.write(t['key'], list(k) if isinstance(k, tuple) else k)}: "
                f"{self.write(t['value'], v)}"
                for k, v in tree.items()
            ]
            return "{" + ", ".join(pairs) + "}"
        if kind == "tuple":
            return self._sequence([self.write(i, v) for i, v in zip(t["items"], tree, strict=True)])
        if kind in ("list", "vartuple", "set", "frozenset"):
            items = [self.write(t["item"], v) for v in tree]
            if kind == "vartuple":
                return self._sequence(items)
            if kind == "list":
                return f"[{', '.join(items)}]"
            return f"{kind}([{', '.join(items)}])"
        if kind == "ref":
            return self._ref(t["name"], tree)
        return self._library(kind, tree)

    def _sequence(self, items: list[str]) -> str:
        return "(" + ", ".join(items) + ("," if len(items) == 1 else "") + ")"

    def _library(self, kind: str, tree: Tree) -> str:
        if kind == "uuid":
            self.modules.add("uuid")
            return f"uuid.UUID(bytes={tree!r})"
        if kind == "decimal":
            self.modules.add("decimal")
            return f"decimal.Decimal({tree!r})"
        self.modules.add("datetime")
        if kind == "datetime" and tree[8] is None:
            return f"datetime.datetime({', '.join(map(str, tree[:7]))}, fold={tree[7]})"
        if kind == "time" and tree[5] is None:
            return f"datetime.time({', '.join(map(str, tree[:4]))}, fold={tree[4]})"
        if kind in ("date", "timedelta"):
            return f"datetime.{kind}({', '.join(map(str, tree))})"
        raise _Unwritable

    def _ref(self, name: str, tree: Tree) -> str:
        module, _, qualname = name.partition(":")
        self.names.add((module, qualname))
        shape = self.types[name]
        if shape["t"] == "enum":
            return f"{qualname}.{shape['members'][tree][0]}"
        fields = [
            (f["name"], self.write(f["type"], value))
            for f, value in zip(shape["fields"], tree, strict=True)
            if value != ABSENT
        ]
        if shape["kind"] == "typeddict":
            pairs = ", ".join(f"{json.dumps(n)}: {v}" for n, v in fields)
            self.names.discard((module, qualname))
            return "{" + pairs + "}"
        return f"{qualname}({', '.join(f'{n}={v}' for n, v in fields)})"


def show_args(args: bytes, contract: dict[str, Any], limit: int = 400) -> str:
    """The arguments for people: Python source where possible, shortened."""
    writer = _Writer(contract["types"])
    try:
        parts = [
            f"{p['name']}={writer.write(p['type'], tree)}"
            for p, tree in zip(contract["params"], decode(args), strict=True)
        ]
        text = ", ".join(parts)
    except Exception:
        text = args.hex()
    return text if len(text) <= limit else text[: limit - 1] + "…"
