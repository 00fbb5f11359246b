//! `bt seed`

use crate::cli::trade::{self, Trade};
use crate::cli::{Bounds, Cli, Failure, TorrentInput, data};
use crate::net::job::{Aim, Job, Task};
use std::path::PathBuf;

/// Offers what is complete
///
/// The data is looked for at PATH/NAME, then at PATH itself; without --data at NAME beside the
/// .torrent file, then in the working folder. It is checked first. Data that is damaged or not
/// complete is not offered: status 1.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  bt seed myfile.ext.torrent
  bt seed myfile.ext.torrent --data /srv/myfile.ext --max-upload-rate 1MiB/s
  bt seed *.torrent --data /srv --seed-ratio 2
")]
pub(crate) struct Seed {
    /// The .torrent files or their URLs; - is standard input, which is also read where none
    /// is named
    #[arg(value_name = "TORRENT")]
    torrents: Vec<TorrentInput>,
    /// Where the data lies: the folder that holds it, or the data itself
    #[arg(long, value_name = "PATH")]
    data: Option<PathBuf>,
    #[command(flatten)]
    trade: Trade,
    #[command(flatten)]
    bounds: Bounds,
}

impl Seed {
    pub(crate) fn run(self, cli: &Cli<'_>) -> Result<(), Failure> {
        let env = self.trade.authority.in_env(cli.env)?;
        let cli = &cli.within(&env);
        let aim = Aim::Seed(self.trade.limit());
        let mut torrents = self.torrents.clone();
        if torrents.is_empty() {
            torrents.push(TorrentInput::or_stdin(None, cli.env)?);
        }
        let mut jobs = Vec::with_capacity(torrents.len());
        for torrent in &torrents {
            let metainfo = torrent.load_within(cli.env, self.bounds.of_metainfo())?;
            if jobs.iter().any(|job: &Job| job.info_hash == metainfo.info_hash()) {
                continue;
            }
            let place = data::find(cli.env, self.data.as_deref(), torrent, &metainfo)?;
            let files = trade::files_at(&metainfo, place)?;
            jobs.push(self.trade.job(cli.env, metainfo, files, aim));
        }
        let tasks: Vec<Task> = jobs.into_iter().map(Task::Torrent).collect();
        let reporter = trade::reporter(cli, &tasks);
        trade::run(cli, self.trade.options(cli), tasks, reporter).map(drop)
    }
}
