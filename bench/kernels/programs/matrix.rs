fn multiply(a: &[Vec<f64>], b: &[Vec<f64>], n: usize) -> Vec<Vec<f64>> {
    a.iter().map(|row| (0..n).map(|j| {
        let mut total = 0.0;
        for (x, other) in row.iter().zip(b) { total += x * other[j]; }
        total
    }).collect()).collect()
}
pub fn run(n: i64) -> f64 {
    let size = n as usize;
    let made = |p: i64, q: i64, m: i64| -> Vec<Vec<f64>> {
        (0..n).map(|i| (0..n).map(|j| ((i * p + j * q) % m) as f64 / 10.0).collect()).collect()
    };
    let (a, b) = (made(7, 3, 11), made(5, 2, 13));
    let c = multiply(&multiply(&a, &b, size), &a, size);
    let mut trace = 0.0;
    for (i, row) in c.iter().enumerate() { trace += row[i]; }
    trace
}
