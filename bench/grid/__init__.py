"""The comparison grid: one service in Python, Go, Rust and Carveout, measured side by side.

    make grid              all of it, some 25 minutes; writes docs/compare/
    make grid QUICK=1      every cell once and briefly, some 3 minutes; docs/compare/ stays
    python -m bench.grid.page      the page again, from bench/grid/results/full.json

`plan` says what is measured, `prepare` builds it, `servers` and `load` run it, `trial` measures one
cell, `costs` what building and shipping cost, `page` and `plots` write what came out.
"""
