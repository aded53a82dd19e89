//! PROXY protocol, version 2 (<https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt>).

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::io::{AsyncRead, AsyncReadExt};

const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";
const MOST: usize = 2048;

/// Source and destination as the proxy saw them; None for its own checks (LOCAL) or other families.
pub async fn read(
    stream: &mut (impl AsyncRead + Unpin),
) -> io::Result<Option<(SocketAddr, SocketAddr)>> {
    let bad = || io::Error::from(io::ErrorKind::InvalidData);
    let mut head = [0; 16];
    stream.read_exact(&mut head).await?;
    let length = usize::from(u16::from_be_bytes([head[14], head[15]]));
    if head[..12] != SIGNATURE || head[12] >> 4 != 2 || length > MOST {
        return Err(bad());
    }
    let mut rest = vec![0; length];
    stream.read_exact(&mut rest).await?;
    let port = |at: usize| u16::from_be_bytes([rest[at], rest[at + 1]]);
    match (head[12] & 0xf, head[13] >> 4) {
        (0, _) => Ok(None),
        (1, 1) if length >= 12 => {
            let ip = |at: usize| {
                IpAddr::V4(Ipv4Addr::new(
                    rest[at],
                    rest[at + 1],
                    rest[at + 2],
                    rest[at + 3],
                ))
            };
            Ok(Some((
                SocketAddr::new(ip(0), port(8)),
                SocketAddr::new(ip(4), port(10)),
            )))
        }
        (1, 2) if length >= 36 => {
            let ip = |at: usize| {
                let mut bytes = [0; 16];
                bytes.copy_from_slice(&rest[at..at + 16]);
                IpAddr::V6(Ipv6Addr::from(bytes))
            };
            Ok(Some((
                SocketAddr::new(ip(0), port(32)),
                SocketAddr::new(ip(16), port(34)),
            )))
        }
        (1, 0 | 3) => Ok(None),
        _ => Err(bad()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_header_says() {
        let v4 = [
            &SIGNATURE[..],
            &[0x21, 0x11, 0, 12, 1, 2, 3, 4, 5, 6, 7, 8, 0, 80, 1, 0],
        ]
        .concat();
        let local = [&SIGNATURE[..], &[0x20, 0, 0, 0]].concat();
        let old = b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n".to_vec();
        let short = [&SIGNATURE[..], &[0x21, 0x11, 0, 2, 1, 2]].concat();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let read = |bytes: Vec<u8>| runtime.block_on(async move { read(&mut &bytes[..]).await });
        let found = read(v4).unwrap().unwrap();
        assert_eq!(
            found,
            (
                "1.2.3.4:80".parse().unwrap(),
                "5.6.7.8:256".parse().unwrap()
            )
        );
        assert!(read(local).unwrap().is_none());
        assert!(read(old).is_err() && read(short).is_err());
    }
}
