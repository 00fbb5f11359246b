//! `bt track dump`

use crate::cli::{Cli, Failure, Format, Source, units};
use crate::tracker::announce::Role;
use crate::tracker::dfile::{self, Torrent};
use crate::tracker::http::Counts;
use serde::Serialize;
use std::io::{BufWriter, Write};

/// As which it is called.
pub(super) const NAME: &str = "dump";

/// What `bt track` does besides serving.
#[derive(clap::Subcommand, Debug)]
pub(super) enum Other {
    Dump(Dump),
}

/// Writes the swarms of a dfile, a line of JSON each
///
/// Each line has v, info_hash, complete, incomplete, downloaders (incomplete without the partial
/// seeds) and downloaded. The dfile of a tracker that runs may be
/// read at any time: it is always whole.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  bt track dump dstate | jq -r 'select(.complete == 0).info_hash'
      The torrents without a seed.
  bt track dump --peers dstate | jq -r '.peers[].address'
      All peers.
")]
pub(super) struct Dump {
    /// The dfile, or - for standard input
    dfile: Option<Source>,
    /// With the peers: address, seed, partial_seed, and age in seconds since last heard of
    #[arg(long)]
    peers: bool,
    /// The longest dfile that is read; all of it is held in memory
    #[arg(long, value_name = "SIZE", default_value = "2GiB", value_parser = units::size)]
    max_dfile: u64,
}

#[derive(Serialize)]
struct Swarm {
    v: u8,
    info_hash: String,
    complete: u32,
    incomplete: u32,
    downloaders: u32,
    downloaded: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    peers: Option<Vec<Peer>>,
}

#[derive(Serialize)]
struct Peer {
    address: String,
    seed: bool,
    partial_seed: bool,
    age: u64,
}

impl Dump {
    pub(super) fn run(self, cli: &Cli<'_>) -> Result<(), Failure> {
        if cli.format == Format::Bencode {
            return Err(Failure::usage("--format bencode: swarms are written as JSON"));
        }
        let source = Source::or_stdin(self.dfile, cli.env)?;
        let bytes = source.read(cli.env, self.max_dfile)?;
        // Nothing is written of one that is broken.
        dfile::check(&bytes).map_err(|error| Failure::input(format_args!("{source}: {error}")))?;
        let mut out = BufWriter::with_capacity(1 << 16, cli.env.stdout());
        let mut written = Ok(());
        let told = dfile::read(&bytes, |torrent| {
            if written.is_ok() {
                written = serde_json::to_writer(&mut out, &swarm(torrent, self.peers))
                    .map_err(std::io::Error::from)
                    .and_then(|()| out.write_all(b"\n"));
            }
        });
        told.map_err(|error| Failure::input(format_args!("{source}: {error}")))?;
        written.and_then(|()| out.flush()).map_err(|error| Failure::stdout(&error))
    }
}

fn swarm(torrent: &Torrent, peers: bool) -> Swarm {
    let Counts { complete, incomplete, partial, downloaded } = torrent.counts();
    let peer = |peer: &dfile::Peer| Peer {
        address: peer.address.to_string(),
        seed: peer.role == Role::Seed,
        partial_seed: peer.role == Role::PartialSeed,
        age: peer.age.as_secs(),
    };
    Swarm {
        v: 1,
        info_hash: torrent.hash.to_string(),
        complete,
        incomplete,
        downloaders: incomplete - partial,
        downloaded,
        peers: peers.then(|| torrent.peers.iter().map(peer).collect()),
    }
}
