//! The guided switch of the storage access mode, over the emulator: from the assessment to the end, back again, refused,
//! and killed.

mod console;
#[cfg(target_os = "linux")]
mod killed;
mod mishaps;
mod runs;
mod stage;
mod together;
