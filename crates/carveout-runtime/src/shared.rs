//! An object that several names see and change: what Python's references are.
//!
//! ```
//! use carveout_runtime::Shared;
//! let row = Shared::new(vec![1, 2]);
//! let again = row.clone();
//! again.edit().unwrap().push(3);
//! assert_eq!(*row.look().unwrap(), [1, 2, 3]);
//! assert!(row.is(&again));
//! ```
//!
//! Invariants: a chain of objects of any length is dropped without recursion; objects of a kind that
//! can hold itself are [`Shared::linked`], and what is left of their cycles is cleared by [`sweep`]
//! before the next call on the same thread.

use std::any::Any;
use std::cell::{Cell, Ref, RefCell, RefMut};
use std::rc::{Rc, Weak};

use crate::fault::{Outcome, Stop};
use crate::{Dict, dict::Key};

const BUSY: Stop = Stop::Decline("an object that is in use where it changes");

#[derive(Debug, Default)]
struct Object<T> {
    /// Opened for a change since it was made.
    edited: Cell<bool>,
    value: RefCell<T>,
}

/// A counted handle to an object. Two are equal as Python's `==` of what they hold.
#[derive(Debug)]
pub struct Shared<T: 'static>(
    /// Only `None` while it is dropped.
    Option<Rc<Object<T>>>,
);

impl<T: 'static> Shared<T> {
    #[inline]
    pub fn new(value: T) -> Self {
        Self(Some(Rc::new(Object {
            edited: Cell::new(false),
            value: RefCell::new(value),
        })))
    }

    #[inline]
    fn object(&self) -> &Rc<Object<T>> {
        match &self.0 {
            Some(object) => object,
            None => unreachable!("a handle that was dropped"),
        }
    }

    /// Looks at what it holds; declines where that is being changed.
    #[inline]
    pub fn look(&self) -> Outcome<Ref<'_, T>> {
        self.object().value.try_borrow().map_err(|_| BUSY)
    }

    /// Opens it for a change; declines where it is being looked at.
    #[inline]
    pub fn edit(&self) -> Outcome<RefMut<'_, T>> {
        let object = self.object();
        object.edited.set(true);
        object.value.try_borrow_mut().map_err(|_| BUSY)
    }

    /// Whether it was ever opened for a change.
    #[must_use]
    pub fn edited(&self) -> bool {
        self.object().edited.get()
    }

    /// `a is b`
    #[inline]
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        Rc::ptr_eq(self.object(), other.object())
    }

    /// Which object it is, for as long as a handle to it exists.
    #[must_use]
    pub fn identity(&self) -> usize {
        Rc::as_ptr(self.object()).addr()
    }
}

impl<T: Clear + 'static> Shared<T> {
    /// What came from Python.
    #[cfg(feature = "python")]
    pub(crate) fn adopted(value: T) -> Self {
        if T::CYCLIC {
            Self::linked(value)
        } else {
            Self::new(value)
        }
    }

    /// An object of a kind that can hold itself.
    pub fn linked(value: T) -> Self {
        let made = Self::new(value);
        let object: Rc<dyn Unlink> = made.object().clone();
        LINKED.with(|linked| linked.borrow_mut().add(Rc::downgrade(&object)));
        made
    }
}

impl<T: 'static + Default> Default for Shared<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: 'static> Clone for Shared<T> {
    #[inline]
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: PartialEq> PartialEq for Shared<T> {
    fn eq(&self, other: &Self) -> bool {
        self.is(other) || *self.object().value.borrow() == *other.object().value.borrow()
    }
}

// --- dropping --------------------------------------------------------------------------------

/// Deeper than this, what is dropped waits its turn.
const MAX_NESTED_DROPS: u32 = 64;

thread_local! {
    static DROPPING: Cell<u32> = const { Cell::new(0) };
    static WAITING: RefCell<Vec<Box<dyn Any>>> = const { RefCell::new(Vec::new()) };
}

impl<T: 'static> Drop for Shared<T> {
    #[inline]
    fn drop(&mut self) {
        if let Some(object) = self.0.take()
            && Rc::strong_count(&object) == 1
        {
            drop_last(object);
        }
    }
}

/// Drops an object and what only it holds, a few levels at a time. Apart, so that letting go of one
/// handle of several stays small.
#[inline(never)]
fn drop_last<T: 'static>(object: Rc<Object<T>>) {
    let depth = DROPPING.get();
    if depth >= MAX_NESTED_DROPS {
        WAITING.with(|waiting| waiting.borrow_mut().push(Box::new(object)));
        return;
    }
    DROPPING.set(depth + 1);
    drop(object);
    if depth == 0 {
        while let Some(next) = WAITING.with(|waiting| waiting.borrow_mut().pop()) {
            drop(next);
        }
    }
    DROPPING.set(depth);
}

// --- cycles ----------------------------------------------------------------------------------

/// Lets go of the objects that a value holds. What can't be emptied stays.
pub trait Clear {
    /// Its objects can hold themselves.
    const CYCLIC: bool = false;

    fn clear(&mut self) {}
}

impl Clear for i64 {}
impl Clear for f64 {}
impl Clear for bool {}
impl Clear for () {}
impl Clear for crate::Str {}
impl Clear for crate::Bytes {}
impl<T> Clear for crate::Set<T> {}
impl<T: 'static> Clear for Shared<T> {}

impl<T> Clear for Option<T> {
    fn clear(&mut self) {
        *self = None;
    }
}

impl<T> Clear for Vec<T> {
    fn clear(&mut self) {
        Self::clear(self);
    }
}

impl<K: Key, V> Clear for Dict<K, V> {
    fn clear(&mut self) {
        Self::clear(self);
    }
}

impl<A: Clear> Clear for (A,) {
    fn clear(&mut self) {
        self.0.clear();
    }
}

impl<A: Clear, B: Clear> Clear for (A, B) {
    fn clear(&mut self) {
        self.0.clear();
        self.1.clear();
    }
}

impl<A: Clear, B: Clear, C: Clear> Clear for (A, B, C) {
    fn clear(&mut self) {
        self.0.clear();
        self.1.clear();
        self.2.clear();
    }
}

trait Unlink {
    fn unlink(&self);
}

impl<T: Clear> Unlink for Object<T> {
    fn unlink(&self) {
        if let Ok(mut value) = self.value.try_borrow_mut() {
            value.clear();
        }
    }
}

/// The objects of one thread that may be in cycles.
struct Linked {
    objects: Vec<Weak<dyn Unlink>>,
    /// So many, and those that are gone are forgotten.
    most: usize,
}

impl Linked {
    fn add(&mut self, object: Weak<dyn Unlink>) {
        if self.objects.len() >= self.most {
            self.objects.retain(|object| object.strong_count() > 0);
            self.most = (2 * self.objects.len()).max(1024);
        }
        self.objects.push(object);
    }
}

thread_local! {
    static LINKED: RefCell<Linked> = const { RefCell::new(Linked { objects: Vec::new(), most: 1024 }) };
}

/// Breaks the cycles that an earlier call on this thread left. No handle to them is held by then.
pub fn sweep() {
    let left = LINKED.with(|linked| std::mem::take(&mut linked.borrow_mut().objects));
    for object in left {
        if let Some(object) = object.upgrade() {
            object.unlink();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Link {
        next: Option<Shared<Link>>,
        dropped: Rc<Cell<u32>>,
    }

    impl Clear for Link {
        fn clear(&mut self) {
            self.next.clear();
        }
    }

    impl Drop for Link {
        fn drop(&mut self) {
            self.dropped.set(self.dropped.get() + 1);
        }
    }

    #[test]
    fn drops_a_long_chain() {
        let dropped = Rc::new(Cell::new(0));
        let mut head = None;
        for _ in 0..1_000_000 {
            let dropped = dropped.clone();
            head = Some(Shared::new(Link {
                next: head,
                dropped,
            }));
        }
        drop(head);
        assert_eq!(dropped.get(), 1_000_000);
    }

    #[test]
    fn clears_cycles_at_the_next_call() {
        let dropped = Rc::new(Cell::new(0));
        let link = Shared::linked(Link {
            next: None,
            dropped: dropped.clone(),
        });
        link.edit().unwrap().next = Some(link.clone());
        drop(link);
        assert_eq!(dropped.get(), 0);
        sweep();
        assert_eq!(dropped.get(), 1);
    }

    #[test]
    fn declines_where_it_is_in_use() {
        let list = Shared::new(vec![1]);
        let seen = list.look().unwrap();
        assert!(list.edit().is_err());
        drop(seen);
        assert!(list.edit().is_ok());
    }
}
