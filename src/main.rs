//! The `amldeck` binary.

fn main() -> amldeck::cli::Exit {
    amldeck::cli::run()
}
