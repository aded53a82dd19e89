"""Source text as trees: of a file, and of a class in it.

parsed("x = 1\\n")       # ast.Module, kept for the next who asks
class_node(Order)       # the ast.ClassDef that made it, or None without readable source
"""

from __future__ import annotations

import ast
import functools
import gc
import inspect
import linecache
import time


@functools.lru_cache(maxsize=64)
def parsed(text: str) -> ast.Module | None:
    """The tree of a file's text, or None where there is none."""
    if not text:
        return None
    # CPython 3.11 counts the depth of a tree in one place for all threads: a parse that another
    # thread's parse interrupts ends in a SystemError. Without the garbage collector nothing
    # interrupts ours; one that we came into the middle of is tried again.
    for _ in range(5):
        collecting = gc.isenabled()
        gc.disable()
        try:
            return ast.parse(text)
        except SyntaxError:
            return None
        except SystemError:
            time.sleep(0.001)
        finally:
            if collecting:
                gc.enable()
    return None


def class_node(cls: type) -> ast.ClassDef | None:
    """The tree of a class's definition."""
    try:
        file = inspect.getsourcefile(cls)
    except TypeError:
        return None
    tree = parsed("".join(linecache.getlines(file))) if file else None
    return None if tree is None else class_in(tree, cls.__qualname__)


def class_in(tree: ast.Module, qualname: str) -> ast.ClassDef | None:
    """The class of this name in a file's tree, the last one where there are several."""
    found: ast.AST = tree
    for part in qualname.split("."):
        if part == "<locals>":
            continue
        inner = [
            node
            for node in ast.walk(found)
            if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
            and node is not found
            and node.name == part
        ]
        if not inner:
            return None
        found = inner[-1]
    return found if isinstance(found, ast.ClassDef) else None


__all__ = ["class_in", "class_node", "parsed"]
