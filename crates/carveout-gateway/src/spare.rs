//! Header maps to use again. A map with room for a usual message is larger than what the allocator
//! keeps at hand for a thread; each core keeps some that are empty instead.

use std::cell::RefCell;

use http::HeaderMap;

const KEPT: usize = 8;
/// Larger ones are given back to the allocator.
const MOST: usize = 64;

thread_local! {
    static MAPS: RefCell<Vec<HeaderMap>> = const { RefCell::new(Vec::new()) };
}

/// An empty map with room for at least `fields`.
pub fn headers(fields: usize) -> HeaderMap {
    let mut map = MAPS.with_borrow_mut(Vec::pop).unwrap_or_default();
    map.reserve(fields);
    map
}

/// A map that is not needed any more.
pub fn keep(mut map: HeaderMap) {
    if map.capacity() == 0 || map.capacity() > MOST {
        return;
    }
    map.clear();
    MAPS.with_borrow_mut(|maps| {
        if maps.len() < KEPT {
            maps.push(map);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn nothing_of_a_message_is_in_the_next() {
        let mut map = headers(4);
        map.append("cookie", HeaderValue::from_static("a=1"));
        map.append("cookie", HeaderValue::from_static("b=2"));
        keep(map);
        let again = headers(4);
        assert!(again.is_empty() && !again.contains_key("cookie"));
        assert!(again.capacity() >= 4);
    }
}
