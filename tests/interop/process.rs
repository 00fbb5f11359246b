//! A running program whose lines are waited for.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Lines of the end that a failure shows.
const SHOWN: usize = 40;

/// A line that a program printed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Line {
    Out(String),
    Err(String),
}

impl Line {
    /// The line, of whichever stream.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Out(text) | Self::Err(text) => text,
        }
    }
}

/// How a program ended and all that it printed.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) lines: Vec<Line>,
    report: String,
}

impl Ended {
    /// Fails unless the status was 0.
    #[track_caller]
    pub(crate) fn well(self) -> Self {
        assert!(self.status.success(), "{}", self.report);
        self
    }

    /// Fails unless the status was this one.
    #[track_caller]
    pub(crate) fn with(self, status: i32) -> Self {
        assert_eq!(self.status.code(), Some(status), "{}", self.report);
        self
    }
}

/// A program under way; killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    name: String,
    child: Child,
    input: Option<ChildStdin>,
    arriving: Receiver<Line>,
    lines: Vec<Line>,
}

impl Process {
    /// Starts a program with nothing to read.
    #[track_caller]
    pub(crate) fn start(name: &str, command: &mut Command) -> Self {
        Self::spawn(name, command.stdin(Stdio::null()))
    }

    /// Starts a program that is spoken to.
    #[track_caller]
    pub(crate) fn converse(name: &str, command: &mut Command) -> Self {
        Self::spawn(name, command.stdin(Stdio::piped()))
    }

    #[track_caller]
    fn spawn(name: &str, command: &mut Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{name}: {error}"));
        let (sender, arriving) = channel();
        forward(child.stdout.take().unwrap(), Line::Out, sender.clone());
        forward(child.stderr.take().unwrap(), Line::Err, sender);
        let input = child.stdin.take();
        Self { name: name.to_owned(), child, input, arriving, lines: Vec::new() }
    }

    /// Says a line to it.
    #[track_caller]
    pub(crate) fn say(&mut self, line: &str) {
        writeln!(self.input.as_mut().expect("it listens"), "{line}").unwrap();
    }

    /// Ends what it reads from a pipe.
    pub(crate) fn close_stdin(&mut self) {
        drop(self.input.take());
    }

    /// Waits for the line in which something is found.
    #[track_caller]
    pub(crate) fn until<T>(
        &mut self,
        what: &str,
        limit: Duration,
        mut find: impl FnMut(&Line) -> Option<T>,
    ) -> T {
        let end = Instant::now() + limit;
        loop {
            match self.arriving.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    let found = find(&line);
                    self.lines.push(line);
                    if let Some(found) = found {
                        return found;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    panic!("no {what} within {limit:?} from {}", self.name)
                }
                Err(RecvTimeoutError::Disconnected) => {
                    let status = self.child.wait().unwrap();
                    panic!("no {what} from {}, ended with {status}", self.name)
                }
            }
        }
    }

    /// Waits for a line that contains the words.
    #[track_caller]
    pub(crate) fn until_line(&mut self, words: &str, limit: Duration) -> String {
        self.until(words, limit, |line| line.text().contains(words).then(|| line.text().to_owned()))
    }

    /// Waits for the end.
    #[track_caller]
    pub(crate) fn ended(mut self, limit: Duration) -> Ended {
        let end = Instant::now() + limit;
        loop {
            match self.arriving.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) => self.lines.push(line),
                Err(RecvTimeoutError::Timeout) => {
                    panic!("{} did not end within {limit:?}", self.name)
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        let status = self.child.wait().unwrap();
        let report = format!("{status}: {}", self.report());
        Ended { status, lines: std::mem::take(&mut self.lines), report }
    }

    /// Asks it to end (SIGTERM) and waits until it has.
    #[track_caller]
    pub(crate) fn stop(self, limit: Duration) -> Ended {
        self.signal("TERM");
        self.ended(limit)
    }

    /// Sends it the signal of this name.
    #[track_caller]
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("sh").args(["-c", "kill -s \"$1\" \"$0\"", &pid, name]).status();
        assert!(sent.unwrap().success(), "{} was gone already", self.name);
    }

    /// Ends it without a warning (SIGKILL); what it had printed.
    #[track_caller]
    pub(crate) fn kill(mut self) -> Vec<Line> {
        self.child.kill().unwrap();
        self.ended(Duration::from_secs(10)).lines
    }

    fn report(&self) -> String {
        let mut report = format!("{}, whose last lines are", self.name);
        // What it says every second would hide the rest.
        let news = |line: &&Line| !line.text().contains("\"event\":\"progress\"");
        let news: Vec<_> = self.lines.iter().filter(news).collect();
        for line in news[news.len().saturating_sub(SHOWN)..].iter().chain(&self.lines.last()) {
            write!(report, "\n  {line:?}").unwrap();
        }
        report
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Either fails where it has ended, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            // It may be the cause, whatever the complaint was.
            self.lines.extend(self.arriving.try_iter());
            eprintln!("{}", self.report());
        }
    }
}

fn forward(stream: impl Read + Send + 'static, kind: fn(String) -> Line, to: Sender<Line>) {
    thread::spawn(move || {
        let mut lines = BufReader::new(stream).split(b'\n');
        while let Some(Ok(line)) = lines.next() {
            if to.send(kind(String::from_utf8_lossy(&line).into_owned())).is_err() {
                break;
            }
        }
    });
}
