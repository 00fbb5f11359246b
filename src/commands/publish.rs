//! `bt publish`

use crate::cli::{Cli, Failure};

/// Makes metainfo of a file or directory
#[derive(clap::Args, Debug)]
pub(crate) struct Publish {}

impl Publish {
    pub(crate) fn run(self, _cli: &Cli<'_>) -> Result<(), Failure> {
        Err(Failure::usage("to be written"))
    }
}
