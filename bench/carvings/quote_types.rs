use carveout_runtime::Str;

pub struct Line {
    pub id: i64,
    pub count: i64,
    pub price: f64,
    pub tax: f64,
    pub discount: f64,
    pub shipped: bool,
    pub paid: bool,
    pub note: Str,
    pub code: Str,
    pub weight: f64,
}

carveout_runtime::record!(Line, "bench.carvings.subjects:Line", {
    id: i64, count: i64, price: f64, tax: f64, discount: f64,
    shipped: bool, paid: bool, note: Str, code: Str, weight: f64,
});
