use std::fmt::Write;
#[derive(Default)]
pub struct Node { kind: &'static str, text: String, number: f64, items: Vec<Node>, keys: Vec<String> }
struct Parser<'a> { text: &'a [u8], pos: usize }
impl Parser<'_> {
    fn skip(&mut self) { while self.text.get(self.pos).is_some_and(|c| b" \t\n\r".contains(c)) { self.pos += 1; } }
    fn value(&mut self) -> Result<Node, String> {
        self.skip();
        match self.text[self.pos] {
            b'{' => {
                let mut node = Node { kind: "object", ..Node::default() };
                self.pos += 1;
                self.skip();
                if self.text[self.pos] == b'}' { self.pos += 1; return Ok(node); }
                loop {
                    self.skip();
                    node.keys.push(self.string());
                    self.skip();
                    if self.text[self.pos] != b':' { return Err(format!("expected : at {}", self.pos)); }
                    self.pos += 1;
                    node.items.push(self.value()?);
                    self.skip();
                    self.pos += 1;
                    if self.text[self.pos - 1] != b',' { return Ok(node); }
                }
            }
            b'[' => {
                let mut node = Node { kind: "array", ..Node::default() };
                self.pos += 1;
                self.skip();
                if self.text[self.pos] == b']' { self.pos += 1; return Ok(node); }
                loop {
                    node.items.push(self.value()?);
                    self.skip();
                    self.pos += 1;
                    if self.text[self.pos - 1] != b',' { return Ok(node); }
                }
            }
            b'"' => Ok(Node { kind: "string", text: self.string(), ..Node::default() }),
            b'-' | b'0'..=b'9' => {
                let start = self.pos;
                while self.text.get(self.pos).is_some_and(|c| b"+-0123456789.eE".contains(c)) { self.pos += 1; }
                let text = std::str::from_utf8(&self.text[start..self.pos]).unwrap();
                Ok(Node { kind: "number", number: text.parse().map_err(|_| "no number".to_owned())?, ..Node::default() })
            }
            other => {
                for word in ["true", "false", "null"] {
                    if self.text[self.pos..].starts_with(word.as_bytes()) {
                        self.pos += word.len();
                        return Ok(Node { kind: word, ..Node::default() });
                    }
                }
                Err(format!("unexpected {other:?} at {}", self.pos))
            }
        }
    }
    fn string(&mut self) -> String {
        self.pos += 1;
        let mut out = Vec::new();
        loop {
            let c = self.text[self.pos];
            self.pos += 1;
            match c {
                b'"' => return String::from_utf8(out).unwrap(),
                b'\\' => {
                    let e = self.text[self.pos];
                    self.pos += 1;
                    out.push(match e { b'n' => b'\n', b't' => b'\t', e => e });
                }
                c => out.push(c),
            }
        }
    }
}
fn total(node: &Node) -> f64 {
    let mut t = node.number + node.text.chars().count() as f64;
    for k in &node.keys { t += k.chars().count() as f64; }
    for item in &node.items { t += total(item); }
    t
}
fn make(n: i64) -> String {
    let mut seed = 5i64;
    let mut out = String::from("[");
    for i in 0..n {
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF;
        if i > 0 { out.push_str(", "); }
        write!(out, r#"{{"id": {i}, "name": "user {}", "tags": ["a", "b\n", "c{}"], "score": {}.5, "ok": true}}"#, seed % 1000, i % 7, seed % 100).unwrap();
    }
    out.push(']');
    out
}
pub fn run(n: i64) -> f64 {
    let text = make(n);
    total(&Parser { text: text.as_bytes(), pos: 0 }.value().unwrap())
}
