//! Frames of the worker's protocol and the greeting that opens every connection.
//!
//! `u32 LE length of what follows | u64 LE request id | payload`; a request's payload is
//! `u16 LE operation index | arguments`, a reply's is an outcome. With [`TIMED`] in the index the
//! outcome is preceded by `u64 LE nanoseconds`, the call's own time in the worker.
use carveout_runtime::wire::Reader;

use super::incoming::Payload;

/// Version of the boundary this client speaks.
pub const ABI: i64 = 1;
/// No outcome is longer; a length past it is garbage.
pub const MAX_FRAME: usize = 1 << 30;
/// Bytes of length, id and operation index in front of a request's arguments.
pub const REQUEST_HEAD: usize = 4 + 8 + 2;

/// Asks for the call's own time.
pub const TIMED: u16 = 0x8000;

/// Takes the time off a timed reply.
pub fn timed(payload: &mut Payload) -> Option<u64> {
    let ns = u64::from_le_bytes(*payload.first_chunk::<8>()?);
    payload.skip(8);
    Some(ns)
}

/// Reserves a request's head; [`finish`] fills it in.
pub fn begin(out: &mut Vec<u8>) -> usize {
    let start = out.len();
    out.extend_from_slice(&[0; REQUEST_HEAD]);
    start
}

/// Fills in the head of the request that began at `start` and ends at the buffer's end.
pub fn finish(out: &mut [u8], start: usize, id: u64, operation: u16) -> Result<(), ()> {
    let length = u32::try_from(out.len() - start - 4).map_err(|_| ())?;
    out[start..start + 4].copy_from_slice(&length.to_le_bytes());
    out[start + 4..start + 12].copy_from_slice(&id.to_le_bytes());
    out[start + 12..start + 14].copy_from_slice(&operation.to_le_bytes());
    Ok(())
}

/// A frame's request id, its payload, and the bytes it takes with its head.
pub type Frame<'a> = (u64, &'a [u8], usize);

/// Bytes that the frame which begins here takes with its head; 0 if it doesn't say yet.
pub fn announced(bytes: &[u8]) -> usize {
    bytes
        .first_chunk::<4>()
        .map_or(0, |head| u32::from_le_bytes(*head) as usize + 4)
}

/// The first whole frame in `bytes`, or None if more is needed.
pub fn parse(bytes: &[u8]) -> Result<Option<Frame<'_>>, ()> {
    let Some(head) = bytes.first_chunk::<4>() else {
        return Ok(None);
    };
    let length = u32::from_le_bytes(*head) as usize;
    if !(8..=MAX_FRAME).contains(&length) {
        return Err(());
    }
    let Some(frame) = bytes.get(4..4 + length) else {
        return Ok(None);
    };
    let (id, payload) = frame.split_at(8);
    let id = u64::from_le_bytes(id.try_into().map_err(|_| ())?);
    Ok(Some((id, payload, 4 + length)))
}

/// Whether a greeting is from a worker of this boundary version and contract.
pub fn greets(payload: &[u8], contract_hash: &str) -> Result<(), String> {
    let read = || -> Result<(i64, String), carveout_runtime::wire::WireError> {
        let mut reader = Reader::new(payload);
        reader.array_of(3)?;
        Ok((reader.i64()?, reader.str()?.to_owned()))
    };
    match read() {
        Err(error) => Err(format!("the worker's greeting is garbage: {error}")),
        Ok((abi, _)) if abi != ABI => Err(format!("the worker speaks boundary {abi}, not {ABI}")),
        Ok((_, hash)) if hash != contract_hash => {
            Err("the worker was built for another contract".to_owned())
        }
        Ok(_) => Ok(()),
    }
}
