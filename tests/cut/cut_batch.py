"""Many drafts in one library: drafted, built together once, called as bytes.

    batch = Batch("corpus", ["corpus.numbers:shifts", …], [folder])
    batch["corpus.numbers:shifts"].verdict(args)      # judged against CPython

Each draft becomes a module of one crate, its files as they were generated but for the path of
`types` and the formatting; the crate denies warnings. Refused names are in `batch.refused`. What is
built is kept by its content, so that a second worker or run takes what there is.
"""

from __future__ import annotations

import ctypes
import fcntl
import functools
import hashlib
import importlib
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from carveout._native import Codec
from carveout.contract import Contract, classes_of, contract_of
from carveout.contract.compare import compare
from carveout.cut import Draft, draft
from carveout.diagnostics import CarveError
from carveout.prove.boundary import encode
from carveout.prove.judge import DIFFERENT, VERDICTS, Finding, Judge
from carveout.prove.quick import QuickCalls
from carveout.prove.strategies import arguments, draw

REPO = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARVEOUT_TEST_TARGET", REPO / "target" / "cut-tests"))
HERE = Path(__file__).resolve().parent
CORPUS = (
    *("numbers", "sequences", "mappings", "texts", "more_texts"),
    *("classes", "control", "aliasing", "typing_traps"),
    *("trying", "recursive"),
)

_CARGO = """\
[package]
name = "batch-{title}"
version = "0.1.0"
edition = "2024"
publish = false

[lib]
name = "batch_{title}"
crate-type = ["cdylib"]

[features]
inline = []

[dependencies]
carveout-runtime = {{ path = {runtime} }}

# An arithmetic overflow that the compiler did not see panics here.
[profile.dev]
opt-level = 0
debug = false
overflow-checks = true

[workspace]
"""
_LIB = """\
#![deny(warnings)]

{modules}

thread_local! {{
    static OUT: std::cell::RefCell<Vec<u8>> = const {{ std::cell::RefCell::new(Vec::new()) }};
}}

/// # Safety
/// `args` must point to `len` bytes; the result is valid until this thread's next call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn carving_call(
    op: u32, args: *const u8, len: usize, size: *mut usize,
) -> *const u8 {{
    let args = unsafe {{ std::slice::from_raw_parts(args, len) }};
    OUT.with(|out| {{
        let mut out = out.borrow_mut();
        out.clear();
        let table = match op {{
            {arms}
            _ => unreachable!(),
        }};
        (table.ops[0].call_wire)(args, &mut out);
        unsafe {{ *size = out.len() }};
        out.as_ptr()
    }})
}}
"""


@dataclass
class Tally:
    """Verdicts on the calls of one operation, and the first differences."""

    verdicts: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)

    @property
    def judged(self) -> int:
        return self.verdicts["same"] + self.verdicts["different"] + self.verdicts["declined"]

    @property
    def declined(self) -> float:
        return self.verdicts["declined"] / self.judged if self.judged else 1.0


@dataclass
class Subject:
    """One drafted operation beside its reference."""

    name: str
    function: Callable[..., Any]
    contract: Contract
    draft: Draft
    candidate: Callable[[bytes], bytes]

    @functools.cached_property
    def codec(self) -> Codec:
        return Codec(self.contract.json_bytes(), classes_of(self.function))

    @functools.cached_property
    def judge(self) -> Judge:
        return Judge(
            lambda args: self.function(*args),
            self.candidate,
            self.codec,
            lambda a, b: compare(self.contract, a, b),
        )

    def call(self, *args: Any) -> tuple[str, Any]:
        """The carving's outcome for Python values."""
        return self.codec.decode_outcome(self.candidate(self.codec.encode_args(args)))

    def verdict(self, *args: Any) -> str:
        """How the two compare on one call; "different" says how in its place."""
        found, finding = self.judge(self.codec.encode_args(args))
        return VERDICTS[found] if finding is None else f"different: {finding.message}"

    def run(self, drawn: int, quick: int, seed: int = 7) -> Tally:
        """Generated calls: Hypothesis's, then quick ones from the same pools."""
        contract = self.contract.to_json()
        tally = Tally()
        trees = draw(arguments(contract), drawn, seed)
        for tree in trees:
            self._one(encode(tree), tally)
        make = QuickCalls(contract, seed=seed, drawn=trees)
        for _ in range(quick):
            self._one(make(), tally)
        return tally

    def _one(self, data: bytes, tally: Tally) -> None:
        try:
            data = self.codec.encode_args(self.codec.decode_args(data))
        except Exception:
            return
        found, finding = self.judge(data)
        tally.verdicts[VERDICTS[found]] += 1
        if found == DIFFERENT and finding is not None:
            tally.findings.append(finding)
        else:
            tally.outcomes[self.codec.decode_outcome(self.candidate(data))[0]] += 1

    def explain(self, finding: Finding) -> str:
        """A difference in words."""
        args = self.codec.decode_args(finding.args)
        return (
            f"{self.name}{args!r}\n  {finding.message}\n"
            f"  reference: {self.codec.decode_outcome(finding.expected)!r}\n"
            f"  carving:   {self.codec.decode_outcome(finding.got)!r}"
        )


def function_named(name: str) -> Callable[..., Any]:
    module, _, attribute = name.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), attribute)
    return getattr(found, "__wrapped__", found)


def public_functions(module: str) -> list[str]:
    """The functions a module defines, by name, but for its helpers (`_…`)."""
    loaded = importlib.import_module(module)
    return [
        f"{module}:{name}"
        for name, value in vars(loaded).items()
        if callable(value)
        and getattr(value, "__module__", None) == module
        and not isinstance(value, type)
        and not name.startswith("_")
    ]


class Batch:
    """Drafts and builds `names`; a mapping from name to Subject."""

    def __init__(self, title: str, names: Sequence[str], search_path: list[Path]) -> None:
        self.title = title
        self.refused: dict[str, CarveError] = {}
        self.drafts: dict[str, tuple[Callable[..., Any], Contract, Draft]] = {}
        self.search_path = search_path
        for name in names:
            self._draft(name)
        self.names = list(self.drafts)
        # Drafts that rustc did not take as they were, and its reasons.
        self.plain: dict[str, str] = {}
        try:
            self.library = self._build()
        except BuildError as error:
            # As `carve cut` does: what rustc does not take is drafted the plain way.
            self.plain = {name: error.found[name] for name in self.names if name in error.found}
            if not self.plain:
                raise
            for name in self.plain:
                self._draft(name, plain=True)
            self.library = self._build()

    def _draft(self, name: str, plain: bool = False) -> None:
        function = function_named(name)
        contract = contract_of(function)
        try:
            made = draft(
                name,
                search_path=self.search_path,
                contract_json=contract.to_json(),
                cache_dir=TARGET / "mypy",
                crates_dir=REPO / "crates",
                plain=plain,
                formatted=False,
            )
        except CarveError as error:
            self.refused[name] = error
        else:
            self.drafts[name] = (function, contract, made)

    def __getitem__(self, name: str) -> Subject:
        if name in self.refused:
            raise AssertionError(f"{name} was refused:\n{self.refused[name]}")
        function, contract, made = self.drafts[name]
        return Subject(name, function, contract, made, self._candidate(self.names.index(name)))

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def _candidate(self, index: int) -> Callable[[bytes], bytes]:
        call, size = self.library.carving_call, ctypes.c_size_t()

        def candidate(args: bytes) -> bytes:
            at = call(index, args, len(args), ctypes.byref(size))
            return ctypes.string_at(at, size.value)

        return candidate

    def _files(self) -> dict[str, str]:
        runtime = json.dumps(str(REPO / "crates" / "carveout-runtime"))
        files = {"Cargo.toml": _CARGO.format(runtime=runtime, title=self.title)}
        modules, arms = [], []
        for index, (_, _, made) in enumerate(self.drafts.values()):
            here = f"src/op_{index}"
            lib = made.files["src/lib.rs"].replace('include_str!("../contract.json")', '"{}"')
            files[f"{here}/mod.rs"] = lib
            for name in ("operation", "types"):
                if (text := made.files.get(f"src/{name}.rs")) is not None:
                    files[f"{here}/{name}.rs"] = text.replace("crate::types", "super::types")
            modules.append(f"mod op_{index};")
            arms.append(f"{index} => op_{index}::table(),")
        text = _LIB.format(modules="\n".join(modules), arms="\n            ".join(arms))
        return files | {"src/lib.rs": text}

    def _build(self) -> ctypes.CDLL:
        files = self._files()
        runtime = sorted((REPO / "crates" / "carveout-runtime" / "src").rglob("*.rs"))
        digest = hashlib.sha256(json.dumps(files, sort_keys=True).encode())
        for path in runtime:
            digest.update(path.read_bytes())
        kept = TARGET / "kept" / f"{self.title}-{digest.hexdigest()[:20]}.so"
        kept.parent.mkdir(parents=True, exist_ok=True)
        with (TARGET / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not kept.exists():
                for old in kept.parent.glob(f"{self.title}-*"):
                    old.unlink()
                self._cargo(files, kept)
        library = ctypes.CDLL(str(kept))
        library.carving_call.restype = ctypes.c_void_p
        library.carving_call.argtypes = [
            ctypes.c_uint32,
            ctypes.c_char_p,
            ctypes.c_size_t,
            ctypes.POINTER(ctypes.c_size_t),
        ]
        return library

    def _cargo(self, files: dict[str, str], kept: Path) -> None:
        folder = TARGET / f"batch-{self.title}"
        shutil.rmtree(folder, ignore_errors=True)
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        done = subprocess.run(
            ["cargo", "build", "--offline", "--message-format=json", "--quiet"],
            cwd=folder,
            env={**os.environ, "CARGO_TARGET_DIR": str(TARGET)},
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise BuildError(self._errors(done.stdout), done.stderr)
        beside = kept.with_suffix(".new")
        shutil.copy2(TARGET / "debug" / f"libbatch_{self.title}.so", beside)
        beside.replace(kept)

    def _errors(self, output: str) -> dict[str, str]:
        """rustc's complaints by the operation each is about."""
        found: dict[str, str] = {}
        for line in output.splitlines():
            message = json.loads(line).get("message") or {}
            if isinstance(message, dict) and message.get("level", "").startswith("error"):
                spans = message.get("spans") or [{}]
                at = str(spans[0].get("file_name", ""))
                name = self.names[int(at.split("op_")[1].split("/")[0])] if "op_" in at else at
                text = str(message.get("rendered", message.get("message")))
                found[name] = found.get(name, "") + text
        return found


class BuildError(AssertionError):
    """rustc's complaints by operation."""

    def __init__(self, found: dict[str, str], text: str) -> None:
        super().__init__("\n".join(f"{k}: {v}" for k, v in found.items()) or text)
        self.found = found


def corpus_path() -> list[Path]:
    """The folder the corpus package is in, importable."""
    if str(HERE) not in sys.path:
        sys.path.insert(0, str(HERE))
    return [HERE]
