//! Dates and times as ISO 8601 text, in the forms Python's `isoformat` writes.

use std::fmt::Write as _;

use crate::wire::{Kind, Reader, Result as Read, Writer};

const MICROS: i64 = 1_000_000;

/// Splits off a number of exactly `width` digits.
fn digits(text: &mut &str, width: usize) -> Option<i64> {
    let head = text.get(..width)?;
    if !head.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    *text = &text[width..];
    head.parse().ok()
}

fn skip(text: &mut &str, mark: char) -> Option<()> {
    *text = text.strip_prefix(mark)?;
    Some(())
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

fn date_part(text: &mut &str) -> Option<[i64; 3]> {
    let year = digits(text, 4)?;
    skip(text, '-')?;
    let month = digits(text, 2)?;
    skip(text, '-')?;
    let day = digits(text, 2)?;
    let valid = year >= 1 && (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
    valid.then_some([year, month, day])
}

/// Hours, minutes, seconds, microseconds.
fn time_part(text: &mut &str) -> Option<[i64; 4]> {
    let hour = digits(text, 2)?;
    skip(text, ':')?;
    let minute = digits(text, 2)?;
    let (mut second, mut micro) = (0, 0);
    if skip(text, ':').is_some() {
        second = digits(text, 2)?;
        if skip(text, '.').is_some() {
            let width = text.bytes().take_while(u8::is_ascii_digit).count();
            // More digits than microseconds have would be dropped.
            if !(1..=6).contains(&width) {
                return None;
            }
            micro = digits(text, width)? * 10_i64.pow(6 - width as u32);
        }
    }
    (hour < 24 && minute < 60 && second < 60).then_some([hour, minute, second, micro])
}

/// The rest: nothing, `Z`, or an offset; in microseconds.
fn zone_part(text: &str) -> Option<Option<i64>> {
    let mut rest = match text {
        "" => return Some(None),
        "Z" | "z" => return Some(Some(0)),
        _ => text,
    };
    let sign = if skip(&mut rest, '-').is_some() {
        -1
    } else {
        skip(&mut rest, '+')?;
        1
    };
    let hour = digits(&mut rest, 2)?;
    skip(&mut rest, ':')?;
    let minute = digits(&mut rest, 2)?;
    (rest.is_empty() && hour < 24 && minute < 60)
        .then_some(Some(sign * (hour * 3600 + minute * 60) * MICROS))
}

fn write_zone(zone: Option<i64>, writer: &mut Writer<'_>) {
    match zone {
        None => writer.nil(),
        Some(offset) => writer.int(offset),
    }
}

pub fn read_date(mut text: &str, writer: &mut Writer<'_>) -> Option<()> {
    let date = date_part(&mut text)?;
    if !text.is_empty() {
        return None;
    }
    writer.array(3);
    date.into_iter().for_each(|part| writer.int(part));
    Some(())
}

pub fn read_time(mut text: &str, writer: &mut Writer<'_>) -> Option<()> {
    let time = time_part(&mut text)?;
    let zone = zone_part(text)?;
    writer.array(6);
    time.into_iter().for_each(|part| writer.int(part));
    writer.int(0);
    write_zone(zone, writer);
    Some(())
}

pub fn read_datetime(mut text: &str, writer: &mut Writer<'_>) -> Option<()> {
    let date = date_part(&mut text)?;
    text = text.strip_prefix(['T', 't', ' '])?;
    let time = time_part(&mut text)?;
    let zone = zone_part(text)?;
    writer.array(9);
    date.into_iter()
        .chain(time)
        .for_each(|part| writer.int(part));
    writer.int(0);
    write_zone(zone, writer);
    Some(())
}

/// `[-]P[nD][T[nH][nM][n[.f]S]]`.
pub fn read_timedelta(text: &str, writer: &mut Writer<'_>) -> Option<()> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let text = text.strip_prefix('P')?;
    let (days, time) = text.split_once('T').unwrap_or((text, ""));
    if text.is_empty() || text.ends_with('T') {
        return None;
    }
    let whole = |digits: &str| -> Option<i64> {
        (!digits.is_empty() && digits.len() <= 12 && digits.bytes().all(|b| b.is_ascii_digit()))
            .then(|| digits.parse().ok())?
    };
    let mut total: i64 = 0;
    if !days.is_empty() {
        total = whole(days.strip_suffix('D')?)?
            .checked_mul(86400)?
            .checked_mul(MICROS)?;
    }
    let mut rest = time;
    for (unit, seconds) in [('H', 3600), ('M', 60)] {
        if let Some((count, after)) = rest.split_once(unit) {
            total = total.checked_add(whole(count)?.checked_mul(seconds * MICROS)?)?;
            rest = after;
        }
    }
    if !rest.is_empty() {
        let (second, fraction) = rest
            .strip_suffix('S')?
            .split_once('.')
            .unwrap_or((rest.strip_suffix('S')?, "0"));
        if fraction.len() > 6 {
            return None;
        }
        let micro = whole(fraction)? * 10_i64.pow(6 - fraction.len() as u32);
        total = total
            .checked_add(whole(second)?.checked_mul(MICROS)?)?
            .checked_add(micro)?;
    }
    total *= sign;
    let (day, second) = (
        total.div_euclid(86400 * MICROS),
        total.rem_euclid(86400 * MICROS),
    );
    if !(-999_999_999..=999_999_999).contains(&day) {
        return None;
    }
    writer.array(3);
    writer.int(day);
    writer.int(second / MICROS);
    writer.int(second % MICROS);
    Some(())
}

fn ints<const N: usize>(reader: &mut Reader<'_>) -> Read<[i64; N]> {
    let mut parts = [0; N];
    for part in &mut parts {
        *part = reader.i64()?;
    }
    Ok(parts)
}

fn push_date(out: &mut String, [year, month, day]: [i64; 3]) {
    let _ = write!(out, "{year:04}-{month:02}-{day:02}");
}

fn push_time(out: &mut String, [hour, minute, second, micro]: [i64; 4]) {
    let _ = write!(out, "{hour:02}:{minute:02}:{second:02}");
    if micro != 0 {
        let _ = write!(out, ".{micro:06}");
    }
}

/// Fold and time zone; a zone by name needs the zone database, which is the reference's.
fn push_zone(out: &mut String, reader: &mut Reader<'_>) -> Result<(), String> {
    reader.i64().map_err(|e| e.to_string())?;
    match reader.kind().map_err(|e| e.to_string())? {
        Kind::Nil => reader.nil().map_err(|e| e.to_string()),
        Kind::Int => {
            let offset = reader.i64().map_err(|e| e.to_string())?;
            let size = offset.unsigned_abs();
            let (seconds, micro) = (size / 1_000_000, size % 1_000_000);
            let sign = if offset < 0 { '-' } else { '+' };
            let _ = write!(out, "{sign}{:02}:{:02}", seconds / 3600, seconds / 60 % 60);
            if seconds % 60 != 0 || micro != 0 {
                let _ = write!(out, ":{:02}", seconds % 60);
            }
            if micro != 0 {
                let _ = write!(out, ".{micro:06}");
            }
            Ok(())
        }
        _ => Err("a time zone by name".into()),
    }
}

pub fn date(reader: &mut Reader<'_>) -> Result<String, String> {
    let mut out = String::new();
    reader.array_of(3).map_err(|e| e.to_string())?;
    push_date(&mut out, ints(reader).map_err(|e| e.to_string())?);
    Ok(out)
}

pub fn time(reader: &mut Reader<'_>) -> Result<String, String> {
    let mut out = String::new();
    reader.array_of(6).map_err(|e| e.to_string())?;
    push_time(&mut out, ints(reader).map_err(|e| e.to_string())?);
    push_zone(&mut out, reader)?;
    Ok(out)
}

pub fn datetime(reader: &mut Reader<'_>) -> Result<String, String> {
    let mut out = String::new();
    reader.array_of(9).map_err(|e| e.to_string())?;
    push_date(&mut out, ints(reader).map_err(|e| e.to_string())?);
    out.push('T');
    push_time(&mut out, ints(reader).map_err(|e| e.to_string())?);
    push_zone(&mut out, reader)?;
    Ok(out)
}

/// As Pydantic writes it: `P1DT2H3M4.000005S`, `-PT1S`, `PT0S`.
pub fn timedelta(reader: &mut Reader<'_>) -> Result<String, String> {
    reader.array_of(3).map_err(|e| e.to_string())?;
    let [days, seconds, micros]: [i64; 3] = ints(reader).map_err(|e| e.to_string())?;
    let total = (i128::from(days) * 86400 + i128::from(seconds)) * 1_000_000 + i128::from(micros);
    let size = total.unsigned_abs();
    let (seconds, micro) = (size / 1_000_000, size % 1_000_000);
    let mut out = String::from(if total < 0 { "-P" } else { "P" });
    if seconds >= 86400 {
        let _ = write!(out, "{}D", seconds / 86400);
    }
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    if hour + minute + second + micro > 0 || seconds < 86400 {
        out.push('T');
        if hour > 0 {
            let _ = write!(out, "{hour}H");
        }
        if minute > 0 {
            let _ = write!(out, "{minute}M");
        }
        if micro > 0 {
            let fraction = format!("{micro:06}");
            let _ = write!(out, "{second}.{}S", fraction.trim_end_matches('0'));
        } else if second > 0 || hour + minute == 0 {
            let _ = write!(out, "{second}S");
        }
    }
    Ok(out)
}
