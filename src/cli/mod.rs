//! What the commands share: the process seen as a value, failures with their exit status, inputs
//! and outputs, and what is said to the user on the way.

mod authority;
mod bounds;
pub mod config;
pub mod data;
pub mod defaults;
pub mod desktop;
mod env;
mod failure;
pub mod field;
pub mod folders;
mod globals;
pub mod historical;
pub mod manual;
pub mod names;
pub mod paint;
mod progress;
pub mod reporter;
mod sink;
mod source;
pub mod text;
mod torrent_input;
pub mod trade;
mod ui;
pub mod units;
pub mod usage;

pub use authority::Authority;
pub use bounds::Bounds;
pub use env::{Env, Priority};
pub use failure::{Failure, Status};
pub use globals::{Choice, Format, Globals};
pub use progress::Progress;
pub use sink::Sink;
pub use source::Source;
pub use torrent_input::{Opened, TorrentInput};
pub use ui::{Show, Stderr, Ui, printable};

/// What a command runs in: the process and the flags that every command takes.
pub struct Cli<'a> {
    /// The process.
    pub env: &'a Env,
    /// Warnings, notes and progress, as the flags want them.
    pub ui: Ui,
    /// What data on standard output looks like.
    pub format: Format,
    /// Whether JSON was asked for, not just taken for want of a terminal.
    pub json: bool,
    /// Whether colours are used on standard output.
    pub color: bool,
}

impl Cli<'_> {
    /// The same in another process' stead.
    pub fn within<'b>(&self, env: &'b Env) -> Cli<'b> {
        let &Self { env: _, ref ui, format, json, color } = self;
        Cli { env, ui: ui.clone(), format, json, color }
    }
}
