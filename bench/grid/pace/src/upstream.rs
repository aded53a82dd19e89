//! `GET /up/N` answers `{"value":N}` after a delay: an upstream that waits for something.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub fn options(port: &str, delay: &str) -> Result<(u16, Duration), String> {
    let port = port.parse().map_err(|_| format!("no port: {port}"))?;
    let delay = delay.parse().map_err(|_| format!("no delay: {delay}"))?;
    Ok((port, Duration::from_millis(delay)))
}

/// Serves until the process is ended; says its address first.
pub async fn run(port: u16, delay: Duration) -> Result<(), String> {
    let listener = TcpListener::bind(("127.0.0.1", port))
        .await
        .map_err(|error| error.to_string())?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    println!("listening {address}");
    loop {
        if let Ok((stream, _)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            tokio::task::spawn_local(async move { serve(stream, delay).await });
        }
    }
}

async fn serve(mut stream: TcpStream, delay: Duration) -> Option<()> {
    let mut held = Vec::with_capacity(1024);
    loop {
        let end = loop {
            if let Some(at) = held.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            if stream.read_buf(&mut held).await.ok()? == 0 {
                return None;
            }
        };
        let value = number(&held[..end]);
        held.drain(..end);
        tokio::time::sleep(delay).await;
        let body = format!("{{\"value\":{value}}}");
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(answer.as_bytes()).await.ok()?;
    }
}

/// The digits after `/up/`.
fn number(request: &[u8]) -> u32 {
    let text = String::from_utf8_lossy(request);
    let rest = text.split("/up/").nth(1).unwrap_or_default();
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}
