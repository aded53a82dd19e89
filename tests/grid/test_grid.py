"""The comparison grid: its vectors against the Python service, its page, its plan.

The grid itself is `make grid`; nothing is timed here.
"""

from __future__ import annotations

import ast
import asyncio
import importlib
import json
import struct
import sys
import types
import xml.dom.minidom
from pathlib import Path
from typing import Any

import httpx
import pytest
from bench.grid import costs, load, page, plan, plots, prepare, sections, vectors
from bench.grid.figures import Figures, aims
from bench.grid.servers import database
from openapi_spec_validator import validate


def cell(per_s: float, p99_us: int = 2000, after_mb: float = 10.0) -> dict[str, Any]:
    errors = {"connect": 0, "read": 0, "write": 0, "timeout": 0, "status": 0}
    return {
        "start_ms": 12.0,
        "idle_mb": 5.0,
        "loaded_mb": after_mb + 1,
        "after_mb": after_mb,
        "cpu_us": 1e6 / per_s,
        "busy": 1.0,
        "saturated": {"requests": int(per_s), "per_s": per_s, "errors": errors},
        "half": {
            "p50_us": 500, "p90_us": 900, "p99_us": p99_us, "p999_us": 4000, "max_us": 9000,
            "errors": {"status": 1},
        },
    }  # fmt: skip


def raw(**per_s: float) -> dict[str, Any]:
    """Results of one round on every endpoint, by implementation (with _ for -)."""
    cells = {}
    for name, rate in per_s.items():
        one = plan.named(name.replace("_", "-"))
        for endpoint in one.endpoints:
            cells[f"{endpoint}/{one.name}/0"] = cell(rate)
            cells[f"{endpoint}/{one.name}/1"] = cell(rate * 3)
            cells[f"{endpoint}/{one.name}/2"] = cell(rate * 2)
    return {"cells": cells, "plan": "full", "date": "2026-11-24"}


# -- the specification ----------------------------------------------------------------------


def test_openapi_is_valid_and_has_every_path_of_the_vectors() -> None:
    document = json.loads((plan.HERE / "spec" / "openapi.json").read_text())
    validate(document)
    heads = {path.split("/")[1] for path in document["paths"]}
    assert {vector["path"].split("/")[1] for vector in vectors.read()} <= heads


def test_the_vectors_are_what_the_reference_answers() -> None:
    assert vectors.read() == vectors.made()


def test_every_endpoint_has_vectors_of_answers_and_refusals() -> None:
    for endpoint in plan.ALL:
        found = [v["status"] for v in vectors.read() if v["endpoint"] == endpoint]
        assert min(found) < 300, endpoint
        assert endpoint == "fanout" or max(found) >= 400, endpoint


def test_fastapi_answers_the_vectors(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The whole application but for the sockets; fan-out needs upstreams, and is the grid's."""
    # Only the fan-out uses it, and it is no package of this project's.
    monkeypatch.setitem(sys.modules, "aiohttp", types.ModuleType("aiohttp"))
    database(tmp_path / "items.db")
    monkeypatch.setenv("GRID_DB", str(tmp_path / "items.db"))
    monkeypatch.setenv("GRID_UPSTREAM", "http://127.0.0.1:1")
    monkeypatch.syspath_prepend(str(plan.HERE / "python"))
    for name in ("app", "domain", "items", "trees"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    app = importlib.import_module("app").app
    for name in ("app", "domain", "items", "trees"):
        monkeypatch.delitem(sys.modules, name)

    async def answers() -> list[tuple[dict[str, Any], Any]]:
        found = []
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://grid") as client:
            for vector in vectors.read():
                if vector["endpoint"] == "fanout":
                    continue
                body = vector.get("body")
                sent = load.encoded(body) if isinstance(body, dict) else body
                found.append(
                    (
                        vector,
                        await client.request(
                            vector["method"],
                            vector["path"],
                            content=sent,
                            headers={"content-type": "application/json"} if body else {},
                        ),
                    )
                )
        return found

    for vector, answer in asyncio.run(answers()):
        assert answer.status_code == vector["status"], (vector["name"], answer.text)
        if "answer" in vector:
            assert answer.text == vector["answer"], vector["name"]


# -- the plan -------------------------------------------------------------------------------


def test_names_are_unique_and_every_implementation_has_sources() -> None:
    names = [one.name for one in plan.IMPLEMENTATIONS]
    assert len(set(names)) == len(names)
    for one in plan.IMPLEMENTATIONS:
        assert costs.source_files(one), one.name
        assert set(one.endpoints) <= set(plan.ALL)


def test_the_marked_source_differs_by_an_import_and_two_lines() -> None:
    source = (plan.HERE / "python" / "domain.py").read_text()
    marked = prepare.decorated(source)
    added = [line for line in marked.splitlines() if line not in source.splitlines()]
    assert added == ["from carveout import operation", "@operation", "@operation"]
    ast.parse(marked)


def test_lines_leave_out_docstrings_comments_and_blanks(tmp_path: Path) -> None:
    path = tmp_path / "one.py"
    path.write_text('"""Says\n\nsomething."""\n\n# why\nx = 1\n\n\ndef f():\n    """Short."""\n')
    assert costs.counted(path) == 2
    path = tmp_path / "one.go"
    path.write_text("// Package\npackage one\n\nvar x = 1\n")
    assert costs.counted(path) == 2


def test_requests_are_framed_for_the_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "BUILD", tmp_path)
    held = load.written(plan.named("carve-service"), "quote", 9000).read_bytes()
    (length,) = struct.unpack("<I", held[:4])
    assert held[4:].startswith(b"POST /domain:quote HTTP/1.1\r\n")
    head, _, body = held[4 : 4 + length].partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    assert json.loads(body)["style"] == "american"


def test_documents_are_a_megabyte_and_items_nine_reads_to_a_write() -> None:
    assert load.body_bytes("digest") == pytest.approx(1e6, rel=0.05)
    methods = [one.method for one in load.requests("items")]
    assert methods.count("GET") == 9 * methods.count("POST")


def test_reads_what_wrk_prints() -> None:
    found = load.parsed(
        "  5042 requests in 1.00s, 1.2MB read\n"
        "  Socket errors: connect 1, read 2, write 3, timeout 4\n"
        "  Non-2xx or 3xx responses: 5\nRequests/sec:   5040.12\n"
    )
    assert found["requests"] == 5042
    assert found["per_s"] == 5040.12
    assert found["errors"] == {"connect": 1, "read": 2, "write": 3, "timeout": 4, "status": 5}


# -- figures, page and plots ----------------------------------------------------------------


def test_figures_are_medians_of_the_rounds_with_their_spread() -> None:
    grid = Figures(raw(go_gin=1000.0))
    assert grid.per_s("go-gin", "quote") == 2000.0
    assert grid.spread("go-gin", "quote") == (1000.0, 3000.0)
    assert grid.per_s("go-echo", "quote") is None
    assert grid.errors("go-gin") == 3 * len(plan.ALL)


def test_aims_are_met_missed_or_unmeasured() -> None:
    found = {
        aim.what: aim
        for aim in aims(Figures(raw(carve_service=900.0, go_gin=1000.0, rust_axum=990.0)))
    }
    by = "carved service against {}, requests/s on /quote"
    assert found[by.format("Gin")].met is False
    assert found[by.format("axum")].met is True
    assert found[by.format("Echo")].met is None
    assert "MISSED" in str(found[by.format("Gin")])


def test_the_page_says_who_wins_whoever_it_is() -> None:
    slow = page.text(raw(carve_service=500.0, go_gin=1000.0, fastapi_uvicorn=100.0))
    assert "On `/quote` the carved service has 0.50 of Go Gin in requests/s." in slow
    fast = page.text(raw(carve_service=2000.0, go_gin=1000.0, fastapi_uvicorn=100.0))
    assert "the carved service has" not in fast
    assert "Carved service alone (4,000/s), then Go Gin (2,000/s)" in fast
    assert "as a service of its own 20 ×" in fast


def test_the_page_has_all_six_words_the_decision_and_the_losses() -> None:
    shown = page.text(raw(go_gin=1000.0))
    for title in (
        "Execution speed", "Concurrency", "Memory management", "Binary size",
        "Development velocity", "Learning curve", "What to do when", "Where Carveout loses",
        "What was aimed at", "How it was measured",
    ):  # fmt: skip
        assert f"## {title}\n" in shown
    assert "None" not in shown
    assert "nan" not in shown


def test_the_page_of_no_results_is_a_page(tmp_path: Path) -> None:
    written = page.write({"cells": {}}, tmp_path)
    assert "not measured" in written.read_text()


def test_plots_are_svg_with_colours_for_dark_ground(tmp_path: Path) -> None:
    page.write(raw(go_gin=1000.0, fastapi_uvicorn=100.0, rust_axum=3000.0), tmp_path)
    for name in ("throughput.svg", "latency.svg", "footprint.svg"):
        text = (tmp_path / name).read_text()
        xml.dom.minidom.parseString(text)
        assert "prefers-color-scheme:dark" in text
    assert "Rust axum" in (tmp_path / "throughput.svg").read_text()


def test_bars_are_in_proportion_and_escape_their_labels() -> None:
    rows = [plots.Bar("a < b", "Go", 10.0), plots.Bar("half", "Rust", 5.0)]
    panel = plots.bars("T & t", rows, "{:.0f}")
    found = xml.dom.minidom.parseString(f"<svg>{panel.svg}</svg>")
    widths = [float(r.getAttribute("width")) for r in found.getElementsByTagName("rect")]
    assert widths[0] == pytest.approx(2 * widths[1], rel=0.01)


def test_the_published_page_follows_from_the_published_results(tmp_path: Path) -> None:
    results = plan.HERE / "results" / "full.json"
    if not results.exists():
        pytest.skip("the full grid has not been run yet")
    docs = plan.REPO / "docs" / "compare"
    written = page.write(json.loads(results.read_text()), tmp_path)
    assert written.read_text() == (docs / "README.md").read_text()
    for name in ("throughput.svg", "latency.svg", "footprint.svg"):
        assert (tmp_path / name).read_text() == (docs / name).read_text()


def test_winners_name_the_best_of_another_language_second() -> None:
    grid = Figures(raw(go_gin=1000.0, go_echo=1500.0, rust_axum=900.0))
    said = sections.winner(grid, lambda one: grid.per_s(one.name, "quote"), "{:,.0f}")
    assert said == "Go Echo (3,000), then Rust axum (1,800)"
