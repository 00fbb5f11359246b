//! `bt man`

use crate::cli::{Cli, Failure};

/// Manual pages
#[derive(clap::Args, Debug)]
pub(crate) struct Man {}

impl Man {
    pub(crate) fn run(self, _cli: &Cli<'_>) -> Result<(), Failure> {
        Err(Failure::usage("to be written"))
    }
}
