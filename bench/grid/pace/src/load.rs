//! Open-loop load: request k is due at k / rate, and its latency counts from then.
//!
//! A server that stalls does not slow the schedule down: what is due meanwhile waits in a queue here
//! and the wait is part of its latency. So a stall is seen in the percentiles, as its users would.
//! One thread; the schedule is kept by a timer of the kernel's with nanoseconds (tokio's has
//! milliseconds). The report is one line of JSON.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::os::fd::{FromRawFd, OwnedFd};
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;

/// What was not answered this long after the last request was due is counted as an error.
const PATIENCE: Duration = Duration::from_secs(3);

pub struct Plan {
    address: String,
    requests: Vec<Vec<u8>>,
    rate: f64,
    duration: Duration,
    connections: usize,
}

impl Plan {
    pub fn parse(
        address: &str,
        requests: &str,
        rate: &str,
        seconds: &str,
        connections: &str,
    ) -> Result<Self, String> {
        let number = |text: &str| {
            let found: f64 = text.parse().map_err(|_| format!("no number: {text}"))?;
            (found > 0.0)
                .then_some(found)
                .ok_or_else(|| format!("not above 0: {text}"))
        };
        let bytes = std::fs::read(requests).map_err(|error| format!("{requests}: {error}"))?;
        Ok(Self {
            address: address.to_owned(),
            requests: split(&bytes).ok_or_else(|| format!("{requests}: cut short"))?,
            rate: number(rate)?,
            duration: Duration::from_secs_f64(number(seconds)?),
            connections: number(connections)? as usize,
        })
    }
}

fn split(mut bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut requests = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let (request, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        requests.push(request.to_vec());
        bytes = rest;
    }
    (!requests.is_empty()).then_some(requests)
}

/// What all connections share; one thread.
struct Shared {
    plan: Plan,
    due: RefCell<VecDeque<Instant>>,
    wake: Notify,
    seen: RefCell<Seen>,
}

#[derive(Default)]
struct Seen {
    next: usize,
    micros: Vec<u32>,
    status: u64,
    broken: u64,
    connect: u64,
}

pub async fn run(plan: Plan) -> Result<(), String> {
    let every = Duration::from_secs_f64(1.0 / plan.rate);
    let total = (plan.rate * plan.duration.as_secs_f64()).round() as usize;
    let connections = plan.connections;
    let shared = Rc::new(Shared {
        plan,
        due: RefCell::default(),
        wake: Notify::new(),
        seen: RefCell::default(),
    });
    let mut streams = Vec::with_capacity(connections);
    for _ in 0..connections {
        match connect(&shared.plan.address).await {
            Ok(stream) => streams.push(stream),
            Err(_) => shared.seen.borrow_mut().connect += 1,
        }
    }
    if streams.is_empty() {
        return Err(format!("{}: no connection", shared.plan.address));
    }
    for stream in streams {
        let own = Rc::clone(&shared);
        tokio::task::spawn_local(async move { connection(own, stream).await });
    }
    let timer = Timer::new().map_err(|error| error.to_string())?;
    let started = Instant::now();
    let mut sent = 0;
    while sent < total {
        let due = started + every.mul_f64(sent as f64);
        let now = Instant::now();
        if due > now {
            timer
                .wait(due - now)
                .await
                .map_err(|error| error.to_string())?;
            continue;
        }
        shared.due.borrow_mut().push_back(due);
        shared.wake.notify_one();
        sent += 1;
        // Behind the schedule (this machine was busy): let answers in all the same.
        if sent.is_multiple_of(64) {
            tokio::task::yield_now().await;
        }
    }
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until && ended(&shared) < total {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let lasted = started.elapsed();
    println!("{}", report(&shared, total, lasted));
    Ok(())
}

fn ended(shared: &Shared) -> usize {
    let seen = shared.seen.borrow();
    seen.micros.len() + (seen.status + seen.broken) as usize
}

async fn connect(address: &str) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Takes what is due next whenever it is free. A connection that breaks is made anew.
async fn connection(shared: Rc<Shared>, mut stream: TcpStream) {
    let mut buffer = Vec::with_capacity(4096);
    loop {
        let due = loop {
            let next = shared.due.borrow_mut().pop_front();
            match next {
                Some(due) => break due,
                None => shared.wake.notified().await,
            }
        };
        let index = {
            let mut seen = shared.seen.borrow_mut();
            seen.next += 1;
            (seen.next - 1) % shared.plan.requests.len()
        };
        let answered = exchange(&mut stream, &shared.plan.requests[index], &mut buffer).await;
        let micros = u32::try_from(due.elapsed().as_micros()).unwrap_or(u32::MAX);
        match answered {
            Some((status, keep)) => {
                if (200..300).contains(&status) {
                    shared.seen.borrow_mut().micros.push(micros);
                } else {
                    shared.seen.borrow_mut().status += 1;
                }
                if keep {
                    continue;
                }
            }
            None => shared.seen.borrow_mut().broken += 1,
        }
        buffer.clear();
        stream = loop {
            match connect(&shared.plan.address).await {
                Ok(stream) => break stream,
                Err(_) => {
                    shared.seen.borrow_mut().connect += 1;
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        };
    }
}

/// One request and its whole answer: the status, and whether the connection stays.
async fn exchange(
    stream: &mut TcpStream,
    request: &[u8],
    buffer: &mut Vec<u8>,
) -> Option<(u16, bool)> {
    stream.write_all(request).await.ok()?;
    buffer.clear();
    loop {
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
        if let Some(done) = whole(buffer)? {
            return Some(done);
        }
    }
}

/// `Some(None)`: more is to come. `None`: this is no answer.
fn whole(bytes: &[u8]) -> Option<Option<(u16, bool)>> {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut response = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(head) = response.parse(bytes).ok()? else {
        return Some(None);
    };
    let mut length = None;
    let mut chunked = false;
    let mut keep = true;
    for header in response.headers.iter() {
        if header.name.eq_ignore_ascii_case("content-length") {
            length = std::str::from_utf8(header.value).ok()?.trim().parse().ok();
        } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
            chunked = header.value.eq_ignore_ascii_case(b"chunked");
        } else if header.name.eq_ignore_ascii_case("connection") {
            keep = !header.value.eq_ignore_ascii_case(b"close");
        }
    }
    let done = if chunked {
        bytes[head..].ends_with(b"0\r\n\r\n")
    } else {
        bytes.len() - head >= length.unwrap_or(0)
    };
    Some(done.then_some((response.code?, keep)))
}

fn report(shared: &Shared, total: usize, lasted: Duration) -> String {
    let mut seen = shared.seen.borrow_mut();
    seen.micros.sort_unstable();
    let at = |share: f64| {
        let last = seen.micros.len().saturating_sub(1);
        let index = ((seen.micros.len() as f64 * share) as usize).min(last);
        seen.micros.get(index).copied().unwrap_or(0)
    };
    let answered = seen.micros.len();
    let unanswered = (total - answered) as u64 - seen.status - seen.broken;
    format!(
        "{{\"due\":{total},\"answered\":{answered},\"seconds\":{:.3},\
         \"p50_us\":{},\"p90_us\":{},\"p99_us\":{},\"p999_us\":{},\"max_us\":{},\
         \"errors\":{{\"status\":{},\"broken\":{},\"connect\":{},\"unanswered\":{unanswered}}}}}",
        lasted.as_secs_f64(),
        at(0.5),
        at(0.9),
        at(0.99),
        at(0.999),
        seen.micros.last().copied().unwrap_or(0),
        seen.status,
        seen.broken,
        seen.connect,
    )
}

/// The kernel's timer: nanoseconds, and the thread sleeps.
struct Timer(AsyncFd<OwnedFd>);

impl Timer {
    fn new() -> std::io::Result<Self> {
        let flags = libc::TFD_NONBLOCK | libc::TFD_CLOEXEC;
        // SAFETY: no pointers; the descriptor is owned from here on.
        let fd = unsafe { libc::timerfd_create(libc::CLOCK_MONOTONIC, flags) };
        if fd < 0 {
            return Err(std::io::Error::last_os_error());
        }
        // SAFETY: just made, and nobody else's.
        let owned = unsafe { OwnedFd::from_raw_fd(fd) };
        // SAFETY: an owned descriptor stays the same one for as long as it lives.
        Ok(Self(unsafe { AsyncFd::register(owned) }?))
    }

    async fn wait(&self, time: Duration) -> std::io::Result<()> {
        use std::os::fd::AsRawFd;
        let none = libc::timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        let nanos = time.subsec_nanos().max(1);
        let once = libc::itimerspec {
            it_interval: none,
            it_value: libc::timespec {
                tv_sec: time.as_secs() as libc::time_t,
                tv_nsec: nanos.into(),
            },
        };
        let fd = self.0.get_ref().as_raw_fd();
        // SAFETY: `once` lives through the call; the old value is not asked for.
        if unsafe { libc::timerfd_settime(fd, 0, &once, std::ptr::null_mut()) } < 0 {
            return Err(std::io::Error::last_os_error());
        }
        loop {
            let mut ready = self.0.readable().await?;
            let mut count = [0_u8; 8];
            // SAFETY: eight bytes are there to be written.
            let read = unsafe { libc::read(fd, count.as_mut_ptr().cast(), count.len()) };
            if read == 8 {
                return Ok(());
            }
            ready.clear_ready();
        }
    }
}
