//! What trackers answered, as lines for people or as JSON, and what the status is to be.

mod line;

use super::Subject;
use crate::cli::paint::{Paint, Tone};
use crate::cli::units::show_duration;
use crate::cli::{Authority, Cli, Env, Failure, Format, Status, Ui, printable};
use crate::net::probe::{Heard, Listener, Question, Reply};
use crate::torrent::{InfoHash, announce_url};
use crate::tracker::announce::{Answer, Trouble};
use crate::tracker::http::Counts;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::io::Write;
use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::time::Duration;

/// What is told, and of what is complained.
pub(super) struct Look {
    pub(super) brief: bool,
    pub(super) watch: bool,
    pub(super) expect_peers: Option<u32>,
}

/// What came of the calls since the round began.
#[derive(Default)]
pub(super) struct Round {
    /// The status of the last round, where it is not 0.
    pub(super) verdict: Option<Status>,
    /// Standard output failed.
    pub(super) broken: Option<Failure>,
    /// Answers that were shown.
    told: usize,
    answered: usize,
    refused: usize,
    /// Our addresses, as trackers saw them (BEP 24) where we announced this port.
    ours: HashSet<SocketAddr>,
    /// Of those who answered, the scrapes.
    scraped: usize,
    /// By the number of the subject.
    seen: HashMap<usize, Seen>,
    complaints: HashSet<String>,
}

/// What is known of a torrent.
#[derive(Default)]
struct Seen {
    /// A scrape told of it.
    known: bool,
    /// Peers that announces named.
    listed: HashSet<SocketAddr>,
    /// The most peers that a scrape counted.
    counted: u64,
}

/// Tells.
pub(super) struct Teller {
    env: Env,
    ui: Ui,
    json: bool,
    paint: Paint,
    look: Look,
    subjects: Vec<Subject>,
    /// Which subject a hash is of.
    of: HashMap<InfoHash, usize>,
    out: Box<dyn Write>,
    round: Rc<RefCell<Round>>,
}

impl Teller {
    pub(super) fn new(
        cli: &Cli<'_>,
        look: Look,
        subjects: Vec<Subject>,
    ) -> (Self, Rc<RefCell<Round>>) {
        let hashes = subjects.iter().enumerate();
        let of = hashes.flat_map(|(at, one)| one.hashes.iter().map(move |hash| (*hash, at)));
        let round = Rc::<RefCell<Round>>::default();
        let teller = Self {
            of: of.collect(),
            env: cli.env.clone(),
            ui: cli.ui.clone(),
            json: cli.format == Format::Json,
            paint: Paint(cli.color),
            look,
            subjects,
            out: Box::new(cli.env.stdout()),
            round: Rc::clone(&round),
        };
        (teller, round)
    }

    /// Whether hashes have to be told apart.
    fn has_many(&self) -> bool {
        self.of.len() > 1
    }

    fn name(&self, hash: InfoHash) -> Option<&str> {
        self.subjects.get(*self.of.get(&hash)?)?.name.as_deref()
    }

    fn count(&self, heard: &Heard<'_>) {
        let mut round = self.round.borrow_mut();
        let seen = |round: &mut Round, hash: &InfoHash, add: &dyn Fn(&mut Seen)| {
            if let Some(&subject) = self.of.get(hash) {
                add(round.seen.entry(subject).or_default());
            }
        };
        match (&heard.result, &heard.call.question) {
            (Err(Trouble::Refused { .. }), _) => round.refused = round.refused.saturating_add(1),
            (Err(_), _) => {}
            (Ok(Reply::Announce(answer)), Question::Announce(announce)) => {
                round.answered = round.answered.saturating_add(1);
                let ours = answer.external_ip.map(|ip| SocketAddr::new(ip, announce.port));
                round.ours.extend(ours);
                seen(&mut round, &announce.info_hash, &|seen| {
                    let named =
                        answer.peers.iter().filter(|peer| peer.id != Some(announce.peer_id));
                    seen.listed.extend(named.map(|peer| peer.address));
                    if announce_url::is_websocket(&heard.call.url) {
                        seen.counted = seen.counted.max(others(answer));
                    }
                });
            }
            (Ok(Reply::Scrape(counts)), Question::Scrape(hashes)) => {
                round.answered = round.answered.saturating_add(1);
                round.scraped = round.scraped.saturating_add(1);
                for (hash, counts) in hashes.iter().zip(counts) {
                    let Some(counts) = counts else { continue };
                    let sum = u64::from(counts.complete).saturating_add(counts.incomplete.into());
                    seen(&mut round, hash, &|seen| {
                        seen.known = true;
                        seen.counted = seen.counted.max(sum);
                    });
                }
            }
            (Ok(_), _) => {}
        }
    }

    /// Says on standard error what went wrong, once a round.
    fn complain(&self, heard: &Heard<'_>, trouble: &Trouble) {
        let url = &heard.call.url;
        let mut about = String::new();
        if let Some(ip) = heard.address.map(|address| address.ip())
            && !url.contains(&ip.to_string())
        {
            let _ = write!(about, " ({})", family(ip.is_ipv4()));
        }
        if let (Question::Announce(announce), Trouble::Refused { .. }, true) =
            (&heard.call.question, trouble, self.has_many())
        {
            let _ = write!(about, " ({})", announce.info_hash);
        }
        let line = format!("{}{about}: {trouble}", announce_url::masked(url));
        if self.round.borrow_mut().complaints.insert(line.clone()) {
            let failure = Failure::no(line);
            let failure = match trouble {
                Trouble::Untrusted(_) => failure.hint(Authority::HINT),
                _ => failure,
            };
            self.ui.failure(&self.env, &failure);
        }
    }

    /// The lines for people.
    fn page(&self, heard: &Heard<'_>, reply: &Reply) -> String {
        let url = printable(&announce_url::masked(&heard.call.url));
        let url = self.paint.of(Tone::Key, url);
        let way = heard.address.map_or("", |address| family(address.is_ipv4()));
        let way = format!("({way}, {})", milliseconds(heard.took));
        let way = self.paint.of(Tone::Aside, way);
        let mut page = match self.look.watch && self.round.borrow().told == 1 {
            true => jiff::Timestamp::try_from(self.env.now())
                .map_or_else(|_| String::new(), |now| format!("{now:.0}\n")),
            false => String::new(),
        };
        // Writing to a string cannot fail.
        match (reply, &heard.call.question) {
            (Reply::Announce(answer), Question::Announce(announce)) => {
                let hash = match self.has_many() {
                    true => format!(" {}", announce.info_hash),
                    false => String::new(),
                };
                let summary = match announce_url::is_websocket(&heard.call.url) {
                    true => counts(answer).join(", "),
                    false => summary(answer),
                };
                let _ = writeln!(page, "{url}{hash}: {summary} {way}");
                for peer in answer.peers.iter().filter(|_| !self.look.brief) {
                    let _ = writeln!(page, "  {}", peer.address);
                }
            }
            (Reply::Scrape(counts), Question::Scrape(hashes)) => {
                if let ([_], [counts]) = (&hashes[..], &counts[..]) {
                    let _ = writeln!(page, "{url}: {} {way}", counted(*counts));
                    return page;
                }
                let _ = writeln!(page, "{url} {way}");
                for (hash, counts) in hashes.iter().zip(counts) {
                    let name = self.name(*hash).unwrap_or_default();
                    let line = format!("  {hash}  {}  {name}", counted(*counts));
                    let _ = writeln!(page, "{}", line.trim_end());
                }
            }
            _ => {}
        }
        page
    }

    fn write(&mut self, text: &str) -> ControlFlow<()> {
        let written = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush());
        match written {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.round.borrow_mut().broken = Some(Failure::stdout(&error));
                ControlFlow::Break(())
            }
        }
    }

    /// What the round comes to, and a line for each torrent that is not as it should be.
    fn judge(&self) -> (Option<Status>, Vec<String>) {
        let round = self.round.borrow();
        if round.answered == 0 {
            let status = if round.refused > 0 { Status::No } else { Status::Network };
            return (Some(status), Vec::new());
        }
        let none = Seen::default();
        let mut lines = Vec::new();
        for (at, subject) in self.subjects.iter().enumerate() {
            let seen = round.seen.get(&at).unwrap_or(&none);
            // Some trackers name the asker too.
            let listed = seen.listed.difference(&round.ours).count() as u64;
            let peers = seen.counted.max(listed);
            let label = subject.label();
            match self.look.expect_peers {
                // An announce makes any torrent known.
                _ if !seen.known && round.scraped > 0 => {
                    lines.push(format!("{label}: no tracker knows it"));
                }
                Some(expected) if peers < expected.into() => {
                    lines.push(format!("{label}: {}, {expected} expected", of_peers(peers)));
                }
                _ => {}
            }
        }
        ((!lines.is_empty()).then_some(Status::No), lines)
    }
}

impl Listener for Teller {
    fn heard(&mut self, heard: &Heard<'_>) -> ControlFlow<()> {
        self.count(heard);
        match &heard.result {
            Err(trouble) => self.complain(heard, trouble),
            Ok(Reply::Announce(Answer { warning: Some(warning), .. })) => {
                let url = announce_url::masked(&heard.call.url);
                self.ui.warn(&self.env, format_args!("{url}: {warning}"));
            }
            Ok(_) => {}
        }
        let text = match &heard.result {
            _ if self.json => {
                let now = self.env.now();
                line::line(heard, now, self.look.brief, &|hash| self.name(hash))
            }
            Ok(reply) => {
                let told = self.round.borrow().told.saturating_add(1);
                self.round.borrow_mut().told = told;
                self.page(heard, reply)
            }
            Err(_) => return ControlFlow::Continue(()),
        };
        self.write(&text)
    }

    fn round_over(&mut self) -> ControlFlow<()> {
        let (verdict, lines) = self.judge();
        for line in lines {
            self.ui.failure(&self.env, &Failure::no(line));
        }
        *self.round.borrow_mut() = Round { verdict, ..Round::default() };
        ControlFlow::Continue(())
    }
}

fn family(is_v4: bool) -> &'static str {
    if is_v4 { "IPv4" } else { "IPv6" }
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

fn of_peers(count: u64) -> String {
    if count == 1 { "1 peer".to_owned() } else { format!("{count} peers") }
}

/// Those that a tracker for browsers counts, but for the one who asks.
fn others(answer: &Answer) -> u64 {
    let count = |count: Option<u32>| u64::from(count.unwrap_or(0));
    count(answer.complete).saturating_add(count(answer.incomplete)).saturating_sub(1)
}

/// `3 peers, 1 complete, 2 incomplete, again in 30 min 00 s`
fn summary(answer: &Answer) -> String {
    let mut parts = counts(answer);
    parts.insert(0, of_peers(answer.peers.len() as u64));
    parts.join(", ")
}

/// The same without the peers that are named.
fn counts(answer: &Answer) -> Vec<String> {
    let mut parts = Vec::new();
    for (count, what) in [(answer.complete, "complete"), (answer.incomplete, "incomplete")] {
        parts.extend(count.map(|count| format!("{count} {what}")));
    }
    if !answer.interval.is_zero() {
        parts.push(format!("again in {}", show_duration(answer.interval)));
    }
    parts
}

fn counted(counts: Option<Counts>) -> String {
    match counts {
        None => "unknown".to_owned(),
        Some(Counts { complete, incomplete, partial, downloaded }) => {
            let partly = match partial {
                0 => String::new(),
                partial => format!(" ({partial} of them partial seeds)"),
            };
            format!("{complete} complete, {incomplete} incomplete{partly}, {downloaded} downloaded")
        }
    }
}
