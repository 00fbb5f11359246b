//! The one door to arguments, variables, the working folder, streams, the clock, and whom to believe.

use super::defaults::Variables;
use crate::net::trust::Authorities;
use std::ffi::{OsStr, OsString};
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// How much a line on standard error matters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Priority {
    /// It ends with that.
    Error,
    /// Something is odd, but it goes on.
    Warning,
    /// Worth knowing.
    Note,
}

/// The process, as a value.
#[derive(Clone, Debug)]
pub struct Env {
    args: Vec<OsString>,
    cwd: PathBuf,
    authorities: Authorities,
}

impl Env {
    /// The real one.
    pub fn process() -> Self {
        Self {
            args: std::env::args_os().collect(),
            cwd: PathBuf::from("."),
            authorities: Authorities::default(),
        }
    }

    /// The same, with authorities that are believed over HTTPS besides the system's.
    #[must_use]
    pub fn believing(self, authorities: Authorities) -> Self {
        Self { authorities, ..self }
    }

    /// Who is believed over HTTPS besides the system's authorities.
    pub fn authorities(&self) -> &Authorities {
        &self.authorities
    }

    /// The arguments, the program's own name first.
    pub fn args(&self) -> &[OsString] {
        &self.args
    }

    /// An environment variable that is set and not empty.
    pub fn var(&self, name: &str) -> Option<OsString> {
        std::env::var_os(name).filter(|value| !value.is_empty())
    }

    /// The variables whose name starts so and that are not empty.
    pub fn vars(&self, start: &str) -> Variables {
        let ours = |(name, value): &(OsString, OsString)| {
            name.as_encoded_bytes().starts_with(start.as_bytes()) && !value.is_empty()
        };
        std::env::vars_os().filter(ours).collect()
    }

    /// The path as seen from the working folder.
    pub fn resolve(&self, path: &Path) -> PathBuf {
        if self.cwd == Path::new(".") { path.to_owned() } else { self.cwd.join(path) }
    }

    /// Standard input.
    pub fn stdin(&self) -> impl Read + Send + use<> {
        io::stdin()
    }

    /// Standard output; buffering is the caller's.
    pub fn stdout(&self) -> impl Write + Send + use<> {
        io::stdout()
    }

    /// Standard error.
    pub fn stderr(&self) -> impl Write + Send + use<> {
        io::stderr()
    }

    /// What a line on standard error begins with where the journal of a service manager reads it: its
    /// priority there. Elsewhere nothing.
    pub fn priority(&self, priority: Priority) -> &'static str {
        match (self.in_journal(), priority) {
            (false, _) => "",
            (true, Priority::Error) => "<3>",
            (true, Priority::Warning) => "<4>",
            (true, Priority::Note) => "<6>",
        }
    }

    /// The journal says which stream is its own; any other may be a file of the user's.
    #[cfg(unix)]
    fn in_journal(&self) -> bool {
        let Some(stream) = self.var("JOURNAL_STREAM") else { return false };
        rustix::fs::fstat(io::stderr())
            .is_ok_and(|stat| stream == *format!("{}:{}", stat.st_dev, stat.st_ino))
    }

    #[cfg(not(unix))]
    fn in_journal(&self) -> bool {
        false
    }

    /// Whether a person types on standard input.
    pub fn stdin_is_terminal(&self) -> bool {
        io::stdin().is_terminal()
    }

    /// Whether a person reads standard output.
    pub fn stdout_is_terminal(&self) -> bool {
        io::stdout().is_terminal()
    }

    /// Whether a person reads standard error.
    pub fn stderr_is_terminal(&self) -> bool {
        io::stderr().is_terminal()
    }

    /// The wall clock.
    pub fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    /// The name that the program was called by, without folders.
    pub fn program(&self) -> &OsStr {
        self.args.first().and_then(|arg| Path::new(arg).file_name()).unwrap_or(OsStr::new("bt"))
    }
}
