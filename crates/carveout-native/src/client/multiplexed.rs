//! One connection for all callers of an asyncio loop.
//!
//! Requests of one loop iteration leave in one write; replies resolve their futures in the loop's
//! reader callback, without a thread. A future always resolves: to the value, the fault, DECLINED
//! or FAILED.
use std::collections::{HashMap, VecDeque};
use std::io::{ErrorKind, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use pyo3::exceptions::PyStopIteration;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::blocking::connect;
use super::incoming::Incoming;
use super::{Shared, frame};
use crate::codec::{Answer, Refused};
use crate::sentinel::{declined, failed};

/// Bytes waiting to be written past which a call fails rather than wait.
const MAX_BACKLOG: usize = 2 * super::MAX_REQUEST;
/// Closed by us: no reason to wait before connecting again.
const CLOSED: &str = "closed";

#[derive(Default)]
struct State {
    stream: Option<UnixStream>,
    greeted: bool,
    outgoing: Vec<u8>,
    written: usize,
    incoming: Incoming,
    next_id: u64,
    waiting: HashMap<u64, Py<PyAny>>,
    deadlines: VecDeque<(Instant, u64)>,
    flush_scheduled: bool,
    sweep_scheduled: bool,
    watching_writes: bool,
}

/// The connection of one loop. Its methods are the loop's callbacks; all run in its thread.
#[pyclass(frozen, module = "carveout._native")]
pub struct Channel {
    pub event_loop: Py<PyAny>,
    shared: Arc<Shared>,
    state: Mutex<State>,
}

impl Channel {
    pub fn new(event_loop: Py<PyAny>, shared: Arc<Shared>) -> Self {
        Channel {
            event_loop,
            shared,
            state: Mutex::new(State::default()),
        }
    }

    // Never held while Python code runs.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a call; returns the future of its answer.
    pub fn submit<'py>(
        slf: &Bound<'py, Self>,
        operation: u16,
        args: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let this = slf.get();
        let event_loop = this.event_loop.bind(py);
        let future = event_loop.call_method0(intern!(py, "create_future"))?;
        let resolve = |value: &Bound<'py, PyAny>| -> PyResult<Bound<'py, PyAny>> {
            future.call_method1(intern!(py, "set_result"), (value,))?;
            Ok(future.clone())
        };
        // The common small request is encoded straight into a buffer of its own, so that no
        // Python code (a property, a comparison) runs under the lock.
        let mut request = Vec::with_capacity(256);
        frame::begin(&mut request);
        let codec = this.shared.codec.get();
        match codec.append_args(args, &mut request, super::MAX_REQUEST) {
            Ok(()) => {}
            Err(Refused::CannotCross { .. } | Refused::TooLarge) => {
                return resolve(declined(py).bind(py).as_any());
            }
            Err(Refused::Python(_)) => return resolve(failed(py).bind(py).as_any()),
        }
        if !this.shared.may_ask() {
            this.shared.count_failed(super::SILENT);
            return resolve(failed(py).bind(py).as_any());
        }
        if !Self::connected(slf)? {
            this.shared.count_failed(super::NOT_CONNECTED);
            return resolve(failed(py).bind(py).as_any());
        }
        let (flush, sweep) = {
            let mut state = this.state();
            if state.outgoing.len() + request.len() > MAX_BACKLOG {
                drop(state);
                this.shared.count_failed("too much is waiting to be sent");
                return resolve(failed(py).bind(py).as_any());
            }
            state.next_id += 1;
            let id = state.next_id;
            if frame::finish(&mut request, 0, id, operation).is_err() {
                drop(state);
                return resolve(declined(py).bind(py).as_any());
            }
            state.outgoing.extend_from_slice(&request);
            state.waiting.insert(id, future.clone().unbind());
            state
                .deadlines
                .push_back((Instant::now() + this.shared.deadline, id));
            (
                !std::mem::replace(&mut state.flush_scheduled, true),
                !std::mem::replace(&mut state.sweep_scheduled, true),
            )
        };
        if flush {
            event_loop.call_method1(
                intern!(py, "call_soon"),
                (slf.getattr(intern!(py, "_flush"))?,),
            )?;
        }
        if sweep {
            Self::schedule_sweep(slf, this.shared.deadline)?;
        }
        Ok(future)
    }

    fn schedule_sweep(slf: &Bound<'_, Self>, after: Duration) -> PyResult<()> {
        let py = slf.py();
        let sweep = slf.getattr(intern!(py, "_sweep"))?;
        // A millisecond late, so that the oldest is past its deadline and not just before it.
        let after = after.as_secs_f64() + 0.001;
        slf.get()
            .event_loop
            .bind(py)
            .call_method1(intern!(py, "call_later"), (after, sweep))?;
        Ok(())
    }

    /// Connects if there is no connection and none failed a moment ago.
    fn connected(slf: &Bound<'_, Self>) -> PyResult<bool> {
        let py = slf.py();
        let this = slf.get();
        if this.state().stream.is_some() {
            return Ok(true);
        }
        if !this.shared.may_connect() {
            return Ok(false);
        }
        let stream = match connect(&this.shared.path, None) {
            Ok(stream) => stream,
            Err(error) => {
                this.shared.could_not_connect(&error.to_string());
                return Ok(false);
            }
        };
        let fd = stream.as_raw_fd();
        {
            let mut state = this.state();
            state.stream = Some(stream);
            state.greeted = false;
            state.incoming.clear();
        }
        this.event_loop.bind(py).call_method1(
            intern!(py, "add_reader"),
            (fd, slf.getattr(intern!(py, "_readable"))?),
        )?;
        Ok(true)
    }

    /// Gives up the connection: every waiting call fails over to its reference.
    fn lose(&self, py: Python<'_>, why: &str) -> PyResult<()> {
        let (fd, waiting, watched) = {
            let mut state = self.state();
            let fd = state.stream.as_ref().map(AsRawFd::as_raw_fd);
            let waiting = std::mem::take(&mut state.waiting);
            state.deadlines.clear();
            state.outgoing.clear();
            state.written = 0;
            state.incoming.clear();
            (
                fd,
                waiting,
                std::mem::replace(&mut state.watching_writes, false),
            )
        };
        let event_loop = self.event_loop.bind(py);
        let closed = event_loop
            .call_method0(intern!(py, "is_closed"))?
            .is_truthy()?;
        if let Some(fd) = fd.filter(|_| !closed) {
            event_loop.call_method1(intern!(py, "remove_reader"), (fd,))?;
            if watched {
                event_loop.call_method1(intern!(py, "remove_writer"), (fd,))?;
            }
        }
        let stream = self.state().stream.take();
        drop(stream); // closes the descriptor after the loop has forgotten it
        if why != CLOSED {
            self.shared.could_not_connect(why);
        }
        for future in waiting.into_values() {
            self.shared.count_failed(why);
            if !closed {
                resolve(future.bind(py), failed(py).bind(py).as_any())?;
            }
        }
        Ok(())
    }

    pub fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.lose(py, CLOSED)
    }

    /// Drops everything without touching the loop: it is the parent process's.
    pub fn abandon(&self) {
        let old = std::mem::take(&mut *self.state());
        // The parent's futures: their references go with this process's copy of the memory.
        std::mem::forget(old.waiting);
    }

    fn answer(&self, py: Python<'_>, id: u64, payload: &[u8]) -> PyResult<()> {
        // Late answers to calls that were given up have no one waiting.
        let Some(future) = self.state().waiting.remove(&id) else {
            return Ok(());
        };
        let future = future.bind(py);
        self.shared.heard();
        match self.shared.codec.get().read_outcome(py, payload) {
            Ok(Answer::Value(value)) => resolve(future, &value),
            Ok(Answer::Fault(fault)) => {
                if fault.is_instance_of::<PyStopIteration>() {
                    // A future can't carry it; the reference will raise it.
                    return resolve(future, declined(py).bind(py).as_any());
                }
                if is_pending(future)? {
                    future.call_method1(intern!(py, "set_exception"), (fault,))?;
                }
                Ok(())
            }
            Ok(Answer::Decline(why)) => {
                self.shared.remember(&why);
                resolve(future, declined(py).bind(py).as_any())
            }
            Ok(Answer::Failure(why)) => {
                self.shared.count_failed(&why);
                resolve(future, failed(py).bind(py).as_any())
            }
            Err(error) => {
                self.shared.count_failed(&error.to_string());
                resolve(future, failed(py).bind(py).as_any())
            }
        }
    }
}

fn is_pending(future: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(!future
        .call_method0(intern!(future.py(), "done"))?
        .is_truthy()?)
}

fn resolve(future: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
    // A cancelled caller is done already.
    if is_pending(future)? {
        future.call_method1(intern!(future.py(), "set_result"), (value,))?;
    }
    Ok(())
}

#[pymethods]
impl Channel {
    /// Writes what this iteration of the loop asked for; the rest when the socket takes more.
    fn _flush(slf: &Bound<'_, Self>) -> PyResult<()> {
        let py = slf.py();
        let this = slf.get();
        let (outcome, watched, fd) = {
            let mut state = this.state();
            state.flush_scheduled = false;
            let state = &mut *state;
            let Some(stream) = &mut state.stream else {
                return Ok(());
            };
            let outcome = loop {
                let rest = &state.outgoing[state.written..];
                if rest.is_empty() {
                    state.outgoing.clear();
                    state.written = 0;
                    break Ok(true);
                }
                match stream.write(rest) {
                    Ok(n) => state.written += n,
                    Err(e) if e.kind() == ErrorKind::Interrupted => {}
                    Err(e) if e.kind() == ErrorKind::WouldBlock => break Ok(false),
                    Err(e) => break Err(e.to_string()),
                }
            };
            let fd = stream.as_raw_fd();
            let watched = state.watching_writes;
            if let Ok(all) = outcome {
                state.watching_writes = !all;
            }
            (outcome, watched, fd)
        };
        let event_loop = this.event_loop.bind(py);
        match (outcome, watched) {
            (Err(why), _) => this.lose(py, &why)?,
            (Ok(false), false) => {
                let again = slf.getattr(intern!(py, "_flush"))?;
                event_loop.call_method1(intern!(py, "add_writer"), (fd, again))?;
            }
            (Ok(true), true) => {
                event_loop.call_method1(intern!(py, "remove_writer"), (fd,))?;
            }
            _ => {}
        }
        Ok(())
    }

    fn _readable(slf: &Bound<'_, Self>) -> PyResult<()> {
        let py = slf.py();
        let this = slf.get();
        let (ended, incoming) = {
            let mut state = this.state();
            let state = &mut *state;
            let Some(stream) = &mut state.stream else {
                return Ok(());
            };
            let mut ended = None;
            // A bounded number of reads, so that one connection can't hold up the loop.
            for _ in 0..64 {
                let room = state.incoming.room();
                let most = room.len();
                match stream.read(room) {
                    Ok(0) => {
                        ended = Some("the worker closed".to_owned());
                        break;
                    }
                    Ok(n) => {
                        state.incoming.took(n);
                        if n < most {
                            break;
                        }
                    }
                    Err(e) if e.kind() == ErrorKind::Interrupted => {}
                    Err(e) if e.kind() == ErrorKind::WouldBlock => break,
                    Err(e) => {
                        ended = Some(e.to_string());
                        break;
                    }
                }
            }
            (ended, std::mem::take(&mut state.incoming))
        };
        let mut incoming = incoming;
        let mut problem = ended;
        let mut answered = Ok(());
        while answered.is_ok() {
            let size = match incoming.frame() {
                Ok(Some((id, payload, size))) => {
                    let greeted = std::mem::replace(&mut this.state().greeted, true);
                    if greeted {
                        answered = this.answer(py, id, payload);
                    } else if id != 0 {
                        problem = Some("no greeting".to_owned());
                        break;
                    } else if let Err(why) = frame::greets(payload, &this.shared.contract_hash) {
                        problem = Some(why);
                        break;
                    } else {
                        this.shared.did_connect();
                    }
                    size
                }
                Ok(None) => break,
                Err(()) => {
                    problem = Some("garbage from the worker".to_owned());
                    break;
                }
            };
            incoming.used(size);
        }
        if let Some(why) = problem {
            return this.lose(py, &why);
        }
        // Nothing else reads, so what came in meanwhile is nothing.
        this.state().incoming = incoming;
        answered
    }

    fn _close(&self, py: Python<'_>) -> PyResult<()> {
        self.close(py)
    }

    /// Fails the calls whose deadline has passed; one timer for all of them.
    fn _sweep(slf: &Bound<'_, Self>) -> PyResult<()> {
        let py = slf.py();
        let this = slf.get();
        let now = Instant::now();
        let mut late = Vec::new();
        let next = {
            let mut state = this.state();
            let state = &mut *state;
            let next = loop {
                match state.deadlines.front() {
                    Some((deadline, id)) if *deadline <= now || !state.waiting.contains_key(id) => {
                        late.extend(state.waiting.remove(id));
                        state.deadlines.pop_front();
                    }
                    Some((deadline, _)) => break Some(*deadline - now),
                    None => break None,
                }
            };
            state.sweep_scheduled = next.is_some();
            next
        };
        for future in late {
            this.shared.not_heard();
            this.shared.count_failed("no answer within the deadline");
            resolve(future.bind(py), failed(py).bind(py).as_any())?;
        }
        if let Some(after) = next {
            Self::schedule_sweep(slf, after)?;
        }
        Ok(())
    }
}
