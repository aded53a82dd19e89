"""Contracts: what crosses between an operation and its carving, and when two results are the same.

    from carveout.contract import contract_of, compare

    contract = contract_of(quote)
    compare(contract, reference_outcome, candidate_outcome)   # None, or a Difference with a path

Everything here is pure: no store, no native module, no compiler.
"""

from carveout.contract.markers import PII, Secret, ulps, unordered
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

__all__ = [
    "PII",
    "Contract",
    "Marks",
    "Param",
    "Secret",
    "classes_of",
    "contract_of",
    "function_of",
    "load",
    "load_class",
    "marks_of_function",
    "ulps",
    "unordered",
]
