//! `bt track`

use crate::cli::{Cli, Failure};

/// Runs a tracker
#[derive(clap::Args, Debug)]
pub(crate) struct Track {}

impl Track {
    pub(crate) fn run(self, _cli: &Cli<'_>) -> Result<(), Failure> {
        Err(Failure::usage("to be written"))
    }
}
