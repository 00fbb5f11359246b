//! `bt open`

use crate::cli::desktop;
use crate::cli::trade::{self, Trade};
use crate::cli::{Bounds, Cli, Failure, TorrentInput};
use crate::torrent::Metainfo;
use std::path::PathBuf;

/// Downloads what a browser hands over
///
/// The data goes into the user's download folder: XDG_DOWNLOAD_DIR of the environment or of
/// user-dirs.dirs, else ~/Downloads. A desktop notification tells of the end where notify-send is
/// installed.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  bt open myfile.ext.torrent
  bt open file:///tmp/myfile.ext.torrent
  bt open 'magnet:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a&tr=http://my.tracker/announce'
")]
pub(crate) struct Open {
    /// The .torrent file, its URL (also file://), a magnet link, or - for standard
    /// input, which is also read where none is named
    #[arg(value_name = "TORRENT|MAGNET|URL|-")]
    torrent: Option<TorrentInput>,
    /// Another folder than the user's download folder
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// The file or folder itself that becomes the data, whatever the torrent's name is
    #[arg(long, value_name = "PATH", conflicts_with = "output")]
    save_as: Option<PathBuf>,
    /// Offer the data once it is there, until --seed-ratio, --seed-time or a signal
    #[arg(long)]
    keep_seeding: bool,
    #[command(flatten)]
    trade: Trade,
    #[command(flatten)]
    bounds: Bounds,
}

impl Open {
    pub(crate) fn run(self, cli: &Cli<'_>) -> Result<(), Failure> {
        let env = self.trade.authority.in_env(cli.env)?;
        let cli = &cli.within(&env);
        let result = self.fetch(cli);
        if let Err(failure) = &result
            && !failure.message.is_empty()
        {
            desktop::notify(cli.env, "Download failed", &failure.message);
        }
        result
    }

    fn fetch(&self, cli: &Cli<'_>) -> Result<(), Failure> {
        let opened = TorrentInput::or_stdin(self.torrent.clone(), cli.env)?
            .open_within(cli.env, self.bounds.of_metainfo())?;
        let (save_as, output) = (self.save_as.clone(), self.output.clone());
        let downloads = desktop::downloads(cli.env);
        let place = move |metainfo: &Metainfo| match (save_as, output) {
            (Some(path), _) => path,
            (None, folder) => trade::below(metainfo, &folder.unwrap_or(downloads)),
        };
        let aim = self.trade.aim(self.keep_seeding);
        let tasks = vec![self.trade.task(cli, opened, place, aim)?];
        let env = cli.env.clone();
        let reporter = trade::reporter(cli, &tasks).on_finish(move |subject| {
            let place = subject.place.display().to_string();
            desktop::notify(&env, &format!("{} is here", subject.name), &place);
        });
        trade::run_to_get(cli, self.trade.options(cli), tasks, reporter)
    }
}
