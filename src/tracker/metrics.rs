//! The numbers in the text format of Prometheus (version 0.0.4). Labels are bounded: all but the names
//! of keys are known beforehand, and those are bounded where they are gathered.

use super::announce::Role;
use super::census::ROLES;
use super::keys::Total;
use super::stats::Figures;
use super::tally::{Action, BUCKETS, FAMILIES, FRONTS, OUTCOMES, Outcome};
use std::fmt::{Display, Write};

/// The type of the answer.
pub const TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// All metrics.
pub fn metrics(figures: &Figures) -> String {
    let mut text = Text::default();
    build(&mut text, figures);
    swarms(&mut text, figures);
    room(&mut text, figures);
    written(&mut text, figures);
    requests(&mut text, figures);
    durations(&mut text, figures);
    carried(&mut text, figures);
    keys(&mut text, figures);
    process(&mut text, figures);
    text.0
}

/// The text as it grows: families one after the other, the samples of each together.
#[derive(Default)]
struct Text(String);

impl Text {
    fn family(&mut self, name: &'static str, kind: &str, help: &str) -> Family<'_> {
        // Writing to memory cannot fail, here and below.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
        Family { text: &mut self.0, name }
    }

    fn gauge(&mut self, name: &'static str, help: &str, value: impl Display) {
        self.family(name, "gauge", help).sample("", &[], value);
    }
}

struct Family<'a> {
    text: &'a mut String,
    name: &'static str,
}

impl Family<'_> {
    fn sample(&mut self, end: &str, labels: &[(&str, &str)], value: impl Display) {
        let _ = write!(self.text, "{}{end}", self.name);
        for (at, (label, value)) in labels.iter().enumerate() {
            let _ = write!(self.text, "{}{label}=\"", if at == 0 { '{' } else { ',' });
            for c in value.chars() {
                match c {
                    '\\' => self.text.push_str("\\\\"),
                    '"' => self.text.push_str("\\\""),
                    '\n' => self.text.push_str("\\n"),
                    c => self.text.push(c),
                }
            }
            self.text.push('"');
        }
        let close = if labels.is_empty() { "" } else { "}" };
        let _ = writeln!(self.text, "{close} {value}");
    }
}

fn build(text: &mut Text, figures: &Figures) {
    let mut info =
        text.family("bt_tracker_build_info", "gauge", "The program that runs; always 1.");
    info.sample("", &[("version", figures.version)], 1);
    text.gauge(
        "process_start_time_seconds",
        "When the tracker began, in seconds since 1970.",
        figures.began,
    );
}

fn swarms(text: &mut Text, figures: &Figures) {
    let swarms = figures.swarms;
    text.gauge("bt_tracker_torrents", "Torrents that are known.", figures.torrents());
    let help = "Peers at an address, by family and role; a partial seed (BEP 21) is no leecher.";
    let mut peers = text.family("bt_tracker_peers", "gauge", help);
    for family in FAMILIES {
        for role in ROLES {
            let name = match role {
                Role::Leecher => "leecher",
                Role::PartialSeed => "partial_seed",
                Role::Seed => "seeder",
            };
            let labels = [("family", family.name()), ("role", name)];
            peers.sample("", &labels, swarms.peers(family, role));
        }
    }
    if let Some(browsers) = figures.browsers {
        let mut peers =
            text.family("bt_tracker_websocket_peers", "gauge", "Peers in browsers, by role.");
        peers.sample("", &[("role", "leecher")], browsers.leechers);
        peers.sample("", &[("role", "seeder")], browsers.seeders);
        let help = "Connections of browsers.";
        text.gauge("bt_tracker_websocket_connections", help, browsers.connections);
    }
    text.gauge(
        "bt_tracker_completed_downloads",
        "Completed downloads of the torrents that are known now; it falls as torrents are forgotten.",
        figures.completed(),
    );
    if let Some(files) = figures.files {
        text.gauge("bt_tracker_torrent_files", "Torrent files that are offered.", files);
    }
}

fn room(text: &mut Text, figures: &Figures) {
    let room = figures.room;
    text.gauge("bt_tracker_swarms_bytes", "Bytes that all swarms take.", room.bytes);
    let limits = [
        ("bt_tracker_peers_limit", "Peers that are kept at most.", figures.peers_most),
        ("bt_tracker_torrents_limit", "Torrents that are kept at most.", room.torrents_most),
        ("bt_tracker_swarms_limit_bytes", "Bytes that all swarms may take.", room.bytes_most),
    ];
    for (name, help, most) in limits {
        if let Some(most) = most {
            text.gauge(name, help, most);
        }
    }
    let help =
        "Torrents that made way for newcomers at a limit; browsers among themselves do not count.";
    let mut family = text.family("bt_tracker_evicted_torrents_total", "counter", help);
    family.sample("", &[], room.evicted);
}

fn written(text: &mut Text, figures: &Figures) {
    if let Some(saved) = figures.written.saved {
        let help = "When the state was last saved, in seconds since 1970.";
        text.gauge("bt_tracker_last_save_timestamp_seconds", help, saved);
    }
    let help = "Lines of the log that are lost, for want of a reader or of room.";
    let mut family = text.family("bt_tracker_log_lines_lost_total", "counter", help);
    family.sample("", &[], figures.written.lines_lost);
}

fn requests(text: &mut Text, figures: &Figures) {
    let mut family = text.family(
        "bt_tracker_requests_total",
        "counter",
        "Requests, by what was asked for and what came of it.",
    );
    for front in FRONTS {
        for of in FAMILIES {
            for action in
                [Action::Connect, Action::Announce, Action::Scrape, Action::Page, Action::Other]
            {
                for outcome in OUTCOMES {
                    let count = figures.requests.requests(front, of, action, outcome);
                    // What a rate is likely to be asked of is there from the start.
                    let usual = matches!(action, Action::Announce | Action::Scrape)
                        && outcome == Outcome::Answered;
                    if count > 0 || usual {
                        let labels = [
                            ("protocol", front.name()),
                            ("family", of.name()),
                            ("action", action.name()),
                            ("outcome", outcome.name()),
                        ];
                        family.sample("", &labels, count);
                    }
                }
            }
        }
    }
}

fn durations(text: &mut Text, figures: &Figures) {
    let mut family = text.family(
        "bt_tracker_request_duration_seconds",
        "histogram",
        "From a request read to its answer written, by protocol.",
    );
    for front in FRONTS {
        let protocol = ("protocol", front.name());
        let mut sum = 0u64;
        let times = figures.requests.times(front);
        for (count, end) in times.iter().zip(BUCKETS) {
            sum = sum.wrapping_add(*count);
            let end = (f64::from(end) / 1e6).to_string();
            family.sample("_bucket", &[protocol, ("le", &end)], sum);
        }
        let all = times.iter().fold(0u64, |all, count| all.wrapping_add(*count));
        family.sample("_bucket", &[protocol, ("le", "+Inf")], all);
        family.sample("_sum", &[protocol], figures.requests.time(front).as_secs_f64());
        family.sample("_count", &[protocol], all);
    }
}

fn carried(text: &mut Text, figures: &Figures) {
    let mut family =
        text.family("bt_tracker_received_bytes_total", "counter", "Bytes of requests.");
    for front in FRONTS {
        family.sample("", &[("protocol", front.name())], figures.requests.received(front));
    }
    let mut family = text.family("bt_tracker_sent_bytes_total", "counter", "Bytes of answers.");
    for front in FRONTS {
        family.sample("", &[("protocol", front.name())], figures.requests.sent(front));
    }
}

/// What a family says of a key.
type Column = fn(&Total) -> u64;

fn keys(text: &mut Text, figures: &Figures) {
    let columns: [(&'static str, &str, Column); 5] = [
        ("bt_tracker_key_announces_total", "Announces taken, by key.", |total| total.announces),
        ("bt_tracker_key_scrapes_total", "Scrapes taken, by key.", |total| total.scrapes),
        ("bt_tracker_key_completed_total", "Downloads completed, by key.", |total| total.completed),
        (
            "bt_tracker_key_uploaded_bytes_total",
            "Bytes that clients say to have sent, by key; nothing proves them.",
            |total| total.uploaded,
        ),
        (
            "bt_tracker_key_downloaded_bytes_total",
            "Bytes that clients say to have received, by key; nothing proves them.",
            |total| total.downloaded,
        ),
    ];
    for (name, help, of) in columns {
        if figures.keys.is_empty() {
            break;
        }
        let mut family = text.family(name, "counter", help);
        for total in &figures.keys {
            family.sample("", &[("key", &total.name)], of(total));
        }
    }
}

/// The names are those that the client libraries of Prometheus give.
fn process(text: &mut Text, figures: &Figures) {
    let process = figures.process;
    if let Some(memory) = process.memory {
        text.gauge("process_resident_memory_bytes", "Bytes of memory in use.", memory);
    }
    if let Some(cpu) = process.cpu {
        let help = "Seconds of processor time.";
        let mut family = text.family("process_cpu_seconds_total", "counter", help);
        family.sample("", &[], cpu.as_secs_f64());
    }
    if let Some(files) = process.files {
        text.gauge("process_open_fds", "Files and sockets that are open.", files);
    }
}

#[cfg(test)]
mod tests;
