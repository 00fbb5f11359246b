//! `bt announce`

use super::asking::{Asking, Subject};
use crate::cli::{Cli, Failure, units};
use crate::net::probe::{After, Call, Question};
use crate::torrent::{InfoHash, PeerId};
use crate::tracker::announce::{self, Event};
use clap::ValueEnum;
use percent_encoding::percent_decode_str;
use rand::TryRng;
use rand::rngs::SysRng;
use std::path::Path;

/// Asks trackers for the peers of a torrent
///
/// Every tracker that the torrent names, or each --tracker, is asked at once, over HTTP, HTTPS, UDP
/// or WebSocket. Who announces is listed as a peer: so, unless --event is given, the announce says `started`
/// and is taken back by a `stopped` as soon as the answer is there. With --event just that one event
/// is told, and what it does at the tracker stays.
///
/// A WebSocket tracker (ws:// or wss://) is for browsers (WebTorrent): it counts peers and names no
/// addresses, and who announces is listed for as long as it is connected, here until the answer.
#[derive(clap::Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Announce {
    /// What to tell, and nothing after it [default: started, then stopped]
    #[arg(long, value_name = "EVENT")]
    event: Option<Told>,
    /// How many peers are wanted [default: as the tracker likes]
    #[arg(long, value_name = "N")]
    numwant: Option<u32>,
    /// Bytes still missing; 0 for a seed [default: all]
    #[arg(long, value_name = "SIZE", value_parser = units::size)]
    left: Option<u64>,
    /// The port that is told to listen
    #[arg(long, value_name = "PORT", default_value_t = 6881)]
    port: u16,
    /// The peer id that is told: 20 bytes, odd ones as %xx [default: one of bt's own, at random]
    #[arg(long, value_name = "ID", value_parser = peer_id, allow_hyphen_values = true)]
    peer_id: Option<PeerId>,
    #[command(flatten)]
    asking: Asking,
}

const EXAMPLES: &str = "\
JSON:
  A line for each answer of a tracker, with the keys event (announce), v, time, url, info_hash, family
  (4 or 6), address, resolve_ms, ms, announced (started, completed, paused, stopped or interval), interval,
  min_interval (seconds), complete, incomplete, peer_count, peers [{address, id}], warning,
  external_ip, tracker_id. With --brief, peers is left out. What the tracker does not say is null.
  ms is the time that all took, resolve_ms that of the name's resolution, a part of it. Of a
  WebSocket tracker peers and peer_count are null; for --expect-peers its counts are taken, less one.

  In place of announced and what follows, a line of a failure has error (words for people),
  kind and retry_in (seconds, \"never\" or null).

Kinds of failure:
  refused
      The tracker said no, or answered with another status than 200.
  unreachable
      Its name has no address; nobody took the call, or nobody who can be believed (TLS);
      nothing came within --timeout, or before the connection ended; too many redirects.
  garbled
      What came is no HTTP or no bencode, broken or cut short, too long, or no answer.

Exit status:
  0
      A tracker answered.
  1
      All that could be reached refused, or all together named fewer peers than --expect-peers says,
      or a torrent names no tracker and --tracker none either.
  5
      No tracker was reached, or none gave an answer that makes sense.

  Of several torrents, one that cannot be read is told of on standard error, and the others are asked
  about; then the status is its own: 3, or 4 where the file cannot be read.

Examples:
  The peers of a torrent:
    bt announce myfile.ext.torrent | jq -r '.peers[]?.address' | sort -u

  How fast each tracker of a magnet link is:
    bt announce --brief \"$link\" | jq -r '[.ms, .family, .url, .error] | @tsv' | sort -n

  A tracker alone, over both families:
    bt announce --format human --brief --tracker udp://my.tracker:6969 myfile.ext.torrent

  A probe for a monitor that knows 0, 1 (warning) and 2 (critical), as Nagios does:
    bt announce --format human --brief --timeout 8s --expect-peers 1 a.torrent 2>&1; s=$?; [ $s -lt 2 ] || s=2; exit $s

  Watch a tracker, a line each half minute:
    bt announce --watch=30s --brief a.torrent | jq --unbuffered -c '[.time, .ms, .peer_count, .error]'

  Take a peer off a tracker:
    bt announce --event stopped --port 6881 --peer-id -BT0100-abcdefghijkl a.torrent
";

/// An event as the user names it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Told {
    /// The peer is new
    Started,
    /// Its last piece has come; then --left is 0 where it is not given
    Completed,
    /// The peer lacks something and fetches nothing (BEP 21)
    Paused,
    /// The peer leaves
    Stopped,
    /// No event, as at the interval
    None,
}

fn peer_id(text: &str) -> Result<PeerId, String> {
    let bytes: Vec<u8> = percent_decode_str(text).collect();
    bytes.try_into().map(PeerId).map_err(|_| "a peer id is 20 bytes".to_owned())
}

impl Announce {
    pub(crate) fn run(self, cli: &Cli<'_>) -> Result<(), Failure> {
        let env = self.asking.in_env(cli)?;
        let cli = &cli.within(&env);
        let subjects = self.asking.subjects(cli)?;
        let entropy = |error| Failure::local(Path::new("random"), &std::io::Error::other(error));
        let mut random = [0; 12];
        SysRng.try_fill_bytes(&mut random).map_err(entropy)?;
        let peer_id = self.peer_id.unwrap_or_else(|| PeerId::ours(random));
        let key = SysRng.try_next_u32().map_err(entropy)?;
        let mut calls = Vec::new();
        for subject in &subjects.good {
            for url in &subject.trackers {
                for &hash in &subject.hashes {
                    let announce = self.announce(subject, hash, peer_id, key);
                    let question = Question::Announce(announce);
                    calls.push(Call { url: url.clone(), question });
                }
            }
        }
        let after = if self.event.is_none() { After::TakenBack } else { After::Stays };
        self.asking.run(cli, subjects, calls, after)
    }

    fn announce(
        &self,
        subject: &Subject,
        info_hash: InfoHash,
        peer_id: PeerId,
        key: u32,
    ) -> announce::Announce {
        let left = if self.event == Some(Told::Completed) { 0 } else { subject.left };
        announce::Announce {
            info_hash,
            peer_id,
            port: self.port,
            uploaded: 0,
            downloaded: 0,
            left: self.left.unwrap_or(left),
            event: match self.event {
                None | Some(Told::Started) => Event::Started,
                Some(Told::Completed) => Event::Completed,
                Some(Told::Paused) => Event::Paused,
                Some(Told::Stopped) => Event::Stopped,
                Some(Told::None) => Event::Interval,
            },
            // As many as are expected must be asked for.
            numwant: self.numwant.or(self.asking.expect_peers.map(|expected| expected.max(50))),
            compact: true,
            no_peer_id: true,
            key: Some(key),
            tracker_id: None,
            ip: None,
        }
    }
}
