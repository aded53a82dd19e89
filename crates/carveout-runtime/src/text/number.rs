//! What `int()` and `float()` make of a text before they read it.

use std::borrow::Cow;

use super::unicode::decimal;
use super::{Str, is_space};
use crate::fault::Outcome;

/// Digits of any script as those of ASCII, white space past ASCII as a space. What is neither ends
/// the text with a mark that no number has. Source: _PyUnicode_TransformDecimalAndSpaceToASCII.
pub(crate) fn plain(text: &Str) -> Outcome<Cow<'_, str>> {
    if text.is_ascii() {
        return Ok(Cow::Borrowed(text.as_str()));
    }
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\0'..='~' => plain.push(c),
            c if is_space(c) => plain.push(' '),
            c => match decimal(c)? {
                Some(value) => plain.push(char::from(b'0' + value)),
                None => {
                    plain.push('?');
                    break;
                }
            },
        }
    }
    Ok(Cow::Owned(plain))
}

/// Without the white space that C knows: U+001C to U+001F are none here.
pub(crate) fn trimmed(plain: &str) -> &str {
    plain.trim_matches(|c| matches!(c, ' ' | '\t'..='\r'))
}
