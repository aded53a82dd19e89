//! What generated code names: `use carveout_runtime::prelude::*;`.

pub use crate::raise::{self, AsArgument, PAST_I64, fault, key_error, message, value_error};
pub use crate::range::range;
pub use crate::shared::Shared;
pub use crate::{Bytes, Dict, Outcome, Set, Stop, Str, Value};
pub use crate::{bytes, depth, float, format, heap, int, list, math, text};
