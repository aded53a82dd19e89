use std::collections::HashMap;
#[derive(Default)]
pub struct Node { children: HashMap<char, Node>, count: i64, end: bool }
#[derive(Default)]
pub struct Trie { root: Node }
impl Trie {
    fn insert(&mut self, word: &str) {
        let mut node = &mut self.root;
        for ch in word.chars() {
            node = node.children.entry(ch).or_default();
            node.count += 1;
        }
        node.end = true;
    }
    fn starting(&self, prefix: &str) -> i64 {
        let mut node = &self.root;
        for ch in prefix.chars() {
            let Some(child) = node.children.get(&ch) else { return 0 };
            node = child;
        }
        node.count
    }
}
pub fn run(n: i64) -> i64 {
    let letters: Vec<char> = "abcdefghij".chars().collect();
    let mut trie = Trie::default();
    let mut words = Vec::new();
    let mut seed = 9i64;
    for _ in 0..n {
        let mut word = String::new();
        for _ in 0..7 {
            seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF;
            word.push(letters[((seed >> 9) % 10) as usize]);
        }
        trie.insert(&word);
        words.push(word);
    }
    words.iter().flat_map(|w| [1, 2, 3, 5].map(|k| &w[..k])).map(|prefix| trie.starting(prefix)).sum()
}
