//! The two languages in requests, Resource Graph's and that of templates, on any text.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = amldeck::emulator::reading::languages(text);
});
