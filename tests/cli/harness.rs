//! Runs the real `bt` in a folder of its own, with nothing of the user's environment.
//!
//! ```ignore
//! let bt = Bt::new();
//! bt.write("a", b"i1e");
//! let out = bt.args(["decode", "a"]).run();
//! assert_eq!(out.status, 0, "{out}");
//! ```
//!
//! No call waits without a deadline, and none sleeps: `run` and `Running` wait for the child's own
//! output and end.
#![allow(dead_code, unreachable_pub)] // Not every command needs all of it.

use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

/// How long a child may take for anything before the test fails.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// Whether a program that a test needs is there. Where it is not, the test says so and ends; where
/// `BT_TESTS_REQUIRE_PEERS` is 1, it fails.
pub fn have(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    let required = std::env::var_os("BT_TESTS_REQUIRE_PEERS").is_some_and(|value| value == "1");
    assert!(found || !required, "{program} is not installed");
    if !found {
        eprintln!("skipped: {program} is not installed");
    }
    found
}

/// The project's own folder.
pub fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A folder to run `bt` in.
pub struct Bt {
    dir: tempfile::TempDir,
}

impl Default for Bt {
    fn default() -> Self {
        Self::new()
    }
}

impl Bt {
    /// A new, empty folder; it goes with the value.
    pub fn new() -> Self {
        let dir = tempfile::Builder::new().prefix("bt-test-").tempdir().unwrap();
        fs::create_dir_all(dir.path().join(".home")).unwrap();
        Self { dir }
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// The path of a file in the folder.
    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file in the folder, its parents too.
    pub fn write(&self, name: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// The bytes of a file in the folder.
    pub fn read(&self, name: impl AsRef<Path>) -> Vec<u8> {
        let path = self.path(name);
        fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// `bt` with these arguments.
    pub fn args<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(&self, args: I) -> Invocation<'_> {
        Invocation::new(self, Path::new(env!("CARGO_BIN_EXE_bt"))).args(args)
    }

    /// The binary through a link of this name, such as `bt-track`.
    pub fn called(&self, name: &str) -> Invocation<'_> {
        let link = self.path(Path::new(".links").join(name));
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        if !link.exists() {
            std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_bt"), &link).unwrap();
        }
        Invocation::new(self, &link)
    }

    /// A shell line, with `bt` in its PATH.
    pub fn shell(&self, line: &str) -> Invocation<'_> {
        let bin = Path::new(env!("CARGO_BIN_EXE_bt")).parent().unwrap();
        let mut path = OsString::from(bin);
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        Invocation::new(self, Path::new("sh")).args(["-c", line]).env("PATH", path)
    }
}

/// One call that is being put together.
pub struct Invocation<'a> {
    bt: &'a Bt,
    command: Command,
    stdin: Option<Vec<u8>>,
}

impl<'a> Invocation<'a> {
    fn new(bt: &'a Bt, program: &Path) -> Self {
        let home = bt.path(".home");
        let mut command = Command::new(program);
        command
            .current_dir(bt.dir())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &home)
            .env("XDG_CONFIG_HOME", home.join(".config"))
            .env("XDG_STATE_HOME", home.join(".local/state"))
            .env("XDG_CACHE_HOME", home.join(".cache"))
            .env("XDG_DATA_HOME", home.join(".local/share"))
            .env("XDG_RUNTIME_DIR", home.join("run"))
            .env("TMPDIR", bt.dir())
            .env("LANG", "C")
            .env("TERM", "xterm-256color");
        Self { bt, command, stdin: None }
    }

    /// One more argument.
    #[must_use]
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    /// More arguments.
    #[must_use]
    pub fn args<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(mut self, args: I) -> Self {
        self.command.args(args);
        self
    }

    /// A variable of the environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Another working folder, relative to the test's own.
    #[must_use]
    pub fn cwd(mut self, name: impl AsRef<Path>) -> Self {
        self.command.current_dir(self.bt.path(name));
        self
    }

    /// What standard input brings, through a pipe; without this call it is `/dev/null`.
    #[must_use]
    pub fn stdin(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.stdin = Some(bytes.as_ref().to_vec());
        self
    }

    /// Runs it to its end.
    pub fn run(self) -> Output {
        self.spawn().wait()
    }

    /// Starts it.
    pub fn spawn(self) -> Running {
        let stdin = match self.stdin {
            Some(_) => Stdio::piped(),
            None => Stdio::null(),
        };
        self.spawn_on(stdin)
    }

    /// Starts it with this as standard input.
    pub fn spawn_on(mut self, stdin: impl Into<Stdio>) -> Running {
        self.command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = start(&mut self.command);
        feed(&mut child, self.stdin);
        let (sender, chunks) = channel();
        pump(child.stdout.take().unwrap(), Stream::Out, sender.clone());
        pump(child.stderr.take().unwrap(), Stream::Err, sender);
        Running { child, chunks, stdout: Vec::new(), stderr: Vec::new(), seen: [0, 0] }
    }

    /// Runs it with standard output a pipe that nobody reads any more.
    pub fn into_closed_pipe(self) -> Output {
        self.spawn_into_closed_pipe().wait()
    }

    /// Starts it with standard output a pipe that nobody reads any more.
    pub fn spawn_into_closed_pipe(mut self) -> Running {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        self.command.stdout(writer).stderr(Stdio::piped());
        self.command.stdin(match self.stdin {
            Some(_) => Stdio::piped(),
            None => Stdio::null(),
        });
        let mut child = start(&mut self.command);
        feed(&mut child, self.stdin);
        let (sender, chunks) = channel();
        pump(child.stderr.take().unwrap(), Stream::Err, sender);
        Running { child, chunks, stdout: Vec::new(), stderr: Vec::new(), seen: [0, 0] }
    }

    /// Runs it with standard input, output and error on a terminal of 24 lines and 100 columns;
    /// what it printed is all in `stdout`, with `\r\n`. What `stdin` was given is typed.
    pub fn on_terminal(mut self) -> Output {
        let (master, slave) = terminal();
        self.command.stdin(slave.try_clone().unwrap());
        self.command.stdout(slave.try_clone().unwrap());
        self.command.stderr(slave);
        let child = start(&mut self.command);
        drop(self.command); // It holds the terminal's other end open.
        if let Some(bytes) = self.stdin {
            (&master).write_all(&bytes).unwrap();
        }
        let (sender, chunks) = channel();
        pump(master, Stream::Out, sender);
        Running { child, chunks, stdout: Vec::new(), stderr: Vec::new(), seen: [0, 0] }.wait()
    }

    /// Runs it with only standard error on a terminal, as `bt … > file` has it.
    pub fn stderr_on_terminal(mut self) -> Output {
        let (master, slave) = terminal();
        self.command.stdout(Stdio::piped()).stderr(slave);
        self.command.stdin(match self.stdin {
            Some(_) => Stdio::piped(),
            None => Stdio::null(),
        });
        let mut child = start(&mut self.command);
        drop(self.command);
        feed(&mut child, self.stdin);
        let (sender, chunks) = channel();
        pump(child.stdout.take().unwrap(), Stream::Out, sender.clone());
        pump(master, Stream::Err, sender);
        Running { child, chunks, stdout: Vec::new(), stderr: Vec::new(), seen: [0, 0] }.wait()
    }
}

fn start(command: &mut Command) -> Child {
    command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

fn feed(child: &mut Child, bytes: Option<Vec<u8>>) {
    if let (Some(mut pipe), Some(bytes)) = (child.stdin.take(), bytes) {
        // The child may well close it early.
        thread::spawn(move || drop(pipe.write_all(&bytes)));
    }
}

fn terminal() -> (File, File) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let size = Winsize { ws_row: 24, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&master, size).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let path = Path::new(OsStr::from_bytes(name.as_bytes()));
    let slave = File::options().read(true).write(true).open(path).unwrap();
    (File::from(master), slave)
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stream {
    Out,
    Err,
}

/// Sends on what comes, line by line, until the end (which on a terminal is an error).
fn pump(from: impl Read + Send + 'static, stream: Stream, to: Sender<(Stream, Vec<u8>)>) {
    thread::spawn(move || {
        let mut from = BufReader::with_capacity(1 << 16, from);
        loop {
            let mut line = Vec::new();
            let end = !matches!(from.read_until(b'\n', &mut line), Ok(1..));
            if !line.is_empty() && to.send((stream, line)).is_err() || end {
                break;
            }
        }
    });
}

/// A child that runs; it is killed where the test lets go of it.
pub struct Running {
    child: Child,
    chunks: Receiver<(Stream, Vec<u8>)>,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    /// How much of each stream the line readers have given out.
    seen: [usize; 2],
}

impl Running {
    /// The process' id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for a line on standard output that holds `needle`; lines before it are passed over.
    pub fn stdout_line(&mut self, needle: &str) -> String {
        self.line(Stream::Out, |line| line.contains(needle), needle)
    }

    /// Waits for a line on standard error that holds `needle`; lines before it are passed over.
    pub fn stderr_line(&mut self, needle: &str) -> String {
        self.line(Stream::Err, |line| line.contains(needle), needle)
    }

    /// Waits for a JSON event of this name on standard output; others before it are passed over.
    pub fn event(&mut self, name: &str) -> serde_json::Value {
        let parse = |line: &str| serde_json::from_str::<serde_json::Value>(line).ok();
        let line = self.line(
            Stream::Out,
            |line| parse(line).is_some_and(|value| value["event"] == name),
            name,
        );
        parse(&line).unwrap()
    }

    /// Sends a signal: `Signal::TERM`, `Signal::INT` …
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for the end.
    pub fn wait(mut self) -> Output {
        let end = Instant::now() + DEADLINE;
        while self.receive(end, "its end") {}
        let status = self.child.wait().unwrap();
        Output {
            status: code(status),
            stdout: std::mem::take(&mut self.stdout),
            stderr: String::from_utf8_lossy(&self.stderr).into_owned(),
        }
    }

    fn line(&mut self, stream: Stream, wanted: impl Fn(&str) -> bool, what: &str) -> String {
        let end = Instant::now() + DEADLINE;
        loop {
            let index = stream as usize;
            let bytes = if stream == Stream::Out { &self.stdout } else { &self.stderr };
            let rest = &bytes[self.seen[index]..];
            if let Some(length) = rest.iter().position(|byte| *byte == b'\n') {
                let line = String::from_utf8_lossy(&rest[..length]).into_owned();
                self.seen[index] += length + 1;
                if wanted(&line) {
                    return line;
                }
            } else if !self.receive(end, what) {
                panic!("it ended before {what:?}\n{}", self.said());
            }
        }
    }

    /// Takes in one line; false at the end of all streams.
    fn receive(&mut self, end: Instant, what: &str) -> bool {
        match self.chunks.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok((Stream::Out, line)) => self.stdout.extend(line),
            Ok((Stream::Err, line)) => self.stderr.extend(line),
            Err(RecvTimeoutError::Disconnected) => return false,
            Err(RecvTimeoutError::Timeout) => {
                panic!("waited {DEADLINE:?} in vain for {what:?}\n{}", self.said())
            }
        }
        true
    }

    fn said(&self) -> String {
        let text = String::from_utf8_lossy;
        format!("stdout:\n{}\nstderr:\n{}", text(&self.stdout), text(&self.stderr))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The status as a shell tells it.
fn code(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0))
}

/// What a call left behind.
pub struct Output {
    /// The exit status; 128 + the number where a signal ended it.
    pub status: i32,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: String,
}

impl Output {
    /// Standard output as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Standard output as one JSON document.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.stdout).unwrap_or_else(|error| panic!("{error}\n{self}"))
    }

    /// The lines of standard output that are JSON events.
    pub fn events(&self) -> Vec<serde_json::Value> {
        self.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Fails the test unless the status is this one and standard error is exactly this.
    #[track_caller]
    pub fn fails(&self, status: i32, stderr: &str) {
        assert_eq!((self.status, self.stderr.as_str()), (status, stderr), "{self}");
        assert!(self.stdout.is_empty(), "{self}");
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "status {}\nstdout:\n{}\nstderr:\n{}",
            self.status,
            String::from_utf8_lossy(&self.stdout),
            self.stderr
        )
    }
}
