//! JSON text into a tree that keeps numbers as written and strings as Python has them.
//!
//! Takes and refuses what Python's `json.loads` does, and says why and where in its words: NaN and
//! Infinity are numbers, what follows a value is "Extra data", positions count characters.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::fault::python_minor;

/// The byte order mark in UTF-8, which Python passes over.
pub const MARK: &[u8] = b"\xef\xbb\xbf";
/// Digits of an int at most: Python's own limit.
const MAX_DIGITS: usize = 4300;
/// Deeper than any contract's value can be; where Python stops depends on the frames it is in.
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
    /// A number with a fraction or an exponent, as written; or NaN, Infinity, -Infinity.
    Float(&'a str),
    Str(Text<'a>),
    Array(Vec<Node<'a>>),
    /// Keys are unique: the last value of a key stands at the place of its first, as in Python.
    Object(Vec<(Text<'a>, Node<'a>)>),
}

/// Why the bytes are not JSON.
#[derive(Debug, PartialEq, Eq)]
pub enum Invalid {
    /// What Python's decoder says, and the character at which.
    Json { at: usize, error: &'static str },
    /// Not text, or with a number that Python refuses to read.
    Text,
    /// Python's decoder has to be asked.
    Unsure(&'static str),
}

/// The value; None for no bytes at all.
pub fn parse(body: &[u8]) -> Result<Option<Node<'_>>, Invalid> {
    if body.is_empty() {
        return Ok(None);
    }
    let body = body.strip_prefix(MARK).unwrap_or(body);
    let wide = body.starts_with(b"\xff\xfe") || body.starts_with(b"\xfe\xff");
    if wide || body.iter().take(2).any(|b| *b == 0) {
        return Err(Invalid::Unsure("another encoding than UTF-8"));
    }
    let Ok(text) = std::str::from_utf8(body) else {
        let surrogate = |pair: &[u8]| pair[0] == 0xed && pair[1] >= 0xa0;
        return Err(if body.windows(2).any(surrogate) {
            Invalid::Unsure("lone surrogates as bytes")
        } else {
            Invalid::Text
        });
    };
    let mut parser = Parser {
        text,
        bytes: body,
        at: 0,
        depth: 0,
    };
    let found = parser.whole();
    found.map(Some).map_err(|stop| match stop {
        Stop::Said(at, error) => Invalid::Json {
            at: text[..at].chars().count(),
            error,
        },
        Stop::Other(invalid) => invalid,
    })
}

/// Where the text stops to be JSON, as a byte; or what else is wrong with it.
enum Stop {
    Said(usize, &'static str),
    Other(Invalid),
}

type Found<T> = Result<T, Stop>;

const VALUE: &str = "Expecting value";
const COMMA: &str = "Expecting ',' delimiter";
const NAME: &str = "Expecting property name enclosed in double quotes";
const HEX: &str = "Invalid \\uXXXX escape";

struct Parser<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    depth: u32,
}

impl<'a> Parser<'a> {
    fn whole(&mut self) -> Found<Node<'a>> {
        self.space();
        let node = self.value()?;
        self.space();
        if self.at < self.bytes.len() {
            return Err(Stop::Said(self.at, "Extra data"));
        }
        Ok(node)
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
        let same = self.bytes.get(self.at) == Some(&byte);
        self.at += usize::from(same);
        same
    }

    fn word(&mut self, word: &'static str, node: Node<'a>) -> Option<Node<'a>> {
        let here = self.bytes[self.at..].starts_with(word.as_bytes());
        self.at += if here { word.len() } else { 0 };
        here.then_some(node)
    }

    fn value(&mut self) -> Found<Node<'a>> {
        let found = match self.peek() {
            b'"' => {
                self.at += 1;
                return self.string().map(Node::Str);
            }
            b'[' => return self.array(),
            b'{' => return self.object(),
            b'n' => self.word("null", Node::Null),
            b't' => self.word("true", Node::Bool(true)),
            b'f' => self.word("false", Node::Bool(false)),
            b'N' => self.word("NaN", Node::Float("NaN")),
            b'I' => self.word("Infinity", Node::Float("Infinity")),
            b'-' => self.word("-Infinity", Node::Float("-Infinity")),
            _ => None,
        };
        match found {
            Some(node) => Ok(node),
            None => self.number(),
        }
    }

    fn deeper(&mut self) -> Found<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            Err(Stop::Other(Invalid::Unsure("nested too deep")))
        } else {
            Ok(())
        }
    }

    fn array(&mut self) -> Found<Node<'a>> {
        self.at += 1;
        self.deeper()?;
        let mut items = Vec::new();
        self.space();
        if !self.eat(b']') {
            loop {
                items.push(self.value()?);
                if !self.another(b']', "Illegal trailing comma before end of array")? {
                    break;
                }
            }
        }
        self.depth -= 1;
        Ok(Node::Array(items))
    }

    /// After an item: whether there is another one, at which we then are.
    fn another(&mut self, close: u8, trailing: &'static str) -> Found<bool> {
        self.space();
        if self.eat(close) {
            return Ok(false);
        }
        let comma = self.at;
        if !self.eat(b',') {
            return Err(Stop::Said(comma, COMMA));
        }
        self.space();
        if python_minor() >= 13 && self.peek() == close {
            return Err(Stop::Said(comma, trailing));
        }
        Ok(true)
    }

    fn object(&mut self) -> Found<Node<'a>> {
        self.at += 1;
        self.deeper()?;
        let mut entries: Vec<(Text<'a>, Node<'a>)> = Vec::new();
        self.space();
        if !self.eat(b'}') {
            loop {
                if !self.eat(b'"') {
                    return Err(Stop::Said(self.at, NAME));
                }
                let key = self.string()?;
                self.space();
                if !self.eat(b':') {
                    return Err(Stop::Said(self.at, "Expecting ':' delimiter"));
                }
                self.space();
                entries.push((key, self.value()?));
                if !self.another(b'}', "Illegal trailing comma before end of object")? {
                    break;
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

    /// The longest number here: `1.` is 1 and a stray point, as for Python.
    fn number(&mut self) -> Found<Node<'a>> {
        let start = self.at;
        self.eat(b'-');
        if !self.eat(b'0') && self.digits() == 0 {
            self.at = start;
            return Err(Stop::Said(start, VALUE));
        }
        let whole = self.at - start;
        let mut float = false;
        let mut back = self.at;
        if self.eat(b'.') && self.digits() > 0 {
            float = true;
            back = self.at;
        }
        self.at = back;
        if self.eat(b'e') || self.eat(b'E') {
            if !self.eat(b'+') {
                self.eat(b'-');
            }
            if self.digits() > 0 {
                float = true;
                back = self.at;
            }
        }
        self.at = back;
        let written = &self.text[start..self.at];
        if float {
            return Ok(Node::Float(written));
        }
        if whole > MAX_DIGITS && written.trim_start_matches('-').len() > MAX_DIGITS {
            return Err(Stop::Other(Invalid::Text));
        }
        Ok(Node::Int(written))
    }

    /// After the opening quote.
    fn string(&mut self) -> Found<Text<'a>> {
        let start = self.at;
        self.at = special(self.bytes, start);
        match self.bytes.get(self.at) {
            Some(b'"') => {
                let text = &self.text[start..self.at];
                self.at += 1;
                Ok(Text::Plain(Cow::Borrowed(text)))
            }
            Some(b'\\') => self.escaped(start),
            Some(_) => Err(self.control()),
            None => Err(Stop::Said(start - 1, UNTERMINATED)),
        }
    }

    fn control(&self) -> Stop {
        Stop::Said(self.at, "Invalid control character at")
    }

    fn escaped(&mut self, start: usize) -> Found<Text<'a>> {
        let mut out = self.bytes[start..self.at].to_vec();
        let mut lone = false;
        loop {
            match self.bytes.get(self.at) {
                None => return Err(Stop::Said(start - 1, UNTERMINATED)),
                Some(b'"') => break,
                Some(0..0x20) => return Err(self.control()),
                Some(b'\\') => {
                    let code = self.escape(start)?;
                    if let Some(character) = char::from_u32(code) {
                        out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                    } else {
                        lone = true;
                        // Three bytes, as any other code point of this size.
                        out.extend([
                            0xe0 | (code >> 12) as u8,
                            0x80 | (code >> 6 & 0x3f) as u8,
                            0x80 | (code & 0x3f) as u8,
                        ]);
                    }
                }
                Some(_) => {
                    let plain = self.at;
                    self.at = special(self.bytes, plain);
                    out.extend_from_slice(&self.bytes[plain..self.at]);
                }
            }
        }
        self.at += 1;
        if lone {
            return Ok(Text::Surrogates(out));
        }
        String::from_utf8(out)
            .map(|s| Text::Plain(Cow::Owned(s)))
            .map_err(|_| Stop::Other(Invalid::Text))
    }

    /// At a backslash: a code point; a surrogate only if it is alone.
    fn escape(&mut self, start: usize) -> Found<u32> {
        let backslash = self.at;
        let Some(byte) = self.bytes.get(backslash + 1) else {
            return Err(Stop::Said(start - 1, UNTERMINATED));
        };
        self.at += 2;
        Ok(match byte {
            b'"' | b'\\' | b'/' => u32::from(*byte),
            b'b' => 8,
            b'f' => 12,
            b'n' => 10,
            b'r' => 13,
            b't' => 9,
            b'u' => {
                let high = self.hex(backslash + 1)?;
                let pair = (0xd800..0xdc00).contains(&high)
                    && self.bytes[self.at..].starts_with(b"\\u")
                    && self.text[self.at..].chars().take(7).count() == 7;
                if !pair {
                    return Ok(high);
                }
                let back = self.at;
                self.at += 2;
                let low = self.hex(back + 1)?;
                if (0xdc00..0xe000).contains(&low) {
                    return Ok(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00));
                }
                self.at = back;
                high
            }
            _ => return Err(Stop::Said(backslash, "Invalid \\escape")),
        })
    }

    /// Four hex digits, after which the text goes on; `letter` is where the `u` stands.
    fn hex(&mut self, letter: usize) -> Found<u32> {
        let digits = self.text.get(self.at..self.at + 4);
        match digits.filter(|_| self.at + 4 < self.bytes.len()) {
            Some(digits) if digits.bytes().all(|b| b.is_ascii_hexdigit()) => {
                self.at += 4;
                u32::from_str_radix(digits, 16).map_err(|_| Stop::Said(letter, HEX))
            }
            _ => Err(Stop::Said(letter, HEX)),
        }
    }
}

const UNTERMINATED: &str = "Unterminated string starting at";

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

/// Where, from `at` on, the next byte stands that a text can't hold as it is; the end if none does.
fn special(bytes: &[u8], mut at: usize) -> usize {
    let means = |byte: u8| (byte < 0x20) | (byte == b'"') | (byte == b'\\');
    // Sixteen at once, without a branch for each: the compiler makes vectors of it.
    while let Some(some) = bytes.get(at..).and_then(<[u8]>::first_chunk::<16>) {
        if some.iter().fold(false, |found, byte| found | means(*byte)) {
            break;
        }
        at += 16;
    }
    while bytes.get(at).is_some_and(|byte| !means(*byte)) {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::special;

    #[test]
    fn finds_what_a_text_cannot_hold_wherever_it_stands() {
        for length in 0..70 {
            for place in 0..=length {
                for byte in [b'"', b'\\', 0, b'\n', 0x1f] {
                    let mut text = vec![b' '; length];
                    if place < length {
                        text[place] = byte;
                    }
                    assert_eq!(special(&text, 0), place);
                    assert_eq!(special(&text, length), length);
                }
            }
        }
        assert_eq!(special(&[0x7f, 0x80, 0xff], 0), 3);
    }
}
