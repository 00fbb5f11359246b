//! `bt fetch`

use crate::cli::{Cli, Failure};

/// Downloads a torrent
#[derive(clap::Args, Debug)]
pub(crate) struct Fetch {}

impl Fetch {
    pub(crate) fn run(self, _cli: &Cli<'_>) -> Result<(), Failure> {
        Err(Failure::usage("to be written"))
    }
}
