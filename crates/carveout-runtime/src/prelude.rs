//! What generated code names: `use carveout_runtime::prelude::*;`.

pub use crate::compare::Compare;
pub use crate::dates::{self, Date, Datetime, Timedelta};
pub use crate::dict::Key;
pub use crate::fault::PAST_I64;
pub use crate::flow::Flow;
#[cfg(feature = "hashing")]
pub use crate::hashes;
pub use crate::shared::Clear;
pub use crate::{Bytes, Dict, Fault, Num, Outcome, Set, Shared, Stop, Str, Value};
pub use crate::{Counter, DefaultDict, Deque, OrderedDict};
#[cfg(feature = "decimal")]
pub use crate::{Decimal, decimal};
#[cfg(feature = "big")]
pub use crate::{Integer, big, statistics};
pub use crate::{OneOf2, OneOf3, OneOf4};
pub use crate::{
    bytes, character, depth, dict, fault, float, flow, format, heap, int, iter, itertools, list,
    math, memo, num, option, set, show, text, walk,
};
pub use crate::{checksums, dumps, encodings, packing, pattern, random};
pub use crate::{counter, default, deque, ordered};
