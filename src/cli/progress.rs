//! How far a long piece of work is: a bar on standard error, or one line now and then where a terminal
//! draws no bars.
//!
//! A `Progress` may be told from several threads; telling it costs an addition and a look at a
//! clock, and it draws at most ten times a second.

use super::{Env, Show, Ui, units};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle, TermLike};
use std::fmt::{self, Display, Write as _};
use std::io::{self, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// How often a bar is drawn at most.
const HERTZ: u8 = 10;
/// How often a line is written where there is no bar.
const PERIOD: Duration = Duration::from_secs(15);

/// Work that is counted in bytes.
pub struct Progress {
    /// What is done: `hashing`, `checking`, `fetching`.
    verb: &'static str,
    name: String,
    total: AtomicU64,
    done: AtomicU64,
    begun: Instant,
    shape: Shape,
}

enum Shape {
    /// And whether it has colours.
    Bar(ProgressBar, bool),
    /// When the next line is due, and what stands behind the figures.
    Lines(Mutex<(Instant, String)>),
    Nothing,
}

impl Progress {
    /// Work of `total` bytes, 0 where that is not known yet; `verb` says what is done: `hashing`.
    pub fn new(env: &Env, ui: &Ui, verb: &'static str, total: u64) -> Self {
        let begun = Instant::now();
        let shape = match ui.show {
            Show::Bar => Shape::Bar(bar(env, verb, total, ui.color), ui.color),
            Show::Lines => Shape::Lines(Mutex::new((begun + PERIOD, String::new()))),
            Show::Nothing => Shape::Nothing,
        };
        let (total, done) = (AtomicU64::new(total), AtomicU64::new(0));
        Self { verb, name: ui.name.clone(), total, done, begun, shape }
    }

    /// So many bytes more are done.
    pub fn add(&self, bytes: u64) {
        let done = self.done.fetch_add(bytes, Relaxed).saturating_add(bytes);
        self.tell(done);
    }

    /// So many bytes are done in all.
    pub fn set(&self, done: u64) {
        self.done.store(done, Relaxed);
        self.tell(done);
    }

    /// The work turns out to be so large.
    pub fn set_total(&self, total: u64) {
        self.total.store(total, Relaxed);
        if let Shape::Bar(bar, color) = &self.shape {
            bar.set_length(total);
            bar.set_style(style(total, *color));
        }
    }

    /// What stands behind the figures: `12 peers`.
    pub fn note(&self, text: impl Display) {
        match &self.shape {
            Shape::Bar(bar, _) => bar.set_message(text.to_string()),
            Shape::Lines(lines) => {
                if let Ok(mut lines) = lines.lock() {
                    lines.1 = text.to_string();
                }
            }
            Shape::Nothing => {}
        }
    }

    /// Does what writes to the terminal (a warning, a line of output) without spoiling the bar.
    pub fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.shape {
            Shape::Bar(bar, _) => bar.suspend(write),
            _ => write(),
        }
    }

    /// How long the work has taken so far.
    pub fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    fn tell(&self, done: u64) {
        match &self.shape {
            Shape::Bar(bar, _) => bar.set_position(done),
            Shape::Lines(lines) => {
                // Where another thread is at it, the line is its.
                let Ok(mut lines) = lines.try_lock() else { return };
                let now = Instant::now();
                if now >= lines.0 {
                    lines.0 = now + PERIOD;
                    let line = self.line(done, now, &lines.1);
                    // Nothing sensible is left to do where standard error is gone.
                    let _ = writeln!(io::stderr(), "{line}");
                }
            }
            Shape::Nothing => {}
        }
    }

    fn line(&self, done: u64, now: Instant, note: &str) -> String {
        let (total, took) = (self.total.load(Relaxed), now.duration_since(self.begun));
        let mut line = format!("{}: {} ", self.name, self.verb);
        if let Some(percent) = percent(done, total) {
            let _ = write!(line, "{percent}% of {}", units::show_size(total));
        } else {
            line.push_str(&units::show_size(done));
        }
        let rate = (done as f64 / took.as_secs_f64().max(0.001)) as u64;
        let _ = write!(line, ", {}", units::show_rate(rate));
        if rate > 0 && total > done {
            let left = Duration::from_secs((total - done) / rate);
            let _ = write!(line, ", {} left", units::show_duration(left));
        }
        if !note.is_empty() {
            let _ = write!(line, ", {note}");
        }
        line
    }
}

impl Drop for Progress {
    /// The bar goes away; what is worth keeping is told by the command.
    fn drop(&mut self) {
        if let Shape::Bar(bar, _) = &self.shape {
            bar.finish_and_clear();
        }
    }
}

/// Whole percent, 100 only where all is done.
fn percent(done: u64, total: u64) -> Option<u64> {
    let percent = u128::from(done.min(total)).checked_mul(100)?.checked_div(u128::from(total))?;
    u64::try_from(percent).ok()
}

fn bar(env: &Env, verb: &'static str, total: u64, color: bool) -> ProgressBar {
    let target = if env.stderr_is_terminal() {
        ProgressDrawTarget::stderr_with_hz(HERTZ)
    } else {
        ProgressDrawTarget::term_like_with_hz(Box::new(Plain), HERTZ)
    };
    let bar = ProgressBar::with_draw_target((total > 0).then_some(total), target);
    bar.set_style(style(total, color));
    bar.set_prefix(verb);
    bar
}

fn style(total: u64, color: bool) -> ProgressStyle {
    let template = match (total, color) {
        (0, _) => "{prefix} {spinner} {done} {speed} {msg}",
        (_, true) => {
            "{prefix} {percent:>3}% [{wide_bar:.cyan}] {done} of {all} {speed} {left} left {msg}"
        }
        (_, false) => {
            "{prefix} {percent:>3}% [{wide_bar}] {done} of {all} {speed} {left} left {msg}"
        }
    };
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ")
        .with_key("done", |state: &ProgressState, w: &mut dyn fmt::Write| {
            let _ = w.write_str(&units::show_size(state.pos()));
        })
        .with_key("all", |state: &ProgressState, w: &mut dyn fmt::Write| {
            let _ = w.write_str(&units::show_size(state.len().unwrap_or(0)));
        })
        .with_key("speed", |state: &ProgressState, w: &mut dyn fmt::Write| {
            let _ = w.write_str(&units::show_rate(state.per_sec() as u64));
        })
        .with_key("left", |state: &ProgressState, w: &mut dyn fmt::Write| {
            // With nothing done yet, nobody knows.
            let _ = match state.per_sec() > 0.0 || state.len() == Some(state.pos()) {
                true => w.write_str(&units::show_duration(state.eta())),
                false => w.write_str("?"),
            };
        })
}

/// A bar where standard error is no terminal, because `--progress always` says so.
#[derive(Debug)]
struct Plain;

impl Plain {
    fn put(&self, text: &str) -> io::Result<()> {
        io::stderr().write_all(text.as_bytes())
    }
}

impl TermLike for Plain {
    fn width(&self) -> u16 {
        80
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        if n == 0 { Ok(()) } else { self.put(&format!("\x1b[{n}A")) }
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        if n == 0 { Ok(()) } else { self.put(&format!("\x1b[{n}B")) }
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        if n == 0 { Ok(()) } else { self.put(&format!("\x1b[{n}C")) }
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        if n == 0 { Ok(()) } else { self.put(&format!("\x1b[{n}D")) }
    }

    fn write_line(&self, line: &str) -> io::Result<()> {
        self.put(&format!("{line}\n"))
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.put(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.put("\r\x1b[2K")
    }

    fn flush(&self) -> io::Result<()> {
        io::stderr().flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(total: u64) -> Progress {
        let ui = Ui { name: "bt publish".into(), level: 0, show: Show::Lines, color: false };
        Progress::new(&Env::process(), &ui, "hashing", total)
    }

    #[test]
    fn a_line_says_what_is_known() {
        let work = lines(4096);
        let then = work.begun + Duration::from_secs(2);
        assert_eq!(
            work.line(1024, then, ""),
            "bt publish: hashing 25% of 4.0 KiB, 512 B/s, 6.0 s left"
        );
        assert_eq!(
            lines(0).line(1024, work.begun + Duration::from_secs(2), "3 peers"),
            "bt publish: hashing 1.0 KiB, 512 B/s, 3 peers"
        );
    }

    #[test]
    fn percents_are_never_too_high() {
        assert_eq!(percent(999, 1000), Some(99));
        assert_eq!(percent(u64::MAX, u64::MAX), Some(100));
        assert_eq!(percent(5, 0), None);
    }
}
