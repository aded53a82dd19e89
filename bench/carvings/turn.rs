use carveout_runtime::{Bytes, Outcome, bytes};

pub fn turn(data: Bytes) -> Outcome<Bytes> {
    let rest = bytes::slice(&data, Some(1), None, None)?;
    let first = bytes::slice(&data, None, Some(1), None)?;
    Ok(bytes::concat(&rest, &first))
}
