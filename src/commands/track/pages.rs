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
    /// Magnet links and the feed lead there. A request that came by HTTPS, to us or by the words of a
    /// trusted proxy, names an https one.
    #[arg(long, value_name = "URL")]
    public_url: Option<Base>,
    /// Who sees the page / that lists the torrents [default: all; with --keys: none]
    #[arg(long, value_name = "all|none", hide_possible_values = true)]
    index: Option<Shown>,
    /// Who sees the pages /stats and /stats.json, and /metrics beside them [default: all; with --keys:
    /// none]
    #[arg(long, value_name = "all|none", hide_possible_values = true)]
    stats: Option<Shown>,
    /// Who gets the files of --torrents, and the feed [default: all; with --keys: none]
    ///
    /// Without them --torrents gives names to the torrents of the index page, and no more.
    #[arg(long, value_name = "all|none", hide_possible_values = true, requires = "torrents")]
    files: Option<Shown>,
    /// Serve the metrics there, and not at /metrics beside the announces
    ///
    /// /healthz is answered there too: with 200 where HTTP and UDP answer, with 503 where not. Only
    /// there do the metrics tell of each key of --keys.
    #[arg(long, value_name = "ADDRESS:PORT")]
    metrics_listen: Option<SocketAddr>,
}

/// Who sees a page.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(super) enum Shown {
    /// Everybody
    All,
    /// Nobody
    None,
}

impl Pages {
    /// Torrents that anybody is told of who names none. What is not said is for `others`.
    pub(super) fn listed_most(&self, others: Shown) -> usize {
        if self.index.unwrap_or(others) == Shown::All { 1000 } else { 0 }
    }

    /// What is not said is for `others`.
    pub(super) fn options(&self, cli: &Cli<'_>, others: Shown) -> PageOptions {
        let shown = |who: Option<Shown>| who.unwrap_or(others) == Shown::All;
        PageOptions {
            index: shown(self.index),
            stats: shown(self.stats),
            files: shown(self.files),
            torrents: self.torrents.as_ref().map(|path| cli.env.resolve(path)),
            public: self.public_url.clone(),
            metrics: self.metrics_listen,
        }
    }
}
