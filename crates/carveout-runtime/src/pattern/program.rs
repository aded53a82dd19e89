//! A compiled pattern: what the compiler wrote, read into instructions.
//!
//! `G1 L0;61 [30-39;v0 m0 v1 M` are groups and loops, the matchers of one character, and the steps. The
//! compiler writes it from the tree that Python's own parser made (frontend/patterns.py).

use crate::fault::Outcome;
use crate::text::unicode;

/// What matches one character.
#[derive(Debug)]
pub(super) enum Matcher {
    Char(char),
    /// Anything but a line end.
    Any,
    All,
    Set(Set),
}

#[derive(Debug, Default)]
pub(super) struct Set {
    negated: bool,
    /// What of ASCII is in it, before the negation.
    ascii: u128,
    ranges: Vec<(u32, u32)>,
    /// Unicode's classes by their letters: `d`, `w`, `s`, in capitals all others.
    classes: Vec<u8>,
}

impl Matcher {
    #[inline]
    pub(super) fn matches(&self, c: char) -> Outcome<bool> {
        Ok(match self {
            Self::Char(wanted) => c == *wanted,
            Self::Any => c != '\n',
            Self::All => true,
            Self::Set(set) if c.is_ascii() => (set.ascii >> (c as u32) & 1 == 1) != set.negated,
            Self::Set(set) => set.has(c)? != set.negated,
        })
    }
}

impl Set {
    #[cold]
    fn has(&self, c: char) -> Outcome<bool> {
        let code = c as u32;
        if self
            .ranges
            .iter()
            .any(|(from, to)| (*from..=*to).contains(&code))
        {
            return Ok(true);
        }
        for class in &self.classes {
            if in_class(c, *class)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// `\d`, `\w`, `\s` of texts.
pub(super) fn in_class(c: char, class: u8) -> Outcome<bool> {
    let found = match class.to_ascii_lowercase() {
        b's' => crate::text::is_space(c),
        b'd' if c.is_ascii() => c.is_ascii_digit(),
        b'w' if c.is_ascii() => c.is_ascii_alphanumeric() || c == '_',
        b'd' => unicode::is_decimal(c)?,
        _ => unicode::is_word(c)?,
    };
    Ok(found != class.is_ascii_uppercase())
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    /// One character.
    One(usize),
    /// Some of one kind; the longest first, or the shortest.
    Some {
        matcher: usize,
        min: usize,
        max: usize,
        greedy: bool,
    },
    Save(usize),
    /// Go on at the first; if that fails, at the second.
    Split(usize, usize),
    Jump(usize),
    Begin(usize),
    Loop {
        number: usize,
        body: usize,
        min: usize,
        max: usize,
        greedy: bool,
        after: usize,
    },
    /// What a group matched, once more.
    Again(usize),
    At(u8),
    /// What stands here matches, or does not; so many characters behind.
    Look {
        negated: bool,
        behind: usize,
        after: usize,
    },
    Match,
}

#[derive(Debug)]
pub(super) struct Program {
    pub(super) groups: usize,
    pub(super) loops: usize,
    pub(super) matchers: Vec<Matcher>,
    pub(super) steps: Vec<Step>,
    /// What the first character has to match, if there is one.
    pub(super) first: Option<usize>,
    /// It only matches where the text begins.
    pub(super) anchored: bool,
}

fn number(text: &str) -> usize {
    // "inf" is a count without a bound.
    text.parse().unwrap_or(usize::MAX)
}

fn code(text: &str) -> u32 {
    u32::from_str_radix(text, 16).unwrap_or(0)
}

fn matcher(text: &str) -> Matcher {
    match text {
        "N" => return Matcher::Any,
        "A" => return Matcher::All,
        _ => {}
    }
    let Some(inside) = text.strip_prefix('[') else {
        return Matcher::Char(char::from_u32(code(text)).unwrap_or('\0'));
    };
    let (negated, inside) = match inside.strip_prefix('^') {
        Some(rest) => (true, rest),
        None => (false, inside),
    };
    let mut set = Set {
        negated,
        ..Set::default()
    };
    for item in inside.split(',').filter(|item| !item.is_empty()) {
        match item.split_once('-') {
            Some((from, to)) => set.ranges.push((code(from), code(to))),
            None => set.classes.push(item.as_bytes()[0]),
        }
    }
    for byte in 0..128_u8 {
        let ranged = set
            .ranges
            .iter()
            .any(|(from, to)| (*from..=*to).contains(&u32::from(byte)));
        let classed = set
            .classes
            .iter()
            .any(|class| in_class(char::from(byte), *class) == Ok(true));
        set.ascii |= u128::from(ranged || classed) << byte;
    }
    Matcher::Set(set)
}

fn step(text: &str) -> Step {
    let (kind, rest) = text.split_at(1);
    let parts: Vec<&str> = rest.split(',').collect();
    let at = |index: usize| number(parts.get(index).copied().unwrap_or(""));
    match kind {
        "m" => Step::One(at(0)),
        "r" => Step::Some {
            matcher: at(0),
            min: at(1),
            max: at(2),
            greedy: at(3) == 1,
        },
        "v" => Step::Save(at(0)),
        "s" => Step::Split(at(0), at(1)),
        "j" => Step::Jump(at(0)),
        "i" => Step::Begin(at(0)),
        "t" => Step::Loop {
            number: at(0),
            body: at(1),
            min: at(2),
            max: at(3),
            greedy: at(4) == 1,
            after: at(5),
        },
        "b" => Step::Again(at(0)),
        "z" => Step::At(rest.as_bytes()[0]),
        "l" => Step::Look {
            negated: at(0) == 1,
            behind: at(1),
            after: at(2),
        },
        _ => Step::Match,
    }
}

impl Program {
    pub(super) fn read(text: &str) -> Self {
        let mut parts = text.split(';');
        let head: Vec<usize> = parts
            .next()
            .unwrap_or("")
            .split(' ')
            .map(|word| number(&word[1..]))
            .collect();
        let words = |part: Option<&str>| -> Vec<String> {
            let words = part
                .unwrap_or("")
                .split(' ')
                .filter(|word| !word.is_empty());
            words.map(str::to_owned).collect()
        };
        let matchers = words(parts.next())
            .iter()
            .map(|word| matcher(word))
            .collect();
        let steps: Vec<Step> = words(parts.next()).iter().map(|word| step(word)).collect();
        let start = steps.iter().find(|step| !matches!(step, Step::Save(_)));
        let first = match start {
            Some(Step::One(matcher)) => Some(*matcher),
            Some(Step::Some { matcher, min, .. }) if *min > 0 => Some(*matcher),
            _ => None,
        };
        Self {
            groups: head[0],
            loops: head[1],
            matchers,
            first,
            anchored: matches!(steps.first(), Some(Step::At(b'A'))),
            steps,
        }
    }
}
