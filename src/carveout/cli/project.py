"""The project a command works on: its settings and its store.

    environment, store = open_project()               # must exist
    environment, store = open_project(create=True)    # made if need be

Invariant: looking at a folder that is no project of Carveout's leaves nothing behind in it.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from carveout import settings
from carveout.diagnostics import CarveError

if TYPE_CHECKING:
    from carveout.settings import Settings
    from carveout.store import Store


def open_project(*, create: bool = False) -> tuple[Settings, Store]:
    """Settings and store. Raises CarveError: setting-invalid and the store's codes."""
    environment = settings.load()
    return environment, open_its_store(environment, create=create)


def open_its_store(environment: Settings, *, create: bool = False) -> Store:
    """The store of these settings. Raises CarveError: the store's codes."""
    from carveout.store import open_store

    try:
        return open_store(
            environment.home, create=create, busy_timeout_ms=environment.busy_timeout_ms
        )
    except CarveError as error:
        if error.code != "store-missing":
            raise
        raise CarveError(
            "store-missing",
            f"no operation has been called in this project yet ({environment.root})",
            cause=f"there is no store in {environment.home}",
            hint="put @operation above a typed function and run the service once; if it keeps its "
            "store elsewhere, set CARVEOUT_HOME as the service has it",
        ) from None


def full_name(environment: Settings, operation: str) -> str:
    """`package.module:function`; a bare function name is looked up in the store."""
    if ":" in operation:
        return operation
    from carveout.cli.move import resolve

    with open_its_store(environment) as store:
        return resolve(store, operation)


def shown(path: Path) -> str:
    """A path as a person would type it from here."""
    with contextlib.suppress(ValueError):
        return str(path.resolve().relative_to(Path.cwd()))
    return str(path)
