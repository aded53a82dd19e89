//! A table from hashes to places: open addressing, no marks of what was deleted.

/// One word: 32 bits of hash, 32 bits of place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Slot {
    hash: u32,
    place: u32,
}

const FREE: Slot = Slot {
    hash: 0,
    place: u32::MAX,
};

/// Empty, or a power of two of slots, at least a third of them free.
#[derive(Debug, Clone, Default)]
pub(super) struct Places(Vec<Slot>);

impl Places {
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether there is no room for a place beyond `count` of them.
    #[inline]
    pub fn is_full(&self, count: usize) -> bool {
        3 * (count + 1) > 2 * self.0.len()
    }

    /// Makes an empty table with room for `count`.
    pub fn reserve(&mut self, count: usize) {
        assert!(count < u32::MAX as usize / 4, "a dict of a billion entries");
        self.0 = vec![FREE; (count * 3 / 2 + 1).next_power_of_two()];
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    #[inline]
    fn mask(&self) -> usize {
        self.0.len() - 1
    }

    /// The place under `hash` that `is_it`.
    #[inline]
    pub fn find(&self, hash: u32, is_it: impl Fn(usize) -> bool) -> Option<usize> {
        let mut at = hash as usize & self.mask();
        loop {
            let slot = self.0[at];
            if slot == FREE {
                return None;
            }
            if slot.hash == hash && is_it(slot.place as usize) {
                return Some(slot.place as usize);
            }
            at = (at + 1) & self.mask();
        }
    }

    #[inline]
    pub fn add(&mut self, hash: u32, place: usize) {
        let mut at = hash as usize & self.mask();
        while self.0[at] != FREE {
            at = (at + 1) & self.mask();
        }
        self.0[at] = Slot {
            hash,
            place: place as u32,
        };
    }

    /// Takes a place out and moves up what stood behind it only because it was there.
    pub fn remove(&mut self, hash: u32, place: usize) {
        if self.is_empty() {
            return;
        }
        let mask = self.mask();
        let mut gap = hash as usize & mask;
        while self.0[gap].place as usize != place {
            gap = (gap + 1) & mask;
        }
        let mut at = gap;
        loop {
            at = (at + 1) & mask;
            let slot = self.0[at];
            if slot == FREE {
                break;
            }
            let home = slot.hash as usize & mask;
            // Its home is not after the gap: it may stand in the gap.
            if at.wrapping_sub(home) & mask >= at.wrapping_sub(gap) & mask {
                self.0[gap] = slot;
                gap = at;
            }
        }
        self.0[gap] = FREE;
    }
}
