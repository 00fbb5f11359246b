//! The pages that people see: HTML without a script, complete in one file, every name escaped.
//!
//! Links are relative, so that a proxy may serve the tracker below any path. The style stands in the
//! page and is named by its hash in [`policy`], so a page that a name had broken out of could
//! still load and run nothing.

pub mod address;
mod index;
pub mod listing;
pub mod query;
mod stats;

pub use self::index::{Index, index};
pub use self::stats::stats;

use crate::wire::base64;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::sync::LazyLock;
use std::time::Duration;

const STYLE: &str = include_str!("page/style.css");

static POLICY: LazyLock<String> = LazyLock::new(|| {
    format!(
        "default-src 'none'; style-src 'sha256-{}'; img-src data:; form-action 'self'; \
         base-uri 'none'; frame-ancestors 'none'",
        base64(&Sha256::digest(STYLE))
    )
});

/// The Content-Security-Policy under which the pages are whole.
pub fn policy() -> &'static str {
    &POLICY
}

/// What the pages lead to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Offers {
    /// `./`, the index.
    pub index: bool,
    /// `stats`.
    pub stats: bool,
    /// `feed.xml`, and the files that it tells of.
    pub feed: bool,
}

/// A page around its content.
fn shell(title: &str, offers: Offers, main: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { (title) }
                link rel="icon" href="data:,";
                @if offers.feed {
                    link rel="alternate" type="application/rss+xml" title="New torrents" href="feed.xml";
                }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                header {
                    span.brand { "BitTorrent tracker" }
                    nav aria-label="Pages" {
                        @if offers.index { a href="./" { "Torrents" } }
                        @if offers.stats { a href="stats" { "Statistics" } }
                        @if offers.feed { a href="feed.xml" { "Feed" } }
                    }
                }
                main #main { (main) }
            }
        }
    }
    .into_string()
}

/// What stands at `/` where there is no index.
pub fn closed() -> &'static str {
    "This is a BitTorrent tracker. Clients announce here; there is nothing to browse.\n"
}

/// Bytes for people: `1.4 GiB`.
fn size(bytes: u64) -> String {
    const NAMES: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut name = "KiB";
    for next in NAMES.into_iter().skip(1) {
        // What would round to 1024.0 is 1.0 of the next.
        if value < 1023.95 {
            break;
        }
        (value, name) = (value / 1024.0, next);
    }
    format!("{value:.1} {name}")
}

/// A number for people: its thousands apart.
fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A length of time for people: `3 d 4 h`.
fn time(time: Duration) -> String {
    let seconds = time.as_secs();
    let mut text = String::new();
    // Writing to memory cannot fail.
    let _ = match seconds {
        0..60 => write!(text, "{seconds} s"),
        60..3_600 => write!(text, "{} min {} s", seconds / 60, seconds % 60),
        3_600..86_400 => write!(text, "{} h {} min", seconds / 3_600, seconds / 60 % 60),
        _ => write!(text, "{} d {} h", seconds / 86_400, seconds / 3_600 % 24),
    };
    text
}

#[cfg(test)]
mod tests;
