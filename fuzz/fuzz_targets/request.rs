//! The emulator's reading of requests, on any bytes. The same function has property tests in `cargo test`.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = amldeck::emulator::reading::read(bytes);
});
