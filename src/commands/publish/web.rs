//! `bt publish --check-web-seeds`.

use crate::cli::{Cli, Failure, Progress};
use crate::net::web::{self, Finding, Wrong};
use crate::store::walk::Tree;

/// Flags about web seeds.
#[derive(clap::Args, Debug)]
pub(super) struct WebArgs {
    /// Make sure that each web seed has the files, and sends parts of them
    ///
    /// Asks for the first and the last bytes of each file and compares them, and its length, with
    /// what is here, before anything is hashed. Where something is wrong, each file is told, a line
    /// each; no metainfo is made, and the status is 1, or 5 where a server can't be reached. The
    /// servers of a stream can't be checked.
    #[arg(long, requires = "web_seed")]
    check_web_seeds: bool,
}

impl WebArgs {
    /// What is found out before anything is read.
    pub(super) fn check_usage(&self, stream: bool) -> Result<(), Failure> {
        match self.check_web_seeds && stream {
            true => Err(Failure::usage("--check-web-seeds is for files and directories")),
            false => Ok(()),
        }
    }

    /// Makes sure, where that is asked for, that the web seeds have the files of the tree. What is
    /// wrong is told, a line each; the last one is the failure.
    pub(super) fn check(
        &self,
        cli: &Cli<'_>,
        seeds: &[String],
        name: &[u8],
        tree: &Tree,
    ) -> Result<(), Failure> {
        match self.check_web_seeds {
            true => check(cli, seeds, name, tree),
            false => Ok(()),
        }
    }
}

fn check(cli: &Cli<'_>, seeds: &[String], name: &[u8], tree: &Tree) -> Result<(), Failure> {
    let mut last: Option<Failure> = None;
    for seed in seeds {
        let progress = Progress::new(cli.env, &cli.ui, "checking", web::volume(tree));
        let found =
            web::check(seed, name, tree, cli.env.authorities(), |bytes| progress.add(bytes));
        drop(progress);
        for finding in found.map_err(Failure::network)? {
            let failure = failure(finding);
            if let Some(before) = last.replace(failure) {
                cli.ui.failure(cli.env, &before);
            }
        }
    }
    last.map_or(Ok(()), Err)
}

fn failure(Finding { url, wrong }: Finding) -> Failure {
    let message = format!("{url}: {wrong}");
    match wrong {
        Wrong::Local(error) => Failure::local(&error.path, &error.source),
        Wrong::Fault(fault) if fault.is_network() => Failure::network(message),
        Wrong::Fault(_) | Wrong::Length { .. } | Wrong::Differs(_) => Failure::no(message),
    }
}
