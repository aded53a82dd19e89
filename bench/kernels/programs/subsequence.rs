pub fn run(n: i64) -> i64 {
    let n = n as usize;
    let mut seed = 3i64;
    let mut next = || { seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF; (seed >> 8) % 12 };
    let (mut a, mut b) = (Vec::with_capacity(n), Vec::with_capacity(n));
    for _ in 0..n { a.push(next()); b.push(next()); }
    let mut table = vec![vec![0i64; n + 1]; n + 1];
    for i in 0..n {
        for j in 0..n {
            table[i + 1][j + 1] = if a[i] == b[j] { table[i][j] + 1 } else { table[i][j + 1].max(table[i + 1][j]) };
        }
    }
    table[n][n]
}
