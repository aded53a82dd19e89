use std::collections::VecDeque;
fn average(values: &[f64], window: usize) -> Vec<f64> {
    let mut out = Vec::with_capacity(values.len());
    let mut recent = VecDeque::new();
    let mut total = 0.0;
    for &v in values {
        recent.push_back(v);
        total += v;
        if recent.len() > window { total -= recent.pop_front().unwrap(); }
        out.push(total / recent.len() as f64);
    }
    out
}
fn maxima(values: &[f64], window: usize) -> Vec<f64> {
    let mut out = Vec::with_capacity(values.len());
    let mut queue: VecDeque<usize> = VecDeque::new();
    for (i, &v) in values.iter().enumerate() {
        while queue.back().is_some_and(|&last| values[last] <= v) { queue.pop_back(); }
        queue.push_back(i);
        if queue[0] + window <= i { queue.pop_front(); }
        if i + 1 >= window { out.push(values[queue[0]]); }
    }
    out
}
pub fn run(n: i64) -> f64 {
    let mut seed = 8i64;
    let values: Vec<f64> = (0..n).map(|_| {
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF;
        ((seed >> 8) % 1000) as f64 / 10.0
    }).collect();
    average(&values, 20).iter().sum::<f64>() + maxima(&values, 50).iter().sum::<f64>()
}
