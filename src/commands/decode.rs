//! `bt decode`

use crate::cli::{Cli, Failure};

/// Bencode to JSON
#[derive(clap::Args, Debug)]
pub(crate) struct Decode {}

impl Decode {
    pub(crate) fn run(self, _cli: &Cli<'_>) -> Result<(), Failure> {
        Err(Failure::usage("to be written"))
    }
}
