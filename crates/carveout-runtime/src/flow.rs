//! How a guarded block (`try`) is left other than by a fault.

/// What the block's closure gives back.
#[derive(Debug)]
pub enum Flow<R> {
    /// It ran to its end.
    Next,
    Return(R),
    Break,
    Continue,
}
