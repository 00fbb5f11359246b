//! Why metainfo is refused: where, and why, in one line.

use super::{MAX_PIECE_LENGTH, MAX_PIECES};
use crate::bencode;
use crate::torrent::Unfit;
use crate::torrent::name::Unsafe;
use std::fmt;

/// Metainfo that is refused. Displays as `info.files[3].path: ".." leaves the folder`.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(Box<Inner>);

#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
enum Inner {
    #[error("not metainfo: {0}")]
    Bencode(#[from] bencode::Error),
    #[error("{}{why}", Place(.at))]
    Field { at: String, why: Why },
}

/// What is wrong with a field.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Why {
    /// The document is no dictionary.
    #[error("not metainfo: not a dictionary")]
    NoDictionary,
    /// Longer than so many bytes ([`Bounds::bytes`](super::Bounds)).
    #[error("longer than {0} bytes")]
    Long(usize),
    /// Must be there.
    #[error("missing")]
    Missing,
    /// Of a wrong type.
    #[error("not {0}")]
    Type(&'static str),
    /// A name or path that could leave the folder or can't be stored.
    #[error(transparent)]
    Unsafe(#[from] Unsafe),
    /// Must not be negative.
    #[error("negative")]
    Negative,
    /// 0, or over [`MAX_PIECE_LENGTH`].
    #[error("not from 1 to {MAX_PIECE_LENGTH}")]
    PieceLength,
    /// Not a power of two of at least 16 KiB (BEP 52).
    #[error("not a power of two of at least 16384")]
    PieceLengthV2,
    /// One or the other.
    #[error("has both length and files")]
    LengthAndFiles,
    /// One or the other.
    #[error("has neither length nor files")]
    NeitherLengthNorFiles,
    /// A torrent without a file.
    #[error("no files")]
    NoFiles,
    /// More than so many files ([`Bounds::files`](super::Bounds)).
    #[error("more than {0} files")]
    ManyFiles(usize),
    /// Paths of more bytes than this together: 16 MiB and eight times what `info` has.
    #[error("paths of more than {0} bytes in all")]
    LongNames(usize),
    /// Over [`MAX_PIECES`].
    #[error("more than {MAX_PIECES} pieces")]
    ManyPieces,
    /// Lengths that add up to 2^63 or more.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// `pieces` that is not hashes of 20 bytes.
    #[error("{0} bytes, not a multiple of 20")]
    Ragged(usize),
    /// More or fewer hashes than pieces.
    #[error("{found} hashes for {pieces} pieces")]
    Count {
        /// Hashes in `pieces`.
        found: u64,
        /// Pieces that the lengths make.
        pieces: u64,
    },
    /// Two files of one path.
    #[error("the same path as another file")]
    SamePath,
    /// A file that is the folder of another.
    #[error("another file lies inside this file")]
    FileIsFolder,
    /// A `meta version` that we do not know (BEP 52).
    #[error("{0} is not known")]
    Version(i64),
    /// The key `""` with others beside it (BEP 52).
    #[error("a file and a folder at once")]
    FileAndFolder,
    /// `pieces root` without bytes, or bytes without it.
    #[error("not 32 bytes, or for an empty file")]
    PiecesRoot,
    /// A root that stands for no hash, and that no data has.
    #[error("zeros, which no data hashes to")]
    ZeroRoot,
    /// Names in a `file tree` that do not ascend, so that readers number its pieces differently
    /// (BEP 52).
    #[error("out of order; the names in a file tree ascend")]
    Unsorted,
    /// A pad in a `file tree`, which has none (BEP 47, BEP 52).
    #[error("a pad file, of which a file tree has none")]
    PadInTree,
    /// A layer that is not hashes of 32 bytes (BEP 52).
    #[error("{0} bytes, not a multiple of 32")]
    RaggedLayer(usize),
    /// A layer that does not belong to the root under which it is given (BEP 52).
    #[error("does not hash to the file's pieces root")]
    WrongLayer,
    /// The two descriptions of a hybrid torrent do not match (BEP 52).
    #[error("differs from what v1 says")]
    Differs,
    /// A file of a hybrid torrent does not begin at a piece (BEP 52).
    #[error("does not begin at a piece, as a hybrid torrent's must")]
    NotAligned,
}

impl Error {
    pub(super) fn new(at: impl fmt::Display, why: impl Into<Why>) -> Self {
        Self(Box::new(Inner::Field { at: at.to_string(), why: why.into() }))
    }

    pub(super) fn long(bytes: usize) -> Self {
        Self::new("", Why::Long(bytes))
    }

    /// Puts the place of the outer field in front.
    pub(super) fn inside(mut self, outer: impl fmt::Display) -> Self {
        if let Inner::Field { at, .. } = &mut *self.0 {
            let dot = if at.is_empty() { "" } else { "." };
            *at = format!("{outer}{dot}{at}");
        }
        self
    }

    /// Whether this may well be good bencode of another kind: a tracker's answer, say.
    pub fn is_other_document(&self) -> bool {
        match &*self.0 {
            Inner::Bencode(_) => false,
            Inner::Field { at, why } => match why {
                Why::NoDictionary => true,
                Why::Missing => at == "info",
                _ => false,
            },
        }
    }

    /// Why, where the bencode itself is good.
    pub fn why(&self) -> Option<Why> {
        match *self.0 {
            Inner::Bencode(_) => None,
            Inner::Field { why, .. } => Some(why),
        }
    }
}

impl From<bencode::Error> for Error {
    fn from(error: bencode::Error) -> Self {
        Self(Box::new(error.into()))
    }
}

struct Place<'a>(&'a str);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            "" => Ok(()),
            place => write!(f, "{place}: "),
        }
    }
}
