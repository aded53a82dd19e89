"""Other people's typed functions on trial: how many are drafted, and is a single answer different?

    python -m bench.corpora python-stdnum==2.2     one package of the index
    python -m bench.corpora tests/cut/corpus/published   a folder of sources

Nothing fetched is kept in the repository: it lies in `.build/corpora`. The package's modules are
imported and its doctests run, in child processes; fetch only what you would run.
"""
