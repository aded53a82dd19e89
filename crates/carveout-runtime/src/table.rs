//! What a carving offers, and how one call of it is run: bytes in, outcome bytes out.
//!
//! Invariant: nothing a carving does unwinds past [`run_wire`] or [`catch`]: a panic becomes an
//! outcome of its own ("failure"), and is not printed.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use crate::fault::{Fault, Outcome, Stop, Value};
use crate::wire::{self, Reader, Wire, Writer};

/// Version of the agreement between the wheel and an artifact.
pub const ABI: u32 = 1;

pub const VALUE: i64 = 0;
pub const FAULT: i64 = 1;
pub const DECLINE: i64 = 2;
pub const FAILURE: i64 = 3;
/// `[4, outcome, arguments after the call]`: of a carving that changes its arguments, or gives one of
/// them back. To compare by; only an inline call can answer with it.
pub const CHANGED: i64 = 4;

/// One operation of a carving.
#[derive(Debug)]
pub struct Op {
    /// "pkg.mod:func".
    pub name: &'static str,
    /// Reads the arguments, runs, appends the outcome.
    pub call_wire: fn(&[u8], &mut Vec<u8>),
}

/// Everything a carving offers.
#[derive(Debug)]
pub struct Table {
    pub abi: u32,
    /// Contract JSON.
    pub contract: &'static str,
    /// Its hash, as the wheel computes it.
    pub hash: &'static str,
    pub ops: &'static [Op],
}

/// One operation as the macro `operations!` describes it.
pub trait Carved {
    type Args;
    type Out: Wire;
    const ARITY: usize;
    /// It may change its arguments, or give one of them back.
    const CHANGES: bool = false;
    /// A [`crate::Num`] in its result is `int | float` in the contract, not `float`.
    const UNIONS: bool = false;
    /// Reads the arguments, which stand one after the other.
    fn read(reader: &mut Reader<'_>) -> wire::Result<Self::Args>;
    fn run(args: Self::Args) -> Outcome<Self::Out>;
    /// What writes the arguments as they are after the call, of an operation that may change them.
    fn kept(_args: &Self::Args) -> Option<Kept> {
        None
    }
}

/// Writes the arguments of a call that is over.
pub type Kept = Box<dyn FnOnce(&mut Writer<'_>)>;

thread_local! {
    static PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// The Python minor version whose messages a process without Python follows, e.g. "13".
pub const PYTHON_MINOR_ENV: &str = "CARVEOUT_PYTHON_MINOR";

/// Panics are results here: keep their text instead of printing it. Outside of Python it also
/// learns whose messages to follow.
pub fn silence_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        #[cfg(not(feature = "python"))]
        if let Some(minor) = std::env::var(PYTHON_MINOR_ENV)
            .ok()
            .and_then(|m| m.parse().ok())
        {
            crate::fault::set_python_minor(minor);
        }
        std::panic::set_hook(Box::new(|info| {
            let payload = info.payload();
            let text = payload
                .downcast_ref::<&str>()
                .map(|s| (*s).to_owned())
                .or_else(|| payload.downcast_ref::<String>().cloned())
                .unwrap_or_else(|| "panic".to_owned());
            let place = info
                .location()
                .map_or(String::new(), |l| format!(" at {}:{}", l.file(), l.line()));
            PANIC.with(|slot| *slot.borrow_mut() = text + &place);
        }));
    });
}

/// Runs `work`; a panic's text if it panics.
pub fn catch<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| {
        // Dropping a payload may panic itself; forgetting a few bytes may not.
        std::mem::forget(payload);
        PANIC.with(|slot| std::mem::take(&mut *slot.borrow_mut()))
    })
}

/// One call from bytes to outcome bytes; never panics.
pub fn run_wire<O: Carved>(args: &[u8], out: &mut Vec<u8>) {
    silence_panics();
    let start = out.len();
    let done = catch(|| {
        // Before there are arguments: what is linked from then on belongs to this call.
        crate::shared::sweep();
        let mut reader = Reader::new(args);
        let read = reader
            .array_of(O::ARITY)
            .and_then(|()| O::read(&mut reader));
        let outcome = match read.and_then(|args| reader.end().map(|()| args)) {
            Ok(args) => {
                crate::num::crossing_as_union(O::UNIONS);
                let kept = O::kept(&args);
                let outcome = O::run(args);
                if let (Some(kept), Ok(_) | Err(Stop::Fault(_))) = (kept, &outcome) {
                    return write_changed(&outcome, kept, out);
                }
                outcome
            }
            Err(wire::WireError::Declined(why)) => Err(Stop::Decline(why)),
            Err(error) => return write_reason(out, DECLINE, &format!("arguments: {error}")),
        };
        write_outcome(&outcome, out);
    });
    if let Err(text) = done {
        out.truncate(start);
        write_reason(out, FAILURE, &text);
    }
}

/// Appends an outcome.
pub fn write_outcome<T: Wire>(outcome: &Outcome<T>, out: &mut Vec<u8>) {
    let start = out.len();
    match outcome {
        Ok(value) => {
            let mut writer = Writer::new(out);
            writer.array(2);
            writer.int(VALUE);
            value.write(&mut writer);
            if let Some(why) = writer.refused() {
                out.truncate(start);
                write_reason(out, DECLINE, &format!("the result: {why}"));
            }
        }
        // What its constructor makes of these is not known on the other side.
        Err(Stop::Fault(fault)) if fault.made => {
            write_reason(out, DECLINE, "an exception with a constructor of its own");
        }
        // Its arguments are classes, which only Python has.
        Err(Stop::Fault(fault)) if fault.kind.starts_with("decimal:") => {
            let text = fault.text().unwrap_or_default();
            write_reason(out, DECLINE, &format!("{}: {text}", fault.kind));
        }
        Err(Stop::Fault(fault)) => write_fault(fault, out),
        Err(Stop::Decline(why)) => write_reason(out, DECLINE, why),
    }
}

/// Appends `[4, outcome, arguments]`.
fn write_changed<T: Wire>(outcome: &Outcome<T>, kept: Kept, out: &mut Vec<u8>) {
    let start = out.len();
    let mut writer = Writer::new(out);
    writer.array(3);
    writer.int(CHANGED);
    write_outcome(outcome, out);
    let mut writer = Writer::new(out);
    kept(&mut writer);
    if let Some(why) = writer.refused() {
        out.truncate(start);
        write_reason(out, DECLINE, &format!("an argument: {why}"));
    }
}

/// The outcome and the arguments after the call, if these are given; None if it is no outcome.
#[must_use]
pub fn parted(bytes: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    let mut reader = Reader::new(bytes);
    let len = reader.array().ok()?;
    if (len, reader.i64().ok()?) != (3, CHANGED) {
        return Some((bytes, None));
    }
    let start = reader.position();
    reader.skip().ok()?;
    let end = reader.position();
    Some((&bytes[start..end], Some(&bytes[end..])))
}

/// Appends `[code, text]`.
pub fn write_reason(out: &mut Vec<u8>, code: i64, text: &str) {
    let mut writer = Writer::new(out);
    writer.array(2);
    writer.int(code);
    writer.str(text);
}

fn write_fault(fault: &Fault, out: &mut Vec<u8>) {
    let mut writer = Writer::new(out);
    writer.array(3);
    writer.int(FAULT);
    writer.str(&fault.kind);
    writer.array(fault.args.len());
    for arg in &fault.args {
        write_value(arg, &mut writer);
    }
}

fn write_value(value: &Value, writer: &mut Writer<'_>) {
    match value {
        Value::None => writer.nil(),
        Value::Bool(b) => writer.bool(*b),
        Value::Int(i) => writer.int(*i),
        Value::Float(f) => writer.f64(*f),
        Value::Str(s) => writer.str(s),
        Value::Bytes(b) => writer.bin(b),
        Value::Tuple(items) => {
            writer.array(items.len());
            for item in items {
                write_value(item, writer);
            }
        }
    }
}
