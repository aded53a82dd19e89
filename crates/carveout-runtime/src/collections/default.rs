//! `collections.defaultdict`: a key that is looked up and not there comes in with a new value.

use std::cmp::Ordering;

use super::{inside, mapping};
use crate::Dict;
use crate::compare::Compare;
use crate::dict::{Key, setdefault_with};
use crate::fault::Outcome;
use crate::shared::Clear;
use crate::wire::{Reader, Result, Wire, Writer};

#[derive(Debug, Clone)]
pub struct DefaultDict<K, V> {
    dict: Dict<K, V>,
    /// `default_factory`
    factory: fn() -> V,
}

mapping!([K, V] DefaultDict<K, V>, K, V);
inside!([K, V] DefaultDict<K, V>);

impl<K: Key, V> DefaultDict<K, V> {
    /// `defaultdict(factory)`
    #[must_use]
    pub fn new(factory: fn() -> V) -> Self {
        Self {
            dict: Dict::new(),
            factory,
        }
    }

    /// `defaultdict(factory, dict)`
    #[must_use]
    pub fn from_dict(factory: fn() -> V, dict: Dict<K, V>) -> Self {
        Self { dict, factory }
    }
}

/// `d[key]`, which puts it in if it is not there.
#[inline]
pub fn item<K: Key, V>(dict: &mut DefaultDict<K, V>, key: K) -> &mut V {
    setdefault_with(&mut dict.dict, key, dict.factory)
}

impl<K: Key, V: PartialEq> PartialEq for DefaultDict<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.dict == other.dict
    }
}

impl<K: Key, V: Compare> Compare for DefaultDict<K, V> {
    fn compare(&self, other: &Self) -> Outcome<Ordering> {
        self.dict.compare(&other.dict)
    }

    fn equal(&self, other: &Self) -> Outcome<bool> {
        self.dict.equal(&other.dict)
    }
}

impl<K: Key, V> Clear for DefaultDict<K, V> {
    fn clear(&mut self) {
        self.dict.clear();
    }
}

impl<K: Key, V: Default> Default for DefaultDict<K, V> {
    fn default() -> Self {
        Self::new(V::default)
    }
}

impl<K: Key + Wire, V: Wire> Wire for DefaultDict<K, V> {
    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self::from_dict(
            || unreachable!("a factory does not cross"),
            Dict::read(reader)?,
        ))
    }

    fn write(&self, writer: &mut Writer<'_>) {
        self.dict.write(writer);
    }
}
