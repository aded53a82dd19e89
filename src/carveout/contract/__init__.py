"""Contracts: what crosses between an operation and its carving, and when two results are the same.

    from carveout.contract import contract_of, compare

    contract = contract_of(quote)
    compare(contract, reference_outcome, candidate_outcome)   # None, or a Difference with a path

Everything here is pure: no store, no native module, no compiler.
"""

from carveout.contract.compare import (
    STRICT,
    Difference,
    Rules,
    check_rules,
    compare,
    compare_args,
    rules_of,
)
from carveout.contract.hashes import reference_hash
from carveout.contract.markers import PII, Secret, ulps, unordered
from carveout.contract.shape import shape_of
from carveout.contract.signature import (
    Contract,
    Marks,
    Param,
    classes_of,
    contract_of,
    function_of,
    load,
    load_class,
    marks_of_function,
)
from carveout.contract.wire import outcome_kind

__all__ = [
    "PII",
    "STRICT",
    "Contract",
    "Difference",
    "Marks",
    "Param",
    "Rules",
    "Secret",
    "check_rules",
    "classes_of",
    "compare",
    "compare_args",
    "contract_of",
    "function_of",
    "load",
    "load_class",
    "marks_of_function",
    "outcome_kind",
    "reference_hash",
    "rules_of",
    "shape_of",
    "ulps",
    "unordered",
]
