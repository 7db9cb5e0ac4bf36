//! The guided switch of the storage access mode, over the emulator: from the assessment to the end, back again, refused,
//! and killed.

// Helpers may unwrap and print like the tests they serve.
#![cfg(test)]

mod binary;
mod support {
    pub mod console;
    pub mod emulator;
}
mod switches {
    pub mod console;
    #[cfg(target_os = "linux")]
    pub mod killed;
    pub mod mishaps;
    pub mod runs;
    pub mod stage;
}
