//! `WorkerClient`: calls to a carving in another process, over a Unix socket.
//!
//! Threads that wait use a pool of blocking connections, asyncio callers one multiplexed connection
//! a loop. Whatever goes wrong there is FAILED, never an exception; after a failed connection the
//! next try waits (50 ms, doubling up to 1 s), and calls fail at once until then.
mod blocking;
mod frame;
mod incoming;
mod memory;
mod multiplexed;

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use carveout_runtime::wire::Writer;
use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyTuple};

use crate::codec::{Answer, Codec, Refused};
use crate::process;
use crate::sentinel::{declined, failed};
use blocking::{Connection, Lost};
use incoming::Payload;
use multiplexed::Channel;

const BACKOFF_FIRST: Duration = Duration::from_millis(50);
const BACKOFF_LAST: Duration = Duration::from_secs(1);
/// A call's arguments at most; larger ones are declined. The worker is started with the same limit.
pub const MAX_REQUEST: usize = 64 << 20;
/// Idle connections kept for threads.
const MAX_IDLE: usize = 32;
/// Calls in a row without an answer after which a worker counts as silent.
const SILENT_AFTER: u32 = 3;
const SILENCE_FIRST: Duration = Duration::from_millis(100);
const SILENCE_LAST: Duration = Duration::from_secs(5);
const SILENT: &str = "the worker does not answer";
const NOT_CONNECTED: &str = "not connected";

struct Backoff {
    next: Option<Instant>,
    pause: Duration,
}

impl Backoff {
    fn new(pause: Duration) -> Self {
        Backoff { next: None, pause }
    }

    /// Puts the next try off, twice as long as the last time.
    fn again(&mut self, last: Duration) {
        self.next = Some(Instant::now() + self.pause);
        self.pause = (self.pause * 2).min(last);
    }
}

/// What the calls of one client share.
pub struct Shared {
    path: String,
    contract_hash: String,
    deadline: Duration,
    codec: Py<Codec>,
    idle: Mutex<Vec<Connection>>,
    backoff: Mutex<Backoff>,
    /// Calls in a row that got no answer within the deadline.
    silent: AtomicU32,
    /// When a silent worker is asked again.
    silence: Mutex<Backoff>,
    timeouts: AtomicU64,
    last_problem: Mutex<String>,
    calls: AtomicU64,
    failed: AtomicU64,
    connects: AtomicU64,
    generation: AtomicU64,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// Begins anew with another worker. After a silent one, the first call without an answer is
    /// enough.
    fn forgive(&self) {
        *lock(&self.backoff) = Backoff::new(BACKOFF_FIRST);
        *lock(&self.silence) = Backoff::new(SILENCE_FIRST);
        let before = self.silent.load(Relaxed);
        let now = if before >= SILENT_AFTER {
            SILENT_AFTER - 1
        } else {
            0
        };
        self.silent.store(now, Relaxed);
        self.timeouts.store(0, Relaxed);
    }

    fn may_connect(&self) -> bool {
        lock(&self.backoff)
            .next
            .is_none_or(|next| Instant::now() >= next)
    }

    fn could_not_connect(&self, why: &str) {
        lock(&self.backoff).again(BACKOFF_LAST);
        self.remember(why);
    }

    fn did_connect(&self) {
        self.connects.fetch_add(1, Relaxed);
        *lock(&self.backoff) = Backoff::new(BACKOFF_FIRST);
    }

    /// Whether to send a call at all. A worker that let `SILENT_AFTER` calls in a row wait out
    /// their deadlines is asked by one call now and then: no caller should pay for a hang that
    /// is known.
    fn may_ask(&self) -> bool {
        if self.silent.load(Relaxed) < SILENT_AFTER {
            return true;
        }
        let mut silence = lock(&self.silence);
        if silence.next.is_some_and(|next| Instant::now() < next) {
            return false;
        }
        silence.next = Some(Instant::now() + self.deadline);
        true
    }

    /// The worker answered something.
    fn heard(&self) {
        if self.silent.load(Relaxed) != 0 {
            self.silent.store(0, Relaxed);
            *lock(&self.silence) = Backoff::new(SILENCE_FIRST);
        }
    }

    /// A call waited out its deadline.
    fn not_heard(&self) {
        self.timeouts.fetch_add(1, Relaxed);
        if self.silent.fetch_add(1, Relaxed) + 1 >= SILENT_AFTER {
            lock(&self.silence).again(SILENCE_LAST);
        }
    }

    fn remember(&self, why: &str) {
        why.clone_into(&mut lock(&self.last_problem));
    }

    fn count_failed(&self, why: &str) {
        self.failed.fetch_add(1, Relaxed);
        // Calls that were not even sent follow from a problem that is known already.
        if why != SILENT && why != NOT_CONNECTED {
            self.remember(why);
        }
    }

    /// The outcome of a call that was not answered, which is counted.
    fn failure(&self, why: &str) -> Vec<u8> {
        self.count_failed(why);
        let mut out = Vec::new();
        write_reason(&mut out, 3, &format!("failure: {why}"));
        out
    }

    /// One request and its reply, without the GIL but for signals.
    fn exchange(&self, py: Python<'_>, operation: u16, request: &mut [u8]) -> Exchange {
        let deadline = Instant::now() + self.deadline;
        self.calls.fetch_add(1, Relaxed);
        if !self.may_ask() {
            return Exchange::Failed(SILENT.to_owned());
        }
        // A pooled connection may be of a worker that has died since: one more try then.
        for _ in 0..2 {
            let mut was_pooled = false;
            let sent = py.detach(|| {
                let (mut connection, pooled) = self.connection(deadline)?;
                was_pooled = pooled;
                let id = connection.send(request, operation, deadline)?;
                let first = connection.receive(deadline);
                Ok((connection, id, first))
            });
            let result = match sent {
                Ok((mut connection, id, mut reply)) => loop {
                    match reply {
                        Ok((got, payload)) if got == id => {
                            self.heard();
                            self.give_back(connection);
                            return Exchange::Reply(payload);
                        }
                        Ok(_) => break Err(Lost::Broken("an answer to no question".to_owned())),
                        Err(Lost::Interrupted) => {
                            if let Err(error) = py.check_signals() {
                                process::mark_interrupted();
                                return Exchange::Interrupted(error);
                            }
                            reply = py.detach(|| connection.receive(deadline));
                        }
                        Err(other) => break Err(other),
                    }
                },
                Err(lost) => Err::<(), Lost>(lost),
            };
            match result {
                Ok(()) => unreachable!("a reply has returned"),
                Err(Lost::Broken(_)) if was_pooled => {
                    // All of that worker's connections are as dead as this one.
                    lock(&self.idle).clear();
                }
                Err(lost) => {
                    if matches!(lost, Lost::TimedOut) {
                        self.not_heard();
                    }
                    return Exchange::Failed(lost.text());
                }
            }
        }
        Exchange::Failed("the worker closed".to_owned())
    }
}

impl Shared {
    /// A connection from the pool, or a new one; whether it was pooled.
    fn connection(&self, deadline: Instant) -> Result<(Connection, bool), Lost> {
        if let Some(pooled) = lock(&self.idle).pop() {
            return Ok((pooled, true));
        }
        if !self.may_connect() {
            return Err(Lost::Broken(NOT_CONNECTED.to_owned()));
        }
        match Connection::open(&self.path, &self.contract_hash, deadline) {
            Ok(connection) => {
                self.did_connect();
                Ok((connection, false))
            }
            Err(Lost::Broken(why)) => {
                self.could_not_connect(&why);
                Err(Lost::Broken(why))
            }
            Err(other) => {
                self.could_not_connect("no greeting within the deadline");
                Err(other)
            }
        }
    }

    fn give_back(&self, connection: Connection) {
        let mut idle = lock(&self.idle);
        if idle.len() < MAX_IDLE {
            idle.push(connection);
        }
    }

    /// One request and its reply on a thread that does not hold the GIL, and how long they took.
    fn exchange_detached(
        &self,
        operation: u16,
        request: &mut [u8],
    ) -> Result<(Payload, u64), Lost> {
        self.calls.fetch_add(1, Relaxed);
        if !self.may_ask() {
            return Err(Lost::Broken(SILENT.to_owned()));
        }
        let deadline = Instant::now() + self.deadline;
        loop {
            let (mut connection, was_pooled) = self.connection(deadline)?;
            let start = Instant::now();
            let reply = connection
                .send(request, operation, deadline)
                .and_then(|id| {
                    loop {
                        match connection.receive(deadline) {
                            Ok((got, payload)) if got == id => break Ok(payload),
                            Ok(_) => {
                                break Err(Lost::Broken("an answer to no question".to_owned()));
                            }
                            // Signals are the main thread's.
                            Err(Lost::Interrupted) => {}
                            Err(other) => break Err(other),
                        }
                    }
                });
            match reply {
                Ok(payload) => {
                    let ns = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
                    self.heard();
                    self.give_back(connection);
                    return Ok((payload, ns));
                }
                // All of that worker's connections are as dead as this one.
                Err(Lost::Broken(_)) if was_pooled => lock(&self.idle).clear(),
                Err(lost) => {
                    if matches!(lost, Lost::TimedOut) {
                        self.not_heard();
                    }
                    return Err(lost);
                }
            }
        }
    }
}

fn write_reason(out: &mut Vec<u8>, kind: i64, why: &str) {
    let mut writer = Writer::new(out);
    writer.array(2);
    writer.int(kind);
    writer.str(why);
}

enum Exchange {
    Reply(Payload),
    Failed(String),
    Interrupted(PyErr),
}

#[pyclass(frozen, module = "carveout._native")]
pub struct WorkerClient {
    shared: Arc<Shared>,
    channels: Arc<Mutex<Vec<Py<Channel>>>>,
}

/// After a fork the sockets are the parent's: drop this process's copies.
fn enter_process(shared: &Shared, channels: &Mutex<Vec<Py<Channel>>>) {
    let now = process::generation();
    if shared.generation.swap(now, Relaxed) != now {
        let idle = std::mem::take(&mut *lock(&shared.idle));
        drop(idle);
        let old = std::mem::take(&mut *lock(channels));
        for channel in old {
            channel.get().abandon();
        }
        shared.forgive();
    }
}

#[pymethods]
impl WorkerClient {
    #[new]
    fn new(
        path: String,
        contract_hash: String,
        deadline_ms: f64,
        codec: Py<Codec>,
    ) -> PyResult<Self> {
        if !(deadline_ms > 0.0 && deadline_ms < 1e9) {
            return Err(PyValueError::new_err("deadline_ms must be above 0"));
        }
        memory::keep_large_blocks();
        Ok(WorkerClient {
            shared: Arc::new(Shared {
                path,
                contract_hash,
                deadline: Duration::from_secs_f64(deadline_ms / 1e3),
                codec,
                idle: Mutex::new(Vec::new()),
                backoff: Mutex::new(Backoff::new(BACKOFF_FIRST)),
                silent: AtomicU32::new(0),
                silence: Mutex::new(Backoff::new(SILENCE_FIRST)),
                timeouts: AtomicU64::new(0),
                last_problem: Mutex::new(String::new()),
                calls: AtomicU64::new(0),
                failed: AtomicU64::new(0),
                connects: AtomicU64::new(0),
                generation: AtomicU64::new(process::generation()),
            }),
            channels: Arc::default(),
        })
    }

    /// The candidate for one of the worker's operations.
    #[pyo3(signature = (op_index=0))]
    fn bind(&self, op_index: u16) -> Remote {
        Remote {
            operation: op_index,
            shared: Arc::clone(&self.shared),
            channels: Arc::clone(&self.channels),
        }
    }

    /// Arguments to outcome, both on the wire; `[3, reason]` if no answer came.
    fn call_wire<'py>(
        &self,
        py: Python<'py>,
        op_index: u16,
        args: &[u8],
    ) -> PyResult<Bound<'py, PyBytes>> {
        enter_process(&self.shared, &self.channels);
        let mut request = Vec::with_capacity(frame::REQUEST_HEAD + args.len());
        frame::begin(&mut request);
        request.extend_from_slice(args);
        let exchanged = if args.len() > MAX_REQUEST {
            let mut out = Vec::new();
            write_reason(&mut out, 2, "larger than a worker takes");
            Exchange::Reply(out.into())
        } else {
            self.shared.exchange(py, op_index, &mut request)
        };
        match exchanged {
            Exchange::Reply(payload) => Ok(PyBytes::new(py, &payload)),
            Exchange::Interrupted(error) => {
                process::take_interrupted();
                Err(error)
            }
            Exchange::Failed(why) => Ok(PyBytes::new(py, &self.shared.failure(&why))),
        }
    }

    /// Several calls one after another, without the GIL from the first to the last: the outcome of
    /// each and its nanoseconds, in the worker alone or with the way there and back. It ends with the
    /// first that was not answered, so that it takes at most one deadline longer than its answers;
    /// that one is `[3, reason]`.
    #[pyo3(signature = (op_index, args, round_trip=false))]
    fn call_wires<'py>(
        &self,
        py: Python<'py>,
        op_index: u16,
        args: Vec<PyBackedBytes>,
        round_trip: bool,
    ) -> Vec<(Bound<'py, PyBytes>, u64)> {
        enter_process(&self.shared, &self.channels);
        let shared = &self.shared;
        let answers: Vec<(Payload, u64)> = py.detach(|| {
            let mut answers = Vec::with_capacity(args.len());
            let mut request = Vec::new();
            for args in &args {
                request.clear();
                frame::begin(&mut request);
                request.extend_from_slice(args);
                match shared.exchange_detached(op_index | frame::TIMED, &mut request) {
                    Ok((mut payload, whole_ns)) => match frame::timed(&mut payload) {
                        Some(own_ns) => {
                            answers.push((payload, if round_trip { whole_ns } else { own_ns }));
                        }
                        None => {
                            answers.push((shared.failure("a reply without its time").into(), 0));
                            break;
                        }
                    },
                    Err(lost) => {
                        answers.push((shared.failure(&lost.text()).into(), 0));
                        break;
                    }
                }
            }
            answers
        });
        answers
            .into_iter()
            .map(|(payload, ns)| (PyBytes::new(py, &payload), ns))
            .collect()
    }

    /// Closes every connection; calls under way on them fail. It may be used again.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        enter_process(&self.shared, &self.channels);
        let idle = std::mem::take(&mut *lock(&self.shared.idle));
        drop(idle);
        let channels = std::mem::take(&mut *lock(&self.channels));
        for channel in channels {
            let event_loop = channel.get().event_loop.clone_ref(py);
            let event_loop = event_loop.bind(py);
            if event_loop.call_method0("is_running")?.is_truthy()? {
                // Only the loop's own thread may touch its readers and futures.
                let close = channel.bind(py).getattr("_close")?;
                event_loop.call_method1("call_soon_threadsafe", (close,))?;
            } else {
                channel.get().close(py)?;
            }
        }
        Ok(())
    }

    /// Another worker stands at the path now: it is asked at once.
    fn forgive(&self) {
        self.shared.forgive();
    }

    /// calls, failed, connects since the start and the last problem's text; timeouts of the present
    /// worker, and whether it is silent (so that it isn't asked but now and then).
    fn stats<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        dict.set_item("calls", self.shared.calls.load(Relaxed))?;
        dict.set_item("failed", self.shared.failed.load(Relaxed))?;
        dict.set_item("connects", self.shared.connects.load(Relaxed))?;
        dict.set_item("timeouts", self.shared.timeouts.load(Relaxed))?;
        let silent = self.shared.silent.load(Relaxed) >= SILENT_AFTER;
        dict.set_item("silent", silent)?;
        dict.set_item("last_problem", lock(&self.shared.last_problem).clone())?;
        Ok(dict)
    }
}

static RUNNING_LOOP: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// One operation of a worker, as a candidate: call it, or await `aio(...)`.
#[pyclass(frozen, module = "carveout._native")]
pub struct Remote {
    operation: u16,
    shared: Arc<Shared>,
    channels: Arc<Mutex<Vec<Py<Channel>>>>,
}

impl Remote {
    fn channel<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, Channel>> {
        let running = RUNNING_LOOP.get_or_try_init(py, || {
            Ok::<_, PyErr>(py.import("asyncio")?.getattr("get_running_loop")?.unbind())
        })?;
        let event_loop = running.bind(py).call0()?;
        let (found, all) = {
            let channels = lock(&self.channels);
            let found = channels
                .iter()
                .find(|c| c.get().event_loop.is(&event_loop))
                .map(|c| c.clone_ref(py));
            let all: Vec<Py<Channel>> = match &found {
                Some(_) => Vec::new(),
                None => channels.iter().map(|c| c.clone_ref(py)).collect(),
            };
            (found, all)
        };
        if let Some(channel) = found {
            return Ok(channel.into_bound(py));
        }
        // A new loop: also forget those that have been closed since.
        let mut closed = Vec::new();
        for channel in all {
            let other = channel.get().event_loop.bind(py);
            if other.call_method0(intern!(py, "is_closed"))?.is_truthy()? {
                channel.get().close(py)?;
                closed.push(channel.as_ptr());
            }
        }
        let channel = Bound::new(
            py,
            Channel::new(event_loop.unbind(), Arc::clone(&self.shared)),
        )?;
        let mut channels = lock(&self.channels);
        let (keep, drop_them): (Vec<_>, Vec<_>) = std::mem::take(&mut *channels)
            .into_iter()
            .partition(|c| !closed.contains(&c.as_ptr()));
        *channels = keep;
        channels.push(channel.clone().unbind());
        drop(channels);
        drop(drop_them); // outside the lock: it may run finalizers
        Ok(channel)
    }
}

#[pymethods]
impl Remote {
    #[pyo3(signature = (*args))]
    fn __call__<'py>(&self, args: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
        let py = args.py();
        enter_process(&self.shared, &self.channels);
        let codec = self.shared.codec.get();
        let mut request = Vec::with_capacity(256);
        frame::begin(&mut request);
        match codec.append_args(args, &mut request, MAX_REQUEST) {
            Ok(()) => {}
            Err(Refused::CannotCross { path, reason }) => {
                self.shared
                    .remember(&format!("{path} cannot cross: {reason}"));
                return Ok(declined(py).bind(py).clone().into_any());
            }
            Err(Refused::TooLarge) => {
                self.shared.remember("larger than a worker takes");
                return Ok(declined(py).bind(py).clone().into_any());
            }
            Err(Refused::Python(_)) => return Ok(failed(py).bind(py).clone().into_any()),
        }
        let why = match self.shared.exchange(py, self.operation, &mut request) {
            Exchange::Interrupted(error) => return Err(error),
            Exchange::Failed(why) => why,
            Exchange::Reply(payload) => match codec.read_outcome(py, &payload) {
                Ok(Answer::Value(value)) => return Ok(value),
                Ok(Answer::Fault(fault)) => return Err(PyErr::from_value(fault)),
                Ok(Answer::Decline(why)) => {
                    self.shared.remember(&why);
                    return Ok(declined(py).bind(py).clone().into_any());
                }
                Ok(Answer::Failure(why)) => why,
                Err(error) => error.to_string(),
            },
        };
        self.shared.count_failed(&why);
        Ok(failed(py).bind(py).clone().into_any())
    }

    /// The future of the answer, for callers in a running asyncio loop.
    #[pyo3(signature = (*args))]
    fn aio<'py>(&self, args: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
        let py = args.py();
        enter_process(&self.shared, &self.channels);
        self.shared.calls.fetch_add(1, Relaxed);
        let channel = self.channel(py)?;
        Channel::submit(&channel, self.operation, args)
    }
}
