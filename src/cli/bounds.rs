//! The flags that bound how much metainfo is taken.

use super::units;
use crate::torrent::metainfo;
use clap::Args;

/// Bounds of the metainfo that a command reads.
#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Bounds of metainfo")]
pub struct Bounds {
    /// The longest that is read; 4 GiB at most
    #[arg(long, value_name = "SIZE", default_value = "256MiB", value_parser = units::size)]
    max_metainfo: u64,
    /// The most files that it may name, pads included
    #[arg(long, value_name = "N", default_value_t = metainfo::MAX_FILES)]
    max_files: usize,
    /// The most folders that a file may lie in, its own name counted
    #[arg(long, value_name = "N", default_value_t = crate::torrent::name::MAX_DEPTH)]
    max_depth: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        let metainfo::Bounds { bytes, files, depth } = metainfo::Bounds::default();
        Self { max_metainfo: bytes as u64, max_files: files, max_depth: depth }
    }
}

impl Bounds {
    /// As the judge of metainfo takes them.
    pub fn of_metainfo(self) -> metainfo::Bounds {
        metainfo::Bounds {
            bytes: usize::try_from(self.max_metainfo).unwrap_or(usize::MAX),
            files: self.max_files,
            depth: self.max_depth,
        }
    }
}
