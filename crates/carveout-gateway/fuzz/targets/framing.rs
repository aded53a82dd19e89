#![no_main]

#[path = "../../tests/properties/mod.rs"]
#[allow(dead_code)]
mod properties;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    properties::head(bytes);
    let mut cut = bytes.iter();
    properties::chunks(bytes, || cut.next().map_or(1, |b| usize::from(b % 16)));
    properties::frames(bytes, bytes.len() % 17);
});
