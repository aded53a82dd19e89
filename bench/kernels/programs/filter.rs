pub fn run(n: i64) -> f64 {
    let taps: Vec<f64> = (0..31).map(|k| {
        let x = f64::from(k - 15) * 0.2;
        let window = 0.54 - 0.46 * (2.0 * std::f64::consts::PI * f64::from(k) / 30.0).cos();
        (if k == 15 { 1.0 } else { x.sin() / x }) * window
    }).collect();
    let signal: Vec<f64> = (0..n).map(|i| (i as f64 * 0.01).sin() + 0.5 * (i as f64 * 1.3).sin()).collect();
    let mut energy = 0.0;
    for window in signal.windows(31) {
        let mut value = 0.0;
        for (tap, x) in taps.iter().zip(window.iter().rev()) { value += tap * x; }
        energy += value * value;
    }
    energy
}
