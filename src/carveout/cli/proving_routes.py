"""`carve prove ROUTE --against UPSTREAM`: a route's recorded requests, replayed and compared.

carve prove shop --against http://127.0.0.1:9001 --ignore at
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

from carveout import settings
from carveout.cli.project import open_its_store
from carveout.cli.streams import write_json
from carveout.diagnostics import CarveError

DIFFERENT, NOT_ENOUGH = 3, 4


def _pairs(texts: Sequence[str], mark: str, what: str) -> dict[str, str]:
    found = {}
    for text in texts:
        name, given, value = text.partition(mark)
        if not given or not name.strip():
            raise CarveError("usage", f"{text!r} is not {what}", exit_code=2)
        found[name.strip()] = value.strip()
    return found


def run_route(
    route: str,
    *,
    against: str,
    reference: str | None,
    ignore: Sequence[str],
    unordered: Sequence[str],
    tolerance: Sequence[str],
    header_same: Sequence[str],
    headers: Sequence[str],
    all_methods: bool,
    folder: Path | None,
    as_json: bool,
) -> int:
    """Returns the exit code: 0 same, 3 different, 4 not enough to say. Raises CarveError."""
    from carveout.gateway.compare import Rules
    from carveout.gateway.pairs import stored, take_in
    from carveout.gateway.replay import prove_route
    from carveout.prove import bound

    try:
        shares = {k: float(v) for k, v in _pairs(tolerance, "=", "PATH=SHARE").items()}
    except ValueError as problem:
        raise CarveError("usage", "a tolerance is a number", exit_code=2) from problem
    rules = Rules(tuple(h.lower() for h in header_same), tuple(ignore), tuple(unordered), shares)
    environment = settings.load()
    store = open_its_store(environment, create=True)
    take_in(store, folder or environment.home / "gateway")
    pairs = stored(store, route)
    if not pairs:
        raise CarveError(
            "gateway-nothing-recorded",
            f"nothing is recorded of route {route}",
            hint=f"set record on the route, and --pairs to gateway.record.folder "
            f"(looked in {folder or environment.home / 'gateway'})",
            exit_code=NOT_ENOUGH,
        )
    report = prove_route(
        pairs,
        against=against,
        reference=reference,
        rules=rules,
        headers=_pairs(headers, ":", "NAME: VALUE"),
        all_methods=all_methods,
    )
    code = DIFFERENT if report.different else 0 if report.same >= bound.ENOUGH else NOT_ENOUGH
    if as_json:
        write_json({"route": route, "exit_code": code, **report.to_json()})
        return code
    verdict = "DIFFERENT" if report.different else "no difference found"
    typer.echo(
        f"{route} against {against}: {verdict}; {report.same:,} same, {report.different:,} "
        f"different, {report.noisy:,} noisy, {report.unanswered:,} unanswered, "
        f"{report.skipped:,} not sent"
    )
    for finding in report.findings:
        typer.echo(f"  {finding['request']}: {finding['what']}")
    if not report.different:
        typer.echo(f"  {bound.text(report.same)} of requests like these differ")
    return code
