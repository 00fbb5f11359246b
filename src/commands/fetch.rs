//! `bt fetch`

use crate::cli::trade::{self, Trade};
use crate::cli::{Bounds, Cli, Failure, TorrentInput, units};
use crate::torrent::Metainfo;
use std::path::PathBuf;
use std::time::Duration;

/// Downloads a torrent
///
/// What is there already is checked first, and only what is missing is fetched. A fetch that was
/// broken off goes on where it was when it is called again with the same place.
///
/// Of a magnet link the metadata is got first, from peers that the link's trackers, the link itself
/// (x.pe) or --peer name.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  bt fetch myfile.ext.torrent
  bt fetch -o ~/Downloads http://my.tracker/myfile.ext.torrent
  bt fetch --save-as disk.img myfile.ext.torrent --timeout 5m
  bt fetch 'magnet:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a&tr=http://my.tracker/announce'
  bt fetch - < myfile.ext.torrent | jq -r 'select(.event == \"finished\").path'
")]
pub(crate) struct Fetch {
    /// The .torrent file, its URL, a magnet link, or - for standard input, which is also
    /// read where none is named
    #[arg(value_name = "TORRENT|MAGNET|URL|-")]
    torrent: Option<TorrentInput>,
    /// The folder that the data is put into
    #[arg(short, long, value_name = "DIR", default_value = ".")]
    output: PathBuf,
    /// The file or folder itself that becomes the data, whatever the torrent's name is
    #[arg(long, value_name = "PATH", conflicts_with = "output")]
    save_as: Option<PathBuf>,
    /// Receive at most so many bytes a second; 0: no limit
    #[arg(long, value_name = "RATE", value_parser = units::rate)]
    max_download_rate: Option<u64>,
    /// End with status 5 where nothing new came for so long [default: wait for ever]
    #[arg(long, value_name = "DURATION", value_parser = units::duration)]
    timeout: Option<Duration>,
    /// Offer the data once it is there, until --seed-ratio, --seed-time or a signal
    #[arg(long)]
    keep_seeding: bool,
    #[command(flatten)]
    trade: Trade,
    #[command(flatten)]
    bounds: Bounds,
}

impl Fetch {
    pub(crate) fn run(self, cli: &Cli<'_>) -> Result<(), Failure> {
        let env = self.trade.authority.in_env(cli.env)?;
        let cli = &cli.within(&env);
        let opened = TorrentInput::or_stdin(self.torrent, cli.env)?
            .open_within(cli.env, self.bounds.of_metainfo())?;
        let (output, save_as) = (self.output, self.save_as);
        let place =
            move |metainfo: &Metainfo| save_as.unwrap_or_else(|| trade::below(metainfo, &output));
        let aim = self.trade.aim(self.keep_seeding);
        let tasks = vec![self.trade.task(cli, opened, place, aim)?];
        let mut options = self.trade.options(cli);
        options.download_limit = self.max_download_rate.filter(|rate| *rate > 0);
        options.patience = self.timeout;
        let reporter = trade::reporter(cli, &tasks);
        trade::run_to_get(cli, options, tasks, reporter)
    }
}
