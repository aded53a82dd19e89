struct Sets { parent: Vec<usize>, size: Vec<usize> }
impl Sets {
    fn find(&mut self, mut x: usize) -> usize {
        while self.parent[x] != x {
            self.parent[x] = self.parent[self.parent[x]];
            x = self.parent[x];
        }
        x
    }
    fn union(&mut self, a: usize, b: usize) -> bool {
        let (mut a, mut b) = (self.find(a), self.find(b));
        if a == b { return false; }
        if self.size[a] < self.size[b] { std::mem::swap(&mut a, &mut b); }
        self.parent[b] = a;
        self.size[a] += self.size[b];
        true
    }
}
pub fn run(n: i64) -> i64 {
    let mut seed = 1i64;
    let mut edges: Vec<(i64, usize, usize)> = (0..n * 4).map(|_| {
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF;
        let a = (seed >> 8) % n;
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF;
        ((seed >> 3) % 1000, a as usize, ((seed >> 8) % n) as usize)
    }).collect();
    edges.sort();
    let mut sets = Sets { parent: (0..n as usize).collect(), size: vec![1; n as usize] };
    edges.into_iter().filter(|&(_, a, b)| sets.union(a, b)).map(|(weight, _, _)| weight).sum()
}
