//! How a command ends when it does not end well.

use crate::store::words;
use std::fmt::Display;
use std::io;
use std::path::Path;

/// Exit statuses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    /// 0
    Done,
    /// 1: the honest answer is no.
    No,
    /// 2: usage.
    Usage,
    /// 3: the input is bad.
    Input,
    /// 4: a local file or folder failed.
    Local,
    /// 5: the network failed, or no peer had the data within the time allowed.
    Network,
    /// 128 + the signal's number.
    Signal(u8),
}

impl Status {
    /// The number that the process ends with.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::No => 1,
            Self::Usage => 2,
            Self::Input => 3,
            Self::Local => 4,
            Self::Network => 5,
            Self::Signal(number) => 128u8.saturating_add(number),
        }
    }
}

/// What is said at the end, and the status.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// The exit status.
    pub status: Status,
    /// One line; empty where nothing is to be said.
    pub message: String,
    /// A second line, where one helps.
    pub hint: Option<String>,
    /// Whether the command's help is what the user needs.
    pub help: bool,
}

impl Failure {
    fn new(status: Status, message: impl Display) -> Self {
        Self { status, message: message.to_string(), hint: None, help: false }
    }

    /// The honest answer is no.
    pub fn no(message: impl Display) -> Self {
        Self::new(Status::No, message)
    }

    /// The command line makes no sense.
    pub fn usage(message: impl Display) -> Self {
        Self::new(Status::Usage, message)
    }

    /// The input is not what it should be.
    pub fn input(message: impl Display) -> Self {
        Self::new(Status::Input, message)
    }

    /// A local file or folder failed.
    pub fn local(path: &Path, error: &io::Error) -> Self {
        Self::new(Status::Local, format_args!("{}: {}", path.display(), words(error)))
    }

    /// The network failed.
    pub fn network(message: impl Display) -> Self {
        Self::new(Status::Network, message)
    }

    /// Ends with this status and says nothing.
    pub fn silent(status: Status) -> Self {
        Self::new(status, "")
    }

    /// Nothing was named and a person sits at the terminal: the help says what to do.
    pub fn help() -> Self {
        Self { help: true, ..Self::silent(Status::Usage) }
    }

    /// Standard output failed: whoever reads it may have had enough, which is no failure.
    pub fn stdout(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::silent(Status::Done),
            _ => Self::new(Status::Local, format_args!("standard output: {}", words(error))),
        }
    }

    /// Adds the second line.
    #[must_use]
    pub fn hint(mut self, hint: impl Display) -> Self {
        self.hint = Some(hint.to_string());
        self
    }
}
