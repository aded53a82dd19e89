//! Where the service listens: a TCP port that the threads share, or a Unix socket.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixListener as StdUnixListener;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};

use socket2::{Domain, SockAddr, Socket, Type};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

use crate::options::Listen;

/// One thread's share of an address, before it has a runtime.
pub enum Share {
    Tcp(std::net::TcpListener),
    Unix(StdUnixListener),
}

/// Clients that have connected and are not accepted yet; past it, a Unix socket turns them away.
const WAITING: i32 = 4096;

/// A socket file, taken away when the service ends: unless another service has its name by then.
pub struct File {
    path: PathBuf,
    made: Option<(u64, u64, i64, i64)>,
}

impl File {
    fn at(path: &Path) -> Self {
        let (path, made) = (path.to_owned(), identity(path));
        Self { path, made }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        if self.made.is_some() && identity(&self.path) == self.made {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// With the time it was made: the number of a file that is gone may be given to another.
fn identity(path: &Path) -> Option<(u64, u64, i64, i64)> {
    let found = std::fs::symlink_metadata(path).ok()?;
    Some((found.dev(), found.ino(), found.mtime(), found.mtime_nsec()))
}

/// A share for each of `threads`, the address as people write it, and the file to keep meanwhile.
pub fn shares(listen: &Listen, threads: usize) -> io::Result<(Vec<Share>, String, Option<File>)> {
    match listen {
        Listen::Tcp(address) => {
            let (shares, address) = tcp(address, threads)?;
            Ok((shares, address.to_string(), None))
        }
        Listen::HttpUnix(path) | Listen::Unix(path) => {
            let shares = unix(path, threads)?;
            let file = File::at(path);
            Ok((shares, path.display().to_string(), Some(file)))
        }
    }
}

fn tcp(address: &str, threads: usize) -> io::Result<(Vec<Share>, SocketAddr)> {
    let address = address
        .to_socket_addrs()?
        .next()
        .ok_or_else(|| io::Error::from(io::ErrorKind::AddrNotAvailable))?;
    let first = port(address)?;
    let address = first.local_addr()?;
    let mut shares = vec![Share::Tcp(first)];
    for _ in 1..threads {
        shares.push(Share::Tcp(port(address)?));
    }
    Ok((shares, address))
}

fn port(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(1024)?;
    Ok(socket.into())
}

/// The threads accept from one queue: whoever is free takes the next.
fn unix(path: &Path, threads: usize) -> io::Result<Vec<Share>> {
    crate::unix::make_way(path)?;
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    socket.bind(&SockAddr::unix(path)?)?;
    socket.listen(WAITING)?;
    let first = StdUnixListener::from(socket);
    let mut shares = Vec::with_capacity(threads);
    for _ in 1..threads {
        shares.push(Share::Unix(first.try_clone()?));
    }
    shares.push(Share::Unix(first));
    Ok(shares)
}

pub enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Listener {
    /// Within a runtime.
    pub fn new(share: Share) -> io::Result<Self> {
        Ok(match share {
            Share::Tcp(listener) => Self::Tcp(TcpListener::from_std(listener)?),
            Share::Unix(listener) => Self::Unix(UnixListener::from_std(listener)?),
        })
    }

    pub async fn accept(&self) -> io::Result<Stream> {
        Ok(match self {
            Self::Tcp(listener) => {
                let stream = listener.accept().await?.0;
                let _ = stream.set_nodelay(true);
                Stream::Tcp(stream)
            }
            Self::Unix(listener) => Stream::Unix(listener.accept().await?.0),
        })
    }
}

pub enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Unix(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write(cx, data),
            Self::Unix(stream) => Pin::new(stream).poll_write(cx, data),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write_vectored(cx, pieces),
            Self::Unix(stream) => Pin::new(stream).poll_write_vectored(cx, pieces),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            Self::Unix(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Unix(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
