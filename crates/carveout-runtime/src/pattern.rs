//! Python's `re`: patterns that the compiler read, matched in the order of Python's own engine.
//!
//! ```
//! use carveout_runtime::{Str, pattern};
//! // re.search(r"(\d+)", "ab 12")
//! let digits = pattern::compiled(r"(\d+)", "G2 L0;[d;v2 r0,1,inf,1 v3 M");
//! let found = digits.search(&Str::from("ab 12"))?.unwrap();
//! assert_eq!(found.group(1).unwrap(), "12");
//! assert_eq!(found.span(1), (3, 5));
//! # Ok::<(), carveout_runtime::Stop>(())
//! ```
//!
//! Characters of Unicode versions that Python may not know decline, as in [`crate::text`].

mod program;
mod run;

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use crate::fault::{Outcome, decline};
use crate::{Dict, Str};
use program::Program;
use run::{Ends, Run};

/// A compiled pattern. A clone is the same one.
#[derive(Clone)]
pub struct Pattern(Rc<Program>);

/// What a pattern found in a text.
#[derive(Clone)]
pub struct Match(Rc<Found>);

struct Found {
    text: Str,
    /// Offsets of starts and ends, the whole first.
    slots: Vec<usize>,
}

thread_local! {
    static KNOWN: RefCell<Vec<(*const u8, Pattern)>> = const { RefCell::new(Vec::new()) };
}

/// A pattern as Python writes it, and as it is run; read once a thread.
#[must_use]
pub fn compiled(_python: &'static str, program: &'static str) -> Pattern {
    KNOWN.with_borrow_mut(|known| {
        let here = program.as_ptr();
        if let Some((_, pattern)) = known.iter().find(|(at, _)| *at == here) {
            return pattern.clone();
        }
        let pattern = Pattern::new(program);
        known.push((here, pattern.clone()));
        pattern
    })
}

const FREE: Ends = Ends {
    whole: false,
    moved: false,
};

impl Pattern {
    /// A pattern from the compiler's text.
    #[must_use]
    pub fn new(program: &str) -> Self {
        Self(Rc::new(Program::read(program)))
    }

    fn found(&self, text: &Str, run: &Run<'_>, start: usize, end: usize) -> Match {
        let mut slots = run.slots.clone();
        (slots[0], slots[1]) = (start, end);
        Match(Rc::new(Found {
            text: text.clone(),
            slots,
        }))
    }

    fn at_start(&self, text: &Str, ends: Ends) -> Outcome<Option<Match>> {
        let mut run = Run::new(&self.0, text);
        let end = run.at(0, ends)?;
        Ok(end.map(|end| self.found(text, &run, 0, end)))
    }

    /// `pattern.match(text)`
    pub fn match_(&self, text: &Str) -> Outcome<Option<Match>> {
        self.at_start(text, FREE)
    }

    /// `pattern.fullmatch(text)`
    pub fn fullmatch(&self, text: &Str) -> Outcome<Option<Match>> {
        let ends = Ends {
            whole: true,
            moved: false,
        };
        self.at_start(text, ends)
    }

    /// `pattern.search(text)`
    pub fn search(&self, text: &Str) -> Outcome<Option<Match>> {
        let mut run = Run::new(&self.0, text);
        let found = run.search(0, false)?;
        Ok(found.map(|(start, end)| self.found(text, &run, start, end)))
    }

    /// Each match in turn, up to so many.
    fn each(
        &self,
        text: &Str,
        most: usize,
        mut take: impl FnMut(&Run<'_>, usize, usize),
    ) -> Outcome<()> {
        let mut run = Run::new(&self.0, text);
        let (mut from, mut moved, mut count) = (0, false, 0);
        while count < most {
            let Some((start, end)) = run.search(from, moved)? else {
                break;
            };
            take(&run, start, end);
            count += 1;
            // After an empty match, the next one has to move.
            moved = start == end;
            from = end;
        }
        Ok(())
    }

    /// `pattern.finditer(text)`, as a list.
    pub fn finditer(&self, text: &Str) -> Outcome<Vec<Match>> {
        let mut made = Vec::new();
        self.each(text, usize::MAX, |run, start, end| {
            made.push(self.found(text, run, start, end));
        })?;
        Ok(made)
    }

    /// `pattern.findall(text)` of one group, or of the whole.
    pub fn findall(&self, text: &Str, group: usize) -> Outcome<Vec<Str>> {
        let mut made = Vec::new();
        self.each(text, usize::MAX, |run, start, end| {
            made.push(if group == 0 {
                text.part(start, end)
            } else {
                part(text, &run.slots, group)
            });
        })?;
        Ok(made)
    }

    /// `pattern.findall(text)` of several groups.
    pub fn findall_groups<const N: usize>(&self, text: &Str) -> Outcome<Vec<[Str; N]>> {
        let mut made = Vec::new();
        self.each(text, usize::MAX, |run, _, _| {
            made.push(std::array::from_fn(|at| part(text, &run.slots, at + 1)));
        })?;
        Ok(made)
    }

    /// `pattern.split(text, most)`; the groups come between the parts.
    pub fn split(&self, text: &Str, most: i64) -> Outcome<Vec<Str>> {
        let mut made = Vec::new();
        let mut from = 0;
        if most >= 0 {
            self.each(text, bound(most), |run, start, end| {
                made.push(text.part(from, start));
                made.extend((1..self.0.groups).map(|group| part(text, &run.slots, group)));
                from = end;
            })?;
        }
        made.push(text.part(from, text.as_str().len()));
        Ok(made)
    }

    /// `pattern.sub(template, text, most)`: texts and groups in turn.
    pub fn sub(&self, text: &Str, template: &[Part<'_>], most: i64) -> Outcome<Str> {
        Ok(self.subn(text, template, most)?.0)
    }

    /// `pattern.subn(template, text, most)`
    pub fn subn(&self, text: &Str, template: &[Part<'_>], most: i64) -> Outcome<(Str, i64)> {
        let mut made = String::new();
        let (mut from, mut count) = (0, 0);
        if most >= 0 {
            self.each(text, bound(most), |run, start, end| {
                made.push_str(&text[from..start]);
                for one in template {
                    match one {
                        Part::Text(text) => made.push_str(text),
                        Part::Group(0) => made.push_str(&text[start..end]),
                        Part::Group(group) => made.push_str(&part(text, &run.slots, *group)),
                    }
                }
                from = end;
                count += 1;
            })?;
        }
        if count == 0 {
            return Ok((text.clone(), 0));
        }
        made.push_str(&text[from..]);
        Ok((Str::from(made), count))
    }

    /// The same, where what is put in is worked out before the text.
    pub fn sub_by(&self, by: &Str, text: &Str, most: i64) -> Outcome<Str> {
        self.sub_text(text, by, most)
    }

    /// `pattern.sub(text, …)` with a text that is made at run time.
    pub fn sub_text(&self, text: &Str, by: &Str, most: i64) -> Outcome<Str> {
        if by.contains('\\') {
            return Err(decline("a template of re.sub that is made at run time"));
        }
        self.sub(text, &[Part::Text(by)], most)
    }
}

/// `re.escape(text)`
#[must_use]
pub fn escape(text: &Str) -> Str {
    const SPECIAL: &str = "()[]{}?*+-|^$\\.&~# \t\n\r\x0b\x0c";
    let mut made = String::with_capacity(text.as_str().len());
    for c in text.chars() {
        if SPECIAL.contains(c) {
            made.push('\\');
        }
        made.push(c);
    }
    Str::from(made)
}

/// How many matches at most: 0 stands for all.
fn bound(most: i64) -> usize {
    if most == 0 {
        return usize::MAX;
    }
    usize::try_from(most).unwrap_or(0)
}

/// A group's text; of one that matched nothing, the empty one.
fn part(text: &Str, slots: &[usize], group: usize) -> Str {
    let (from, to) = (slots[2 * group], slots[2 * group + 1]);
    if from == usize::MAX || to == usize::MAX {
        return Str::default();
    }
    text.part(from, to)
}

/// A part of what `sub` puts in.
#[derive(Debug, Clone, Copy)]
pub enum Part<'a> {
    Text(&'a str),
    Group(usize),
}

/// `pattern.sub(function, text)`, of what the function gave for each match.
#[must_use]
pub fn joined(text: &Str, matches: &[Match], parts: &[Str]) -> Str {
    let mut made = String::new();
    let mut from = 0;
    for (found, part) in matches.iter().zip(parts) {
        made.push_str(&text[from..found.0.slots[0]]);
        made.push_str(part);
        from = found.0.slots[1];
    }
    made.push_str(&text[from..]);
    Str::from(made)
}

impl Match {
    fn place(&self, group: usize) -> Option<(usize, usize)> {
        let (from, to) = (self.0.slots[2 * group], self.0.slots[2 * group + 1]);
        (from != usize::MAX && to != usize::MAX).then_some((from, to))
    }

    /// How many groups there are, the whole among them.
    #[must_use]
    pub fn groups(&self) -> usize {
        self.0.slots.len() / 2
    }

    /// `match.group(number)`; the compiler knows that there is such a group.
    #[must_use]
    pub fn group(&self, group: usize) -> Option<Str> {
        self.place(group)
            .map(|(from, to)| self.0.text.part(from, to))
    }

    /// The same of a group that every match has.
    pub fn sure(&self, group: usize) -> Outcome<Str> {
        self.group(group)
            .ok_or_else(|| decline("a group that matched nothing"))
    }

    /// `match.span(number)`
    #[must_use]
    pub fn span(&self, group: usize) -> (i64, i64) {
        let text = &self.0.text;
        self.place(group)
            .map_or((-1, -1), |(from, to)| (text.point(from), text.point(to)))
    }

    /// `match.start(number)`
    #[must_use]
    pub fn start(&self, group: usize) -> i64 {
        self.span(group).0
    }

    /// `match.end(number)`
    #[must_use]
    pub fn end(&self, group: usize) -> i64 {
        self.span(group).1
    }

    /// `match.groupdict()`
    #[must_use]
    pub fn groupdict(&self, names: &[(&'static str, usize)]) -> Dict<Str, Option<Str>> {
        let entries = names.iter();
        Dict::from_iter(entries.map(|(name, group)| (Str::from_static(name), self.group(*group))))
    }

    /// The same where every group is sure to match.
    pub fn groupdict_sure(&self, names: &[(&'static str, usize)]) -> Outcome<Dict<Str, Str>> {
        let mut made = Dict::new();
        for (name, group) in names {
            made.insert(Str::from_static(name), self.sure(*group)?);
        }
        Ok(made)
    }

    /// `match.string`
    #[must_use]
    pub fn string(&self) -> Str {
        self.0.text.clone()
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<re.Pattern>")
    }
}

impl fmt::Debug for Match {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<re.Match>")
    }
}

crate::handle::handle!(Pattern);
crate::handle::handle!(Match);
