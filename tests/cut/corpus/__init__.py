"""Functions to draft and to compare with CPython; each is a trap for one part of the semantics."""
