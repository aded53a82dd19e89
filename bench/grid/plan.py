"""What is measured: the implementations, the endpoints, and how long.

    for one in IMPLEMENTATIONS:
        one.name, one.endpoints      # "go-gin", ("quote", "digest", "items", "fanout")

Invariants: names are stable, since results are kept by them; every implementation answers the
vectors of each of its endpoints before it is timed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPO = HERE.parents[1]
BUILD = REPO / ".build" / "grid"
PYTHON = BUILD / "venv" / "bin" / "python"
PROJECT = BUILD / "project"
"""The Python sources with `@operation` added, their carvings and their store."""
GATEWAY = REPO / "src" / "carveout" / "gateway" / "_bin" / "carveout-gateway"
WORKERS = PROJECT / "workers"
"""The carved service: one link for each operation's binary."""

ALL = ("quote", "digest", "items", "fanout")
CARVED = ("quote", "digest")
SERVER_CORE, LOAD_CORE = 0, 1


@dataclass(frozen=True)
class Implementation:
    """One way to serve the endpoints. `{port}` and `{endpoint}` are filled in."""

    name: str
    title: str
    language: str
    command: tuple[str, ...]
    folder: Path
    endpoints: tuple[str, ...] = ALL
    sources: tuple[str, ...] = ()
    """What people write and keep, as patterns below bench/grid."""
    roots: tuple[str, ...] = ()
    """The Python packages asked for."""
    trees: bool = True

    def path(self, endpoint: str, path: str) -> str:
        """Where this implementation serves a path of the spec."""
        return f"/domain:{endpoint}" if self.name == "carve-service" else path

    @property
    def one_program_an_endpoint(self) -> bool:
        """Each operation of the carved service is a program of its own."""
        return self.name in ("carve-service", "carve-gateway")


UVICORN = (
    "-m", "uvicorn", "--host", "127.0.0.1", "--port", "{port}", "--no-access-log",
    "--log-level", "warning", "--loop", "uvloop", "--http", "httptools",
)  # fmt: skip
# The one thing that differs: `docs/serve.md`, "Without ASGI".
UVICORN_THIN = (*UVICORN[:-1], "carveout.serve.uvicorn:Protocol")
GRANIAN = (
    "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", "{port}",
    "--workers", "1", "--loop", "uvloop", "--log-level", "warning", "--backlog", "4096",
)  # fmt: skip
_SHARED = ("python/domain.py", "python/items.py", "python/trees.py")
_FASTAPI = ("python/app.py", *_SHARED)
_GO = ("go/internal/service/*.go",)

IMPLEMENTATIONS = (
    Implementation(
        "fastapi-uvicorn", "FastAPI, uvicorn", "Python",
        (str(PYTHON), *UVICORN, "app:app"), HERE / "python",
        sources=_FASTAPI, roots=("fastapi", "uvicorn", "uvloop", "httptools", "aiohttp"),
    ),
    Implementation(
        "fastapi-granian", "FastAPI, granian", "Python",
        (str(PYTHON), *GRANIAN, "app:app"), HERE / "python",
        sources=_FASTAPI, roots=("fastapi", "granian", "uvloop", "aiohttp"),
    ),
    Implementation(
        "python-tuned", "Starlette, msgspec, granian", "Python",
        (str(PYTHON), *GRANIAN, "tuned:app"), HERE / "python",
        sources=("python/tuned.py", *_SHARED),
        roots=("starlette", "msgspec", "granian", "uvloop", "aiohttp"),
    ),
    Implementation(
        "go-nethttp", "Go net/http", "Go", (str(BUILD / "bin" / "nethttp"),), BUILD,
        sources=("go/cmd/nethttp/*.go", *_GO),
    ),
    Implementation(
        "go-gin", "Go Gin", "Go", (str(BUILD / "bin" / "gin"),), BUILD,
        sources=("go/cmd/gin/*.go", *_GO),
    ),
    Implementation(
        "go-echo", "Go Echo", "Go", (str(BUILD / "bin" / "echo"),), BUILD,
        sources=("go/cmd/echo/*.go", *_GO),
    ),
    Implementation(
        "rust-axum", "Rust axum", "Rust",
        (str(BUILD / "target-axum" / "release" / "grid-axum"),), BUILD,
        sources=("rust/src/*.rs",),
    ),
    Implementation(
        "carve-inline", "FastAPI, carved inline", "Carveout",
        (str(PYTHON), *UVICORN, "app:app"), PROJECT,
        sources=_FASTAPI,
        roots=("fastapi", "uvicorn", "uvloop", "httptools", "aiohttp", "msgspec"),
    ),
    Implementation(
        "carve-thin", "FastAPI, thin endpoint", "Carveout",
        (str(PYTHON), *UVICORN_THIN, "thin:app"), PROJECT, endpoints=CARVED,
        sources=(*_FASTAPI, "python/thin.py"),
        roots=("fastapi", "uvicorn", "uvloop", "httptools", "aiohttp", "msgspec"), trees=False,
    ),
    Implementation(
        "carve-service", "Carved service alone", "Carveout",
        (
            str(WORKERS / "{endpoint}"), "--tcp", "127.0.0.1:{port}",
            "--max-concurrency", "8192",
        ),
        PROJECT, endpoints=CARVED, sources=("python/domain.py",), trees=False,
    ),
    Implementation(
        "carve-gateway", "Carved service, by gateway", "Carveout",
        (
            "bash", str(HERE / "gateway.sh"), str(WORKERS / "{endpoint}"), str(GATEWAY),
            "{endpoint}", "{port}", str(BUILD / "run" / "gateway.json"),
        ),
        PROJECT, endpoints=CARVED, sources=("python/domain.py",), trees=False,
    ),
)  # fmt: skip


def named(name: str) -> Implementation:
    """The implementation of this name. Raises KeyError."""
    return {one.name: one for one in IMPLEMENTATIONS}[name]


@dataclass(frozen=True)
class Plan:
    """How long and how often."""

    name: str
    rounds: int
    warm_s: float
    saturate_s: int
    pace_s: float
    settle_s: float
    """After the load; longer than a service takes to give memory back."""
    sweep: tuple[tuple[str, tuple[int, ...]], ...]
    """Endpoints and connections beyond the usual."""
    trees_s: int
    costs: bool


FULL = Plan(
    "full", 3, 0.7, 3, 3.0, 1.2,
    (("quote", (512, 4096)), ("fanout", (64, 4096))), 4, True,
)  # fmt: skip
QUICK = Plan("quick", 1, 0.3, 1, 1.0, 0.2, (("quote", (512,)),), 1, False)

CONNECTIONS = {"quote": 64, "digest": 64, "items": 64, "fanout": 512, "trees": 64}
"""At saturation. A fan-out waits 10 ms: 64 connections would bound it, not the server."""
TREE_DEPTH = 12
UPSTREAM_DELAY_MS = 10
