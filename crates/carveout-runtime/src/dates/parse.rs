//! Text as dates and times: what is plainly one; anything else is the reference's to read or refuse.

use crate::fault::{Outcome, Stop};

use super::{Date, Datetime, MICROS_PER_SECOND, date, datetime};

const UNSURE: Stop = Stop::Decline("a text that is not plainly a date or a time");

/// A text read from its front.
struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    fn digits(&mut self, width: usize) -> Outcome<i64> {
        let head = self.0.get(..width).ok_or(UNSURE)?;
        if !head.iter().all(u8::is_ascii_digit) {
            return Err(UNSURE);
        }
        self.0 = &self.0[width..];
        Ok(head
            .iter()
            .fold(0, |made, digit| made * 10 + i64::from(digit - b'0')))
    }

    fn skip(&mut self, mark: u8) -> Outcome<()> {
        match self.0 {
            [first, rest @ ..] if *first == mark => {
                self.0 = rest;
                Ok(())
            }
            _ => Err(UNSURE),
        }
    }

    fn end(&self) -> Outcome<()> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(UNSURE)
        }
    }

    fn civil(&mut self) -> Outcome<[i64; 3]> {
        let year = self.digits(4)?;
        self.skip(b'-')?;
        let month = self.digits(2)?;
        self.skip(b'-')?;
        Ok([year, month, self.digits(2)?])
    }

    /// `05:30`, with seconds or without.
    fn clock(&mut self) -> Outcome<[i64; 3]> {
        let hour = self.digits(2)?;
        self.skip(b':')?;
        let minute = self.digits(2)?;
        let second = match self.skip(b':') {
            Ok(()) => self.digits(2)?,
            Err(_) => 0,
        };
        Ok([hour, minute, second])
    }

    /// One to six digits, as many as there are.
    fn fraction(&mut self) -> Outcome<i64> {
        let width = self.0.iter().take_while(|b| b.is_ascii_digit()).count();
        if !(1..=6).contains(&width) {
            return Err(UNSURE);
        }
        Ok(self.digits(width)? * 10_i64.pow(6 - width as u32))
    }
}

/// A fault here is one that the reference words.
fn plain<T>(made: Outcome<T>) -> Outcome<T> {
    made.map_err(|_| UNSURE)
}

/// `date.fromisoformat(text)`
pub fn date_from_iso(text: &str) -> Outcome<Date> {
    let mut rest = Cursor(text.as_bytes());
    let [year, month, day] = rest.civil()?;
    rest.end()?;
    plain(date(year, month, day))
}

/// `datetime.fromisoformat(text)`
pub fn datetime_from_iso(text: &str) -> Outcome<Datetime> {
    let mut rest = Cursor(text.as_bytes());
    let [year, month, day] = rest.civil()?;
    if rest.0.is_empty() {
        return plain(datetime(year, month, day, 0, 0, 0, 0));
    }
    rest.skip(b'T').or_else(|_| rest.skip(b' '))?;
    let with_seconds = rest.0.get(5) == Some(&b':');
    let [hour, minute, second] = rest.clock()?;
    let mut micro = 0;
    if with_seconds && rest.skip(b'.').is_ok() {
        micro = rest.fraction()?;
    }
    let mut made = plain(datetime(year, month, day, hour, minute, second, micro))?;
    if rest.0.is_empty() {
        return Ok(made);
    }
    if rest.skip(b'Z').is_ok() {
        made.zone = Some(0);
    } else {
        let sign = if rest.skip(b'-').is_ok() { -1 } else { 1 };
        if sign == 1 {
            rest.skip(b'+')?;
        }
        // A fraction in it is read in a way of its own by some versions.
        let [hour, minute, second] = rest.clock()?;
        if hour > 23 || minute > 59 || second > 59 {
            return Err(UNSURE);
        }
        made.zone = Some(sign * ((hour * 60 + minute) * 60 + second) * MICROS_PER_SECOND);
    }
    rest.end()?;
    Ok(made)
}

/// `datetime.strptime(text, format)` of fields of full width, in the order of the format.
pub fn strptime(text: &str, format: &str) -> Outcome<Datetime> {
    let mut rest = Cursor(text.as_bytes());
    let (mut year, mut month, mut day) = (1900, 1, 1);
    let (mut hour, mut minute, mut second, mut micro) = (0, 0, 0, 0);
    let mut seen = String::new();
    let mut marks = format.bytes();
    while let Some(mark) = marks.next() {
        if mark != b'%' {
            // White space stands for any amount of it, letters for both cases.
            if mark == b' ' {
                rest.skip(b' ')?;
                if rest.0.first().is_none_or(u8::is_ascii_whitespace) {
                    return Err(UNSURE);
                }
            } else if mark.is_ascii_graphic() {
                rest.skip(mark)?;
            } else {
                return Err(UNSURE);
            }
            continue;
        }
        let field = marks.next().ok_or(UNSURE)?;
        if seen.contains(char::from(field)) {
            return Err(UNSURE);
        }
        seen.push(char::from(field));
        match field {
            b'Y' => year = rest.digits(4)?,
            b'm' => month = rest.digits(2)?,
            b'd' => day = rest.digits(2)?,
            b'H' => hour = rest.digits(2)?,
            b'M' => minute = rest.digits(2)?,
            b'S' => second = rest.digits(2)?,
            b'f' => micro = rest.fraction()?,
            _ => return Err(UNSURE),
        }
    }
    rest.end()?;
    if year < 1 || !seen.contains('Y') && seen.contains('d') {
        return Err(UNSURE);
    }
    plain(datetime(year, month, day, hour, minute, second, micro))
}
