"""The FastAPI service with its two computations mounted as thin endpoints.

The routes of `app.py` that they stand in for are left out; everything else is the same.
"""

from __future__ import annotations

import app as plain
import domain

from carveout import serve

app = plain.app
app.router.routes[:] = [
    route
    for route in app.router.routes
    if getattr(route, "path", None) not in ("/quote", "/digest")
]
serve.mount(app, "/quote", domain.quote)
serve.mount(app, "/digest", domain.digest)
