//! Listening sockets: one for every core and address, made here or handed over by the process that
//! this one replaces.
//!
//! Handover: the running process listens on a Unix socket (`gateway.handover`). A new one connects,
//! receives the listening sockets (SCM_RIGHTS), begins to accept, says so with one byte; the old one
//! drains. No connection waits in a queue that nobody reads.

use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::time::Duration;

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use socket2::{Domain, Protocol, Socket, Type};

const BACKLOG: i32 = 4096;
const MOST_SOCKETS: usize = 250;

pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(false)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Sockets for every listener and core: `[listener][socket]`. A port of 0 is chosen once. Somebody
/// else's socket on the port is an error, though SO_REUSEPORT would let us share it.
pub fn bind_all(addresses: &[SocketAddr], cores: usize) -> Result<Vec<Vec<TcpListener>>, String> {
    let mut all = Vec::new();
    for address in addresses {
        let fail = |error: io::Error| {
            format!(
                "error[gateway-address]: cannot listen on {address}: {error}\n  hint: is something else listening there?"
            )
        };
        if address.port() != 0 {
            // Without SO_REUSEPORT, so that a foreign listener is noticed.
            let probe = Socket::new(
                Domain::for_address(*address),
                Type::STREAM,
                Some(Protocol::TCP),
            )
            .map_err(fail)?;
            probe.set_reuse_address(true).map_err(fail)?;
            probe.bind(&(*address).into()).map_err(fail)?;
        }
        let first = bind(*address).map_err(fail)?;
        let address = first.local_addr().map_err(fail)?;
        let mut sockets = vec![first];
        for _ in 1..cores {
            sockets.push(bind(address).map_err(fail)?);
        }
        all.push(sockets);
    }
    Ok(all)
}

/// Ask the running process for its sockets. None: there is none.
pub fn take_over(path: &Path) -> io::Result<Option<(Vec<TcpListener>, UnixStream)>> {
    let stream = match UnixStream::connect(path) {
        Ok(stream) => stream,
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused
            ) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_SOCKETS))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0; 1];
    let received = recvmsg(
        &stream,
        &mut [IoSliceMut::new(&mut byte)],
        &mut control,
        RecvFlags::CMSG_CLOEXEC,
    )?;
    if received.bytes == 0 {
        return Ok(None);
    }
    let mut sockets = Vec::new();
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(fds) = message {
            sockets.extend(fds.map(|fd: OwnedFd| TcpListener::from(fd)));
        }
    }
    for socket in &sockets {
        socket.set_nonblocking(true)?;
    }
    Ok(Some((sockets, stream)))
}

/// Tell the old process that its sockets are being read here.
pub fn taken(mut stream: UnixStream) -> io::Result<()> {
    stream.write_all(b"1")
}

/// Serve one handover; true when the other process reads the sockets now. Blocking.
pub fn hand_over(stream: &UnixStream, sockets: &[TcpListener]) -> io::Result<bool> {
    let fds: Vec<_> = sockets.iter().take(MOST_SOCKETS).map(AsFd::as_fd).collect();
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_SOCKETS))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !control.push(SendAncillaryMessage::ScmRights(&fds)) {
        return Err(io::ErrorKind::OutOfMemory.into());
    }
    sendmsg(
        stream,
        &[IoSlice::new(b"s")],
        &mut control,
        SendFlags::empty(),
    )?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let mut answer = [0; 1];
    Ok((&*stream).read(&mut answer)? == 1)
}

/// A Unix socket that only this user may use; a dead one in its place is removed.
pub fn listen_unix(path: &Path) -> io::Result<UnixListener> {
    use std::os::unix::fs::PermissionsExt;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    if UnixStream::connect(path).is_err() {
        let _ = std::fs::remove_file(path);
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// The socket for the next process: replaces the one of the process that handed over to us.
pub fn listen_unix_for_handover(path: &Path) -> io::Result<UnixListener> {
    use std::os::unix::fs::PermissionsExt;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    // Made beside and moved over, so that there is always one.
    let beside = path.with_extension(format!("new-{}", std::process::id()));
    let _ = std::fs::remove_file(&beside);
    let listener = UnixListener::bind(&beside)?;
    std::fs::set_permissions(&beside, std::fs::Permissions::from_mode(0o600))?;
    std::fs::rename(&beside, path)?;
    Ok(listener)
}
