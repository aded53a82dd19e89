//! A chunked body, checked byte by byte as it passes (RFC 9112 §7.1): sizes in hex without sign or
//! blank, every line ended by CRLF, the trailers checked as headers are.
//!
//! Invariant: the place where `Chunks` sees the end is where every strict parser sees it.
//!
//! `of_upstream` reads an upstream's answer with it: blanks after a size (an old server's habit) are
//! passed over there, trailers are kept, and those that may not be trailers are left out.

use http::{HeaderMap, HeaderName, HeaderValue};

use super::head;
use super::refusal::Refusal;

const MAX_EXTENSION: usize = 256;
const MAX_TRAILERS: usize = 8 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Size { digits: u8 },
    Extension { bytes: usize },
    SizeLf,
    Data,
    DataCr,
    DataLf,
    Trailer,
    Done,
}

#[derive(Debug)]
pub struct Chunks {
    at: At,
    left: u64,
    line: Vec<u8>,
    trailer_bytes: usize,
    /// Where an upstream's trailers are gathered; None: a client's body, which is only checked.
    kept: Option<HeaderMap>,
}

/// What the next bytes of a body are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// So many bytes of sizes, line ends or trailers.
    Framing(usize),
    /// So many bytes of the content.
    Data(usize),
}

impl Default for Chunks {
    fn default() -> Self {
        Chunks {
            at: At::Size { digits: 0 },
            left: 0,
            line: Vec::new(),
            trailer_bytes: 0,
            kept: None,
        }
    }
}

impl Chunks {
    /// For an upstream's answer.
    pub fn of_upstream() -> Chunks {
        Chunks {
            kept: Some(HeaderMap::new()),
            ..Chunks::default()
        }
    }

    /// The trailers of a body that is done, if there were any.
    pub fn trailers(&mut self) -> Option<HeaderMap> {
        self.kept.take().filter(|kept| !kept.is_empty())
    }

    pub fn is_done(&self) -> bool {
        self.at == At::Done
    }

    /// Check `data`; the answer is how many of its bytes belong to this body.
    pub fn pass(&mut self, data: &[u8]) -> Result<usize, Refusal> {
        let mut i = 0;
        while i < data.len() && self.at != At::Done {
            i += match self.next(&data[i..])? {
                Piece::Framing(n) | Piece::Data(n) => n,
            };
        }
        Ok(i)
    }

    /// The first run of framing or of content in `data`, which is not empty and not past the end.
    pub fn next(&mut self, data: &[u8]) -> Result<Piece, Refusal> {
        if self.at == At::Data {
            let n = self.left.min(data.len() as u64);
            self.left -= n;
            if self.left == 0 {
                self.at = At::DataCr;
            }
            return Ok(Piece::Data(n as usize));
        }
        let mut i = 0;
        while i < data.len() && !matches!(self.at, At::Data | At::Done) {
            self.byte(data[i])?;
            i += 1;
        }
        Ok(Piece::Framing(i))
    }

    fn byte(&mut self, b: u8) -> Result<(), Refusal> {
        self.at = match (self.at, b) {
            (At::Size { digits }, b) if b.is_ascii_hexdigit() => {
                if digits >= 15 {
                    return Err(Refusal::bad("chunk-size"));
                }
                let value = (b as char).to_digit(16).map_or(0, u64::from);
                self.left = self.left * 16 + value;
                At::Size { digits: digits + 1 }
            }
            (At::Size { digits: 1.. }, b'\r') => At::SizeLf,
            (At::Size { digits: 1.. }, b';') => At::Extension { bytes: 0 },
            (At::Size { digits: 1.. }, b' ' | b'\t') if self.kept.is_some() => {
                At::Extension { bytes: 0 }
            }
            (At::Size { .. }, _) => return Err(Refusal::bad("chunk-size")),
            (At::Extension { .. }, b'\r') => At::SizeLf,
            (At::Extension { bytes }, b' '..=b'~' | b'\t') if bytes < MAX_EXTENSION => {
                At::Extension { bytes: bytes + 1 }
            }
            (At::Extension { .. }, _) => return Err(Refusal::bad("chunk-extension")),
            (At::SizeLf, b'\n') => {
                if self.left == 0 {
                    At::Trailer
                } else {
                    At::Data
                }
            }
            (At::DataCr, b'\r') => At::DataLf,
            (At::DataLf, b'\n') => At::Size { digits: 0 },
            (At::Trailer, b'\n') => return self.trailer_line(),
            (At::Trailer, b) => {
                self.trailer_bytes += 1;
                if self.trailer_bytes > MAX_TRAILERS {
                    return Err(Refusal::new(431, "trailers-too-large"));
                }
                self.line.push(b);
                At::Trailer
            }
            _ => return Err(Refusal::bad("chunk-end")),
        };
        Ok(())
    }

    fn trailer_line(&mut self) -> Result<(), Refusal> {
        let Some((b'\r', line)) = self.line.split_last() else {
            return Err(Refusal::bad("bare-lf"));
        };
        if line.is_empty() {
            self.at = At::Done;
        } else {
            let (name, value) = head::field(line)?;
            match (&mut self.kept, is_forbidden_trailer(name)) {
                (None, true) => return Err(Refusal::bad("trailer")),
                (Some(kept), false) => {
                    if let (Ok(name), Ok(value)) =
                        (HeaderName::from_bytes(name), HeaderValue::from_bytes(value))
                    {
                        kept.append(name, value);
                    }
                }
                _ => {}
            }
        }
        self.line.clear();
        Ok(())
    }
}

/// Fields that would change framing, routing or authentication after the fact (RFC 9110 §6.5.1).
pub fn is_forbidden_trailer(name: &[u8]) -> bool {
    const FORBIDDEN: [&str; 15] = [
        "content-length",
        "transfer-encoding",
        "host",
        "connection",
        "te",
        "trailer",
        "upgrade",
        "authorization",
        "content-type",
        "content-encoding",
        "content-range",
        "cookie",
        "set-cookie",
        "expect",
        "keep-alive",
    ];
    FORBIDDEN
        .iter()
        .any(|bad| name.eq_ignore_ascii_case(bad.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(body: &[u8]) -> Result<usize, &'static str> {
        let mut chunks = Chunks::default();
        let n = chunks.pass(body).map_err(|r| r.reason)?;
        if chunks.is_done() {
            Ok(n)
        } else {
            Err("unfinished")
        }
    }

    #[test]
    fn where_a_body_ends_or_why_it_is_refused() {
        for (body, expected) in [
            (&b"0\r\n\r\n"[..], Ok(5)),
            (b"3\r\nabc\r\n0\r\n\r\nGET", Ok(13)),
            (b"A;x=y\r\n0123456789\r\n0\r\nx: y\r\n\r\n", Ok(30)),
            (
                b"3\r\nabc\r\n0\r\nContent-Length: 5\r\n\r\n",
                Err("trailer"),
            ),
            (b"3\r\nabc0\r\n\r\n", Err("chunk-end")),
            (b"3\nabc\r\n0\r\n\r\n", Err("chunk-size")),
            (b"0x3\r\nabc\r\n0\r\n\r\n", Err("chunk-size")),
            (b" 3\r\nabc\r\n0\r\n\r\n", Err("chunk-size")),
            (b"3 \r\nabc\r\n0\r\n\r\n", Err("chunk-size")),
            (b"+3\r\nabc\r\n0\r\n\r\n", Err("chunk-size")),
            (b"ffffffffffffffff3\r\n", Err("chunk-size")),
            (b"3;a\nb\r\nabc\r\n0\r\n\r\n", Err("chunk-extension")),
            (b"0\r\n\n", Err("bare-lf")),
            (b"0\r\nx y: z\r\n\r\n", Err("header-name")),
            (b"0\r\n", Err("unfinished")),
        ] {
            assert_eq!(end(body), expected, "{}", String::from_utf8_lossy(body));
        }
    }

    #[test]
    fn an_upstream_is_read_with_its_trailers() {
        let body = b"3 \r\nabc\r\n1;x\r\nd\r\n0\r\nContent-Length: 9\r\nx-sum: 6\r\n\r\n";
        let mut chunks = Chunks::of_upstream();
        let (mut content, mut i) = (Vec::new(), 0);
        while !chunks.is_done() {
            match chunks.next(&body[i..]).unwrap() {
                Piece::Framing(n) => i += n,
                Piece::Data(n) => {
                    content.extend_from_slice(&body[i..i + n]);
                    i += n;
                }
            }
        }
        assert_eq!((content.as_slice(), i), (&b"abcd"[..], body.len()));
        let trailers = chunks.trailers().unwrap();
        assert_eq!(trailers.len(), 1);
        assert_eq!(trailers["x-sum"], "6");
    }

    #[test]
    fn splits_do_not_matter() {
        let body = b"3\r\nabc\r\nB;e\r\n01234567890\r\n0\r\nt: v\r\n\r\n";
        for cut in 0..body.len() {
            let mut chunks = Chunks::default();
            let mut n = chunks.pass(&body[..cut]).unwrap();
            n += chunks.pass(&body[n..]).unwrap();
            assert!(chunks.is_done() && n == body.len(), "cut at {cut}");
        }
    }
}
