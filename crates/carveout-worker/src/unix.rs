//! The worker placement: framed calls over a Unix socket.
//!
//! Frames both ways are `u32 LE length | u64 LE request id | payload`; a request's payload is
//! `u16 LE operation index | arguments`, a reply's is an outcome. The first frame is ours: id 0 and
//! `[abi, contract hash, [operation names]]`, so that a caller never speaks to another contract.
//! With the index's highest bit set the reply's payload begins with `u64 LE nanoseconds`: how long the
//! call itself took here, without the way there and back.
//!
//! Each connection is read by one thread at a time: whoever holds the read half takes a frame, hands
//! the read half to a follower and runs the call itself. So a call is never handed from one thread to
//! another (a wake-up costs more than a short call), replies may come out of order, and a call that
//! hangs blocks only itself.

use std::io::{self, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use carveout_runtime::table::Table;
use carveout_runtime::wire::Writer;

use crate::Options;

/// Calls under way in this process, for the drain.
static UNDER_WAY: AtomicUsize = AtomicUsize::new(0);
static DRAINING: AtomicBool = AtomicBool::new(false);

const ID_BYTES: usize = 8;
const INDEX_BYTES: usize = 2;
/// A thread keeps buffers up to this size.
const KEPT: usize = 2 << 20;
const TIMED: u16 = 0x8000;

/// Serves until a signal; whether every call had ended when the drain's time was up.
pub fn serve(table: &'static Table, path: &Path, options: &Options) -> io::Result<bool> {
    make_way(path)?;
    let listener = UnixListener::bind(path)?;
    let ended_by = crate::signals::Signals::listen()?;
    announce(&path.display().to_string())?;
    let limits = options.clone();
    std::thread::Builder::new()
        .name("accept".into())
        .spawn(move || {
            for stream in listener.incoming().flatten() {
                if DRAINING.load(Ordering::Relaxed) {
                    return;
                }
                // A connection we can't greet or serve is its own problem.
                let _ = Connection::open(table, stream, &limits);
            }
        })?;
    ended_by.wait();
    DRAINING.store(true, Ordering::Relaxed);
    let _ = std::fs::remove_file(path);
    let until = Instant::now() + options.drain;
    while UNDER_WAY.load(Ordering::Acquire) > 0 && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(UNDER_WAY.load(Ordering::Acquire) == 0)
}

/// A socket file left by a killed process would refuse us the name.
pub fn make_way(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// `ready <address>`: the one line that whoever started us waits for.
pub fn announce(address: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "ready {address}")?;
    out.flush()
}

struct Connection {
    table: &'static Table,
    reader: Mutex<BufReader<UnixStream>>,
    writer: Mutex<UnixStream>,
    /// Threads of this connection that are waiting for the read half.
    idle: Mutex<Idle>,
    wake: Condvar,
    max_threads: usize,
    max_body: usize,
    closed: AtomicBool,
}

#[derive(Default)]
struct Idle {
    threads: usize,
    waiting: usize,
    /// The read half is free for a waiting thread.
    free: bool,
}

impl Connection {
    fn open(table: &'static Table, stream: UnixStream, options: &Options) -> io::Result<()> {
        let writer = stream.try_clone()?;
        let connection = Arc::new(Self {
            table,
            reader: Mutex::new(BufReader::with_capacity(16 << 10, stream)),
            writer: Mutex::new(writer),
            idle: Mutex::new(Idle {
                threads: 1,
                waiting: 0,
                free: true,
            }),
            wake: Condvar::new(),
            max_threads: options.max_concurrency.max(2),
            max_body: options.max_body,
            closed: AtomicBool::new(false),
        });
        let mut hello = Vec::with_capacity(128);
        let mut out = Writer::new(&mut hello);
        out.array(3);
        out.int(i64::from(table.abi));
        out.str(table.hash);
        out.array(table.ops.len());
        for op in table.ops {
            out.str(op.name);
        }
        connection.reply(0, &hello)?;
        connection.start_thread();
        Ok(())
    }

    fn start_thread(self: &Arc<Self>) {
        let own = Arc::clone(self);
        let started = std::thread::Builder::new()
            .name("calls".into())
            .spawn(move || own.follow());
        if started.is_err() {
            lock(&self.idle).threads -= 1;
        }
    }

    /// A thread's life: wait for the read half, take a frame, pass the read half on, run the call.
    fn follow(self: Arc<Self>) {
        let (mut frame, mut answer) = (Vec::new(), Vec::new());
        loop {
            {
                let mut idle = lock(&self.idle);
                idle.waiting += 1;
                while !idle.free && !self.closed.load(Ordering::Relaxed) {
                    idle = self.wake.wait(idle).unwrap_or_else(PoisonError::into_inner);
                }
                idle.waiting -= 1;
                idle.free = false;
            }
            if self.closed.load(Ordering::Relaxed) {
                break;
            }
            if self.read_frame(&mut frame).is_err() {
                self.closed.store(true, Ordering::Relaxed);
                break;
            }
            UNDER_WAY.fetch_add(1, Ordering::AcqRel);
            self.hand_over();
            self.answer(&frame, &mut answer);
            // One huge call must not stay resident for ever.
            for buffer in [&mut frame, &mut answer] {
                if buffer.capacity() > KEPT {
                    *buffer = Vec::new();
                }
            }
            UNDER_WAY.fetch_sub(1, Ordering::AcqRel);
        }
        lock(&self.idle).threads -= 1;
        self.wake.notify_all();
    }

    /// Give the read half to a waiting thread, or to a new one while that is allowed.
    fn hand_over(self: &Arc<Self>) {
        let mut idle = lock(&self.idle);
        idle.free = true;
        if idle.waiting > 0 {
            drop(idle);
            self.wake.notify_one();
        } else if idle.threads < self.max_threads {
            idle.threads += 1;
            drop(idle);
            self.start_thread();
        }
        // Otherwise every thread runs a call; the first to end takes the read half: back-pressure.
    }

    fn read_frame(&self, frame: &mut Vec<u8>) -> io::Result<()> {
        let mut reader = lock(&self.reader);
        let mut length = [0_u8; 4];
        reader.read_exact(&mut length)?;
        let length = u32::from_le_bytes(length) as usize;
        if length < ID_BYTES + INDEX_BYTES || length > self.max_body + ID_BYTES + INDEX_BYTES {
            return Err(io::Error::from(io::ErrorKind::InvalidData));
        }
        frame.clear();
        // Not all at once: a length is only a claim until its bytes are here.
        frame.reserve(length.min(KEPT));
        let read = reader.by_ref().take(length as u64).read_to_end(frame)?;
        if read < length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }

    fn answer(&self, frame: &[u8], answer: &mut Vec<u8>) {
        let (id, rest) = frame.split_at(ID_BYTES);
        let (index, arguments) = rest.split_at(INDEX_BYTES);
        let id = u64::from_le_bytes(id.try_into().unwrap_or_default());
        let index = u16::from_le_bytes(index.try_into().unwrap_or_default());
        let timed = index & TIMED != 0;
        answer.clear();
        if timed {
            answer.extend_from_slice(&[0; 8]);
        }
        let start = Instant::now();
        match self.table.ops.get(usize::from(index & !TIMED)) {
            Some(op) => (op.call_wire)(arguments, answer),
            None => {
                let mut out = Writer::new(answer);
                out.array(2);
                out.int(3);
                out.str("no such operation in this carving");
            }
        }
        if timed {
            let ns = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
            answer[..8].copy_from_slice(&ns.to_le_bytes());
        }
        if self.reply(id, answer).is_err() {
            self.closed.store(true, Ordering::Relaxed);
        }
    }

    fn reply(&self, id: u64, payload: &[u8]) -> io::Result<()> {
        let length = u32::try_from(payload.len() + ID_BYTES)
            .map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
        let mut head = [0_u8; 4 + ID_BYTES];
        head[..4].copy_from_slice(&length.to_le_bytes());
        head[4..].copy_from_slice(&id.to_le_bytes());
        let mut writer = lock(&self.writer);
        if payload.len() <= 16 << 10 {
            let mut whole = Vec::with_capacity(head.len() + payload.len());
            whole.extend_from_slice(&head);
            whole.extend_from_slice(payload);
            writer.write_all(&whole)
        } else {
            writer.write_all(&head)?;
            writer.write_all(payload)
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
