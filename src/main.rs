//! The `amldeck` binary.
fn main() {}
