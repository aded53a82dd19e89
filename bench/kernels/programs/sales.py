"""Text: a CSV of sales, summed by region and product, as lines."""
from collections import defaultdict
from dataclasses import dataclass

@dataclass(frozen=True)
class Sale:
    region: str
    product: str
    units: int
    price: float

@dataclass
class Total:
    units: int = 0
    revenue: float = 0.0
    largest: float = 0.0

def parse(text: str) -> list[Sale]:
    sales = []
    for line in text.splitlines()[1:]:
        if not line.strip() or line.startswith("#"):
            continue
        region, product, units, price = line.split(",")
        sales.append(Sale(region.strip(), product, int(units), float(price)))
    return sales

def summarize(sales: list[Sale]) -> dict[tuple[str, str], Total]:
    totals: dict[tuple[str, str], Total] = {}
    for sale in sales:
        key = (sale.region, sale.product)
        if key not in totals:
            totals[key] = Total()
        t = totals[key]
        revenue = sale.units * sale.price
        t.units += sale.units
        t.revenue += revenue
        t.largest = max(t.largest, revenue)
    return totals

def make(n: int) -> str:
    regions = ["north", "south", "east", "west"]
    lines = ["region,product,units,price"]
    seed = 3
    for i in range(n):
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        lines.append(f"{regions[(seed >> 7) % 4]} ,item{(seed >> 10) % 30},{(seed >> 5) % 50},{(seed >> 9) % 10000 / 100}")
    return "\n".join(lines)

def run(n: int) -> str:
    totals = summarize(parse(make(n)))
    by_region: defaultdict[str, float] = defaultdict(float)
    for (region, _product), t in totals.items():
        by_region[region] += t.revenue
    best = max(totals.items(), key=lambda kv: (kv[1].revenue, kv[0]))
    rows = [f"{region}: {amount:.2f}" for region, amount in sorted(by_region.items())]
    return "\n".join(rows) + f"\nbest {best[0][0]}/{best[0][1]} {best[1].units} {best[1].largest:.2f}"
