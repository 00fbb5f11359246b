//! Which versions `bt publish` makes, and how long their pieces are.

use crate::cli::units;
use crate::torrent::Version;
use crate::torrent::builder::{self, Wish};
use crate::torrent::metainfo::MAX_PIECE_LENGTH;
use std::num::NonZero;

/// Versions and pieces.
#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Version and pieces")]
pub(super) struct Size {
    /// Version 1, which every client knows [default]
    #[arg(long, conflicts_with_all = ["v2", "hybrid"])]
    v1: bool,
    /// Version 2 (BEP 52), with a hash tree for each file
    ///
    /// Same files have same hashes in every such torrent, and damage is found by 16 KiB. Clients
    /// that know version 1 only can't read it.
    #[arg(long, conflicts_with_all = ["v1", "hybrid"])]
    v2: bool,
    /// Both versions in one, for clients of either
    ///
    /// Each file begins at a piece of its own, with pads between them (BEP 47).
    #[arg(long, conflicts_with_all = ["v1", "v2"])]
    hybrid: bool,
    /// Bytes in a piece, a power of two from 16KiB to 1GiB [default: by size]
    ///
    /// Without it, the power of two that makes 1,000 to 2,000 pieces, from 16 KiB up to 16 MiB and
    /// beyond that only where the metainfo would become large; 1 MiB for a stream.
    #[arg(short = 'l', long, value_name = "SIZE", value_parser = piece_length)]
    #[arg(conflicts_with_all = ["max_piece_length", "piece_count"])]
    piece_length: Option<u32>,
    /// The most bytes in a piece, where the length goes by size
    #[arg(long, value_name = "SIZE", value_parser = piece_length)]
    max_piece_length: Option<u32>,
    /// The most pieces: the shortest length that makes no more
    #[arg(long, value_name = "COUNT")]
    piece_count: Option<NonZero<u32>>,
}

impl Size {
    /// Which versions are made.
    pub(super) fn version(&self) -> Version {
        match (self.v2, self.hybrid) {
            (true, _) => Version::V2,
            (_, true) => Version::Hybrid,
            _ => Version::V1,
        }
    }

    /// Bytes in a piece, for so many bytes in so many files.
    pub(super) fn piece_length(&self, total: u64, files: usize, version: Version) -> u32 {
        let wish =
            Wish { longest: self.max_piece_length, count: self.piece_count.map(NonZero::get) };
        let by_size = || builder::piece_length(total, files, version, wish);
        self.piece_length.unwrap_or_else(by_size)
    }

    /// Bytes in a piece where nobody knows how many bytes there are.
    pub(super) fn stream_piece_length(&self, usual: u32) -> u32 {
        let longest = self.max_piece_length.unwrap_or(usual);
        self.piece_length.unwrap_or(usual.min(longest))
    }

    /// The flag that is not for standard input.
    pub(super) fn not_for_streams(&self) -> Option<&'static str> {
        self.piece_count.map(|_| "--piece-count")
    }
}

/// The shortest piece that can be asked for.
const SHORTEST: u32 = 16 << 10;

fn piece_length(text: &str) -> Result<u32, String> {
    let sane =
        |length: &u32| length.is_power_of_two() && (SHORTEST..=MAX_PIECE_LENGTH).contains(length);
    let length = u32::try_from(units::size(text)?).ok().filter(sane);
    length.ok_or_else(|| "a piece is a power of two from 16KiB to 1GiB".to_owned())
}
