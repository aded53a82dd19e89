"""Carvings in a running service: the agent that follows the store, and the thin endpoint.

from carveout import serve
serve.mount(app, "/quote", quote)      # FastAPI or Starlette
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from carveout.serve.endpoint import mount

__all__ = ["mount"]


def __getattr__(name: str) -> Any:
    # Late, so that importing the agent in every process does not bring a web framework.
    if name == "mount":
        from carveout.serve.endpoint import mount

        return mount
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
