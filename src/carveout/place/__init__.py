"""Where operations run: the `@operation` decorator, dispatch, and the inline and worker placements.

Entry points: `operation.operation` marks a function, `registry.operations()` lists what is marked,
`apply.apply` obeys a stage. Nothing here decides a stage; `carveout.move` does.
"""
