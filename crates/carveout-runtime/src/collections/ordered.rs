//! `collections.OrderedDict`: a dict whose order counts and can be changed.

use std::cmp::Ordering;

use super::{inside, mapping};
use crate::Dict;
use crate::compare::Compare;
use crate::dict::Key;
use crate::fault::{Outcome, Stop, Value, message};
use crate::shared::Clear;
use crate::wire::{Reader, Result, Wire, Writer};

#[derive(Debug, Clone)]
pub struct OrderedDict<K, V> {
    dict: Dict<K, V>,
}

mapping!([K, V] OrderedDict<K, V>, K, V);
inside!([K, V] OrderedDict<K, V>);

impl<K, V> Default for OrderedDict<K, V> {
    fn default() -> Self {
        Self {
            dict: Dict::default(),
        }
    }
}

impl<K: Key, V> OrderedDict<K, V> {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// `OrderedDict(dict)`
    #[must_use]
    pub fn from_dict(dict: Dict<K, V>) -> Self {
        Self { dict }
    }
}

/// Python sets the key as the error's value: a tuple becomes its arguments.
#[cold]
fn missing<K: Key>(key: &K) -> Stop {
    match key.key_fault() {
        Stop::Fault(mut fault) => {
            if let [Value::Tuple(items)] = &mut fault.args[..] {
                fault.args = std::mem::take(items);
            }
            Stop::Fault(fault)
        }
        decline => decline,
    }
}

/// `d.pop(key)`
pub fn pop<K: Key, V>(ordered: &mut OrderedDict<K, V>, key: &K) -> Outcome<V> {
    ordered.dict.remove(key).ok_or_else(|| missing(key))
}

/// `d.move_to_end(key, last)`
pub fn move_to_end<K: Key, V>(ordered: &mut OrderedDict<K, V>, key: &K, last: bool) -> Outcome<()> {
    let (key, value) = ordered.dict.remove_entry(key).ok_or_else(|| missing(key))?;
    if last {
        ordered.dict.insert(key, value);
    } else {
        let others = std::mem::take(&mut ordered.dict).into_entries();
        ordered.dict = std::iter::once((key, value)).chain(others).collect();
    }
    Ok(())
}

/// `d.popitem(last)`
pub fn popitem<K: Key, V>(ordered: &mut OrderedDict<K, V>, last: bool) -> Outcome<(K, V)> {
    let entry = if last {
        ordered.dict.pop_last()
    } else {
        ordered.dict.pop_first()
    };
    entry.ok_or_else(|| message("builtins:KeyError", "dictionary is empty"))
}

/// The same entries in the same order.
impl<K: Key, V: PartialEq> PartialEq for OrderedDict<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.dict == other.dict && self.keys().eq(other.keys())
    }
}

impl<K: Key, V: Compare> Compare for OrderedDict<K, V> {
    fn compare(&self, other: &Self) -> Outcome<Ordering> {
        self.dict.compare(&other.dict)
    }

    fn equal(&self, other: &Self) -> Outcome<bool> {
        Ok(self.dict.equal(&other.dict)? && self.keys().eq(other.keys()))
    }
}

impl<K: Key, V> Clear for OrderedDict<K, V> {
    fn clear(&mut self) {
        self.dict.clear();
    }
}

impl<K: Key + Wire, V: Wire> Wire for OrderedDict<K, V> {
    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        Dict::read(reader).map(Self::from_dict)
    }

    fn write(&self, writer: &mut Writer<'_>) {
        self.dict.write(writer);
    }
}
