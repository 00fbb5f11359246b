//! The threads.

use super::{Error, Observer, PieceHash, Reader, Settings, Wanted, Work};
use crate::hash::{Hasher, Sha1, Sha256, digest};
use crate::store::Aligned;
use crate::torrent::{BLOCK, Layout, PieceIndex};

/// Hashes all pieces that the observer wants. Each thread calls `reader` once.
///
/// # Errors
/// What the observer made of a piece's error, and what [`Reader::finish`] met; the other threads
/// then stop soon.
pub fn run<R: Reader>(
    work: &Work<'_>,
    settings: &Settings<'_>,
    reader: impl Fn() -> R + Sync,
    observer: &impl Observer,
) -> Result<(), Error> {
    let mut reader = reader();
    for piece in work.pieces.iter().filter(|&piece| observer.wants(piece)) {
        if observer.cancelled() {
            return Ok(());
        }
        let result = one(work, settings, &mut reader, piece, observer);
        observer.done(piece, result)?;
    }
    reader.finish()
}

fn one(
    work: &Work<'_>,
    settings: &Settings<'_>,
    reader: &mut impl Reader,
    piece: PieceIndex,
    observer: &impl Observer,
) -> Result<PieceHash, Error> {
    let (start, length) = (work.pieces.offset(piece), u64::from(work.pieces.length(piece)));
    let mut v1 = Hasher::<Sha1>::new();
    let mut leaves = Vec::new();
    let mut buffer = Aligned::zeroed(BLOCK as usize);
    let mut at = 0;
    while at < length {
        let known = reader.known(start + at, (length - at).min(u64::from(BLOCK)));
        let data = buffer.split_at_mut(usize::try_from(known.data).unwrap_or(0)).0;
        if let Some(throttle) = settings.throttle {
            throttle.take(known.data, || observer.cancelled());
        }
        if !data.is_empty() {
            reader.read(start + at, data)?;
            v1.update(data);
            leaves.push(digest::<Sha256>(data));
        }
        v1.zeros(known.zeros);
        observer.advanced(known.data, known.zeros);
        at += known.data + known.zeros;
    }
    let root = |layout: &Layout| {
        let mut own = layout.spans(start, length).filter_map(|span| {
            layout.file(span.file).filter(|file| !file.pad).map(|file| file.length)
        });
        let file = own.next().filter(|_| own.next().is_none())?;
        let whole = match file > u64::from(work.pieces.piece_length()) {
            true => work.pieces.piece_length().div_ceil(BLOCK) as usize,
            false => leaves.len().next_power_of_two(),
        };
        leaves.resize(whole, [0; 32]);
        while leaves.len() > 1 {
            leaves = leaves.chunks(2).map(|pair| digest::<Sha256>(&pair.concat())).collect();
        }
        leaves.first().copied()
    };
    let v1 = v1.finish();
    Ok(match work.wanted {
        Wanted::V1 => PieceHash { v1: Some(v1), v2: None },
        Wanted::V2(layout) => PieceHash { v1: None, v2: { root }(layout) },
        Wanted::Hybrid(layout) => PieceHash { v1: Some(v1), v2: { root }(layout) },
    })
}
