"""`carve prove OP`: is the carving the same as its reference, and with what bound?

    carve prove shop.prices:quote
    carve prove shop.prices:quote --tests "pytest tests" --json

Also home of `assert_same`, which the tests that prove writes call.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from carveout import settings
from carveout.cli.project import full_name, open_its_store, open_project, shown
from carveout.cli.streams import write_json
from carveout.diagnostics import CarveError
from carveout.prove import bound

if TYPE_CHECKING:
    from carveout.prove import Recording, Report, Tally
    from carveout.store import ArtifactRow, Store

EXAMPLE = """Examples:

  carve prove shop.prices:quote

  carve prove shop.prices:quote --calls 500000 --seconds 300

  carve prove shop.prices:quote --tests "pytest tests"

Exit codes: 0 no difference found, 1 error, 2 usage, 3 different, 4 not enough data to say.
"""

DIFFERENT = 3
WORST = (DIFFERENT, 1, 4, 0)
"""Exit codes, the one that says most first."""


def newest_artifact(store: Store, name: str, contract_hash: str | None = None) -> ArtifactRow:
    """The carving last built. Raises CarveError "artifact-missing", "artifact-other-contract"."""
    rows = sorted(store.artifacts(name), key=lambda row: row.built_at)
    if not rows:
        raise CarveError(
            "artifact-missing", f"{name} has no carving yet", hint=f"make one: carve cut {name}"
        )
    row = rows[-1]
    if contract_hash is not None and row.contract_hash != contract_hash:
        raise CarveError(
            "artifact-other-contract",
            f"the carving of {name} was built for another contract than it has now",
            hint=f"its signature or a type changed: carve cut {name}",
        )
    return row


def load_operation(name: str) -> Any:
    """The operation. Raises CarveError if there is none or it is a plain function."""
    from carveout.contract import load

    operation = load(name)
    if getattr(operation, "codec", None) is None:
        from carveout.place import operation as declared

        problem = declared.NATIVE_PROBLEM
        raise CarveError(
            "not-an-operation" if problem is None else "native-missing",
            f"{name} is not an operation" if problem is None else "no native module",
            cause=problem,
            hint="put @operation above it" if problem is None else "see carve doctor",
        )
    return operation


def open_candidate(operation: Any, path: Path) -> Callable[[bytes], bytes]:
    """A carving's call on wire bytes. Raises CarveError if it can't be loaded."""
    from carveout.contract import classes_of
    from carveout.place.inline import fault_classes, load_inline

    classes = classes_of(operation) | fault_classes(operation.__wrapped__)
    return load_inline(path, operation.contract, classes).call_wire


def recordings_of(store: Store, name: str) -> list[Recording]:
    """The uniform sample first, then what was kept by shape or for being odd."""
    from carveout.prove import Recording

    uniform = store.recordings(name, "uniform")
    known = {row.args for row in uniform}
    rest = [row for row in store.recordings(name, "all") if row.args not in known]
    return [Recording(row.args, row.shape, True) for row in uniform] + [
        Recording(row.args, row.shape, False) for row in rest
    ]


def run(
    operation: str,
    *,
    calls: int = bound.DEFAULT_CALLS,
    seconds: float = 60.0,
    seed: int = 0,
    tests: str | None = None,
    out: Path | None = None,
    artifact: str | None = None,
    as_json: bool = False,
    console: Console | None = None,
) -> int:
    """Carry out `carve prove`; returns its exit code. Raises CarveError."""
    if calls < 0 or not seconds > 0:
        raise CarveError(
            "usage", "--calls must not be negative and --seconds be above 0", exit_code=2
        )
    # What is measured is the plain reference; this process must record and move nothing.
    os.environ["CARVEOUT"] = "off"
    from carveout.contract.circumstances import circumstances_of
    from carveout.prove import Recording, evidence, keep, prove_operation

    console = console or Console()
    environment = settings.load()
    name = full_name(environment, operation)
    op = load_operation(name)
    store = open_its_store(environment, create=True)
    if artifact is None:
        row = newest_artifact(store, name, op.contract.hash)
    else:
        fitting = [r for r in store.artifacts(name) if r.hash.startswith(artifact)]
        if len(fitting) != 1:
            raise CarveError("artifact-missing", f"{name} has no carving {artifact!r}")
        row = fitting[0]
    candidate = open_candidate(op, Path(row.path))
    # Calls that a carving got wrong before come first.
    known = evidence.known_differences(store, name, op.contract.hash)
    recordings = [Recording(args, "", False) for args in known] + recordings_of(store, name)
    with _Bar(console, hidden=as_json or not console.is_terminal, name=name) as bar:
        report = prove_operation(
            op,
            candidate,
            recordings,
            calls=calls,
            seconds=seconds,
            alpha=environment.alpha,
            seed=seed,
            progress=bar.update,
        )
    saved = evidence.save(store, report, row.hash, circumstances_of(op))
    written = None
    contract = op.contract.to_json()
    if report.findings and report.findings[0].args:
        folder = out or environment.root / "tests-carveout"
        written = keep.write_test(
            report.findings[0], name, contract, op.codec, folder, environment.root
        )
    store.note(name, "info", f"proved: {report.verdict}; {report.sentences()[0]}")
    code = report.exit_code
    earlier = bool(saved.different and not report.total.different)
    if earlier:
        code = DIFFERENT
    tests_code = None
    if tests is not None:
        tests_code = _run_tests(tests, as_json=as_json)
        found = DIFFERENT if tests_code == DIFFERENT else 1 if tests_code else 0
        code = min(code, found, key=WORST.index)
    if as_json:
        extra = {
            "artifact": row.hash,
            "test": str(written) if written else None,
            "tests_exit_code": tests_code,
            "earlier_difference": earlier,
        }
        write_json(report.to_json() | extra)
        return code
    _print(console, report, name, row.hash)
    if earlier:
        console.print(
            "DIFFERENT all the same: an earlier proof found this very carving to differ",
            style="red",
        )
    if report.findings:
        finding = report.findings[0]
        console.print("smallest call found:", style="bold")
        lines = [f"  {keep.show_args(finding.args, contract)}", f"  {finding.message}"]
        console.print("\n".join(lines), markup=False, highlight=False, soft_wrap=True)
    if written is not None:
        kept = f"kept as {shown(written)}"
        console.print(kept, markup=False, highlight=False, soft_wrap=True)
    return code


def _print(console: Console, report: Report, name: str, artifact: str) -> None:
    style = {"same": "green", "different": "red"}.get(report.verdict, "yellow")
    verdict = {
        "same": "no difference found",
        "different": "DIFFERENT",
        "noisy": "no verdict: noisy",
        "declined": "no verdict: it declines",
        "unknown": "not enough data to say",
    }[report.verdict]
    console.print(f"{name} {artifact[:12]}: [{style}]{verdict}[/]", highlight=False)
    for line in report.sentences():
        console.print(f"  {line}", markup=False, highlight=False, soft_wrap=True)
    console.print(
        f"  {report.total.compared:,} calls compared in {report.seconds:.1f} s "
        f"({report.rate:,.0f} a second)",
        highlight=False,
    )


def _run_tests(command: str, *, as_json: bool) -> int:
    """The user's own tests with the carvings in force."""
    from carveout.cli import run as run_command

    os.environ.pop("CARVEOUT", None)
    return run_command.run(shlex.split(command), stage="full", quiet=as_json)


class _Bar:
    """A progress bar, or nothing."""

    def __init__(self, console: Console, *, hidden: bool, name: str) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            disable=hidden,
            # prove forks; a refreshing thread could hold a lock in the child.
            auto_refresh=False,
            transient=True,
        )
        self._task = self._progress.add_task(name, total=None)

    def __enter__(self) -> _Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def update(self, tally: Tally, aim: int) -> None:
        self._progress.update(self._task, completed=tally.compared, total=aim)
        self._progress.refresh()


def assert_same(operation: Any, args: tuple[Any, ...] | bytes) -> None:
    """Assert that the carving last built answers as the reference does, or declines.

    What the tests written by `carve prove` call. The carving runs in a process of its own, so that
    a crash or an endless loop is a failed test. Raises AssertionError, or CarveError if there is no
    carving.
    """
    from carveout.prove import check_call

    _, store = open_project()
    row = newest_artifact(store, operation.name, operation.contract.hash)
    wire = args if isinstance(args, bytes) else operation.codec.encode_args(args)
    problem = check_call(operation, open_candidate(operation, Path(row.path)), wire)
    if problem is not None:
        raise AssertionError(f"{operation.name}: {problem}")


def register(app: typer.Typer) -> None:
    """Add `carve prove` to the command line."""

    @app.command(
        "prove", help="Compare a carving with its reference, call by call.", epilog=EXAMPLE
    )
    def command(
        operation: str = typer.Argument(..., help="package.module:function"),
        calls: int = typer.Option(
            bound.DEFAULT_CALLS, "--calls", help="Generated calls to compare."
        ),
        seconds: float = typer.Option(60.0, "--seconds", help="Stop after S seconds."),
        seed: int = typer.Option(0, "--seed", help="Another seed makes other calls."),
        tests: str = typer.Option(
            None, "--tests", help="Also run this command with the carvings in force."
        ),
        out: Annotated[
            Path | None,
            typer.Option("--out", help="Folder for a difference's test. Default: tests-carveout."),
        ] = None,
        artifact: str = typer.Option(
            None, "--artifact", help="Hash (or its start) of a carving. Default: the newest."
        ),
        against: str = typer.Option(
            None, "--against", help="OPERATION is a gateway's route: replay it against this URL."
        ),
        reference: str = typer.Option(None, "--reference", help="With --against: ask this too."),
        ignore: Annotated[list[str] | None, typer.Option(help="JSON path not compared.")] = None,
        unordered: Annotated[list[str] | None, typer.Option(help="JSON path of a set.")] = None,
        tolerance: Annotated[list[str] | None, typer.Option(help="PATH=SHARE, relative.")] = None,
        header_same: Annotated[list[str] | None, typer.Option(help="Header compared.")] = None,
        header: Annotated[list[str] | None, typer.Option(help="NAME: VALUE to send.")] = None,
        all_methods: bool = typer.Option(
            False, "--all-methods", help="Also replay what may change something."
        ),
        folder: Annotated[
            Path | None, typer.Option("--pairs", help="The gateway's record folder.")
        ] = None,
        as_json: bool = typer.Option(False, "--json", help="Print JSON and nothing else."),
    ) -> int:
        if against:
            from carveout.cli.proving_routes import run_route

            return run_route(
                operation,
                against=against,
                reference=reference,
                ignore=ignore or [],
                unordered=unordered or [],
                tolerance=tolerance or [],
                header_same=header_same or ["content-type"],
                headers=header or [],
                all_methods=all_methods,
                folder=folder,
                as_json=as_json,
            )
        return run(
            operation,
            calls=calls,
            seconds=seconds,
            seed=seed,
            tests=tests,
            out=out,
            artifact=artifact,
            as_json=as_json,
        )
