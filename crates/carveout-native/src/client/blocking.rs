//! Connections for threads that wait: one in use by a call, the others in a pool.
use std::io::{ErrorKind, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use socket2::{Domain, SockAddr, Socket, Type};

use super::frame;
use super::incoming::{Incoming, Payload};

/// Why no outcome came.
pub enum Lost {
    /// No connection, a broken one, or garbage on it.
    Broken(String),
    TimedOut,
    /// A signal came in; let Python look at it and go on.
    Interrupted,
}

impl Lost {
    /// For people.
    pub fn text(self) -> String {
        match self {
            Lost::Broken(why) => why,
            Lost::TimedOut | Lost::Interrupted => "no answer within the deadline".to_owned(),
        }
    }
}

pub struct Connection {
    stream: UnixStream,
    incoming: Incoming,
    /// What the socket was told last.
    read_timeout: Duration,
    write_timeout: Duration,
    next_id: u64,
}

fn broken(error: &std::io::Error) -> Lost {
    Lost::Broken(error.to_string())
}

impl Connection {
    /// Connects and checks the greeting.
    pub fn open(path: &str, contract_hash: &str, deadline: Instant) -> Result<Self, Lost> {
        let stream = connect(path, Some(left(deadline)?)).map_err(|e| broken(&e))?;
        let mut connection = Connection {
            stream,
            incoming: Incoming::default(),
            read_timeout: Duration::MAX,
            write_timeout: Duration::MAX,
            next_id: 1,
        };
        let (id, payload) = loop {
            match connection.receive(deadline) {
                Err(Lost::Interrupted) => {}
                other => break other?,
            }
        };
        if id != 0 {
            return Err(Lost::Broken("no greeting".to_owned()));
        }
        frame::greets(&payload, contract_hash).map_err(Lost::Broken)?;
        Ok(connection)
    }

    /// Sends a request whose head was reserved by [`frame::begin`] at 0; returns its id.
    pub fn send(
        &mut self,
        request: &mut [u8],
        operation: u16,
        deadline: Instant,
    ) -> Result<u64, Lost> {
        let id = self.next_id;
        self.next_id += 1;
        frame::finish(request, 0, id, operation)
            .map_err(|()| Lost::Broken("a request of more than 4 GiB".to_owned()))?;
        let mut rest = &*request;
        while !rest.is_empty() {
            let left = left(deadline)?;
            if !fits(self.write_timeout, left) {
                let told = self.stream.set_write_timeout(Some(left));
                told.map_err(|e| broken(&e))?;
                self.write_timeout = left;
            }
            match self.stream.write(rest) {
                Ok(0) => return Err(Lost::Broken("the worker closed".to_owned())),
                Ok(n) => rest = &rest[n..],
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if is_timeout(&e) => return Err(Lost::TimedOut),
                Err(e) => return Err(broken(&e)),
            }
        }
        Ok(id)
    }

    /// The next frame. After `Interrupted` it may be called again; after anything else not.
    pub fn receive(&mut self, deadline: Instant) -> Result<(u64, Payload), Lost> {
        loop {
            let frame = self.incoming.take();
            if let Some(whole) =
                frame.map_err(|()| Lost::Broken("garbage from the worker".to_owned()))?
            {
                return Ok(whole);
            }
            let left = left(deadline)?;
            if !fits(self.read_timeout, left) {
                let told = self.stream.set_read_timeout(Some(left));
                told.map_err(|e| broken(&e))?;
                self.read_timeout = left;
            }
            match self.stream.read(self.incoming.room()) {
                Ok(0) => return Err(Lost::Broken("the worker closed".to_owned())),
                Ok(count) => self.incoming.took(count),
                Err(e) if e.kind() == ErrorKind::Interrupted => return Err(Lost::Interrupted),
                Err(e) if is_timeout(&e) => return Err(Lost::TimedOut),
                Err(e) => return Err(broken(&e)),
            }
        }
    }
}

/// Connects within `patience`, or at once or not at all. A process that hangs takes no connections,
/// and when its backlog is full `UnixStream::connect` would wait for ever.
pub fn connect(path: &str, patience: Option<Duration>) -> std::io::Result<UnixStream> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    match patience {
        // The kernel's limit for waiting in connect, too.
        Some(patience) => socket.set_write_timeout(Some(patience))?,
        None => socket.set_nonblocking(true)?,
    }
    socket.connect(&SockAddr::unix(path)?)?;
    Ok(OwnedFd::from(socket).into())
}

fn is_timeout(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// Whether the socket need not be told again: it gives up within a millisecond of the deadline.
fn fits(told: Duration, left: Duration) -> bool {
    told >= left && told - left <= Duration::from_millis(1)
}

fn left(deadline: Instant) -> Result<Duration, Lost> {
    let left = deadline.saturating_duration_since(Instant::now());
    // Zero would mean "no timeout" to the socket.
    if left.is_zero() {
        Err(Lost::TimedOut)
    } else {
        Ok(left)
    }
}
