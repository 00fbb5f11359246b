//! How much `bt track` remembers at most: its flags.

use crate::cli::{Failure, units};
use crate::tracker::Config;

/// With less than that there is no room for the tables alone.
const MEMORY_LEAST: u64 = 1 << 20;

#[derive(clap::Args, Debug)]
#[command(next_help_heading = "How much is remembered")]
pub(super) struct Ceilings {
    /// Memory for all swarms, at least 1MiB; 0: no limit
    ///
    /// 1 GiB holds a hundred million peers of large swarms, or eight million torrents of one peer.
    ///
    /// At this ceiling and the two below, a newcomer takes the place of another torrent. Of some that
    /// are drawn those go first to which nobody has come back yet, a quarter of --interval after
    /// an announce or later, the longest silent of them first; only where there is none, one to which
    /// somebody has: that which has been silent the longest, where a swarm of
    /// several networks (IPv4 addresses, IPv6 /48) counts as silent for half as long, a large one for
    /// an eighth. Never one that --allow names. So a flood of info-hashes drives out itself, however low
    /// the ceiling, and with it those who came just now; who comes back at its next announce outlives
    /// it. A torrent to which nobody has come back yet has 64 peers at most at the cost of others.
    /// In the rare case that none is found the newcomer is answered as always and not told of to
    /// others. Browsers take up to half of each of the three; beyond that a newcomer among them takes
    /// the place of other browsers, first of those whose connection is in the most torrents.
    ///
    /// Where the dfile, or a tracker whose place is taken, has more than a ceiling allows, the rest is
    /// left out; a warning says how much, and all of it is kept as FILE.larger, beside the dfile.
    #[arg(long, value_name = "SIZE", default_value = "1GiB", value_parser = units::size)]
    most_memory: u64,
    /// Peers of all torrents together; 0: no limit
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    most_peers: u64,
    /// Torrents; 0: no limit
    ///
    /// One that browsers are in as well as others counts as two, since it is kept as two.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    most_torrents: u64,
}

impl Ceilings {
    /// The same in `config`.
    ///
    /// # Errors
    /// One makes no sense.
    pub(super) fn set(&self, config: Config) -> Result<Config, Failure> {
        if (1..MEMORY_LEAST).contains(&self.most_memory) {
            return Err(Failure::usage("--most-memory is at least 1MiB, or 0 for no limit"));
        }
        let ceiling = |most: u64| match most {
            0 => usize::MAX,
            most => usize::try_from(most).unwrap_or(usize::MAX),
        };
        Ok(Config {
            peers_most: ceiling(self.most_peers),
            torrents_most: ceiling(self.most_torrents),
            memory_most: ceiling(self.most_memory),
            ..config
        })
    }
}
