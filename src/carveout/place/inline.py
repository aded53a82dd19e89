"""The inline placement: a carving loaded into this process as an extension module.

    carving = load_inline(Path(".carveout/artifacts/ab12…"), contract, classes)
    carving.call(book, order)      # a value, a raised fault, DECLINED or FAILED

The file's sha256, the boundary's version and the contract's hash are checked before the first call;
whatever does not fit is not loaded and the reference goes on answering.

Invariant: what is loaded are the very bytes that were checked, in a copy that nobody else can
reach: a file that is mapped and then overwritten in place (`cp`, a truncation) ends the process
with SIGBUS.
"""

from __future__ import annotations

import binascii
import hashlib
import importlib.machinery
import importlib.util
import json
import shutil
import struct
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from carveout.contract import Contract
from carveout.diagnostics import CarveError

ABI = 1
INLINE = "carving.abi3.so"
DESCRIPTION = "artifact.json"


@dataclass(frozen=True, slots=True)
class InlineCarving:
    """A loaded carving's entry points; see the boundary in docs/operation.md."""

    call: Callable[..., Any]
    call_release: Callable[..., Any]
    call_wire: Callable[[bytes], bytes]
    call_json: Callable[[bytes], bytes | None]
    last_reason: Callable[[], str]
    changes: bool = False
    """It may change its arguments, or give one of them back: `call` does so in place."""
    call_json_release: Callable[[bytes], bytes | None] | None = None
    """As `call_json`, without the GIL while it computes."""


def describe(artifact_dir: Path) -> dict[str, Any]:
    """What `artifact.json` says. Raises CarveError "artifact-missing", "artifact-unreadable"."""
    path = artifact_dir / DESCRIPTION
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CarveError(
            "artifact-missing",
            f"there is no artifact at {artifact_dir}",
            hint="build it again: carve cut OPERATION",
        ) from None
    except (OSError, ValueError) as problem:
        raise _unreadable(path, str(problem)) from problem
    if not isinstance(found, dict):
        raise _unreadable(path, "not a JSON object")
    return found


def checked(artifact_dir: Path, contract: Contract, file: str, sum_key: str) -> Path:
    """The path of one of the artifact's binaries, whole and made for this contract.

    Raises:
        CarveError: "artifact-missing", "artifact-unreadable", "artifact-other-abi",
            "artifact-other-contract", "artifact-damaged".
    """
    return checked_file(artifact_dir, contract.name, contract.hash, file, sum_key)


def expect_whole(
    artifact_dir: Path, name: str, contract_hash: str, placement: str | None = None
) -> None:
    """Raises what placing an artifact there would: before anything is moved to it.

    `placement` is "inline", "worker", or None or "auto" for both, which a carving meets on its way.
    """
    for wanted, file, sum_key in (
        ("inline", INLINE, "inline_sha256"),
        ("worker", "worker", "worker_sha256"),
    ):
        if placement in (None, "auto", wanted):
            checked_file(artifact_dir, name, contract_hash, file, sum_key)


def checked_file(
    artifact_dir: Path, name: str, contract_hash: str, file: str, sum_key: str
) -> Path:
    """As `checked`, for a contract known by name and hash."""
    info = describe(artifact_dir)
    if info.get("abi") != ABI:
        raise CarveError(
            "artifact-other-abi",
            f"{artifact_dir.name} was built for boundary version {info.get('abi')}, not {ABI}",
            hint="build it again with this version of carveout: carve cut OPERATION",
        )
    if info.get("contract_hash") != contract_hash:
        raise CarveError(
            "artifact-other-contract",
            f"{artifact_dir.name} was built for another contract than {name} has now",
            hint="the signature or a type changed: carve cut OPERATION, carve prove OPERATION",
        )
    path = artifact_dir / file
    expected = info.get(sum_key)
    if expected is None:
        raise CarveError(
            "artifact-missing",
            f"{artifact_dir.name} has no {file}",
            hint="build it again: carve cut OPERATION",
        )
    try:
        with path.open("rb") as stream:
            actual = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as problem:
        raise _unreadable(path, str(problem)) from problem
    if actual != expected:
        raise CarveError(
            "artifact-damaged",
            f"{path} is not the file that was built (truncated or changed)",
            hint="build it again: carve cut OPERATION",
        )
    return path


def load_inline(
    artifact_dir: Path, contract: Contract, classes: Mapping[str, type]
) -> InlineCarving:
    """Load an artifact's extension module. `classes`: structs, enums and faults by name.

    Raises:
        CarveError: the codes of `checked`, or "artifact-unloadable".
    """
    from carveout._native import DECLINED, FAILED

    path = checked(Path(artifact_dir), contract, INLINE, "inline_sha256")
    try:
        module = _module_of(path, describe(Path(artifact_dir))["inline_sha256"])
        abi, made_for = module.ABI, module.HASH
    except (ImportError, AttributeError, SystemError) as problem:
        raise CarveError(
            "artifact-unloadable",
            f"{path} could not be loaded",
            cause=str(problem),
            hint="build it again on this machine: carve cut OPERATION",
        ) from problem
    if abi != ABI or made_for != contract.hash:
        raise CarveError(
            "artifact-other-contract",
            f"{path} says it is for another contract or boundary than its artifact.json",
            hint="build it again: carve cut OPERATION",
        )
    module.bind(dict(classes), DECLINED, FAILED)
    return InlineCarving(
        module.call,
        module.call_release,
        module.call_wire,
        module.call_json,
        module.last_reason,
        bool(getattr(module, "CHANGES", False)),
        module.call_json_release,
    )


def on_copies(carving: InlineCarving, codec: Any) -> Callable[..., Any]:
    """The carving on copies of its arguments: for a call that the reference answers as well."""
    from carveout._native import DECLINED, FAILED

    def call(*args: Any) -> Any:
        try:
            outcome = carving.call_wire(codec.encode_args(args))
        except ValueError:  # an argument that cannot cross
            return DECLINED
        kind, value = codec.decode_outcome(outcome)
        if kind == "fault":
            raise value
        return value if kind == "value" else DECLINED if kind == "decline" else FAILED

    return call


def _module_of(path: Path, expected: str) -> ModuleType:
    """The extension module in a file, loaded from a copy without a name where one can be made."""
    problem: ImportError | None = None
    for folder in (path.parent.parent, Path(tempfile.gettempdir())):
        try:
            with tempfile.NamedTemporaryFile(dir=folder, prefix=".loading-", suffix=".so") as copy:
                with path.open("rb") as source:
                    shutil.copyfileobj(source, copy)
                copy.flush()
                copy.seek(0)
                if hashlib.file_digest(copy, "sha256").hexdigest() == expected:
                    return _load(Path(copy.name))
        except ImportError as failed:  # e.g. a folder mounted without the permission to execute
            problem = failed
        except OSError:  # no permission, no room
            continue
    try:
        return _load(path)
    except ImportError as failed:
        raise problem or failed from failed


def _load(path: Path) -> ModuleType:
    loader = importlib.machinery.ExtensionFileLoader("carving", str(path))
    spec = importlib.util.spec_from_file_location("carving", path, loader=loader)
    if spec is None:
        raise ImportError("not an extension module")
    # Never in sys.modules: every artifact's module has this same name.
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def fault_classes(function: Callable[..., Any]) -> dict[str, type]:
    """Exception classes a carving of `function` may raise: the library's, its package's."""
    package = function.__module__.partition(".")[0]
    found: dict[str, type] = {"binascii:Error": binascii.Error, "struct:error": struct.error}
    for name, module in list(sys.modules.items()):
        if module is None or name.partition(".")[0] != package:
            continue
        for value in list(vars(module).values()):
            if isinstance(value, type) and issubclass(value, BaseException):
                found[f"{value.__module__}:{value.__qualname__}"] = value
    return found


def _unreadable(path: Path, cause: str) -> CarveError:
    return CarveError(
        "artifact-unreadable",
        f"cannot read {path}",
        cause=cause,
        hint="check its permissions, or build it again: carve cut OPERATION",
    )
