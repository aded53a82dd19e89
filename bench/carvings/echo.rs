use carveout_runtime::{Bytes, Outcome};

pub fn echo(data: Bytes) -> Outcome<Bytes> {
    Ok(data)
}
