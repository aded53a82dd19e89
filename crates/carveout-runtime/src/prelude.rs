//! What generated code names: `use carveout_runtime::prelude::*;`.

pub use crate::compare::Compare;
pub use crate::dict::Key;
pub use crate::fault::PAST_I64;
pub use crate::{Bytes, Dict, Outcome, Set, Shared, Stop, Str, Value};
pub use crate::{
    bytes, depth, dict, fault, float, format, heap, int, iter, list, math, option, set, text,
};
