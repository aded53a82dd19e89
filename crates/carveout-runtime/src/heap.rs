//! Python's `heapq`, sift for sift, so that the list is Python's after every step.

use crate::compare::Compare;
use crate::fault::{Outcome, index_error};

const EMPTY: &str = "index out of range";

fn less<T: Compare>(a: &T, b: &T) -> Outcome<bool> {
    Ok(a.compare(b)?.is_lt())
}

/// `heappush(heap, item)`
pub fn push<T: Compare>(heap: &mut Vec<T>, item: T) -> Outcome<()> {
    heap.push(item);
    let last = heap.len() - 1;
    towards_root(heap, 0, last)
}

/// `heappop(heap)`
pub fn pop<T: Compare>(heap: &mut Vec<T>) -> Outcome<T> {
    let last = heap.pop().ok_or_else(|| index_error(EMPTY))?;
    if heap.is_empty() {
        return Ok(last);
    }
    replace(heap, last)
}

/// `heapify(heap)`
pub fn heapify<T: Compare>(heap: &mut [T]) -> Outcome<()> {
    for at in (0..heap.len() / 2).rev() {
        to_leaf(heap, at)?;
    }
    Ok(())
}

/// `heapreplace(heap, item)`
pub fn replace<T: Compare>(heap: &mut [T], item: T) -> Outcome<T> {
    let first = heap.first_mut().ok_or_else(|| index_error(EMPTY))?;
    let first = std::mem::replace(first, item);
    to_leaf(heap, 0)?;
    Ok(first)
}

/// `heappushpop(heap, item)`
pub fn pushpop<T: Compare>(heap: &mut [T], item: T) -> Outcome<T> {
    match heap.first() {
        Some(first) if less(first, &item)? => replace(heap, item),
        _ => Ok(item),
    }
}

fn towards_root<T: Compare>(heap: &mut [T], root: usize, mut at: usize) -> Outcome<()> {
    while at > root {
        let parent = (at - 1) / 2;
        if !less(&heap[at], &heap[parent])? {
            break;
        }
        heap.swap(at, parent);
        at = parent;
    }
    Ok(())
}

/// To a leaf along the smaller children, then back up: fewer comparisons than stopping early.
fn to_leaf<T: Compare>(heap: &mut [T], root: usize) -> Outcome<()> {
    let mut at = root;
    loop {
        let mut child = 2 * at + 1;
        if child >= heap.len() {
            break;
        }
        if child + 1 < heap.len() && !less(&heap[child], &heap[child + 1])? {
            child += 1;
        }
        heap.swap(at, child);
        at = child;
    }
    towards_root(heap, root, at)
}
