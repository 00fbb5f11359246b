//! `bt publish -`: standard input as one file.

use super::hashing::Means;
use crate::cli::{Cli, Failure, Progress, Sink};
use crate::store::hash::{self, FileDigests, StreamError, Streamed, Versions};
use crate::store::whole::{Existing, Whole};
use crate::torrent::Version;
use md5::{Digest, Md5};
use sha1::Sha1;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

/// A stream's hashes.
pub(super) struct Content {
    pub(super) streamed: Streamed,
    pub(super) digests: FileDigests,
    /// The copy, which takes its place when the metainfo is ready.
    pub(super) copy: Option<Whole>,
}

/// Hashes all of standard input, at most `most` pieces, and writes it to `copy` on the way.
pub(super) fn hash(
    cli: &Cli<'_>,
    means: &Means<'_>,
    version: Version,
    (piece_length, most): (u32, usize),
    copy: Option<(&Sink, Existing)>,
) -> Result<Content, Failure> {
    let (md5, sha1) = means.digests();
    let mut sides = Sides {
        copy: copy.map(|(sink, existing)| Copy::begin(cli, sink, existing)).transpose()?,
        md5: md5.then(Md5::new),
        sha1: sha1.then(Sha1::new),
    };
    let versions = match version {
        Version::V1 => Versions::V1,
        Version::V2 => Versions::V2,
        Version::Hybrid => Versions::Hybrid,
    };
    let progress = Progress::new(cli.env, &cli.ui, "hashing", 0);
    let advanced = |bytes| progress.add(bytes);
    let side = (!sides.is_empty()).then_some(&mut sides as &mut dyn Write);
    let pieces = (piece_length, most);
    let streamed =
        hash::stream(cli.env.stdin(), side, pieces, versions, &means.settings(), advanced);
    let streamed = streamed.map_err(|error| match error {
        StreamError::TooLong => super::too_many_pieces(),
        StreamError::Input(error) => Failure::local(Path::new("standard input"), &error),
        StreamError::Copy(error) => match copy {
            Some((Sink::Path(path), _)) => Failure::local(path, &error),
            _ => Failure::stdout(&error),
        },
    })?;
    if streamed.length == 0 {
        return Err(Failure::input("standard input: nothing to publish: empty"));
    }
    let digests = FileDigests {
        md5: sides.md5.map(|md5| md5.finalize().into()),
        sha1: sides.sha1.map(|sha1| sha1.finalize().into()),
    };
    let copy = match sides.copy {
        Some(Copy::File(file)) => Some(file),
        Some(Copy::Stdout(mut out)) => {
            out.flush().map_err(|error| Failure::stdout(&error))?;
            None
        }
        None => None,
    };
    Ok(Content { streamed, digests, copy })
}

/// What takes the stream's bytes beside the hashes of its pieces.
struct Sides {
    copy: Option<Copy>,
    md5: Option<Md5>,
    sha1: Option<Sha1>,
}

enum Copy {
    File(Whole),
    Stdout(Box<dyn Write + Send>),
}

impl Copy {
    fn begin(cli: &Cli<'_>, sink: &Sink, existing: Existing) -> Result<Self, Failure> {
        let path = match sink {
            Sink::Stdout => return Ok(Self::Stdout(Box::new(cli.env.stdout()))),
            Sink::Path(path) => path,
        };
        Whole::begin(&cli.env.resolve(path), existing).map(Self::File).map_err(|error| {
            let failure = Failure::local(path, &error.source);
            match error.source.kind() {
                ErrorKind::AlreadyExists => failure.hint("--force writes over it"),
                _ => failure,
            }
        })
    }
}

impl Sides {
    fn is_empty(&self) -> bool {
        self.copy.is_none() && self.md5.is_none() && self.sha1.is_none()
    }
}

impl Write for Sides {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes).map(|()| bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.copy {
            Some(Copy::File(file)) => file.write_all(bytes)?,
            Some(Copy::Stdout(out)) => out.write_all(bytes)?,
            None => {}
        }
        if let Some(md5) = &mut self.md5 {
            md5.update(bytes);
        }
        if let Some(sha1) = &mut self.sha1 {
            sha1.update(bytes);
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
