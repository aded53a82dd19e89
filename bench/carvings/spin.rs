use carveout_runtime::Outcome;

pub fn spin(rounds: i64) -> Outcome<i64> {
    let mut x = 1i64;
    for _ in 0..rounds {
        x = (x * 48_271 + 11) % 2_147_483_647;
    }
    Ok(x)
}
