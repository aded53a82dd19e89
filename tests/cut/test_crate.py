"""The crate on disk: written, kept when edited, built, loaded, filled in by hand."""

from __future__ import annotations

import hashlib
import importlib.machinery
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from cut_batch import TARGET, Batch

from carveout.build import build
from carveout.cli import cut as command
from carveout.contract import contract_of
from carveout.cut import blank, draft, write

REPO = Path(__file__).resolve().parents[2]
PRICING = REPO / "examples" / "pricing"
SOURCE = '''
from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Side(Enum):
    BUY = "buy"
    SELL = "sell"


@dataclass
class Order:
    side: Side
    price: float
    sizes: list[int]
    note: str | None = None


def worth(orders: list[Order], rates: dict[str, float], offset: int = 0) -> float:
    """What orders are worth."""
    # Bought is positive.
    total = 0.0
    for order in orders:
        sign = 1.0 if order.side is Side.BUY else -1.0
        size = sum(order.sizes) + offset
        if order.note is not None and order.note in rates:
            total += sign * order.price * size * rates[order.note]
        else:
            total += sign * order.price * size
    if total < 0.0:
        raise ValueError(f"worth {total}")
    return total
'''


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The source above as an importable module, below the test's folder."""
    name = f"cratecase{abs(hash(str(tmp_path)))}"
    (tmp_path / f"{name}.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module(name)
    sys.modules.pop(name, None)


def drafted(module: ModuleType, folder: Path) -> dict[str, str]:
    contract = contract_of(module.worth)
    return draft(
        f"{module.__name__}:worth",
        search_path=[folder],
        contract_json=contract.to_json(),
        cache_dir=TARGET / "mypy",
        crates_dir=REPO / "crates",
        reference_hash="r" * 64,
    ).files


def test_a_draft_keeps_names_documentation_and_comments(module: ModuleType, tmp_path: Path) -> None:
    files = drafted(module, tmp_path)
    text = files["src/operation.rs"]
    assert "/// What orders are worth." in text
    assert "// Bought is positive." in text
    assert "pub fn worth(orders: Vec<Order>" in text
    said = json.loads(files["carving.json"])
    contract = contract_of(module.worth)
    assert said["operation"] == contract.name
    assert said["contract_hash"] == contract.hash
    assert said["reference_hash"] == "r" * 64
    assert json.loads(files["contract.json"]) == contract.to_json()


def test_an_edited_file_is_never_overwritten(tmp_path: Path) -> None:
    crate = tmp_path / "crate"
    first = with_note({"src/a.rs": "one", "src/b.rs": "two"})
    assert write(first, crate).written == ("src/a.rs", "src/b.rs")
    assert write(first, crate).unchanged == ("src/a.rs", "src/b.rs")
    (crate / "src" / "a.rs").write_text("mine")
    # The draft it was made from has not changed: nothing is written beside it.
    done = write(first, crate)
    assert (done.kept, done.offered) == (("src/a.rs",), ())
    assert not (crate / "src" / "a.rs.new").exists()
    second = with_note({"src/a.rs": "1", "src/b.rs": "2"})
    done = write(second, crate)
    assert done.kept == done.offered == ("src/a.rs",)
    assert done.written == ("src/b.rs",)
    assert (crate / "src" / "a.rs").read_text() == "mine"
    assert (crate / "src" / "a.rs.new").read_text() == "1"
    assert (crate / "src" / "b.rs").read_text() == "2"
    # And it stays kept, also when the draft comes back to what it was.
    assert write(second, crate).kept == ("src/a.rs",)
    assert (crate / "src" / "a.rs.new").read_text() == "1"
    assert write(first, crate).kept == ("src/a.rs",)
    # Once it is what would be written, the copy beside it goes.
    (crate / "src" / "a.rs").write_text("one")
    assert write(first, crate).kept == ()
    assert not (crate / "src" / "a.rs.new").exists()


def test_without_a_note_every_file_counts_as_edited(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.rs").write_text("mine")
    done = write(with_note({"src/a.rs": "one"}), tmp_path)
    assert done.kept == ("src/a.rs",)
    assert (tmp_path / "src" / "a.rs").read_text() == "mine"


def with_note(files: dict[str, str]) -> dict[str, str]:
    """Files with the carving.json that remembers their hashes."""
    hashes = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items()}
    return files | {"carving.json": json.dumps({"files": hashes})}


@pytest.mark.slow
def test_the_examples_operations_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(PRICING))
    names = ["book:value_book", "orders:match_orders", "stress:stress", "ticks:round_to_tick"]
    batch = Batch([f"pricing.{name}" for name in names], [PRICING])
    for name in batch:
        tally = batch[name].run(80, 600)
        assert not tally.findings, batch[name].explain(tally.findings[0])
        assert tally.declined < 0.2, (name, tally.verdicts)
    assert not batch.refused


def test_what_the_example_cannot_draft_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.syspath_prepend(str(PRICING))
    for name, codes in {
        "accounts:find_account": ["refusal-type", "refusal-statement"],
        "catalogue:filter_catalogue": ["refusal-call"],
    }.items():
        done = carve("cut", f"pricing.{name}", "--no-build", cwd=PRICING, home=tmp_path)
        assert done.returncode == 1
        for code in codes:
            assert f"error[{code}]" in done.stderr + done.stdout
        assert "pricing/" in done.stderr + done.stdout
        assert "Traceback" not in done.stderr


def test_one_that_is_refused_keeps_no_other_from_being_cut(tmp_path: Path) -> None:
    (tmp_path / "carve.toml").write_text("")
    (tmp_path / "one.py").write_text("def good(x: int) -> int:\n    return x + 1\n")
    (tmp_path / "two.py").write_text(
        "def bad(x: int) -> int:\n    return hash(x)\n\n"
        "def fine(x: int) -> int:\n    return x - 1\n"
    )
    names = ["one:good", "two:bad", "two:fine"]
    done = carve("cut", *names, "--no-build", cwd=tmp_path, home=tmp_path)
    assert done.returncode == 1, done.stderr
    assert "two:bad: not cut" in done.stdout
    assert "error[refusal-call]" in done.stdout
    assert "2 cut, 1 not" in done.stdout
    for name in ("one_good", "two_fine"):
        assert (tmp_path / "carvings" / name / "src" / "operation.rs").exists()
    done = carve("cut", *names, "--no-build", "--json", cwd=tmp_path, home=tmp_path)
    said = json.loads(done.stdout)
    assert [one["operation"] for one in said["carvings"]] == ["one:good", "two:fine"]
    assert [one["operation"] for one in said["errors"]] == ["two:bad"]


def carve(*arguments: str, cwd: Path, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).with_name("carve")), *arguments],
        cwd=cwd,
        env={**os.environ, "CARVEOUT_HOME": str(home / ".carveout"), "PYTHONPATH": str(cwd)},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The module's carving as the inline extension, built as `carve cut` builds it."""
    folder = tmp_path_factory.mktemp("built")
    (folder / "crateinline.py").write_text(SOURCE)
    sys.path.insert(0, str(folder))
    module = importlib.import_module("crateinline")
    crate = folder / "crate"
    write(drafted(module, folder), crate)
    artifact = build(crate, folder / "artifacts", kinds=("inline",), target_dir=TARGET / "inline")
    loader = importlib.machinery.ExtensionFileLoader(
        "carving", str(artifact.path / "carving.abi3.so")
    )
    spec = importlib.util.spec_from_file_location("carving", loader.path, loader=loader)
    assert spec is not None
    extension = importlib.util.module_from_spec(spec)
    loader.exec_module(extension)
    return module, extension


DECLINED, FAILED = object(), object()


@pytest.fixture(scope="session")
def inline(built: Any) -> Any:
    from carveout.contract import classes_of

    module, extension = built
    extension.bind(classes_of(module.worth), DECLINED, FAILED)
    return module, extension.call


class Int(int):
    pass


class Text(str):
    pass


@pytest.mark.slow
def test_python_objects_cross_exactly(inline: Any) -> None:
    module, call = inline
    order = module.Order(module.Side.BUY, 2.5, [1, 2], "x")
    arguments = ([order, replace(order, side=module.Side.SELL, note=None)], {"x": 4.0}, 1)
    got, expected = call(*arguments), module.worth(*arguments)
    assert (got, type(got)) == (expected, type(expected))
    with pytest.raises(ValueError, match=r"^worth -2\.5$"):
        call([module.Order(module.Side.SELL, 2.5, [1])], {}, 0)


@pytest.mark.slow
@pytest.mark.parametrize(
    "hole",
    ["price", "size", "rate", "key", "note", "offset", "list", "dict", "order", "side", "sub"],
)
def test_a_value_of_another_type_is_left_to_the_reference(inline: Any, hole: str) -> None:
    """Python keeps what it is given; a carving must not take an int for a float or True for 1."""
    module, call = inline

    class Special(module.Order):  # type: ignore[name-defined,misc]
        pass

    side = module.Side.BUY
    order = module.Order(side, 2.5, [1, 2], "x")
    arguments: dict[str, tuple[Any, ...]] = {
        "price": ([replace(order, price=2)], {}, 1),
        "size": ([replace(order, sizes=[1, True])], {}, 1),
        "rate": ([order], {"x": 4}, 1),
        "key": ([order], {Text("x"): 4.0}, 1),
        "note": ([replace(order, note=Text("x"))], {}, 1),
        "offset": ([order], {}, True),
        "list": ((order,), {}, 1),
        "dict": ([order], type("D", (dict,), {})(x=4.0), 1),
        "order": ([vars(order)], {}, 1),
        "side": ([replace(order, side="buy")], {}, 1),
        "sub": ([Special(side, 2.5, [Int(1)])], {}, 1),
    }
    assert call(*arguments[hole]) is DECLINED


@pytest.mark.slow
def test_a_blank_crate_builds_and_its_recorded_cases_run(
    module: ModuleType, tmp_path: Path
) -> None:
    from carveout._native import Codec
    from carveout.contract import classes_of

    contract = contract_of(module.worth)
    codec = Codec(contract.json_bytes(), classes_of(module.worth))
    order = module.Order(module.Side.BUY, 2.0, [3], None)
    cases = [
        (codec.encode_args(([order], {}, 0)), codec.encode_value(6.0)),
        (codec.encode_args(([], {}, 1)), codec.encode_value(0.0)),
    ]
    made = blank(contract.to_json(), cases, crates_dir=REPO / "crates")
    crate = tmp_path / "crate"
    write(made.files, crate)
    assert "2 recorded calls" in (crate / "README.md").read_text()
    # As it comes it declines, which is safe to place and not done.
    first = cargo_test(crate)
    assert first.returncode != 0
    assert "call 0" in first.stdout
    assert "warning" not in first.stderr.replace("0 warnings", "")
    text = (crate / "src" / "operation.rs").read_text()
    by_hand = text.replace(
        'Err(Stop::Decline("not written yet"))',
        "let mut total = 0.0;\n    for order in &_orders {\n"
        "        let size: i64 = order.sizes.iter().sum();\n"
        "        total += order.price * (size + _offset) as f64;\n    }\n    Ok(total)",
    )
    assert by_hand != text
    (crate / "src" / "operation.rs").write_text(by_hand)
    second = cargo_test(crate)
    assert second.returncode == 0, second.stderr + second.stdout
    assert write(made.files, crate).kept == ("src/operation.rs",)


def cargo_test(crate: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["cargo", "test", "--offline", "--test", "cases"],
        cwd=crate,
        env={**os.environ, "CARGO_TARGET_DIR": str(TARGET / "blank"), "RUSTFLAGS": "-D warnings"},
        capture_output=True,
        text=True,
    )


def test_where_the_projects_own_modules_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = command.sources(tmp_path)
    assert found[0] == tmp_path.resolve()
    assert not [path for path in found if "site-packages" in path.parts]


@pytest.mark.slow
def test_crates_of_one_name_are_not_taken_for_each_other(
    module: ModuleType, tmp_path: Path
) -> None:
    """The same operation cut to two folders: cargo would think the older one fresh."""
    files = drafted(module, tmp_path)
    other = files | {"src/operation.rs": files["src/operation.rs"].replace("-1.0", "-2.0")}
    assert other != files
    hashes = []
    for name, texts in [("a", files), ("b", other), ("a", files)]:
        write(texts, tmp_path / name)
        made = build(
            tmp_path / name, tmp_path / "kept", kinds=("inline",), target_dir=TARGET / "inline"
        )
        hashes.append(made.hash)
    assert hashes[0] == hashes[2] != hashes[1]
