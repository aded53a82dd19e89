"""One file a case: a configuration, a divider, and `valid` or every mistake with its place.

`CARVEOUT_UPDATE=1 pytest tests/gateway/test_config.py` writes what is said now into the cases; read
the difference before you keep it.
"""

from __future__ import annotations

import os
import re
import subprocess
import typing
from pathlib import Path

import pytest

from carveout.diagnostics import CarveError, Diagnostic
from carveout.gateway import Gateway, Respond, Route, Upstream, binary, check, model
from carveout.gateway.checking import demand_valid

CASES = sorted((Path(__file__).parent / "cases").glob("*.txt"))
UPDATE = os.environ.get("CARVEOUT_UPDATE") == "1"


def _said(found: list[Diagnostic], folder: Path) -> str:
    lines = []
    for one in found:
        place = f"{one.span.line}:{one.span.column} " if one.span else ""
        key = re.search(r"key (\S+)$", one.cause or "")
        hint = f" ({one.hint})" if one.hint else ""
        lines.append(f"{place}{(key[1] + ': ') if key else ''}{one.message}{hint}")
    return "\n".join(lines).replace(str(folder), "FOLDER") or "valid"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_case(case: Path, tmp_path: Path) -> None:
    given, _, expected = case.read_text().partition("----\n")
    file = tmp_path / "carve.toml"
    file.write_text(given)
    said = _said(check(file), tmp_path)
    if UPDATE:
        case.write_text(f"{given}----\n{said}\n")
    else:
        assert said == expected.strip()


def test_all_mistakes_are_raised_with_their_place(tmp_path: Path) -> None:
    file = tmp_path / "carve.toml"
    file.write_text('[gateway]\nlisten = ["nowhere"]\nthreds = 1\nroutes = []\n')
    with pytest.raises(CarveError) as caught:
        demand_valid(file)
    said = str(caught.value)
    assert "error[gateway-config]: `nowhere` is not an address with a port" in said
    assert f"at {file}:3:1" in said
    assert "hint: did you mean `threads`?" in said
    missing = check(tmp_path / "none.toml")
    assert [one.code for one in missing] == ["gateway-file"]


def test_typed_and_written_are_one(tmp_path: Path) -> None:
    """Every field of the typed API is a key that the binary knows, and the other way round."""
    source = "".join(
        path.read_text()
        for path in (Path(__file__).parents[2] / "crates/carveout-gateway/src/config").glob("*.rs")
    )
    kinds = "text texts truth whole number millis pairs table tables named node one_of"
    kinds += " table_or_empty texts_or_tables"
    calls = rf"r\s*\.(?:{'|'.join(kinds.split())})"
    read = set(re.findall(calls + r"\(\s*\"(\w+)\"", source))
    read |= {"try_ms", "total_ms", "decline_to", "fallback"}  # read through a closure
    tables = [value for value in vars(model).values() if isinstance(value, type)]
    structs = [table for table in tables if issubclass(table, model._Table)]
    typed = {name for struct in structs for name in typing.get_type_hints(struct)}
    typed -= {"__struct_fields__"}
    assert typed == read


def test_the_typed_api_is_checked_by_the_binary(tmp_path: Path) -> None:
    file = tmp_path / "gateway.json"
    config = Gateway(
        listen=["127.0.0.1:0"],
        upstreams={"u": Upstream(endpoints=["http://127.0.0.1:1"])},
        routes=[Route(prefix="/", upstream="v"), Route(path="/x", respond=Respond(body="x"))],
    )
    file.write_bytes(config.to_json())
    (found,) = check(file)
    assert found.message == "there is no upstream `v`"
    assert found.cause == f"in {file}, key gateway.routes[0].upstream"


def test_keys_are_hashed_alike() -> None:
    done = subprocess.run(
        [str(binary()), "hash-key"], input="correct horse\n", capture_output=True, text=True
    )
    import hashlib

    assert done.stdout.strip() == "sha256:" + hashlib.sha256(b"correct horse").hexdigest()
