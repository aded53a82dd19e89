"""The calls that prove makes up: each can be sent, and the edges are among them."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

from carveout.prove.boundary import Ext, decode, encode, int_of, surrogates, wide_int
from carveout.prove.quick import QuickCalls
from carveout.prove.strategies import arguments, draw


def _subjects() -> Any:
    name = "prove_subjects"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name("subjects.py"))
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


subjects = _subjects()


def calls(op: Any, count: int) -> tuple[QuickCalls, list[bytes]]:
    contract = op.contract.to_json()
    quick = QuickCalls(contract, seed=3, drawn=draw(arguments(contract), 30, 3))
    return quick, [quick() for _ in range(count)]


@pytest.mark.parametrize("value", [2**64, -(2**63) - 1, 10**30, -(10**30)])
def test_an_int_past_64_bits_crosses_as_itself(value: int) -> None:
    (back,) = subjects.count_up.codec.decode_args(encode([wide_int(value)]))
    assert back == value
    assert int_of(decode(encode(wide_int(value)))) == value


def test_a_lone_surrogate_crosses_also_as_a_key() -> None:
    args = encode([1, surrogates("\ud800"), {surrogates("\udc01"): 2}, {}])
    assert subjects.mixed.codec.decode_args(args) == (1, "\ud800", {"\udc01": 2}, {})


@pytest.mark.parametrize("op", [subjects.mixed, subjects.total], ids=lambda op: op.__name__)
def test_every_call_can_be_sent_as_it_was_made(op: Any) -> None:
    quick, made = calls(op, 3000)
    assert not quick.needs_canonical
    for args in made:
        assert op.codec.encode_args(op.codec.decode_args(args)) == args


def test_the_edges_are_among_the_calls() -> None:
    _, made = calls(subjects.mixed, 3000)
    trees = [decode(args) for args in made]
    assert any(isinstance(tree[0], Ext) for tree in trees), "no int past 64 bits"
    assert any(isinstance(tree[1], Ext) for tree in trees), "no lone surrogate"
    assert any(tree[1] == "x" * 300 for tree in trees)
    wide = sum(isinstance(tree[0], Ext) for tree in trees)
    assert wide < len(trees) / 10, "most calls must be ones that a carving answers"


def test_what_may_be_equal_in_other_bytes_is_flagged() -> None:
    quick, _ = calls(subjects.weighed, 10)
    assert quick.needs_canonical
