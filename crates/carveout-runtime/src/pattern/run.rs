//! Running a pattern: backtracking in the order of Python's engine, with a stack of its own.
//!
//! A group or a loop that changes notes what it was, so that going back puts it right. As in Python, a
//! loop goes round once more only if it moved since its last optional round.

use super::program::{Matcher, Program, Step, in_class};
use crate::fault::{Outcome, Stop};

/// More than this is left to the reference, which may take as long.
const MOST_STEPS: u64 = 50_000_000;
const MOST_KEPT: usize = 8_000_000;
const TOO_LONG: Stop = Stop::Decline("a pattern that tries too much");
const NONE: usize = usize::MAX;

/// What is not decided yet, or was changed meanwhile.
enum Kept {
    Go {
        step: usize,
        at: usize,
    },
    /// The longest run was taken; shorter ones are left.
    Shorter {
        step: usize,
        least: usize,
        at: usize,
    },
    /// The shortest was taken; longer ones are left.
    Longer {
        step: usize,
        at: usize,
        left: usize,
    },
    /// What follows a lazy loop failed: once more its body.
    Round {
        step: usize,
        at: usize,
    },
    Slot {
        slot: usize,
        was: usize,
    },
    Loop {
        number: usize,
        count: usize,
        last: usize,
    },
}

pub(super) struct Run<'a> {
    program: &'a Program,
    text: &'a str,
    /// Offsets of the groups' starts and ends, by two.
    pub(super) slots: Vec<usize>,
    loops: Vec<(usize, usize)>,
    kept: Vec<Kept>,
    tried: u64,
}

/// How a match has to end.
#[derive(Clone, Copy)]
pub(super) struct Ends {
    /// At the end of the text.
    pub(super) whole: bool,
    /// Not where it began.
    pub(super) moved: bool,
}

impl<'a> Run<'a> {
    pub(super) fn new(program: &'a Program, text: &'a str) -> Self {
        Self {
            program,
            text,
            slots: vec![NONE; 2 * program.groups],
            loops: vec![(0, NONE); program.loops],
            kept: Vec::new(),
            tried: 0,
        }
    }

    #[inline]
    fn next(&self, at: usize) -> Option<char> {
        match self.text.as_bytes().get(at) {
            Some(byte) if byte.is_ascii() => Some(char::from(*byte)),
            Some(_) => self.text[at..].chars().next(),
            None => None,
        }
    }

    #[inline]
    fn before(&self, at: usize) -> Option<char> {
        match at.checked_sub(1).map(|before| self.text.as_bytes()[before]) {
            Some(byte) if byte.is_ascii() => Some(char::from(byte)),
            Some(_) => self.text[..at].chars().next_back(),
            None => None,
        }
    }

    #[inline]
    fn back(&self, at: usize) -> usize {
        let mut at = at - 1;
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    /// The first match from `from` on, as its start and end. `moved`: not an empty one just there.
    pub(super) fn search(&mut self, from: usize, moved: bool) -> Outcome<Option<(usize, usize)>> {
        let mut start = from;
        let mut moved = moved;
        loop {
            if let Some(first) = self.program.first {
                match self.skip(start, first)? {
                    Some(found) => {
                        moved = moved && found == from;
                        start = found;
                    }
                    None => return Ok(None),
                }
            }
            let ends = Ends {
                whole: false,
                moved,
            };
            if let Some(end) = self.at(start, ends)? {
                return Ok(Some((start, end)));
            }
            moved = false;
            if self.program.anchored {
                return Ok(None);
            }
            match self.next(start) {
                Some(c) => start += c.len_utf8(),
                None => return Ok(None),
            }
        }
    }

    /// The next place with a character that a match may begin with.
    fn skip(&mut self, from: usize, first: usize) -> Outcome<Option<usize>> {
        let matcher = &self.program.matchers[first];
        if let Matcher::Char(wanted) = matcher {
            return Ok(self.text[from..].find(*wanted).map(|found| from + found));
        }
        let mut at = from;
        while let Some(c) = self.next(at) {
            if matcher.matches(c)? {
                return Ok(Some(at));
            }
            at += c.len_utf8();
        }
        Ok(None)
    }

    /// The end of a match that begins at a place.
    pub(super) fn at(&mut self, start: usize, ends: Ends) -> Outcome<Option<usize>> {
        self.slots.fill(NONE);
        self.kept.clear();
        self.go(0, start, start, ends)
    }

    fn keep(&mut self, kept: Kept) -> Outcome<()> {
        if self.kept.len() >= MOST_KEPT {
            return Err(TOO_LONG);
        }
        self.kept.push(kept);
        Ok(())
    }

    fn count(&mut self, tried: usize) -> Outcome<()> {
        self.tried += tried as u64;
        if self.tried > MOST_STEPS {
            return Err(TOO_LONG);
        }
        Ok(())
    }

    fn go(&mut self, step: usize, at: usize, start: usize, ends: Ends) -> Outcome<Option<usize>> {
        let program = self.program;
        let floor = self.kept.len();
        let (mut step, mut at) = (step, at);
        loop {
            self.count(1)?;
            let going = match program.steps[step] {
                Step::One(matcher) => match self.next(at) {
                    Some(c) if program.matchers[matcher].matches(c)? => {
                        at += c.len_utf8();
                        step += 1;
                        true
                    }
                    _ => false,
                },
                Step::Some {
                    matcher,
                    min,
                    max,
                    greedy,
                } => self.some(
                    &program.matchers[matcher],
                    (min, max),
                    greedy,
                    &mut step,
                    &mut at,
                )?,
                Step::Save(slot) => {
                    let was = self.slots[slot];
                    self.keep(Kept::Slot { slot, was })?;
                    self.slots[slot] = at;
                    step += 1;
                    true
                }
                Step::Split(first, second) => {
                    self.keep(Kept::Go { step: second, at })?;
                    step = first;
                    true
                }
                Step::Jump(to) => {
                    step = to;
                    true
                }
                Step::Begin(number) => {
                    self.note(number)?;
                    self.loops[number] = (0, NONE);
                    step += 1;
                    true
                }
                Step::Loop { .. } => self.round(&mut step, at)?,
                Step::Again(group) => {
                    let (from, to) = (self.slots[2 * group], self.slots[2 * group + 1]);
                    let same = from != NONE
                        && to != NONE
                        && self.text.as_bytes()[at..].starts_with(&self.text.as_bytes()[from..to]);
                    if same {
                        at += to - from;
                        step += 1;
                    }
                    same
                }
                Step::At(kind) => {
                    step += 1;
                    self.stands(kind, at)?
                }
                Step::Look {
                    negated,
                    behind,
                    after,
                } => {
                    let mut from = Some(at);
                    for _ in 0..behind {
                        from = from.filter(|from| *from > 0).map(|from| self.back(from));
                    }
                    let free = Ends {
                        whole: false,
                        moved: false,
                    };
                    let found = match from {
                        Some(from) => self.go(step + 1, from, from, free)?.is_some(),
                        None => false,
                    };
                    step = after;
                    found != negated
                }
                Step::Match => {
                    if (ends.whole && at != self.text.len()) || (ends.moved && at == start) {
                        false
                    } else {
                        self.kept.truncate(floor);
                        return Ok(Some(at));
                    }
                }
            };
            if !going && !self.resume(floor, &mut step, &mut at)? {
                return Ok(None);
            }
        }
    }

    /// A run of characters of one kind.
    fn some(
        &mut self,
        matcher: &Matcher,
        (min, max): (usize, usize),
        greedy: bool,
        step: &mut usize,
        at: &mut usize,
    ) -> Outcome<bool> {
        let (mut count, mut here, mut least) = (0, *at, *at);
        let wanted = if greedy { max } else { min };
        while count < wanted {
            match self.next(here) {
                Some(c) if matcher.matches(c)? => here += c.len_utf8(),
                _ => break,
            }
            count += 1;
            if count == min {
                least = here;
            }
        }
        self.count(count)?;
        if count < min {
            return Ok(false);
        }
        if greedy && here > least {
            self.keep(Kept::Shorter {
                step: *step,
                least,
                at: here,
            })?;
        }
        if !greedy && max > min {
            self.keep(Kept::Longer {
                step: *step,
                at: here,
                left: max - min,
            })?;
        }
        *at = here;
        *step += 1;
        Ok(true)
    }

    /// At the end of a loop's body, or before its first round.
    fn round(&mut self, step: &mut usize, at: usize) -> Outcome<bool> {
        let Step::Loop {
            number,
            body,
            min,
            max,
            greedy,
            after,
        } = self.program.steps[*step]
        else {
            return Ok(false);
        };
        let (count, last) = self.loops[number];
        if count < min {
            self.note(number)?;
            self.loops[number] = (count + 1, last);
            *step = body;
        } else if !greedy {
            self.keep(Kept::Round { step: *step, at })?;
            *step = after;
        } else if count < max && at != last {
            self.keep(Kept::Go { step: after, at })?;
            self.note(number)?;
            self.loops[number] = (count + 1, at);
            *step = body;
        } else {
            *step = after;
        }
        Ok(true)
    }

    fn note(&mut self, number: usize) -> Outcome<()> {
        let (count, last) = self.loops[number];
        self.keep(Kept::Loop {
            number,
            count,
            last,
        })
    }

    /// Back to what is left to try; false if there is nothing.
    fn resume(&mut self, floor: usize, step: &mut usize, at: &mut usize) -> Outcome<bool> {
        while self.kept.len() > floor {
            let Some(kept) = self.kept.pop() else {
                break;
            };
            match kept {
                Kept::Slot { slot, was } => self.slots[slot] = was,
                Kept::Loop {
                    number,
                    count,
                    last,
                } => self.loops[number] = (count, last),
                Kept::Go { step: to, at: here } => {
                    (*step, *at) = (to, here);
                    return Ok(true);
                }
                Kept::Shorter {
                    step: run,
                    least,
                    at: here,
                } => {
                    let here = self.back(here);
                    if here > least {
                        self.kept.push(Kept::Shorter {
                            step: run,
                            least,
                            at: here,
                        });
                    }
                    (*step, *at) = (run + 1, here);
                    return Ok(true);
                }
                Kept::Longer {
                    step: run,
                    at: here,
                    left,
                } => {
                    let Step::Some { matcher, .. } = self.program.steps[run] else {
                        continue;
                    };
                    let Some(c) = self.next(here) else { continue };
                    if !self.program.matchers[matcher].matches(c)? {
                        continue;
                    }
                    let here = here + c.len_utf8();
                    if left > 1 {
                        self.kept.push(Kept::Longer {
                            step: run,
                            at: here,
                            left: left - 1,
                        });
                    }
                    (*step, *at) = (run + 1, here);
                    return Ok(true);
                }
                Kept::Round {
                    step: looped,
                    at: here,
                } => {
                    let Step::Loop {
                        number, body, max, ..
                    } = self.program.steps[looped]
                    else {
                        continue;
                    };
                    let (count, last) = self.loops[number];
                    if count >= max || here == last {
                        continue;
                    }
                    self.note(number)?;
                    self.loops[number] = (count + 1, here);
                    (*step, *at) = (body, here);
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Whether a place is what `^`, `$`, `\b` and the like ask for.
    fn stands(&self, kind: u8, at: usize) -> Outcome<bool> {
        let (before, next) = (self.before(at), self.next(at));
        Ok(match kind {
            b'A' => at == 0,
            b'Z' => next.is_none(),
            b'^' => before.is_none_or(|c| c == '\n'),
            b'e' => next.is_none_or(|c| c == '\n'),
            b'$' => next.is_none() || (next == Some('\n') && at + 1 == self.text.len()),
            b'b' | b'B' | b'1' | b'2' if self.text.is_empty() => {
                return Err(Stop::Decline("word boundaries of an empty text"));
            }
            _ => {
                let ascii = kind.is_ascii_digit();
                let word = |c: Option<char>| match c {
                    None => Ok(false),
                    Some(c) if ascii => Ok(c.is_ascii_alphanumeric() || c == '_'),
                    Some(c) => in_class(c, b'w'),
                };
                let edge = word(before)? != word(next)?;
                edge == matches!(kind, b'b' | b'1')
            }
        })
    }
}
