//! WebSocket connections (RFC 6455): handed through once both sides agreed, frame by frame.
//!
//! Frames are not changed; their headers are followed so that a frame over the limit ends the
//! connection (1009), and so that a drain can say goodbye (1001) between two frames.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use http::header::{CONNECTION, UPGRADE};
use http::{HeaderValue, Response, StatusCode};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::watch;

use crate::body::Body;
use crate::clock;
use crate::forward::{Limits, downward};
use crate::front::Refusal;
use crate::headers;
use crate::outgoing::Outgoing;
use crate::proxy::{Exchange, No};
use crate::snapshot::Route;
use crate::upstream::Upstream;

pub async fn forward(
    exchange: &mut Exchange,
    route: &Arc<Route>,
    upstream: &Arc<Upstream>,
    mut outgoing: Outgoing,
    limits: Limits,
) -> Result<Response<Body>, No> {
    let Some(rules) = &route.forward else {
        return Err(Refusal::new(500, "internal").into());
    };
    let client = outgoing.parts.extensions.remove::<OnUpgrade>();
    if upstream.endpoints.iter().any(|e| e.h2) {
        return Err(Refusal::new(501, "upgrade-to-h2-upstream").into());
    }
    outgoing.as_upgrade("websocket");
    let mut answer = exchange
        .send(rules, upstream, &mut outgoing, &limits)
        .await?;
    let idle = exchange.snapshot.config.timeouts.stream_idle;
    if answer.response.status() != StatusCode::SWITCHING_PROTOCOLS {
        return Ok(downward(answer, idle));
    }
    let protocol = answer
        .response
        .headers()
        .get(UPGRADE)
        .map(HeaderValue::as_bytes);
    let (Some(client), true) = (
        client,
        protocol.is_some_and(|p| p.eq_ignore_ascii_case(b"websocket")),
    ) else {
        return Err(Refusal::new(502, "upstream-failed").into());
    };
    let server = hyper::upgrade::on(&mut answer.response);
    exchange.conn.decide(true);
    let (mut parts, _) = answer.response.into_parts();
    headers::outbound(&mut parts.headers);
    parts
        .headers
        .insert(CONNECTION, HeaderValue::from_static("upgrade"));
    parts
        .headers
        .insert(UPGRADE, HeaderValue::from_static("websocket"));
    parts.extensions.clear();
    let drain = exchange.core.shared.drain.subscribe();
    let most = exchange.snapshot.config.limits.websocket_frame_bytes;
    let lease = answer.lease;
    tokio::spawn(async move {
        // Held to the end: the endpoint's load counts this connection.
        let _lease = lease;
        if let (Ok(client), Ok(server)) = (client.await, server.await) {
            tunnel(client, server, most, idle, drain).await;
        }
    });
    Ok(Response::from_parts(parts, Body::Empty))
}

type Io = TokioIo<Upgraded>;

async fn tunnel(
    client: Upgraded,
    server: Upgraded,
    most: u64,
    idle: Duration,
    mut drain: watch::Receiver<bool>,
) {
    let (client_read, mut client_write) = tokio::io::split(TokioIo::new(client));
    let (server_read, mut server_write) = tokio::io::split(TokioIo::new(server));
    let active = AtomicU64::new(clock::millis());
    let mut down = Frames::default();
    let ended = {
        let up = copy(client_read, &mut server_write, most, idle, &active, None);
        let down = copy(
            server_read,
            &mut client_write,
            most,
            idle,
            &active,
            Some((&mut drain, &mut down)),
        );
        tokio::pin!(up, down);
        // A side that ends has said all it will; the other may still answer its close.
        tokio::select! {
            end = &mut up => {
                if end.is_ok() {
                    let _ = tokio::time::timeout(Duration::from_secs(5), down).await;
                }
                end
            }
            end = &mut down => end,
        }
    };
    let code: Option<[u8; 2]> = match &ended {
        Err(End::TooLarge) => Some(1009u16.to_be_bytes()),
        Err(End::Draining) => Some(1001u16.to_be_bytes()),
        _ => None,
    };
    if let Some(code) = code
        && down.is_between()
    {
        let _ = client_write.write_all(&[0x88, 2, code[0], code[1]]).await;
    }
    let both = async { tokio::join!(client_write.shutdown(), server_write.shutdown()) };
    let _ = tokio::time::timeout(Duration::from_secs(2), both).await;
}

enum End {
    Io,
    TooLarge,
    Draining,
}

impl From<io::Error> for End {
    fn from(_: io::Error) -> End {
        End::Io
    }
}

async fn copy(
    mut from: ReadHalf<Io>,
    to: &mut WriteHalf<Io>,
    most: u64,
    idle: Duration,
    active: &AtomicU64,
    draining: Option<(&mut watch::Receiver<bool>, &mut Frames)>,
) -> Result<(), End> {
    let mut own = Frames::default();
    let (mut drain, frames) = match draining {
        Some((drain, frames)) => (Some(drain), frames),
        None => (None, &mut own),
    };
    let mut piece = vec![0; 16 * 1024];
    loop {
        let wait = if idle.is_zero() {
            Duration::from_secs(86_400)
        } else {
            idle
        };
        let drained = async {
            match &mut drain {
                Some(drain) if frames.is_between() => {
                    let _ = drain.wait_for(|on| *on).await;
                }
                _ => std::future::pending().await,
            }
        };
        let n = tokio::select! {
            read = from.read(&mut piece) => read?,
            () = drained => return Err(End::Draining),
            () = tokio::time::sleep(wait) => {
                // Silent on this side; is it on both?
                if !idle.is_zero() && clock::millis().saturating_sub(active.load(Relaxed)) >= idle.as_millis() as u64 {
                    return Err(End::Io);
                }
                continue;
            }
        };
        if n == 0 {
            to.shutdown().await?;
            return Ok(());
        }
        active.store(clock::millis(), Relaxed);
        if !frames.pass(&piece[..n], most) {
            return Err(End::TooLarge);
        }
        to.write_all(&piece[..n]).await?;
    }
}

/// Where in the stream of frames one direction is (RFC 6455 §5.2).
#[derive(Debug, Default)]
struct Frames {
    header: [u8; 14],
    filled: usize,
    payload: u64,
}

impl Frames {
    fn is_between(&self) -> bool {
        self.filled == 0 && self.payload == 0
    }

    /// False: a frame is larger than `most`.
    fn pass(&mut self, mut data: &[u8], most: u64) -> bool {
        while !data.is_empty() {
            if self.payload > 0 {
                let n = self.payload.min(data.len() as u64);
                self.payload -= n;
                data = &data[n as usize..];
                continue;
            }
            self.header[self.filled] = data[0];
            self.filled += 1;
            data = &data[1..];
            if self.filled < 2 {
                continue;
            }
            let mask = if self.header[1] & 0x80 == 0 { 0 } else { 4 };
            let (extended, short) = match self.header[1] & 0x7f {
                126 => (2, 0),
                127 => (8, 0),
                n => (0, u64::from(n)),
            };
            if self.filled < 2 + extended + mask {
                continue;
            }
            let long = self.header[2..2 + extended]
                .iter()
                .fold(0u64, |n, &b| n << 8 | u64::from(b));
            self.payload = if extended == 0 { short } else { long };
            self.filled = 0;
            if self.payload > most {
                return false;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_followed_over_any_split() {
        let mut stream = vec![0x81, 3, 1, 2, 3, 0x82, 0x85, 9, 9, 9, 9, 1, 2, 3, 4, 5];
        stream.extend([0x82, 126, 1, 0]);
        stream.extend([7; 256]);
        stream.extend([0x89, 0]);
        for cut in 0..stream.len() {
            let mut frames = Frames::default();
            assert!(frames.pass(&stream[..cut], 1000) && frames.pass(&stream[cut..], 1000));
            assert!(frames.is_between(), "cut at {cut}");
        }
        assert!(!Frames::default().pass(&stream, 255));
        assert!(!Frames::default().pass(
            &[0x82, 127, 255, 255, 255, 255, 255, 255, 255, 255],
            1 << 40
        ));
    }
}
