//! `bt open`

use crate::cli::{Cli, Failure};

/// Downloads what a browser hands over
#[derive(clap::Args, Debug)]
pub(crate) struct Open {}

impl Open {
    pub(crate) fn run(self, _cli: &Cli<'_>) -> Result<(), Failure> {
        Err(Failure::usage("to be written"))
    }
}
