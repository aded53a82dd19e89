//! Connections for threads that wait: one in use by a call, the others in a pool.
use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use super::frame;

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
    received: Vec<u8>,
    next_id: u64,
}

fn broken(error: &std::io::Error) -> Lost {
    Lost::Broken(error.to_string())
}

impl Connection {
    /// Connects and checks the greeting.
    pub fn open(path: &str, contract_hash: &str, deadline: Instant) -> Result<Self, Lost> {
        let stream = UnixStream::connect(path).map_err(|e| broken(&e))?;
        let mut connection = Connection {
            stream,
            received: Vec::with_capacity(4096),
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
            self.stream
                .set_write_timeout(Some(left(deadline)?))
                .map_err(|e| broken(&e))?;
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
    pub fn receive(&mut self, deadline: Instant) -> Result<(u64, Vec<u8>), Lost> {
        loop {
            let parsed = frame::parse(&self.received)
                .map_err(|()| Lost::Broken("garbage from the worker".to_owned()))?;
            if let Some((id, payload, used)) = parsed {
                let payload = payload.to_vec();
                self.received.drain(..used);
                return Ok((id, payload));
            }
            self.stream
                .set_read_timeout(Some(left(deadline)?))
                .map_err(|e| broken(&e))?;
            let start = self.received.len();
            // Grow towards the frame's announced size, so that a large reply takes few reads.
            let announced = self
                .received
                .first_chunk::<4>()
                .map_or(0, |head| u32::from_le_bytes(*head) as usize + 4);
            let room = announced.saturating_sub(start).clamp(4096, 1 << 20);
            self.received.resize(start + room, 0);
            let read = self.stream.read(&mut self.received[start..]);
            self.received.truncate(start + *read.as_ref().unwrap_or(&0));
            match read {
                Ok(0) => return Err(Lost::Broken("the worker closed".to_owned())),
                Ok(_) => {}
                Err(e) if e.kind() == ErrorKind::Interrupted => return Err(Lost::Interrupted),
                Err(e) if is_timeout(&e) => return Err(Lost::TimedOut),
                Err(e) => return Err(broken(&e)),
            }
        }
    }
}

fn is_timeout(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
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
