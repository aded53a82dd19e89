//! The tasks of HTTP/2 streams: each ends when its client has taken nothing of an answer for too long.
//!
//! A client that opens no window for a stream while others on its connection move is slow on that
//! stream alone. hyper takes a piece of a body and does not ask for the next until there is window, so a
//! body that was not asked since its last piece waits for the client; one that was asked and had
//! nothing waits for the upstream, which is `stream_idle`'s affair. A stream that is ended here is
//! reset; its connection and its other streams go on.
//!
//! Windows that open within a piece can't be seen, so pieces are small (`PIECE`), one may be on its
//! way before the next, and both have to be taken within `stall`.

use std::cell::RefCell;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::Poll;
use std::time::Duration;

use crate::state::Shared;

thread_local! {
    /// Of the stream that is being polled on this thread.
    static CURRENT: RefCell<Option<Arc<Progress>>> = const { RefCell::new(None) };
}

#[derive(Debug, Default)]
struct Progress {
    answered: AtomicBool,
    /// The body was asked and had nothing.
    upstream: AtomicBool,
    /// The body gave something since the clock was looked at.
    moved: AtomicBool,
}

/// The most of a body that goes to hyper at once.
pub const PIECE: usize = 16 * 1024;

/// Whether a stream of HTTP/2 is being polled.
pub fn within() -> bool {
    CURRENT.with_borrow(Option::is_some)
}

fn note(what: impl FnOnce(&Progress)) {
    CURRENT.with_borrow(|current| {
        if let Some(progress) = current {
            what(progress);
        }
    });
}

/// The head of the answer is on its way.
pub fn answered() {
    note(|p| p.answered.store(true, Relaxed));
}

/// The body was asked for more and gave a piece.
pub fn gave() {
    note(|p| {
        p.upstream.store(false, Relaxed);
        p.moved.store(true, Relaxed);
    });
}

/// The body was asked for more and has nothing yet.
pub fn waits() {
    note(|p| p.upstream.store(true, Relaxed));
}

/// Runs a connection's streams.
#[derive(Clone)]
pub struct Streams {
    pub shared: Arc<Shared>,
    pub stall: Duration,
}

impl<F> hyper::rt::Executor<F> for Streams
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, stream: F) {
        let (rules, progress) = (self.clone(), Arc::<Progress>::default());
        tokio::spawn(async move {
            let mut stream = pin!(stream);
            let mut clock = None;
            std::future::poll_fn(|cx| {
                CURRENT.set(Some(progress.clone()));
                let polled = stream.as_mut().poll(cx);
                CURRENT.set(None);
                if polled.is_ready() {
                    return Poll::Ready(());
                }
                if progress.moved.swap(false, Relaxed)
                    || !progress.answered.load(Relaxed)
                    || progress.upstream.load(Relaxed)
                {
                    clock = None;
                }
                if !progress.answered.load(Relaxed) || progress.upstream.load(Relaxed) {
                    return Poll::Pending;
                }
                let clock = clock.get_or_insert_with(|| Box::pin(tokio::time::sleep(rules.stall)));
                if clock.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
                rules.shared.totals.refused("slow-read");
                Poll::Ready(())
            })
            .await;
        });
    }
}
