//! How a guarded block (`try`) is left other than by a fault.

use crate::fault::{Fault, Outcome, Stop};

/// What the block's closure gives back.
#[derive(Debug)]
pub enum Flow<R> {
    /// It ran to its end.
    Next,
    Return(R),
    Break,
    Continue,
}

/// What goes on through a `finally`: a decline does not, the reference runs its own.
///
/// # Errors
///
/// The decline.
pub fn settled<T>(outcome: Outcome<T>) -> Outcome<Result<T, Box<Fault>>> {
    match outcome {
        Ok(value) => Ok(Ok(value)),
        Err(Stop::Fault(error)) => Ok(Err(error)),
        Err(stop @ Stop::Decline(_)) => Err(stop),
    }
}
