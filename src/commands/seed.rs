//! `bt seed`

use crate::cli::trade::{self, Trade};
use crate::cli::{Cli, Failure, TorrentInput};
use crate::net::job::{Aim, Job, Task};
use crate::torrent::Metainfo;
use std::path::{Path, PathBuf};

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
    /// The .torrent files or their URLs; - is standard input
    #[arg(value_name = "TORRENT", required = true)]
    torrents: Vec<TorrentInput>,
    /// Where the data lies: the folder that holds it, or the data itself
    #[arg(long, value_name = "PATH")]
    data: Option<PathBuf>,
    #[command(flatten)]
    trade: Trade,
}

impl Seed {
    pub(crate) fn run(self, cli: &Cli<'_>) -> Result<(), Failure> {
        let aim = Aim::Seed(self.trade.limit());
        let mut jobs = Vec::with_capacity(self.torrents.len());
        for torrent in &self.torrents {
            let metainfo = torrent.load(cli.env)?;
            if jobs.iter().any(|job: &Job| job.info_hash == metainfo.info_hash()) {
                continue;
            }
            let place = self.place(cli, torrent, &metainfo)?;
            let files = trade::files_at(&metainfo, place)?;
            jobs.push(self.trade.job(cli.env, metainfo, files, aim));
        }
        let tasks: Vec<Task> = jobs.into_iter().map(Task::Torrent).collect();
        let reporter = trade::reporter(cli, &tasks);
        trade::run(cli, self.trade.options(cli), tasks, reporter).map(drop)
    }

    /// The first of the places where the data may lie that is there.
    fn place(
        &self,
        cli: &Cli<'_>,
        torrent: &TorrentInput,
        metainfo: &Metainfo,
    ) -> Result<PathBuf, Failure> {
        let beside = torrent.path().and_then(Path::parent);
        let places = match &self.data {
            Some(path) => [trade::below(metainfo, path), path.clone()],
            None => [
                trade::below(metainfo, beside.unwrap_or(Path::new(""))),
                trade::below(metainfo, Path::new("")),
            ],
        };
        let fits = |path: &&PathBuf| {
            let found = cli.env.resolve(path).metadata();
            found.is_ok_and(|found| found.is_dir() == metainfo.folder)
        };
        match places.iter().find(fits) {
            Some(path) => Ok(cli.env.resolve(path)),
            None => {
                let [first, _] = &places;
                let error = match cli.env.resolve(first).metadata() {
                    Err(error) => error,
                    Ok(_) => std::io::Error::other(match metainfo.folder {
                        true => "the torrent is of a folder, and this is none",
                        false => "the torrent is of a file, and this is none",
                    }),
                };
                Err(Failure::local(first, &error).hint("--data says where the data lies"))
            }
        }
    }
}
