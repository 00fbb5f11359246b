//! `bt seed`

use crate::cli::{Cli, Failure};

/// Offers what is complete
#[derive(clap::Args, Debug)]
pub(crate) struct Seed {}

impl Seed {
    pub(crate) fn run(self, _cli: &Cli<'_>) -> Result<(), Failure> {
        Err(Failure::usage("to be written"))
    }
}
