#![no_main]

#[path = "../../tests/properties/mod.rs"]
#[allow(dead_code)]
mod properties;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    static ROUTES: std::sync::OnceLock<carveout_gateway::snapshot::Snapshot> =
        std::sync::OnceLock::new();
    let mut lines = bytes.split(|&b| b == b'\n').map(String::from_utf8_lossy);
    let mut next = || lines.next().unwrap_or_default();
    let (method, host, target) = (next(), next(), next());
    properties::routing(ROUTES.get_or_init(properties::routes), &method, &host, &target);
});
