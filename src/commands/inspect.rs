//! `bt inspect`

use crate::cli::{Cli, Failure};

/// Shows what a torrent is
#[derive(clap::Args, Debug)]
pub(crate) struct Inspect {}

impl Inspect {
    pub(crate) fn run(self, _cli: &Cli<'_>) -> Result<(), Failure> {
        Err(Failure::usage("to be written"))
    }
}
