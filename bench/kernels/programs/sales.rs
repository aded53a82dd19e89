use std::collections::HashMap;
use std::fmt::Write;
pub struct Sale<'a> { region: &'a str, product: &'a str, units: i64, price: f64 }
#[derive(Default)]
pub struct Total { units: i64, revenue: f64, largest: f64 }
fn parse(text: &str) -> Vec<Sale<'_>> {
    text.lines().skip(1).filter(|line| !line.trim().is_empty() && !line.starts_with('#')).map(|line| {
        let mut parts = line.split(',');
        let mut next = || parts.next().expect("four fields");
        Sale { region: next().trim(), product: next(), units: next().parse().unwrap(), price: next().parse().unwrap() }
    }).collect()
}
fn make(n: i64) -> String {
    let regions = ["north", "south", "east", "west"];
    let mut text = String::from("region,product,units,price");
    let mut seed = 3i64;
    for _ in 0..n {
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF;
        write!(text, "\n{} ,item{},{},{:?}", regions[((seed >> 7) % 4) as usize], (seed >> 10) % 30, (seed >> 5) % 50, ((seed >> 9) % 10000) as f64 / 100.0).unwrap();
    }
    text
}
pub fn run(n: i64) -> String {
    let text = make(n);
    let mut totals: HashMap<(&str, &str), Total> = HashMap::new();
    let mut order = Vec::new();
    for sale in parse(&text) {
        let key = (sale.region, sale.product);
        let total = totals.entry(key).or_insert_with(|| { order.push(key); Total::default() });
        let revenue = sale.units as f64 * sale.price;
        total.units += sale.units;
        total.revenue += revenue;
        total.largest = total.largest.max(revenue);
    }
    let mut by_region: HashMap<&str, f64> = HashMap::new();
    for key in &order { *by_region.entry(key.0).or_default() += totals[key].revenue; }
    let best = order.iter().max_by(|a, b| totals[a].revenue.total_cmp(&totals[b].revenue).then_with(|| a.cmp(b))).unwrap();
    let mut rows: Vec<_> = by_region.into_iter().collect();
    rows.sort_by(|a, b| a.0.cmp(b.0));
    let mut out = String::new();
    for (region, amount) in rows { writeln!(out, "{region}: {amount:.2}").unwrap(); }
    let total = &totals[best];
    write!(out, "best {}/{} {} {:.2}", best.0, best.1, total.units, total.largest).unwrap();
    out
}
