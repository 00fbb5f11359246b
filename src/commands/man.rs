//! `bt man`

use crate::cli::{Cli, Failure, Sink, manual};
use std::path::PathBuf;

/// Shows the manual pages
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  The page of bt publish as text:
    bt man publish | mandoc -T utf8 | col -b

  All pages as files:
    bt man --out man1
")]
pub(crate) struct Man {
    /// The command whose page it is; without it, that of bt itself
    command: Option<String>,
    /// Writes all pages into this folder instead
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    out: Option<PathBuf>,
}

impl Man {
    pub(crate) fn run(self, cli: &Cli<'_>) -> Result<(), Failure> {
        let root = super::definition();
        let render = |command: &clap::Command| manual::page(&root, command).map_err(Failure::no);
        if let Some(folder) = self.out {
            let place = cli.env.resolve(&folder);
            std::fs::create_dir_all(&place).map_err(|error| Failure::local(&folder, &error))?;
            let commands = root.get_subcommands().filter(|command| command.get_name() != "help");
            for command in std::iter::once(&root).chain(commands) {
                let file = folder.join(manual::page_name(&root, command) + ".1");
                Sink::Path(file).write(cli.env, &render(command)?, true)?;
            }
            return Ok(());
        }
        let command = match self.command.as_deref() {
            None | Some("bt") => &root,
            Some(name) => {
                root.find_subcommand(name.strip_prefix("bt-").unwrap_or(name)).ok_or_else(|| {
                    Failure::no(format_args!("{name}: no such command"))
                        .hint("bt --list names them")
                })?
            }
        };
        Sink::Stdout.write(cli.env, &render(command)?, false)
    }
}
