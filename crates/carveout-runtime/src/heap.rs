//! Python's `heapq`, sift for sift (Lib/heapq.py), so that the list is Python's after every step.

use std::cmp::Ordering;

use crate::fault::Outcome;
use crate::list::Ordered;
use crate::raise::index_error;

fn less<T: Ordered>(a: &T, b: &T) -> Outcome<bool> {
    Ok(a.ordering(b)? == Ordering::Less)
}

/// `heappush(heap, item)`
pub fn push<T: Ordered>(heap: &mut Vec<T>, item: T) -> Outcome<()> {
    heap.push(item);
    let last = heap.len() - 1;
    sift_down(heap, 0, last)
}

/// `heappop(heap)`
pub fn pop<T: Ordered>(heap: &mut Vec<T>) -> Outcome<T> {
    let Some(last) = heap.pop() else {
        return Err(index_error("index out of range"));
    };
    if heap.is_empty() {
        return Ok(last);
    }
    let first = std::mem::replace(&mut heap[0], last);
    sift_up(heap, 0)?;
    Ok(first)
}

/// `heapify(heap)`
pub fn heapify<T: Ordered>(heap: &mut [T]) -> Outcome<()> {
    for at in (0..heap.len() / 2).rev() {
        sift_up(heap, at)?;
    }
    Ok(())
}

/// `heapreplace(heap, item)`
pub fn replace<T: Ordered>(heap: &mut [T], item: T) -> Outcome<T> {
    if heap.is_empty() {
        return Err(index_error("index out of range"));
    }
    let first = std::mem::replace(&mut heap[0], item);
    sift_up(heap, 0)?;
    Ok(first)
}

/// Towards the root.
fn sift_down<T: Ordered>(heap: &mut [T], start: usize, mut at: usize) -> Outcome<()> {
    while at > start {
        let parent = (at - 1) >> 1;
        if !less(&heap[at], &heap[parent])? {
            break;
        }
        heap.swap(at, parent);
        at = parent;
    }
    Ok(())
}

/// To a leaf along the smaller children, then back up: fewer comparisons than stopping early.
fn sift_up<T: Ordered>(heap: &mut [T], start: usize) -> Outcome<()> {
    let end = heap.len();
    let mut at = start;
    let mut child = 2 * at + 1;
    while child < end {
        let right = child + 1;
        if right < end && !less(&heap[child], &heap[right])? {
            child = right;
        }
        heap.swap(at, child);
        at = child;
        child = 2 * at + 1;
    }
    sift_down(heap, start, at)
}
