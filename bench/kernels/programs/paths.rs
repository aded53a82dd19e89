use std::cmp::Reverse;
use std::collections::BinaryHeap;
pub fn run(n: i64) -> i64 {
    let n = n as usize;
    let mut seed = 42i64;
    let mut edges: Vec<Vec<(usize, i64)>> = vec![Vec::with_capacity(5); n];
    for list in &mut edges {
        for _ in 0..5 {
            seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF;
            list.push(((seed >> 8) as usize % n, 1 + (seed >> 4) % 100));
        }
    }
    let mut best = vec![-1; n];
    let mut heap = BinaryHeap::from([Reverse((0, 0))]);
    while let Some(Reverse((cost, node))) = heap.pop() {
        if best[node] >= 0 { continue; }
        best[node] = cost;
        for &(to, weight) in &edges[node] {
            if best[to] < 0 { heap.push(Reverse((cost + weight, to))); }
        }
    }
    best.iter().sum()
}
