//! Dates and times as text.

use std::fmt::Write as _;

use crate::Str;
use crate::fault::{Outcome, Stop};

use super::{Civil, Date, Datetime, MICROS_PER_SECOND, Timedelta};

fn civil_text(civil: Civil) -> String {
    format!("{:04}-{:02}-{:02}", civil.year, civil.month, civil.day)
}

/// `day.isoformat()` and `str(day)`
#[must_use]
pub fn date_isoformat(day: Date) -> Str {
    Str::ascii(civil_text(day.civil()))
}

/// `repr(day)`
#[must_use]
pub fn date_repr(day: Date) -> Str {
    let Civil { year, month, day } = day.civil();
    Str::ascii(format!("datetime.date({year}, {month}, {day})"))
}

fn offset_text(zone: i64) -> String {
    let (sign, zone) = if zone < 0 { ('-', -zone) } else { ('+', zone) };
    let (seconds, micros) = (zone / MICROS_PER_SECOND, zone % MICROS_PER_SECOND);
    let mut text = format!("{sign}{:02}:{:02}", seconds / 3600, seconds / 60 % 60);
    if seconds % 60 != 0 || micros != 0 {
        let _ = write!(text, ":{:02}", seconds % 60);
    }
    if micros != 0 {
        let _ = write!(text, ".{micros:06}");
    }
    text
}

fn moment_text(moment: Datetime, mark: char) -> Str {
    let mut text = civil_text(moment.date().civil());
    text.push(mark);
    let (h, m, s) = (moment.hour(), moment.minute(), moment.second());
    let _ = write!(text, "{h:02}:{m:02}:{s:02}");
    if moment.microsecond() != 0 {
        let _ = write!(text, ".{:06}", moment.microsecond());
    }
    if let Some(zone) = moment.zone {
        text.push_str(&offset_text(zone));
    }
    Str::ascii(text)
}

/// `moment.isoformat()`
#[must_use]
pub fn datetime_isoformat(moment: Datetime) -> Str {
    moment_text(moment, 'T')
}

/// `str(moment)`
#[must_use]
pub fn datetime_str(moment: Datetime) -> Str {
    moment_text(moment, ' ')
}

/// `repr(moment)`
#[must_use]
pub fn datetime_repr(moment: Datetime) -> Str {
    let Civil { year, month, day } = moment.date().civil();
    let (second, micro) = (moment.second(), moment.microsecond());
    let mut text = format!("datetime.datetime({year}, {month}, {day}");
    let _ = write!(text, ", {}, {}", moment.hour(), moment.minute());
    if second != 0 || micro != 0 {
        let _ = write!(text, ", {second}");
    }
    if micro != 0 {
        let _ = write!(text, ", {micro}");
    }
    if moment.fold {
        text.push_str(", fold=1");
    }
    match moment.utcoffset() {
        None => {}
        Some(zone) if zone.truth() => {
            let zone = delta_repr(zone);
            let _ = write!(text, ", tzinfo=datetime.timezone({zone})");
        }
        Some(_) => text.push_str(", tzinfo=datetime.timezone.utc"),
    }
    text.push(')');
    Str::ascii(text)
}

/// `str(delta)`
#[must_use]
pub fn delta_str(delta: Timedelta) -> Str {
    let days = delta.days();
    let mut text = match days {
        0 => String::new(),
        1 | -1 => format!("{days} day, "),
        _ => format!("{days} days, "),
    };
    let seconds = delta.seconds();
    let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let _ = write!(text, "{h}:{m:02}:{s:02}");
    if delta.microseconds() != 0 {
        let _ = write!(text, ".{:06}", delta.microseconds());
    }
    Str::ascii(text)
}

/// `repr(delta)`
#[must_use]
pub fn delta_repr(delta: Timedelta) -> Str {
    let parts = [
        ("days", delta.days()),
        ("seconds", delta.seconds()),
        ("microseconds", delta.microseconds()),
    ];
    let given: Vec<String> = parts
        .iter()
        .filter(|(_, value)| *value != 0)
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let given = if given.is_empty() {
        "0".to_owned()
    } else {
        given.join(", ")
    };
    Str::ascii(format!("datetime.timedelta({given})"))
}

/// What `strftime` is given: a day and the time in it.
pub trait Stamped: Copy {
    fn stamp(self) -> (Date, [i64; 4]);
}

impl Stamped for Date {
    fn stamp(self) -> (Date, [i64; 4]) {
        (self, [0; 4])
    }
}

impl Stamped for Datetime {
    fn stamp(self) -> (Date, [i64; 4]) {
        let time = [
            self.hour(),
            self.minute(),
            self.second(),
            self.microsecond(),
        ];
        (self.date(), time)
    }
}

/// `moment.strftime(format)`: directives of digits only, which are the same in every locale.
pub fn strftime(moment: impl Stamped, format: &str) -> Outcome<Str> {
    const OTHER: Stop = Stop::Decline("a strftime directive that a locale or a platform decides");
    let (day, [hour, minute, second, micro]) = moment.stamp();
    let civil = day.civil();
    let mut text = String::with_capacity(format.len() * 2);
    let mut rest = format.chars();
    if !format.is_ascii() || format.contains('\0') {
        return Err(OTHER);
    }
    while let Some(c) = rest.next() {
        if c != '%' {
            text.push(c);
            continue;
        }
        let (value, width) = match rest.next() {
            // Short years are padded by some platforms only.
            Some('Y') if civil.year >= 1000 => (civil.year, 4),
            Some('y') => (civil.year % 100, 2),
            Some('m') => (civil.month, 2),
            Some('d') => (civil.day, 2),
            Some('H') => (hour, 2),
            Some('I') => ((hour + 11) % 12 + 1, 2),
            Some('M') => (minute, 2),
            Some('S') => (second, 2),
            Some('f') => (micro, 6),
            Some('j') => (day.yearday(), 3),
            Some('u') => (day.isoweekday(), 1),
            Some('w') => (day.isoweekday() % 7, 1),
            Some('%') => {
                text.push('%');
                continue;
            }
            _ => return Err(OTHER),
        };
        let _ = write!(text, "{value:0width$}");
    }
    Ok(Str::ascii(text))
}
