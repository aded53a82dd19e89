//! `json.dumps`: values of known types as Python writes them.
//!
//! ```
//! use carveout_runtime::dumps::{self, Options};
//! let text = dumps::text(&vec![Some(1.0), None], &Options::PLAIN)?;
//! assert_eq!(text, "[1.0, null]");
//! # Ok::<(), carveout_runtime::Stop>(())
//! ```
//!
//! [`crate::json`] is the wire's JSON, which has rules of its own.

use std::fmt::Write;

use crate::fault::Outcome;
use crate::shared::Clear;
use crate::{Dict, Num, OneOf2, OneOf3, OneOf4, Shared, Str, float};

/// How a text is written: the arguments of `json.dumps`.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    pub ensure_ascii: bool,
    pub sort_keys: bool,
    pub indent: Option<&'a str>,
    /// Between items, and between a key and its value.
    pub separators: (&'a str, &'a str),
}

impl Options<'_> {
    /// `json.dumps(value)`
    pub const PLAIN: Options<'static> = Options {
        ensure_ascii: true,
        sort_keys: false,
        indent: None,
        separators: (", ", ": "),
    };
}

/// A text on its way.
pub struct Writer<'a> {
    out: String,
    options: &'a Options<'a>,
    depth: usize,
}

impl Writer<'_> {
    fn line(&mut self) {
        if let Some(indent) = self.options.indent {
            self.out.push('\n');
            for _ in 0..self.depth {
                self.out.push_str(indent);
            }
        }
    }

    fn many<T>(
        &mut self,
        brackets: [char; 2],
        items: impl ExactSizeIterator<Item = T>,
        mut one: impl FnMut(&mut Self, T) -> Outcome<()>,
    ) -> Outcome<()> {
        self.out.push(brackets[0]);
        if items.len() > 0 {
            self.depth += 1;
            for (at, item) in items.enumerate() {
                if at > 0 {
                    self.out.push_str(self.options.separators.0);
                }
                self.line();
                one(self, item)?;
            }
            self.depth -= 1;
            self.line();
        }
        self.out.push(brackets[1]);
        Ok(())
    }

    fn text(&mut self, text: &str) {
        self.out.push('"');
        for c in text.chars() {
            match c {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                '\u{8}' => self.out.push_str("\\b"),
                '\u{c}' => self.out.push_str("\\f"),
                ' '..='~' => self.out.push(c),
                '\u{7f}'.. if !self.options.ensure_ascii => self.out.push(c),
                _ => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        // A String takes whatever is written.
                        let _ = write!(self.out, "\\u{unit:04x}");
                    }
                }
            }
        }
        self.out.push('"');
    }
}

/// What `json.dumps` takes.
pub trait Dumps {
    fn dump(&self, to: &mut Writer<'_>) -> Outcome<()>;
}

/// `json.dumps(value, …)`
pub fn text<T: Dumps + ?Sized>(value: &T, options: &Options<'_>) -> Outcome<Str> {
    let mut writer = Writer {
        out: String::new(),
        options,
        depth: 0,
    };
    value.dump(&mut writer)?;
    Ok(Str::from(writer.out))
}

impl Dumps for i64 {
    fn dump(&self, to: &mut Writer<'_>) -> Outcome<()> {
        let _ = write!(to.out, "{self}");
        Ok(())
    }
}

impl Dumps for f64 {
    fn dump(&self, to: &mut Writer<'_>) -> Outcome<()> {
        if self.is_nan() {
            to.out.push_str("NaN");
        } else if self.is_infinite() {
            to.out
                .push_str(if *self > 0.0 { "Infinity" } else { "-Infinity" });
        } else {
            to.out.push_str(&float::repr(*self));
        }
        Ok(())
    }
}

impl Dumps for Num {
    fn dump(&self, to: &mut Writer<'_>) -> Outcome<()> {
        match self {
            Self::Int(number) => number.dump(to),
            Self::Float(number) => number.dump(to),
        }
    }
}

impl Dumps for bool {
    fn dump(&self, to: &mut Writer<'_>) -> Outcome<()> {
        to.out.push_str(if *self { "true" } else { "false" });
        Ok(())
    }
}

impl Dumps for () {
    fn dump(&self, to: &mut Writer<'_>) -> Outcome<()> {
        to.out.push_str("null");
        Ok(())
    }
}

impl Dumps for Str {
    fn dump(&self, to: &mut Writer<'_>) -> Outcome<()> {
        to.text(self);
        Ok(())
    }
}

impl<T: Dumps> Dumps for Option<T> {
    fn dump(&self, to: &mut Writer<'_>) -> Outcome<()> {
        match self {
            Some(value) => value.dump(to),
            None => ().dump(to),
        }
    }
}

impl<T: Dumps> Dumps for [T] {
    fn dump(&self, to: &mut Writer<'_>) -> Outcome<()> {
        to.many(['[', ']'], self.iter(), |to, item| item.dump(to))
    }
}

impl<T: Dumps> Dumps for Vec<T> {
    fn dump(&self, to: &mut Writer<'_>) -> Outcome<()> {
        self[..].dump(to)
    }
}

impl<T: Dumps + Clear + 'static> Dumps for Shared<T> {
    fn dump(&self, to: &mut Writer<'_>) -> Outcome<()> {
        self.look()?.dump(to)
    }
}

/// A key of an object, and how keys are sorted before they are texts.
pub trait Named: Ord {
    fn name(&self, to: &mut Writer<'_>);
}

impl Named for Str {
    fn name(&self, to: &mut Writer<'_>) {
        to.text(self);
    }
}

impl Named for i64 {
    fn name(&self, to: &mut Writer<'_>) {
        let _ = write!(to.out, "\"{self}\"");
    }
}

fn object<K: Named, V: Dumps>(mut entries: Vec<(&K, &V)>, to: &mut Writer<'_>) -> Outcome<()> {
    if to.options.sort_keys {
        entries.sort_by(|a, b| a.0.cmp(b.0));
    }
    to.many(['{', '}'], entries.into_iter(), |to, (key, value)| {
        key.name(to);
        to.out.push_str(to.options.separators.1);
        value.dump(to)
    })
}

impl<K: Named + crate::dict::Key, V: Dumps> Dumps for Dict<K, V> {
    fn dump(&self, to: &mut Writer<'_>) -> Outcome<()> {
        object(self.iter().collect(), to)
    }
}

/// A dict or list that is written out, with values of several types.
pub enum Json {
    Object(Vec<(Str, Json)>),
    List(Vec<Json>),
    Value(Box<dyn Dumps>),
}

impl Dumps for Json {
    fn dump(&self, to: &mut Writer<'_>) -> Outcome<()> {
        match self {
            Self::Object(entries) => object(entries.iter().map(|(k, v)| (k, v)).collect(), to),
            Self::List(items) => items.dump(to),
            Self::Value(value) => value.dump(to),
        }
    }
}

/// A value among others.
#[must_use]
pub fn value<T: Dumps + 'static>(value: T) -> Json {
    Json::Value(Box::new(value))
}

macro_rules! tuples {
    ($(($($name:ident . $at:tt),+))+) => {$(
        impl<$($name: Dumps),+> Dumps for ($($name,)+) {
            fn dump(&self, to: &mut Writer<'_>) -> Outcome<()> {
                let items: &[&dyn Dumps] = &[$(&self.$at),+];
                to.many(['[', ']'], items.iter(), |to, item| item.dump(to))
            }
        }
    )+};
}

tuples! {
    (A.0)
    (A.0, B.1)
    (A.0, B.1, C.2)
    (A.0, B.1, C.2, D.3)
    (A.0, B.1, C.2, D.3, E.4)
    (A.0, B.1, C.2, D.3, E.4, F.5)
}

macro_rules! unions {
    ($($union:ident: $($name:ident),+;)+) => {$(
        impl<$($name: Dumps),+> Dumps for $union<$($name),+> {
            fn dump(&self, to: &mut Writer<'_>) -> Outcome<()> {
                match self {
                    $(Self::$name(value) => value.dump(to),)+
                }
            }
        }
    )+};
}

unions! {
    OneOf2: A, B;
    OneOf3: A, B, C;
    OneOf4: A, B, C, D;
}
