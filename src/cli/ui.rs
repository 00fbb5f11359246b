//! What is said to the user on standard error: warnings, notes, progress.

use super::{Env, Failure, Priority};
use crate::bencode::json::steers;
use std::fmt::Display;
use std::io::Write;

/// How much is said, and whether bars are drawn.
#[derive(Clone, Debug)]
pub struct Ui {
    /// The command's name, as errors begin with it: `bt publish`.
    pub name: String,
    /// -1 quiet, 0 as usual, 1 and more for each `-v`.
    pub level: i8,
    /// Whether progress bars are drawn.
    pub bars: bool,
    /// Whether colours are used on standard error.
    pub color: bool,
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
