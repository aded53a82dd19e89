"""The service. `uvicorn pricing.app:app` runs it; nothing in it knows of carvings.

`/value` is mounted as a thin endpoint: the same path, OpenAPI and 422 body as FastAPI's own route.
"""

from __future__ import annotations

from fastapi import FastAPI, HTTPException, Response

from carveout import serve
from pricing import accounts, catalogue, orders, stress, ticks
from pricing.book import Book, Valuation, value_book

app = FastAPI(title="Pricing")
CATALOGUE = catalogue.sample()


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/value")
def value(book: Book) -> Valuation:
    try:
        return value_book(book)
    except ValueError as error:
        raise HTTPException(400, str(error)) from error


serve.mount(app, "/value-thin", value_book)


@app.post("/match")
def match(new: list[orders.Order]) -> orders.Matching:
    try:
        return orders.match_orders(new)
    except ValueError as error:
        raise HTTPException(400, str(error)) from error


@app.get("/catalogue/{venue}")
def instruments(venue: str) -> Response:
    return Response(catalogue.filter_catalogue(CATALOGUE, venue), media_type="application/json")


@app.get("/accounts/{number}")
def account(number: int) -> accounts.Account:
    found = accounts.find_account(number)
    if found is None:
        raise HTTPException(404, f"no account {number}")
    return found


@app.get("/ladder/{middle_cents}")
def ladder(middle_cents: int, tick_cents: int = 5, steps: int = 40) -> list[int]:
    if tick_cents <= 0 or not 0 < steps <= 1000:
        raise HTTPException(400, "tick_cents must be above 0, steps from 1 to 1000")
    return ticks.ladder(middle_cents, tick_cents, steps)


@app.post("/stress")
def stress_test(values: list[float], shocks: list[float]) -> list[stress.Scenario]:
    return stress.stress(values, shocks)
