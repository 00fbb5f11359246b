//! What is said of torrents at work: events on standard output, a bar or lines on standard error.

mod magnet;

use super::{Cli, Env, Failure, Format, Progress, Show, Ui, printable, units};
use crate::net::job::Job;
use crate::net::notice::{Listener, Notice};
use crate::swarm::{self, Event};
use crate::torrent::InfoHash;
use crate::tracker::announce;
use serde_json::{Value, json};
use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Instant;

/// A torrent as the user knows it.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Its name, printable.
    pub name: String,
    /// Where its data lies.
    pub place: PathBuf,
}

type OnFinish = Box<dyn FnMut(&Subject)>;

impl Subject {
    /// What a job is about.
    pub fn of(job: &Job) -> Self {
        let place = match job.metainfo.layout.len() {
            1 if !job.metainfo.folder => job.files.path(0),
            _ => job.files.root().to_owned(),
        };
        Self { name: printable(&String::from_utf8_lossy(&job.metainfo.name)), place }
    }
}

/// Renders notices.
pub struct Reporter {
    env: Env,
    ui: Ui,
    format: Format,
    out: Box<dyn Write>,
    subjects: HashMap<InfoHash, Work>,
    /// Torrents whose metadata is sought.
    seeking: HashMap<InfoHash, Progress>,
    /// Trackers that failed and were told of.
    told: HashSet<String>,
    /// Something is finished.
    finished: Rc<Cell<bool>>,
    /// Called with the name and the place of what is finished.
    on_finish: Option<OnFinish>,
}

/// A torrent and how far it is.
struct Work {
    subject: Subject,
    began: Instant,
    /// Verified bytes at the start.
    had: u64,
    bar: Option<Progress>,
}

impl Work {
    fn new(subject: Subject) -> Self {
        Self { subject, began: Instant::now(), had: 0, bar: None }
    }
}

impl Reporter {
    /// For these torrents.
    pub fn new(cli: &Cli<'_>, subjects: impl IntoIterator<Item = (InfoHash, Subject)>) -> Self {
        let work = |(hash, subject)| (hash, Work::new(subject));
        Self {
            env: cli.env.clone(),
            ui: cli.ui.clone(),
            format: cli.format,
            out: Box::new(cli.env.stdout()),
            subjects: subjects.into_iter().map(work).collect(),
            seeking: HashMap::new(),
            told: HashSet::new(),
            finished: Rc::default(),
            on_finish: None,
        }
    }

    /// Calls this where a torrent is finished.
    #[must_use]
    pub fn on_finish(self, call: impl FnMut(&Subject) + 'static) -> Self {
        Self { on_finish: Some(Box::new(call)), ..self }
    }

    /// Turns true where a torrent is finished.
    pub fn finished_flag(&self) -> Rc<Cell<bool>> {
        Rc::clone(&self.finished)
    }

    /// The last event where a run fails.
    pub fn failed(cli: &Cli<'_>, failure: &Failure) {
        if cli.format == Format::Json && !failure.message.is_empty() {
            let event = json!({"event": "error", "v": 1, "status": failure.status.code(),
                "message": failure.message});
            // The failure is told on standard error as well.
            let _ = writeln!(cli.env.stdout(), "{event}");
        }
    }

    /// Writes one event; whoever reads them may have gone.
    fn event(&mut self, event: &Value) -> ControlFlow<()> {
        if self.format != Format::Json {
            return ControlFlow::Continue(());
        }
        let mut line = event.to_string();
        line.push('\n');
        self.put(line.as_bytes())
    }

    fn put(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        match self.out.write_all(bytes).and_then(|()| self.out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }

    /// A line on standard error, past the bar.
    fn note(&self, level: i8, message: &str) {
        let write = || self.ui.note(&self.env, level, message);
        let bars = self.subjects.values().filter_map(|work| work.bar.as_ref());
        match bars.chain(self.seeking.values()).next() {
            Some(bar) => bar.aside(write),
            None => write(),
        }
    }

    fn warn(&self, message: &str) {
        self.note(0, &format!("warning: {message}"));
    }

    fn peer(&mut self, address: SocketAddr, state: &str, reason: Option<&str>) -> ControlFlow<()> {
        if self.ui.level < 1 {
            return ControlFlow::Continue(());
        }
        self.note(1, &format!("peer {address}: {}", reason.unwrap_or(state)));
        self.event(&json!({"event": "peer", "v": 1, "address": address.to_string(),
            "state": state, "reason": reason}))
    }

    fn swarm(&mut self, torrent: InfoHash, event: &Event) -> ControlFlow<()> {
        match event {
            Event::PeerConnected(address, id) => {
                let state = format!("connected ({id})");
                if self.ui.level >= 1 {
                    self.note(1, &format!("peer {address}: {state}"));
                    return self.event(&json!({"event": "peer", "v": 1,
                        "address": address.to_string(), "state": "connected",
                        "id": id.to_string()}));
                }
            }
            Event::PeerGone(address, trouble) => {
                let reason = trouble.map(|trouble| trouble.to_string());
                return self.peer(*address, "gone", reason.as_deref());
            }
            Event::Banned(address) => return self.peer(*address, "banned", None),
            Event::PieceFailed(piece, peers) => {
                let peers: Vec<String> = peers.iter().map(ToString::to_string).collect();
                let from = peers.join(", ");
                self.note(1, &format!("piece {}: fails its hash, sent by {from}", piece.0));
                return self.event(&json!({"event": "piece_failed", "v": 1, "piece": piece.0,
                    "info_hash": torrent.to_string(), "peers": peers}));
            }
            Event::MetadataFailed(peers) => {
                let peers: Vec<String> = peers.iter().map(ToString::to_string).collect();
                let from = peers.join(", ");
                self.note(1, &format!("metadata: fails the info-hash, sent by {from}"));
                return self.event(&json!({"event": "metadata_failed", "v": 1,
                    "info_hash": torrent.to_string(), "peers": peers}));
            }
            Event::Piece(piece) if self.ui.level >= 2 => {
                return self.event(&json!({"event": "piece", "v": 1, "piece": piece.0,
                    "info_hash": torrent.to_string()}));
            }
            Event::Piece(_) | Event::Finished => {}
        }
        ControlFlow::Continue(())
    }

    fn checking(&mut self, torrent: InfoHash, done: u64, total: u64) -> ControlFlow<()> {
        if let Some(work) = self.subjects.get_mut(&torrent) {
            let bar = || Progress::new(&self.env, &self.ui, "checking", total);
            work.bar.get_or_insert_with(bar).set(done);
        }
        self.event(&json!({"event": "checking", "v": 1, "info_hash": torrent.to_string(),
            "done": done, "total": total}))
    }

    fn checked(&mut self, torrent: InfoHash, verified: u64, total: u64) -> ControlFlow<()> {
        let said = self.subjects.get_mut(&torrent).map(|work| {
            (work.bar, work.had, work.began) = (None, verified, Instant::now());
            let name = &work.subject.name;
            match verified {
                0 if total > 0 => None,
                _ if verified == total => Some(format!("{name}: complete")),
                _ => Some(format!(
                    "{name}: {} of {} are here",
                    units::show_size(verified),
                    units::show_size(total)
                )),
            }
        });
        if let Some(Some(said)) = said {
            self.note(0, &said);
        }
        self.event(&json!({"event": "checked", "v": 1, "info_hash": torrent.to_string(),
            "verified": verified, "total": total, "missing": total.saturating_sub(verified)}))
    }

    fn progress(&mut self, torrent: InfoHash, progress: &swarm::Progress) -> ControlFlow<()> {
        if let Some(work) = self.subjects.get_mut(&torrent) {
            let complete = progress.verified == progress.total;
            let up = units::show_rate(progress.upload_rate);
            let peers = match progress.peers {
                1 => "1 peer".to_owned(),
                count => format!("{count} peers"),
            };
            if !complete {
                let missing = progress.total.saturating_sub(work.had);
                let bar = || Progress::new(&self.env, &self.ui, "fetching", missing);
                let bar = work.bar.get_or_insert_with(bar);
                bar.note(format!("{peers}, up {up}"));
                bar.set(progress.verified.saturating_sub(work.had));
            } else if self.ui.show == Show::Bar {
                let bar = || Progress::new(&self.env, &self.ui, "seeding", 0);
                let bar = work.bar.get_or_insert_with(bar);
                bar.note(peers);
                bar.set(progress.uploaded);
            }
        }
        self.event(&counters("progress", torrent, progress))
    }

    fn finished(&mut self, torrent: InfoHash, progress: &swarm::Progress) -> ControlFlow<()> {
        let Some(work) = self.subjects.get_mut(&torrent) else {
            return ControlFlow::Continue(());
        };
        work.bar = None;
        self.finished.set(true);
        let seconds = work.began.elapsed().as_secs_f64();
        let bytes = progress.total.saturating_sub(work.had);
        let rate = (bytes as f64 / seconds.max(0.001)) as u64;
        let subject = work.subject.clone();
        let place = subject.place.display().to_string();
        if let Some(call) = &mut self.on_finish {
            call(&subject);
        }
        let size = units::show_size(bytes);
        if bytes > 0 {
            let took = units::show_duration(std::time::Duration::from_secs_f64(seconds));
            let rate = units::show_rate(rate);
            self.note(0, &format!("{place}: {size} in {took}, {rate}"));
        }
        if self.format == Format::Human {
            let shown = match self.env.stdout_is_terminal() {
                true => printable(&place),
                false => place.clone(),
            };
            self.put(format!("{shown}\n").as_bytes())?;
        }
        self.event(&json!({"event": "finished", "v": 1, "info_hash": torrent.to_string(),
            "name": subject.name, "path": place, "total": progress.total, "bytes": bytes,
            "seconds": (seconds * 1000.0).round() / 1000.0, "rate": rate,
            "downloaded": progress.downloaded, "uploaded": progress.uploaded,
            "wasted": progress.wasted}))
    }

    fn announced(
        &mut self,
        torrent: InfoHash,
        url: &str,
        event: announce::Event,
        answer: &announce::Answer,
    ) -> ControlFlow<()> {
        self.told.remove(url);
        if let Some(warning) = &answer.warning {
            self.warn(&format!("tracker {url}: {warning}"));
        }
        self.note(1, &format!("tracker {url}: {} peers", answer.peers.len()));
        let event = match event {
            announce::Event::Interval => "interval",
            announce::Event::Started => "started",
            announce::Event::Completed => "completed",
            announce::Event::Paused => "paused",
            announce::Event::Stopped => "stopped",
        };
        self.event(&json!({"event": "tracker", "v": 1, "info_hash": torrent.to_string(),
            "url": url, "announced": event, "interval": answer.interval.as_secs(),
            "peers": answer.peers.len(), "complete": answer.complete,
            "incomplete": answer.incomplete, "warning": answer.warning}))
    }

    fn announce_failed(
        &mut self,
        torrent: InfoHash,
        url: &str,
        trouble: &announce::Trouble,
    ) -> ControlFlow<()> {
        // The first time it is news, after that only for who wants to know.
        let level = if self.told.insert(url.to_owned()) { 0 } else { 1 };
        self.note(level, &format!("warning: tracker {url}: {trouble}"));
        self.event(&json!({"event": "tracker", "v": 1, "info_hash": torrent.to_string(),
            "url": url, "error": trouble.to_string()}))
    }
}

fn counters(name: &str, torrent: InfoHash, progress: &swarm::Progress) -> Value {
    json!({"event": name, "v": 1, "info_hash": torrent.to_string(),
        "verified": progress.verified, "total": progress.total,
        "downloaded": progress.downloaded, "uploaded": progress.uploaded,
        "wasted": progress.wasted, "download_rate": progress.download_rate,
        "upload_rate": progress.upload_rate, "peers": progress.peers, "seeds": progress.seeds,
        "copies": progress.copies})
}

impl Listener for Reporter {
    fn hear(&mut self, notice: Notice<'_>) -> ControlFlow<()> {
        match notice {
            Notice::Listening(address) => {
                self.note(1, &format!("listening at {address}"));
                self.event(&json!({"event": "listening", "v": 1,
                    "address": address.ip().to_string(), "port": address.port()}))
            }
            Notice::Checking { torrent, done, total } => self.checking(torrent, done, total),
            Notice::Checked { torrent, verified, total } => self.checked(torrent, verified, total),
            Notice::Seeking { torrent, peers, received } => self.seeking(torrent, peers, received),
            Notice::Metadata(job) => self.metadata(job),
            Notice::Started(torrent) => {
                let Some(work) = self.subjects.get(&torrent) else {
                    return ControlFlow::Continue(());
                };
                let event = json!({"event": "started", "v": 1, "info_hash": torrent.to_string(),
                    "name": work.subject.name, "path": work.subject.place.display().to_string()});
                self.event(&event)
            }
            Notice::Swarm(torrent, event) => self.swarm(torrent, event),
            Notice::Refused(address, why) => self.peer(address, "refused", Some(why)),
            Notice::Announced { torrent, url, event, answer } => {
                self.announced(torrent, url, event, answer)
            }
            Notice::AnnounceFailed { torrent, url, trouble } => {
                self.announce_failed(torrent, url, trouble)
            }
            Notice::Unreadable(torrent, error) => {
                let message = error.to_string();
                // Once: a peer may ask for each of its blocks.
                if !self.told.insert(message.clone()) {
                    return ControlFlow::Continue(());
                }
                self.warn(&message);
                self.event(&json!({"event": "warning", "v": 1,
                    "info_hash": torrent.to_string(), "message": message}))
            }
            Notice::Progress(torrent, progress) => self.progress(torrent, progress),
            Notice::Finished(torrent, progress) => self.finished(torrent, progress),
            Notice::Stopped(torrent, progress) => {
                self.seeking.remove(&torrent);
                if let Some(work) = self.subjects.get_mut(&torrent) {
                    work.bar = None;
                }
                self.event(&counters("stopped", torrent, progress))
            }
            Notice::Warning(message) => {
                self.warn(message);
                self.event(&json!({"event": "warning", "v": 1, "message": message}))
            }
        }
    }
}
