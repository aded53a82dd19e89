fn make_text(n: i64) -> String {
    let parts: Vec<String> = (0..n)
        .map(|i| format!("{{\"id\": {i}, \"name\": \"item {}\", \"ok\": true}}", i * 7 % 100))
        .collect();
    format!("[{}]", parts.join(", "))
}
pub fn run(n: i64) -> i64 {
    let text = make_text(n);
    let text = text.as_bytes();
    let (mut at, mut names, mut numbers, mut depth, mut deepest) = (0, 0, 0, 0i64, 0);
    while at < text.len() {
        match text[at] {
            b'"' => {
                let end = at + 1 + text[at + 1..].iter().position(|&c| c == b'"').unwrap();
                names += (end - at - 1) as i64;
                at = end + 1;
            }
            b'0'..=b'9' => {
                let mut value = 0;
                while at < text.len() && text[at].is_ascii_digit() {
                    value = value * 10 + i64::from(text[at] - b'0');
                    at += 1;
                }
                numbers += value;
            }
            b'{' | b'[' => { depth += 1; deepest = deepest.max(depth); at += 1; }
            b'}' | b']' => { depth -= 1; at += 1; }
            _ => at += 1,
        }
    }
    names + numbers + deepest
}
