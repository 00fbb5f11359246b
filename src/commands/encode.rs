//! `bt encode`

use crate::cli::{Cli, Failure};

/// JSON to bencode
#[derive(clap::Args, Debug)]
pub(crate) struct Encode {}

impl Encode {
    pub(crate) fn run(self, _cli: &Cli<'_>) -> Result<(), Failure> {
        Err(Failure::usage("to be written"))
    }
}
