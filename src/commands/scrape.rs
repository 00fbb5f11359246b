//! `bt scrape`

use super::asking::Asking;
use crate::cli::{Cli, Failure};
use crate::net::probe::{After, Call, Question};
use crate::torrent::InfoHash;
use crate::tracker::udp;

/// Info-hashes in one HTTP request: each takes up to 70 bytes of a request line that some servers
/// end at 4 KiB.
const HTTP_MOST: usize = 50;

/// Asks trackers how many peers torrents have
///
/// Every tracker that a torrent names, or each --tracker, is asked at once, over HTTP, HTTPS, UDP or
/// WebSocket; torrents of the same tracker are asked for together. To ask changes nothing at the tracker. Over
/// HTTP only a tracker whose URL ends in /announce can be asked (BEP 48).
#[derive(clap::Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Scrape {
    #[command(flatten)]
    asking: Asking,
}

const EXAMPLES: &str = "\
JSON:
  A line for each answer of a tracker, with the keys event (scrape), v, time, url, family (4 or 6),
  address, resolve_ms, ms, and torrents [{info_hash, name, complete, incomplete, downloaders,
  downloaded}]. downloaders is incomplete without the partial seeds (BEP 21), which only some
  trackers know, and none over UDP. The counts of a torrent that the tracker left out are null; over UDP it cannot leave out any, and
  says 0. ms is the time that all took, resolve_ms that of the name's resolution, a part of it.

  In place of torrents, a line of a failure has error (words for people),
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
      A tracker answered, and each torrent is known to one.
  1
      All that could be reached refused, or a torrent is known to none, or no tracker counts as many
      peers of it as --expect-peers says, or names no tracker and --tracker none either.
  5
      No tracker was reached that can be scraped, or none gave an answer that makes sense.

  Of several torrents, one that cannot be read is told of on standard error, and the others are asked
  about; then the status is its own: 3, or 4 where the file cannot be read.

Examples:
  What the trackers of a torrent count:
    bt scrape myfile.ext.torrent

  One line for each tracker and torrent:
    bt scrape *.torrent | jq -r '.url as $url | .torrents[]? | [$url, .name, .complete] | @tsv'

  One torrent at one tracker, by its info-hash:
    bt scrape c12fe1c06bba254a9dc9f519b335aa7c1367a88a --tracker udp://my.tracker:6969

  Whether anybody has it, for a script:
    bt scrape --expect-peers 1 --timeout 5s -q myfile.ext.torrent > /dev/null || echo 'nobody has it'

  A column of figures, one each five minutes:
    bt scrape --watch=5m a.torrent | jq --unbuffered -r '[.time, .torrents[0].complete] | @tsv'
";

impl Scrape {
    pub(crate) fn run(self, cli: &Cli<'_>) -> Result<(), Failure> {
        let env = self.asking.in_env(cli)?;
        let cli = &cli.within(&env);
        let subjects = self.asking.subjects(cli)?;
        // In the order in which they are first named.
        let mut trackers: Vec<(&str, Vec<InfoHash>)> = Vec::new();
        for subject in &subjects.good {
            for url in &subject.trackers {
                let at = trackers.iter().position(|(known, _)| known == url);
                let hashes = match at.and_then(|at| trackers.get_mut(at)) {
                    Some((_, hashes)) => hashes,
                    None => &mut trackers.push_mut((url, Vec::new())).1,
                };
                hashes.extend(&subject.hashes);
            }
        }
        let mut calls = Vec::new();
        for (url, hashes) in trackers {
            let is_udp = url.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("udp:"));
            for some in hashes.chunks(if is_udp { udp::SCRAPE_MOST } else { HTTP_MOST }) {
                calls.push(Call { url: url.to_owned(), question: Question::Scrape(some.to_vec()) });
            }
        }
        self.asking.run(cli, subjects, calls, After::Stays)
    }
}
