//! The flags that every command takes.

use clap::{Args, ValueEnum};

/// Flags of every command; they may stand before or after its name.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Options of every command")]
pub struct Globals {
    /// Say nothing but errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more; twice for still more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// JSON on standard output, also on a terminal
    #[arg(long, global = true, conflicts_with = "format")]
    pub json: bool,
    /// What data on standard output looks like [default: human on a terminal, else json]
    #[arg(long, global = true, value_name = "FORMAT")]
    pub format: Option<Format>,
    /// Colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: Choice,
    /// Progress bars on standard error; auto draws them on a terminal
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub progress: Choice,
    /// The profile of the configuration file that counts
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
}

impl Default for Globals {
    fn default() -> Self {
        Self {
            quiet: false,
            verbose: 0,
            json: false,
            format: None,
            color: Choice::Auto,
            progress: Choice::Auto,
            profile: None,
        }
    }
}

/// What data on standard output looks like.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Format {
    /// For people
    Human,
    /// One JSON document, or one a line
    Json,
    /// Raw bencode
    Bencode,
}

/// Whether to do what depends on the terminal.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Choice {
    /// On a terminal
    Auto,
    /// Everywhere
    Always,
    /// Nowhere
    Never,
}
