"""uvicorn under gunicorn, with thin endpoints answered as `carveout.serve.uvicorn` does.

gunicorn app:app -k carveout.serve.gunicorn.Worker
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from uvicorn.workers import UvicornWorker
else:
    try:
        from uvicorn_worker import UvicornWorker
    except ImportError:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            from uvicorn.workers import UvicornWorker


class Worker(UvicornWorker):
    """gunicorn's worker class."""

    CONFIG_KWARGS: dict[str, Any] = {  # noqa: RUF012 - declared so by uvicorn
        **UvicornWorker.CONFIG_KWARGS,
        "http": "carveout.serve.uvicorn:Protocol",
    }
