use std::collections::HashMap;
fn make_text(n: i64) -> String {
    let words = ["the", "quick", "brown", "fox", "jumps", "over", "lazy", "dog", "and", "runs"];
    let mut seed = 11i64;
    let out: Vec<String> = (0..n).map(|_| {
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF;
        format!("{}{}", words[((seed >> 8) % 10) as usize], (seed >> 16) % 50)
    }).collect();
    out.join(" ")
}
pub fn run(n: i64) -> i64 {
    let text = make_text(n);
    let mut counts: HashMap<String, i64> = HashMap::new();
    for word in text.split_whitespace() { *counts.entry(word.to_uppercase()).or_default() += 1; }
    let mut top: Vec<(String, i64)> = counts.into_iter().collect();
    top.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    top.iter().take(10).map(|(word, count)| count * word.chars().count() as i64).sum()
}
