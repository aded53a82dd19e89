"""One function on trial: its draft or its refusals, and its carving as a callable.

one(3, scale=2)          # as the Python function is called
one.call_wire(args)      # outcome bytes of argument bytes, to compare bit by bit
"""

from __future__ import annotations

import functools
import importlib.machinery
import importlib.util
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

from carveout._native import DECLINED, FAILED, Codec
from carveout.contract import Contract, classes_of
from carveout.diagnostics import CarveError, Diagnostic
from carveout.place.inline import fault_classes

if TYPE_CHECKING:
    from carveout.cut import Draft
    from carveout.trial.crate import Place


@dataclass(frozen=True)
class Trial:
    """A function beside its carving. `refusals` is empty if and only if there is one.

    `plain` is rustc's complaint about the first draft, where the carving is the second one.
    """

    name: str
    function: Callable[..., Any] | None
    contract: Contract | None
    draft: Draft | None
    refusals: tuple[Diagnostic, ...]
    place: Place | None
    plain: str | None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The carving's result, or DECLINED; FAILED if it panicked. Raises what it raises.

        Raises CarveError (the refusals) if there is no carving.
        """
        if self.place is None:
            raise self.error
        if kwargs or len(args) != self._arity:
            bound = self._signature.bind(*args, **kwargs)
            bound.apply_defaults()
            return self.call(*(bound.arguments[name] for name in self._signature.parameters))
        return self.call(*args)

    @functools.cached_property
    def call(self) -> Callable[..., Any]:
        """The same with all arguments in their order; the fastest way in."""
        call: Callable[..., Any] = self._module.call
        return call

    @functools.cached_property
    def call_wire(self) -> Callable[[bytes], bytes]:
        """Outcome bytes of argument bytes (docs/wire.md)."""
        call: Callable[[bytes], bytes] = self._module.call_wire
        return call

    @functools.cached_property
    def codec(self) -> Codec:
        """Between Python's values and those bytes."""
        assert self.function is not None
        assert self.contract is not None
        return Codec(self.contract.json_bytes(), classes_of(self.function))

    def last_reason(self) -> str:
        """Why a call of this library was declined or failed last."""
        return str(self._module.last_reason())

    @property
    def error(self) -> CarveError:
        """The refusals as one error."""
        first, *others = self.refusals
        return CarveError(
            first.code,
            first.message,
            span=first.span,
            cause=first.cause,
            hint=first.hint,
            others=tuple(others),
        )

    @functools.cached_property
    def _signature(self) -> inspect.Signature:
        assert self.function is not None
        return inspect.signature(self.function)

    @functools.cached_property
    def _arity(self) -> int:
        return len(self._signature.parameters)

    @functools.cached_property
    def _module(self) -> ModuleType:
        if self.place is None or self.function is None:
            raise self.error
        name, path = f"op_{self.place.index}", str(self.place.path)
        loader = importlib.machinery.ExtensionFileLoader(name, path)
        spec = importlib.util.spec_from_file_location(name, path, loader=loader)
        assert spec is not None
        module = importlib.util.module_from_spec(spec)
        loader.exec_module(module)
        classes = classes_of(self.function) | fault_classes(self.function)
        module.bind(classes, DECLINED, FAILED)
        return module
