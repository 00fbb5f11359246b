use super::*;
use crate::torrent::Layout;
use bytes::Bytes;
use sha1::{Digest, Sha1};
use std::fs;

const PIECE: usize = 16 * 1024;

/// A torrent of one file with these bytes.
fn torrent(content: &[u8]) -> Metainfo {
    let hashes: Vec<u8> = content.chunks(PIECE).flat_map(Sha1::digest).collect();
    let (length, size) = (content.len(), hashes.len());
    let mut text =
        format!("d4:infod6:lengthi{length}e4:name1:f12:piece lengthi{PIECE}e6:pieces{size}:")
            .into_bytes();
    text.extend(hashes);
    text.extend(b"ee");
    Metainfo::parse(Bytes::from(text)).unwrap()
}

fn one_thread() -> Settings<'static> {
    Settings::threads(NonZero::<usize>::MIN)
}

/// What is said where the file changes between the look at sizes and the hashing.
fn changed_between(change: impl FnOnce(&std::path::Path)) -> FileReport {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    let content = [7; PIECE * 3];
    fs::write(&path, content).unwrap();
    let metainfo = torrent(&content);
    let files = Files::file(metainfo.layout.clone(), path.clone()).unwrap();
    let mut verification = Verification::survey(&metainfo, &files, one_thread().threads);
    assert_eq!(verification.to_hash(), content.len() as u64);
    change(&path);
    verification.hash(&files, &one_thread(), &Watch::new(|_| {})).unwrap();
    verification.report().file(0)
}

#[test]
fn a_file_that_shrinks_meanwhile_is_short() {
    let report = changed_between(|path| {
        let file = fs::File::options().write(true).open(path).unwrap();
        file.set_len(PIECE as u64 + 5).unwrap();
    });
    assert_eq!(report.state, State::Short);
    let missing = report.parts.last().unwrap();
    assert_eq!((missing.state, missing.bytes.start), (State::Missing, PIECE as u64 + 5));
}

#[test]
fn a_file_that_goes_meanwhile_is_missing() {
    let report = changed_between(|path| fs::remove_file(path).unwrap());
    assert_eq!(report.state, State::Missing);
}

#[test]
fn who_watches_can_end_it_and_hears_of_every_byte() {
    let folder = tempfile::tempdir().unwrap();
    let content = [1; PIECE * 4 + 1];
    fs::write(folder.path().join("f"), content).unwrap();
    let metainfo = torrent(&content);
    let files = Files::file(metainfo.layout.clone(), folder.path().join("f")).unwrap();
    let mut verification = Verification::survey(&metainfo, &files, one_thread().threads);
    let heard = std::sync::atomic::AtomicU64::new(0);
    let watch = Watch::new(|bytes| {
        heard.fetch_add(bytes, Ordering::Relaxed);
    });
    watch.cancelled.store(true, Ordering::Relaxed);
    verification.hash(&files, &one_thread(), &watch).unwrap();
    assert_eq!(verification.outcomes.get(PieceIndex(4)), Outcome::Unknown);
    watch.cancelled.store(false, Ordering::Relaxed);
    verification.hash(&files, &one_thread(), &watch).unwrap();
    assert_eq!(heard.load(Ordering::Relaxed), content.len() as u64);
    assert_eq!(verification.report().file(0).state, State::Ok);
}

#[test]
fn several_threads_look_at_many_files_as_one_does() {
    let folder = tempfile::tempdir().unwrap();
    let names: Vec<_> =
        (0..1700u64).map(|number| (format!("{}/{number:04}", number % 9), number)).collect();
    for (path, length) in names.iter().filter(|(_, length)| length % 100 != 7) {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        if length % 100 == 8 {
            continue;
        }
        // One in a hundred is too short.
        fs::write(path, vec![0; *length as usize / if length % 100 == 9 { 2 } else { 1 }]).unwrap();
    }
    let files = Files::folder(Layout::of(names).unwrap(), folder.path().to_owned()).unwrap();
    let long_ago = std::time::UNIX_EPOCH;
    let look = |threads| Survey::of(&files, Some(long_ago), NonZero::new(threads).unwrap());
    let (one, four) = (look(1), look(4));
    for file in 0..1700 {
        let expected = match file % 100 {
            7 | 8 => Found::Nothing,
            9 => Found::File(file as u64 / 2),
            _ => Found::File(file as u64),
        };
        assert_eq!((one.found(file), four.found(file)), (expected, expected), "{file}");
        let notes = if expected == Found::Nothing { &[][..] } else { &[Note::Newer] };
        assert_eq!((one.notes(file), four.notes(file)), (notes, notes), "{file}");
    }
}
