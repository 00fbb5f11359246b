//! What people and monitors see of `bt track`: its flags.

use crate::cli::Cli;
use crate::net::track::PageOptions;
use crate::tracker::page::address::Base;
use std::net::SocketAddr;
use std::path::PathBuf;

#[derive(clap::Args, Debug)]
#[command(next_help_heading = "What people and monitors see")]
pub(super) struct Pages {
    /// Offer the .torrent files of this folder
    ///
    /// They are served at /torrents/NAME.torrent, name the torrents on the index page, and the
    /// newest are told in the feed at /feed.xml, to which clients subscribe. Files that come and go
    /// are noticed within seconds; one that is no torrent is left out with a warning. Folders in
    /// it and symbolic links are passed over. It does not say which torrents are served: see --allow.
    #[arg(long, value_name = "DIR")]
    torrents: Option<PathBuf>,
    /// Where the tracker is seen from outside, as in https://tracker.example [default: as each
    /// request names its host]
    ///
    /// Magnet links and the feed lead there.
    #[arg(long, value_name = "URL")]
    public_url: Option<Base>,
    /// The page / that lists the torrents
    #[arg(long, value_name = "WHO", default_value = "all")]
    index: Shown,
    /// The pages /stats and /stats.json
    #[arg(long, value_name = "WHO", default_value = "all")]
    stats: Shown,
    /// Serve the metrics there, and not at /metrics beside the announces
    ///
    /// /healthz is answered there too: with 200 where HTTP and UDP answer, with 503 where not.
    #[arg(long, value_name = "ADDRESS:PORT")]
    metrics_listen: Option<SocketAddr>,
}

/// Who sees a page.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Shown {
    /// Everybody
    All,
    /// Nobody
    None,
}

impl Pages {
    /// Torrents that anybody is told of who names none.
    pub(super) fn listed_most(&self) -> usize {
        if self.index == Shown::All { 1000 } else { 0 }
    }

    pub(super) fn options(&self, cli: &Cli<'_>) -> PageOptions {
        PageOptions {
            index: self.index == Shown::All,
            stats: self.stats == Shown::All,
            torrents: self.torrents.as_ref().map(|path| cli.env.resolve(path)),
            public: self.public_url.clone(),
            metrics: self.metrics_listen,
        }
    }
}
