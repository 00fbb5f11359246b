//! The web log: a line a request, buffered, written by a thread of its own, so that a reader who
//! is slow or gone never holds up the tracker.

use jiff::Timestamp;
use std::fmt::Write as _;
use std::io::Write;
use std::net::IpAddr;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// Bytes that wait for a slow reader; beyond, lines are dropped.
const WAITING_MOST: usize = 1 << 20;
/// Beyond this many bytes a flush is not waited for.
const FULL: usize = 32 * 1024;

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
pub(super) struct Entry<'a> {
    pub(super) host: IpAddr,
    pub(super) method: &'a str,
    pub(super) target: &'a str,
    pub(super) version: hyper::Version,
    pub(super) status: u16,
    pub(super) bytes: usize,
}

pub(super) struct WebLog {
    format: LogFormat,
    buffer: String,
    to: Option<SyncSender<String>>,
    writer: Option<JoinHandle<()>>,
    done: Receiver<()>,
}

impl WebLog {
    pub(super) fn new(format: LogFormat, mut out: Box<dyn Write + Send>) -> Self {
        let (to, lines) = sync_channel::<String>(8);
        let (ended, done) = sync_channel(1);
        let writer = std::thread::Builder::new().name("web log".into()).spawn(move || {
            for text in lines {
                if out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_err() {
                    break;
                }
            }
            let _ = ended.send(());
        });
        Self { format, buffer: String::new(), to: Some(to), writer: writer.ok(), done }
    }

    pub(super) fn write(&mut self, now: Timestamp, entry: &Entry<'_>) {
        if self.format == LogFormat::None || self.to.is_none() || self.buffer.len() > WAITING_MOST {
            return;
        }
        let Entry { host, method, version, status, bytes, .. } = entry;
        let target = escaped(entry.target);
        // Writing to a string cannot fail.
        let _ = match self.format {
            LogFormat::Json => writeln!(
                self.buffer,
                r#"{{"event":"request","v":1,"time":"{now:.0}","host":"{host}","method":"{method}","target":"{target}","status":{status},"bytes":{bytes}}}"#,
            ),
            _ => writeln!(
                self.buffer,
                r#"{host} - - [{}] "{method} {target} {version:?}" {status} {bytes}"#,
                now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            ),
        };
        if self.buffer.len() > FULL {
            self.flush();
        }
    }

    pub(super) fn flush(&mut self) {
        let Some(to) = self.to.as_ref().filter(|_| !self.buffer.is_empty()) else { return };
        match to.try_send(std::mem::take(&mut self.buffer)) {
            Ok(()) => {}
            Err(TrySendError::Full(text)) => self.buffer = text,
            // Whoever read it has had enough.
            Err(TrySendError::Disconnected(_)) => self.to = None,
        }
    }

    /// Writes what is left; a reader who is stuck is not waited for.
    pub(super) fn finish(mut self) {
        self.flush();
        self.to = None;
        if self.done.recv_timeout(Duration::from_secs(1)).is_ok()
            && let Some(writer) = self.writer.take()
        {
            let _ = writer.join();
        }
    }
}

/// Without bytes that a terminal, a log reader or JSON would take for something else.
fn escaped(target: &str) -> String {
    let mut out = String::with_capacity(target.len());
    for byte in target.bytes() {
        match byte {
            b'"' | b'\\' | ..=b' ' | 0x7f.. => drop(write!(out, "%{byte:02X}")),
            byte => out.push(char::from(byte)),
        }
    }
    out
}
