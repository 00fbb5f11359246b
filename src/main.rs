//! The process: the real environment in, the exit status out.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(bt::run(&bt::cli::Env::process()).code())
}
