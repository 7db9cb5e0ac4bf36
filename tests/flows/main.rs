//! Whole flows over the emulator: the console without a terminal, plans by their runner, and the real binary. One
//! program, because they share what drives them.

// Helpers may unwrap and print like the tests they serve.
#![cfg(test)]

mod access;
mod apply;
mod binary;
mod cli;
mod cli_access;
mod cli_snapshot;
mod cli_switch;
mod console;
mod edit;
mod forms;
#[cfg(unix)]
mod kill_line;
mod left_run;
mod plan_files;
mod runs;
mod setup;
mod setup_form;
mod setup_runs;
mod storage_access;
mod timeline;

#[path = "../support"]
mod support {
    pub mod beside;
    pub mod console;
    pub mod emulator;
    pub mod hostile;
}
