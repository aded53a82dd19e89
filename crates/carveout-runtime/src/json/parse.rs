//! JSON text into a tree that keeps numbers as written and strings as Python has them.

use std::borrow::Cow;
use std::collections::HashMap;

/// Deeper than any contract's value can be.
const MAX_DEPTH: u32 = 300;
/// Up to here comparing all pairs of keys beats hashing them.
const FEW: usize = 12;

#[derive(Debug, Clone, PartialEq)]
pub enum Text<'a> {
    Plain(Cow<'a, str>),
    /// With lone surrogates: UTF-8 with "surrogatepass".
    Surrogates(Vec<u8>),
}

impl Text<'_> {
    pub fn bytes(&self) -> &[u8] {
        match self {
            Text::Plain(text) => text.as_bytes(),
            Text::Surrogates(bytes) => bytes,
        }
    }

    pub fn plain(&self) -> Option<&str> {
        match self {
            Text::Plain(text) => Some(text),
            Text::Surrogates(_) => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Node<'a> {
    Null,
    Bool(bool),
    /// An int as written.
    Int(&'a str),
    /// A number with a fraction or an exponent, as written.
    Float(&'a str),
    Str(Text<'a>),
    Array(Vec<Node<'a>>),
    /// Keys are unique: the last value of a key stands at the place of its first, as in Python.
    Object(Vec<(Text<'a>, Node<'a>)>),
}

/// Where and why the text is not JSON.
#[derive(Debug, PartialEq, Eq)]
pub struct Invalid {
    pub at: usize,
}

pub fn parse(body: &[u8]) -> Result<Node<'_>, Invalid> {
    let text = std::str::from_utf8(body).map_err(|e| Invalid {
        at: e.valid_up_to(),
    })?;
    let mut parser = Parser {
        text,
        bytes: body,
        at: 0,
        depth: 0,
    };
    let node = parser.value()?;
    parser.space();
    if parser.at == body.len() {
        Ok(node)
    } else {
        Err(parser.invalid())
    }
}

struct Parser<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    depth: u32,
}

impl<'a> Parser<'a> {
    fn invalid(&self) -> Invalid {
        Invalid { at: self.at }
    }

    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    fn space(&mut self) {
        while matches!(self.peek(), b' ' | b'\n' | b'\r' | b'\t') {
            self.at += 1;
        }
    }

    fn eat(&mut self, byte: u8) -> bool {
        let same = self.peek() == byte && self.at < self.bytes.len();
        self.at += usize::from(same);
        same
    }

    fn word(&mut self, word: &str, node: Node<'a>) -> Result<Node<'a>, Invalid> {
        if self.bytes[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            Ok(node)
        } else {
            Err(self.invalid())
        }
    }

    fn value(&mut self) -> Result<Node<'a>, Invalid> {
        self.space();
        match self.peek() {
            b'n' => self.word("null", Node::Null),
            b't' => self.word("true", Node::Bool(true)),
            b'f' => self.word("false", Node::Bool(false)),
            b'"' => {
                self.at += 1;
                self.string().map(Node::Str)
            }
            b'[' => self.array(),
            b'{' => self.object(),
            b'-' | b'0'..=b'9' => self.number(),
            _ => Err(self.invalid()),
        }
    }

    fn deeper(&mut self) -> Result<(), Invalid> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            Err(self.invalid())
        } else {
            Ok(())
        }
    }

    fn array(&mut self) -> Result<Node<'a>, Invalid> {
        self.at += 1;
        self.deeper()?;
        let mut items = Vec::new();
        self.space();
        if !self.eat(b']') {
            loop {
                items.push(self.value()?);
                self.space();
                if self.eat(b']') {
                    break;
                }
                if !self.eat(b',') {
                    return Err(self.invalid());
                }
            }
        }
        self.depth -= 1;
        Ok(Node::Array(items))
    }

    fn object(&mut self) -> Result<Node<'a>, Invalid> {
        self.at += 1;
        self.deeper()?;
        let mut entries: Vec<(Text<'a>, Node<'a>)> = Vec::new();
        self.space();
        if !self.eat(b'}') {
            loop {
                self.space();
                if !self.eat(b'"') {
                    return Err(self.invalid());
                }
                let key = self.string()?;
                self.space();
                if !self.eat(b':') {
                    return Err(self.invalid());
                }
                let value = self.value()?;
                entries.push((key, value));
                self.space();
                if self.eat(b'}') {
                    break;
                }
                if !self.eat(b',') {
                    return Err(self.invalid());
                }
            }
        }
        self.depth -= 1;
        Ok(Node::Object(unique(entries)))
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        self.at - start
    }

    fn number(&mut self) -> Result<Node<'a>, Invalid> {
        let start = self.at;
        self.eat(b'-');
        if !self.eat(b'0') && self.digits() == 0 {
            return Err(self.invalid());
        }
        let mut float = false;
        if self.eat(b'.') {
            float = true;
            if self.digits() == 0 {
                return Err(self.invalid());
            }
        }
        if self.eat(b'e') || self.eat(b'E') {
            float = true;
            if !self.eat(b'+') {
                self.eat(b'-');
            }
            if self.digits() == 0 {
                return Err(self.invalid());
            }
        }
        let written = &self.text[start..self.at];
        Ok(if float {
            Node::Float(written)
        } else {
            Node::Int(written)
        })
    }

    /// After the opening quote.
    fn string(&mut self) -> Result<Text<'a>, Invalid> {
        let start = self.at;
        loop {
            match self.bytes.get(self.at) {
                Some(b'"') => {
                    let text = &self.text[start..self.at];
                    self.at += 1;
                    return Ok(Text::Plain(Cow::Borrowed(text)));
                }
                Some(b'\\') => return self.escaped(start),
                Some(0..0x20) | None => return Err(self.invalid()),
                Some(_) => self.at += 1,
            }
        }
    }

    fn escaped(&mut self, start: usize) -> Result<Text<'a>, Invalid> {
        let mut out = self.bytes[start..self.at].to_vec();
        let mut lone = false;
        loop {
            let byte = *self.bytes.get(self.at).ok_or(Invalid { at: self.at })?;
            match byte {
                b'"' => break,
                0..0x20 => return Err(self.invalid()),
                b'\\' => {
                    self.at += 1;
                    let code = self.escape()?;
                    if (0xd800..0xe000).contains(&code) {
                        lone = true;
                        // Three bytes, as any other code point of this size.
                        out.extend([
                            0xe0 | (code >> 12) as u8,
                            0x80 | (code >> 6 & 0x3f) as u8,
                            0x80 | (code & 0x3f) as u8,
                        ]);
                    } else {
                        let character = char::from_u32(code).ok_or(Invalid { at: self.at })?;
                        out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                    }
                    continue;
                }
                _ => out.push(byte),
            }
            self.at += 1;
        }
        self.at += 1;
        if lone {
            return Ok(Text::Surrogates(out));
        }
        String::from_utf8(out)
            .map(|s| Text::Plain(Cow::Owned(s)))
            .map_err(|_| self.invalid())
    }

    /// After the backslash: a code point; a surrogate only if it is alone.
    fn escape(&mut self) -> Result<u32, Invalid> {
        let byte = self.peek();
        self.at += 1;
        Ok(match byte {
            b'"' | b'\\' | b'/' => u32::from(byte),
            b'b' => 8,
            b'f' => 12,
            b'n' => 10,
            b'r' => 13,
            b't' => 9,
            b'u' => {
                let high = self.hex()?;
                if (0xd800..0xdc00).contains(&high) && self.bytes[self.at..].starts_with(b"\\u") {
                    let back = self.at;
                    self.at += 2;
                    let low = self.hex()?;
                    if (0xdc00..0xe000).contains(&low) {
                        return Ok(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00));
                    }
                    self.at = back;
                }
                high
            }
            _ => {
                self.at -= 1;
                return Err(self.invalid());
            }
        })
    }

    fn hex(&mut self) -> Result<u32, Invalid> {
        let digits = self
            .text
            .get(self.at..self.at + 4)
            .ok_or(Invalid { at: self.at })?;
        if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(self.invalid());
        }
        self.at += 4;
        u32::from_str_radix(digits, 16).map_err(|_| self.invalid())
    }
}

fn unique<'a>(entries: Vec<(Text<'a>, Node<'a>)>) -> Vec<(Text<'a>, Node<'a>)> {
    let repeated = if entries.len() <= FEW {
        (1..entries.len()).any(|i| entries[..i].iter().any(|(key, _)| *key == entries[i].0))
    } else {
        let mut seen = std::collections::HashSet::with_capacity(entries.len());
        !entries.iter().all(|(key, _)| seen.insert(key.bytes()))
    };
    if !repeated {
        return entries;
    }
    let mut places: HashMap<Vec<u8>, usize> = HashMap::new();
    let mut kept: Vec<(Text<'a>, Node<'a>)> = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        let next = kept.len();
        let place = *places.entry(key.bytes().to_vec()).or_insert(next);
        if place == next {
            kept.push((key, value));
        } else {
            kept[place].1 = value;
        }
    }
    kept
}
