//! Announces and scrapes over HTTP: what is answered, whichever reader took the request in; and the
//! way to the pages.

mod whole;

pub(super) use self::whole::answer;

use super::super::http_server::Fault;
use super::super::web_log::{Entry, LogFormat};
use super::fast::Remote;
use super::gzip;
use super::worker::Worker;
use crate::tracker::http;
use crate::tracker::http::head::{Head, Version, method_of};
use crate::tracker::keys::{self, Endpoint};
use crate::tracker::service::{Asker, Front, Refusal};
use crate::tracker::tally::{Action, Outcome};
use crate::tracker::udp::Family;
use hyper::StatusCode;
use percent_encoding::{CONTROLS, percent_encode};
use std::borrow::Cow;
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

/// An announce or a scrape, whoever read it.
struct Ask<'a> {
    endpoint: Endpoint,
    key: Option<&'a [u8]>,
    query: &'a [u8],
    /// The asker, beyond all proxies.
    ip: IpAddr,
    began: Instant,
}

/// What the body of an answer is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// Bencode, packed so that it cannot be made shorter.
    Packed,
    /// Bencode.
    Loose,
    /// Words on what is wrong with the request.
    Garbled,
}

/// Whether an address is a proxy's, whose words on its clients count.
pub(super) fn trusted(worker: &Worker, ip: IpAddr) -> bool {
    worker.shared.options.policy.proxies.trusts(ip)
}

/// Who asks, beyond all proxies that are trusted; one at a Unix socket is.
fn asker<'a>(
    worker: &Worker,
    remote: Remote,
    forwarded: impl IntoIterator<Item = &'a [u8], IntoIter: DoubleEndedIterator>,
    x_forwarded_for: impl IntoIterator<Item = &'a [u8], IntoIter: DoubleEndedIterator>,
) -> IpAddr {
    let proxies = &worker.shared.options.policy.proxies;
    match remote {
        Remote::Tcp(address) if proxies.is_empty() => address.ip(),
        Remote::Tcp(address) => proxies.asker(address.ip(), forwarded, x_forwarded_for),
        Remote::Unix => proxies.behind(Ipv4Addr::LOCALHOST.into(), forwarded, x_forwarded_for),
    }
}

/// Whose share is counted of what an asker costs: nobody's where a proxy that is trusted, or a Unix
/// socket, did not say for whom it asks.
fn payer(worker: &Worker, remote: Remote, ip: IpAddr) -> Option<IpAddr> {
    let proxies = &worker.shared.options.policy.proxies;
    let unknown = match remote {
        Remote::Tcp(address) => address.ip() == ip && proxies.trusts(ip),
        Remote::Unix => ip.is_loopback() || proxies.trusts(ip),
    };
    (!unknown).then_some(ip)
}

/// What came of a request.
enum Judged {
    /// The body is an answer, or says what is wrong.
    Done(Kind, Outcome),
    /// This address must first be seen to listen.
    CallFirst(SocketAddr),
}

/// Judges a request and writes the body of its answer.
fn judge(worker: &Worker, ask: &Ask<'_>, body: &mut Vec<u8>) -> Judged {
    let service = &worker.shared.service;
    // What cannot be read costs as much as what can.
    let garbled = |garbled: http::Garbled, body: &mut Vec<u8>| {
        if let Err(wait) = service.paced(ask.began, ask.ip) {
            return refused(Refusal::too_fast(wait), body);
        }
        // Writing to memory cannot fail.
        let _ = writeln!(body, "{garbled}");
        Judged::Done(Kind::Garbled, Outcome::Garbled)
    };
    let asker = Asker { ip: ask.ip, front: Front::Http, key: ask.key };
    let refusal = match ask.endpoint {
        Endpoint::Announce => {
            let announce = match http::parse_announce(ask.query) {
                Ok(announce) => announce,
                Err(error) => return garbled(error, body),
            };
            let (rng, drawn) = (&mut *worker.rng.borrow_mut(), &mut *worker.drawn.borrow_mut());
            match service.announce(ask.began, &asker, &announce, rng, drawn) {
                Ok(terms) => {
                    http::write_answer(body, &terms, drawn, announce.compact);
                    let kind = if announce.compact { Kind::Packed } else { Kind::Loose };
                    return Judged::Done(kind, Outcome::Answered);
                }
                Err(refusal) => refusal,
            }
        }
        Endpoint::Scrape => {
            let hashes = match http::parse_scrape(ask.query) {
                Ok(hashes) => hashes,
                Err(error) => return garbled(error, body),
            };
            let known = &mut *worker.known.borrow_mut();
            known.clear();
            let tell = |hash, counts: Option<_>| known.extend(counts.map(|counts| (hash, counts)));
            match service.scrape(ask.began, &asker, &hashes, tell) {
                Ok(()) => {
                    http::write_scrape(body, known);
                    return Judged::Done(Kind::Loose, Outcome::Answered);
                }
                Err(refusal) => refusal,
            }
        }
    };
    refused(refusal, body)
}

/// Writes the body of an answer that is none.
fn refused(refusal: Refusal, body: &mut Vec<u8>) -> Judged {
    match refusal {
        Refusal::CallFirst(address) => return Judged::CallFirst(address),
        Refusal::Said { reason, retry, .. } => http::write_failure(body, reason, retry),
        Refusal::Dropped => http::write_failure(body, "too many requests", None),
    }
    Judged::Done(Kind::Packed, refusal.outcome())
}

/// Counts an announce or a scrape that was answered.
fn count(worker: &Worker, ask: &Ask<'_>, outcome: Outcome) {
    let action = match ask.endpoint {
        Endpoint::Announce => Action::Announce,
        Endpoint::Scrape => Action::Scrape,
    };
    let tally = &worker.tally;
    tally.count(Front::Http, Family::of(ask.ip), action, outcome);
    tally.took(Front::Http, ask.began.elapsed());
}

/// Counts what was no request, or was never read to its end.
pub(super) fn count_other(worker: &Worker, family: Family, outcome: Outcome) {
    worker.tally.count(Front::Http, family, Action::Other, outcome);
}

/// The address of a connection's other end.
fn host(remote: Remote) -> IpAddr {
    match remote {
        Remote::Tcp(address) => address.ip(),
        Remote::Unix => Ipv4Addr::LOCALHOST.into(),
    }
}

/// Takes what is no request from what the other end may ask for, unless that is a proxy, which has it
/// from one of its clients.
///
/// # Errors
/// It is over its rate, for so long.
pub(super) fn paced(worker: &Worker, remote: Remote) -> Result<(), Duration> {
    let ip = host(remote);
    if trusted(worker, ip) { Ok(()) } else { worker.shared.service.paced(Instant::now(), ip) }
}

/// What is known of a request that was not read as one.
#[derive(Clone, Copy)]
pub(super) struct NotRead<'a> {
    /// Its method; `-` where it is not known.
    pub(super) method: &'a str,
    pub(super) fault: Fault,
    /// Bytes of the body that it is answered with.
    pub(super) bytes: usize,
}

impl From<Fault> for NotRead<'_> {
    fn from(fault: Fault) -> Self {
        Self { method: "-", fault, bytes: fault.words().len() }
    }
}

/// Counts and logs what was not read as a request. It costs its address as much as one.
pub(super) fn not_read<'a>(worker: &Worker, remote: Remote, what: impl Into<NotRead<'a>>) {
    let NotRead { method, fault, bytes } = what.into();
    let outcome = match fault {
        Fault::Garbled => Outcome::Garbled,
        Fault::LongTarget | Fault::LongHead => Outcome::TooLarge,
        Fault::TooSlow => Outcome::TooSlow,
    };
    count_other(worker, remote.family(), outcome);
    let host = host(remote);
    let _ = paced(worker, remote);
    if let Some(status) = fault.status() {
        let (status, took) = (status.as_u16(), Duration::ZERO);
        let (target, protocol) = ("-", "-");
        log(
            worker,
            &Entry { host, method, target, protocol, status, bytes, user_agent: None, took },
        );
    }
}

/// Writes the last answer of a connection whose request is not taken, which is counted and logged.
/// `head`: its bytes so far.
pub(super) fn refuse(
    worker: &Worker,
    remote: Remote,
    fault: Fault,
    head: &[u8],
    out: &mut Vec<u8>,
) {
    let method = match fault {
        Fault::LongTarget | Fault::LongHead => method_of(head).unwrap_or("-"),
        Fault::Garbled | Fault::TooSlow => "-",
    };
    not_read(worker, remote, NotRead { method, ..fault.into() });
    fault.refuse(out);
}

/// The target of a request as the log has it: with no key in it.
fn shown<'a>(worker: &Worker, target: &'a str) -> Cow<'a, str> {
    match worker.shared.service.keys() {
        Some(keys) => keys::mask_all(target, &keys.get()),
        None => keys::mask(target),
    }
}

/// Answers a head that was read without a detour: all of the answer, after what `out` holds. False
/// where the peer must be called first, for which there is no time here; nothing is written then.
pub(super) fn answer_head(
    worker: &Worker,
    remote: Remote,
    head: &Head<'_>,
    keep: bool,
    out: &mut Vec<u8>,
) -> bool {
    let began = Instant::now();
    let ip = asker(worker, remote, head.forwarded, head.x_forwarded_for);
    let ask = Ask { endpoint: head.endpoint, key: head.key, query: head.query, ip, began };
    let mut body = worker.body.borrow_mut();
    body.clear();
    let Judged::Done(kind, outcome) = judge(worker, &ask, &mut body) else { return false };
    let start = out.len();
    let status = if kind == Kind::Garbled { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    out.extend_from_slice(match kind {
        Kind::Garbled => b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n",
        _ => b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n",
    });
    out.extend_from_slice(b"Pragma: no-cache\r\n");
    if kind == Kind::Loose
        && head.gzip
        && let Some(packed) = packed(worker, &body)
    {
        *body = packed;
        out.extend_from_slice(b"Content-Encoding: gzip\r\nVary: Accept-Encoding\r\n");
    }
    match (head.version, keep) {
        (Version::Http11, true) | (Version::Http10, false) => {}
        (Version::Http10, true) => out.extend_from_slice(b"Connection: keep-alive\r\n"),
        (Version::Http11, false) => out.extend_from_slice(b"Connection: close\r\n"),
    }
    out.extend_from_slice(b"Content-Length: ");
    http::put_number(out, u64::try_from(body.len()).unwrap_or(u64::MAX));
    out.extend_from_slice(b"\r\n\r\n");
    out.extend_from_slice(&body);
    count(worker, &ask, outcome);
    let bytes = |many: usize| u64::try_from(many).unwrap_or(u64::MAX);
    worker.tally.carried(Front::Http, bytes(head.length), bytes(out.len() - start));
    if worker.shared.options.log != LogFormat::None {
        let target = Cow::from(percent_encode(head.target, CONTROLS));
        log(
            worker,
            &Entry {
                host: ip,
                method: "GET",
                target: &shown(worker, &target),
                protocol: match head.version {
                    Version::Http10 => "HTTP/1.0",
                    Version::Http11 => "HTTP/1.1",
                },
                status: status.as_u16(),
                bytes: body.len(),
                user_agent: head.user_agent,
                took: began.elapsed(),
            },
        );
    }
    true
}

/// Logs a request whose target is [shown]; in no other word of its client is a key either.
fn log(worker: &Worker, entry: &Entry<'_>) {
    let (now, mut log) = (jiff::Timestamp::now(), worker.log.borrow_mut());
    let Some(keys) = worker.shared.service.keys() else { return log.write(now, entry) };
    let keys = keys.get();
    let hides = |text: &str| matches!(keys::mask_known(text, &keys), Cow::Owned(_));
    let method = if hides(entry.method) { "-" } else { entry.method };
    // The other formats do not have it.
    let agent = entry.user_agent.filter(|_| worker.shared.options.log == LogFormat::Json);
    let agent = agent.map(String::from_utf8_lossy);
    let agent = agent.as_ref().map(|agent| keys::mask_known(agent, &keys));
    let user_agent = agent.as_ref().map(|agent| agent.as_bytes());
    log.write(now, &Entry { method, user_agent, ..*entry });
}

/// A body's packed form, where it is worth having.
fn packed(worker: &Worker, body: &[u8]) -> Option<Vec<u8>> {
    (body.len() > gzip::LEAST).then(|| worker.packer.borrow_mut().pack(body))?
}
