//! What is said to the user on standard error: warnings, notes, progress.

use super::{Choice, Env, Failure, Priority};
use crate::bencode::json::steers;
use std::fmt::Display;
use std::io::Write;

/// How much is said, and what is shown of long work.
#[derive(Clone, Debug)]
pub struct Ui {
    /// The command's name, as errors begin with it: `bt publish`.
    pub name: String,
    /// -1 quiet, 0 as usual, 1 and more for each `-v`.
    pub level: i8,
    /// What is shown of work that takes long.
    pub show: Show,
    /// Whether colours are used on standard error.
    pub color: bool,
}

/// What is shown of work that takes long.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Show {
    /// A bar.
    Bar,
    /// A line now and then, where people look on and no bar can be drawn.
    Lines,
    /// Nothing: a log is no place for it.
    Nothing,
}

impl Show {
    /// What the flags make of it, and where standard error goes.
    pub fn of(choice: Choice, is_quiet: bool, stderr: Stderr) -> Self {
        match (choice, stderr) {
            _ if is_quiet => Self::Nothing,
            (Choice::Always, _) | (Choice::Auto, Stderr::Terminal) => Self::Bar,
            (Choice::Auto, Stderr::DumbTerminal) => Self::Lines,
            (Choice::Never, _) | (Choice::Auto, Stderr::Elsewhere) => Self::Nothing,
        }
    }
}

/// Where standard error goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stderr {
    /// To a terminal.
    Terminal,
    /// To one that can't move its cursor (`TERM=dumb`).
    DumbTerminal,
    /// To a file, a pipe, a log.
    Elsewhere,
}

impl Ui {
    /// Something is odd, but the work goes on.
    pub fn warn(&self, env: &Env, message: impl Display) {
        if self.level >= 0 {
            self.line(env, Priority::Warning, format_args!("{}: warning: {message}", self.name));
        }
    }

    /// Something worth knowing at so many `-v`.
    pub fn note(&self, env: &Env, level: i8, message: impl Display) {
        if self.level >= level {
            self.line(env, Priority::Note, format_args!("{}: {message}", self.name));
        }
    }

    /// One of several inputs failed; the work goes on with the next one.
    pub fn failure(&self, env: &Env, failure: &Failure) {
        self.line(env, Priority::Error, format_args!("{}: {}", self.name, failure.message));
        if let Some(hint) = &failure.hint {
            self.line(env, Priority::Note, format_args!("hint: {hint}"));
        }
    }

    fn line(&self, env: &Env, priority: Priority, line: impl Display) {
        // Nothing sensible is left to do where standard error is gone.
        let priority = env.priority(priority);
        let _ = writeln!(env.stderr(), "{priority}{}", printable(&line.to_string()));
    }
}

/// Text from outside, such as a name in a torrent, on one line and with nothing in it that a
/// terminal would obey: that becomes `\u{…}`.
pub fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for c in text.chars() {
        match steers(c) {
            true => printable.extend(c.escape_unicode()),
            false => printable.push(c),
        }
    }
    printable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_work_is_shown_on_terminals_alone_unless_asked() {
        use Stderr::{DumbTerminal, Elsewhere, Terminal};
        for (choice, stderr, shown) in [
            (Choice::Auto, Terminal, Show::Bar),
            (Choice::Auto, DumbTerminal, Show::Lines),
            (Choice::Auto, Elsewhere, Show::Nothing),
            (Choice::Always, Elsewhere, Show::Bar),
            (Choice::Never, Terminal, Show::Nothing),
            (Choice::Never, DumbTerminal, Show::Nothing),
        ] {
            assert_eq!(Show::of(choice, false, stderr), shown, "{choice:?} {stderr:?}");
            assert_eq!(Show::of(choice, true, stderr), Show::Nothing, "{choice:?} {stderr:?}");
        }
    }
}
