use carveout_runtime::Outcome;

pub fn add(a: i64, b: i64) -> Outcome<i64> {
    a.checked_add(b)
        .ok_or(carveout_runtime::Stop::Decline("overflow"))
}
