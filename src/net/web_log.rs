//! The web log: a line a request. Each worker has a [`WebLog`] of its own, a buffer that takes no
//! lock; full ones go to one thread that writes, so that a reader who is slow or gone never holds up
//! the tracker.

use crate::bencode::json::steers;
use jiff::Timestamp;
use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::net::IpAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Bytes that wait for a slow reader; beyond, lines are dropped.
const WAITING_MOST: usize = 4 << 20;
/// Beyond this many bytes a flush is not waited for.
const FULL: usize = 32 * 1024;
/// Buffers that are kept to be filled anew.
const SPARE_MOST: usize = 8;
/// At the end, how long a reader who is stuck is waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// How a line looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LogFormat {
    /// The Common Log Format of web servers.
    Common,
    /// A JSON object.
    Json,
    /// No lines.
    None,
}

/// What a line is made of.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) host: IpAddr,
    pub(super) method: &'a str,
    /// With no passkey in it.
    pub(super) target: &'a str,
    /// `HTTP/1.1`, `UDP` …
    pub(super) protocol: &'a str,
    pub(super) status: u16,
    pub(super) bytes: usize,
    /// What the client says that it is; with no passkey in it.
    pub(super) user_agent: Option<&'a [u8]>,
    /// From the request's head to the answer.
    pub(super) took: Duration,
}

/// What waits for the thread that writes.
#[derive(Default)]
struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

/// Lines that are in no log.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Lost {
    /// For want of a reader who keeps up.
    pub(super) slow: u64,
    /// They could not be written.
    pub(super) failed: u64,
}

#[derive(Default)]
struct State {
    chunks: VecDeque<String>,
    /// Written, and empty: to be filled again.
    spare: Vec<String>,
    waiting: usize,
    lost: Lost,
    /// Why the lines of late could not be written, until that was told.
    fault: Option<io::Error>,
    /// No more comes.
    closed: bool,
    /// Nobody reads it any more, or all of it is written.
    ended: bool,
}

impl Queue {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next chunk; none at the end.
    fn next(&self) -> Option<String> {
        let mut state = self.state();
        loop {
            if let Some(chunk) = state.chunks.pop_front() {
                return Some(chunk);
            }
            if state.closed {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A chunk is where it belongs.
    fn written(&self, mut chunk: String) {
        let mut state = self.state();
        state.waiting = state.waiting.saturating_sub(chunk.len());
        // Not one that a line of odd length has made large.
        if state.spare.len() < SPARE_MOST && chunk.capacity() <= 2 * FULL {
            chunk.clear();
            state.spare.push(chunk);
        }
    }

    fn end(&self) {
        let mut state = self.state();
        state.ended = true;
        state.chunks.clear();
        state.spare.clear();
        self.changed.notify_all();
    }
}

/// The thread that writes what the workers log.
pub(super) struct LogWriter {
    format: LogFormat,
    queue: Arc<Queue>,
}

impl LogWriter {
    pub(super) fn start(format: LogFormat, mut out: Box<dyn Write + Send>) -> Self {
        let queue = Arc::<Queue>::default();
        let lines = Arc::clone(&queue);
        let started = std::thread::Builder::new().name("web log".into()).spawn(move || {
            let mut fails = false;
            while let Some(text) = lines.next() {
                match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
                    Ok(()) => fails = false,
                    // Whoever read it has had enough.
                    Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                        lines.state().fault = Some(error);
                        break;
                    }
                    // A disk that is full may have room again.
                    Err(error) => {
                        let mut state = lines.state();
                        state.lost.failed += text.matches('\n').count() as u64;
                        if !std::mem::replace(&mut fails, true) {
                            state.fault = Some(error);
                        }
                    }
                }
                lines.written(text);
            }
            lines.end();
        });
        if started.is_err() {
            queue.end();
        }
        Self { format, queue }
    }

    /// A worker's own.
    pub(super) fn log(&self) -> WebLog {
        WebLog {
            format: self.format,
            queue: Arc::clone(&self.queue),
            buffer: String::new(),
            target: String::new(),
            lines: 0,
            second: i64::MIN,
            stamp: String::new(),
        }
    }

    /// Lines lost since the last look.
    pub(super) fn lost(&self) -> Lost {
        std::mem::take(&mut self.queue.state().lost)
    }

    /// Why lines are lost since the last look, where they cannot be written; told once, until some
    /// can be written again.
    pub(super) fn fault(&self) -> Option<io::Error> {
        self.queue.state().fault.take()
    }

    /// Writes what is left; a reader who is stuck is not waited for.
    pub(super) fn finish(self) {
        let end = Instant::now() + PATIENCE;
        let mut state = self.queue.state();
        state.closed = true;
        self.queue.changed.notify_all();
        while !state.ended {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            let waited = self.queue.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// Where one worker logs; what it holds is sent on where it is dropped.
pub(super) struct WebLog {
    format: LogFormat,
    queue: Arc<Queue>,
    buffer: String,
    /// Where a target is put together that does not come as text.
    target: String,
    lines: u64,
    /// The time as it was written last, which many lines share.
    second: i64,
    stamp: String,
}

impl WebLog {
    /// The time that lines tell of, once for many of them.
    pub(super) fn now(&self) -> Option<Timestamp> {
        (self.format != LogFormat::None).then(Timestamp::now)
    }

    /// As [`write`](Self::write), of a target that is put together in memory that is kept.
    pub(super) fn write_made(
        &mut self,
        now: Timestamp,
        make: impl FnOnce(&mut String),
        entry: Entry<'_>,
    ) {
        let mut target = std::mem::take(&mut self.target);
        target.clear();
        make(&mut target);
        self.write(now, &Entry { target: &target, ..entry });
        self.target = target;
    }

    pub(super) fn write(&mut self, now: Timestamp, entry: &Entry<'_>) {
        if self.format == LogFormat::None {
            return;
        }
        if self.second != now.as_second() {
            self.second = now.as_second();
            self.stamp = match self.format {
                LogFormat::Json => format!("{now:.0}"),
                _ => now.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            };
        }
        let Entry { host, method, protocol, status, bytes, .. } = entry;
        let (out, stamp) = (&mut self.buffer, &self.stamp);
        // Writing to a string cannot fail.
        let _ = match self.format {
            LogFormat::Json => {
                let _ = write!(
                    out,
                    r#"{{"event":"request","v":1,"time":"{stamp}","host":"{host}","method":"{method}","target":""#,
                );
                escape(out, entry.target);
                let _ =
                    write!(out, r#"","protocol":"{protocol}","status":{status},"bytes":{bytes}"#);
                if let Some(agent) = entry.user_agent {
                    out.push_str(r#","user_agent":"#);
                    let agent = String::from_utf8_lossy(agent);
                    quote(out, &serde_json::Value::from(agent).to_string());
                }
                writeln!(out, r#","took":{:.6}}}"#, entry.took.as_secs_f64())
            }
            _ => {
                let _ = write!(out, r#"{host} - - [{stamp}] "{method} "#);
                escape(out, entry.target);
                writeln!(out, r#" {protocol}" {status} {bytes}"#)
            }
        };
        self.lines += 1;
        if self.buffer.len() > FULL {
            self.flush();
        }
    }

    /// Sends on what waits. To be called now and then.
    pub(super) fn flush(&mut self) {
        let lines = std::mem::take(&mut self.lines);
        if self.buffer.is_empty() {
            return;
        }
        let chunk = std::mem::take(&mut self.buffer);
        let mut state = self.queue.state();
        if state.ended {
            // A tracker serves also where nobody reads its log.
            self.format = LogFormat::None;
        } else if state.waiting > WAITING_MOST {
            state.lost.slow += lines;
        } else {
            state.waiting += chunk.len();
            state.chunks.push_back(chunk);
            self.buffer = state.spare.pop().unwrap_or_default();
            self.queue.changed.notify_one();
        }
    }
}

impl Drop for WebLog {
    fn drop(&mut self) {
        self.flush();
    }
}

/// A string of JSON, in which what a terminal would obey or a reader be misled by is escaped as well.
fn quote(out: &mut String, json: &str) {
    for c in json.chars() {
        // Writing to a string cannot fail. All of them are of the first plane.
        match steers(c) {
            true => drop(write!(out, "\\u{:04x}", u32::from(c))),
            false => out.push(c),
        }
    }
}

/// Without bytes that a terminal, a log reader or JSON would take for something else.
fn escape(out: &mut String, target: &str) {
    let steers = |byte: &u8| matches!(byte, b'"' | b'\\' | ..=b' ' | 0x7f..);
    let mut rest = target;
    while let Some(at) = rest.bytes().position(|byte| steers(&byte)) {
        // What stands before it is ASCII; of it itself no more than a character is taken.
        let (plain, odd) = rest.split_at(at);
        out.push_str(plain);
        let length = odd.chars().next().map_or(1, char::len_utf8);
        let (odd, more) = odd.split_at(length);
        odd.bytes().for_each(|byte| {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        });
        rest = more;
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests;
