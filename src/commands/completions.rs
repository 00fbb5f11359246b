//! `bt completions`

use crate::cli::{Cli, Failure};

/// Shell completions
#[derive(clap::Args, Debug)]
pub(crate) struct Completions {}

impl Completions {
    pub(crate) fn run(self, _cli: &Cli<'_>) -> Result<(), Failure> {
        Err(Failure::usage("to be written"))
    }
}
