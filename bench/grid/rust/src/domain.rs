//! The computations.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

const STEPS: usize = 180;

#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Call,
    Put,
}

#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Style {
    American,
    European,
}

/// Ten fields; prices in units of currency, rates per year as fractions.
#[derive(Deserialize)]
pub struct Order {
    symbol: String,
    kind: Kind,
    style: Style,
    spot: f64,
    strike: f64,
    rate: f64,
    dividend: f64,
    volatility: f64,
    days: i64,
    quantity: i64,
}

/// Millionths of a unit.
#[derive(Serialize)]
pub struct Quote {
    symbol: String,
    price_micros: i64,
    delta_micros: i64,
    gamma_micros: i64,
    theta_micros: i64,
    value_micros: i64,
}

#[derive(Deserialize)]
pub struct Document {
    name: String,
    text: String,
}

#[derive(Serialize)]
pub struct Digest {
    name: String,
    bytes: usize,
    lines: usize,
    words: usize,
    longest: usize,
    sha256: String,
}

fn check(order: &Order) -> Result<(), &'static str> {
    if order.spot <= 0.0 || order.strike <= 0.0 {
        return Err("spot and strike must be above 0");
    }
    if order.volatility <= 0.0 || order.volatility > 5.0 {
        return Err("volatility must be above 0 and at most 5");
    }
    if !(1..=3650).contains(&order.days) {
        return Err("days must be from 1 to 3650");
    }
    if order.quantity == 0 || order.quantity.unsigned_abs() > 1_000_000 {
        return Err("quantity must not be 0 and at most 1000000");
    }
    Ok(())
}

fn micros(value: f64) -> i64 {
    (value * 1e6).round_ties_even() as i64
}

/// Price an option by the binomial tree of Cox, Ross and Rubinstein (1979), with its Greeks.
pub fn quote(order: Order) -> Result<Quote, &'static str> {
    check(&order)?;
    let (spot, strike) = (order.spot, order.strike);
    let step = order.days as f64 / 365.0 / STEPS as f64;
    let up = (order.volatility * step.sqrt()).exp();
    let down = 1.0 / up;
    let growth = ((order.rate - order.dividend) * step).exp();
    let chance = (growth - down) / (up - down);
    if chance <= 0.0 || chance >= 1.0 {
        return Err("no probabilities for these rates at this volatility");
    }
    let discount = (-order.rate * step).exp();
    let rise = discount * chance;
    let fall = discount * (1.0 - chance);
    let square = up * up;
    let american = order.style == Style::American;
    let sign = if order.kind == Kind::Call { 1.0 } else { -1.0 };

    let mut lowest = (0..STEPS).fold(spot, |price, _| price * down);
    let mut values = [0.0_f64; STEPS + 1];
    let mut price = lowest;
    for value in &mut values {
        *value = (sign * (price - strike)).max(0.0);
        price *= square;
    }

    let (mut delta, mut gamma, mut middle) = (0.0, 0.0, 0.0);
    for level in (0..STEPS).rev() {
        lowest *= up;
        price = lowest;
        for i in 0..=level {
            let mut value = fall * values[i] + rise * values[i + 1];
            if american {
                value = value.max(sign * (price - strike));
                price *= square;
            }
            values[i] = value;
        }
        if level == 2 {
            let (high, low) = (spot * square, spot * down * down);
            let above = (values[2] - values[1]) / (high - spot);
            let below = (values[1] - values[0]) / (spot - low);
            gamma = (above - below) / (0.5 * (high - low));
            middle = values[1];
        } else if level == 1 {
            delta = (values[1] - values[0]) / (spot * up - spot * down);
        }
    }
    let theta = (middle - values[0]) / (2.0 * step * 365.0);
    Ok(Quote {
        symbol: order.symbol,
        price_micros: micros(values[0]),
        delta_micros: micros(delta),
        gamma_micros: micros(gamma),
        theta_micros: micros(theta),
        value_micros: micros(values[0] * order.quantity as f64),
    })
}

/// The SHA-256 of a text, and its bytes, line ends, words and longest line.
pub fn digest(document: Document) -> Digest {
    let text = document.text;
    let longest = text.split('\n').map(|line| line.chars().count()).max();
    Digest {
        name: document.name,
        bytes: text.len(),
        lines: text.bytes().filter(|byte| *byte == b'\n').count(),
        words: text.split_whitespace().count(),
        longest: longest.unwrap_or(0),
        sha256: hex::encode(Sha256::digest(text.as_bytes())),
    }
}
