use super::*;
use crate::store::{Error, Progress, check};
use crate::torrent::{Attributes, Layout, LayoutBuilder};
use sha1::{Digest, Sha1};
use std::fs;
use std::time::{Duration, SystemTime};

const HASH: InfoHash = InfoHash([3; 20]);

fn layout() -> Layout {
    // Pieces of 10: 0 and 1 in `a`, 2 in `a` and the pad, 3 and 4 in `b`, 5 in `b` and `c`.
    let mut layout = LayoutBuilder::new();
    layout.push(["a"], 25, Attributes::default()).unwrap();
    layout.push_pad(5).unwrap();
    layout.push(["b"], 25, Attributes::default()).unwrap();
    layout.push(["c"], 5, Attributes::default()).unwrap();
    layout.build()
}

fn pieces() -> Pieces {
    Pieces::new(60, 10).unwrap()
}

/// A folder with all files written, and the state of it.
fn complete() -> (tempfile::TempDir, Files, Resume) {
    let folder = tempfile::tempdir().unwrap();
    let files = Files::folder(layout(), folder.path().join("data")).unwrap();
    files.write(0, &[&[1; 25], &[0; 5], &[2; 30]]).unwrap();
    let resume = Resume::new(HASH, &files, Bitfield::all(6)).unwrap();
    (folder, files, resume)
}

fn trusted(resume: &Resume, files: &Files) -> Vec<u32> {
    resume.trusted(HASH, files, pieces()).unwrap().iter().map(|piece| piece.0).collect()
}

/// Sets a file's time of change as a later write would.
fn touch(path: &Path) {
    let later = SystemTime::now() + Duration::from_secs(100);
    fs::File::options().write(true).open(path).unwrap().set_modified(later).unwrap();
}

#[test]
fn what_is_unchanged_is_trusted() {
    let (folder, files, resume) = complete();
    let path = Resume::path(&folder.path().join("state/resume"), HASH);
    resume.save(&path).unwrap();
    let loaded = Resume::load(&path).unwrap().unwrap();
    assert_eq!(loaded, resume);
    assert_eq!(trusted(&loaded, &files), [0, 1, 2, 3, 4, 5]);
}

#[test]
fn a_changed_file_costs_the_pieces_that_touch_it_and_no_others() {
    let (_folder, files, resume) = complete();
    touch(&files.path(3));
    assert_eq!(trusted(&resume, &files), [0, 1, 2, 3, 4]);
    fs::File::options().write(true).open(files.path(2)).unwrap().set_len(24).unwrap();
    assert_eq!(trusted(&resume, &files), [0, 1, 2]);
    fs::remove_file(files.path(0)).unwrap();
    assert_eq!(trusted(&resume, &files), [0; 0]);
}

#[test]
fn pieces_that_were_not_verified_are_not_trusted() {
    let (_folder, files, _) = complete();
    let mut have = Bitfield::none(6);
    have.insert(PieceIndex(4));
    let resume = Resume::new(HASH, &files, have).unwrap();
    assert_eq!(trusted(&resume, &files), [4]);
}

#[test]
fn another_torrent_or_another_place_is_not_trusted() {
    let (folder, files, resume) = complete();
    let none = Bitfield::none(6);
    assert_eq!(resume.trusted(InfoHash([4; 20]), &files, pieces()).unwrap(), none);
    let other = Pieces::new(60, 20).unwrap();
    assert_eq!(resume.trusted(HASH, &files, other).unwrap(), Bitfield::none(3));
    let moved = folder.path().join("moved");
    fs::rename(files.root(), &moved).unwrap();
    let moved = Files::folder(layout(), moved).unwrap();
    assert_eq!(resume.trusted(HASH, &moved, pieces()).unwrap(), none);
}

#[test]
fn what_was_written_after_the_state_is_found_by_hashing() {
    let folder = tempfile::tempdir().unwrap();
    let files = Files::folder(layout(), folder.path().to_owned()).unwrap();
    let whole: Vec<u8> = [[1; 25].as_slice(), &[0; 5], &[2; 30]].concat();
    let hashes: Vec<u8> = whole.chunks(10).flat_map(Sha1::digest).collect();
    files.write(30, &[&whole[30..50]]).unwrap();
    let mut have = Bitfield::none(6);
    have.insert(PieceIndex(3));
    have.insert(PieceIndex(4));
    let resume = Resume::new(HASH, &files, have).unwrap();
    // Then a piece more, and the process is killed.
    files.write(0, &[&whole[..10]]).unwrap();
    let start = resume.trusted(HASH, &files, pieces()).unwrap();
    assert_eq!(start.iter().map(|piece| piece.0).collect::<Vec<_>>(), [3, 4]);
    let progress = Progress::default();
    let have = check(&files, pieces(), &hashes, &start, 2, &progress).unwrap().unwrap();
    assert_eq!(have.iter().map(|piece| piece.0).collect::<Vec<_>>(), [0, 3, 4]);
}

#[test]
fn garbled_states_are_errors_at_every_length() {
    let (folder, _, resume) = complete();
    let path = folder.path().join("state");
    assert!(matches!(Resume::load(&path), Ok(None)));
    let bytes = resume.encode().unwrap();
    for length in 0..bytes.len() {
        fs::write(&path, &bytes[..length]).unwrap();
        let Err(Error { source, .. }) = Resume::load(&path) else { panic!("{length}") };
        assert_eq!(source.kind(), std::io::ErrorKind::InvalidData);
    }
    for (from, to) in [
        ("bt resumei1e", "bt resumei2e"),
        ("piecesi6e", "piecesi9e"),
        ("li25e", "li-5e"),
        ("info-hash20:", "info-hash19:"),
    ] {
        let text = String::from_utf8(bytes.iter().map(|b| b & 0x7f).collect()).unwrap();
        let at = text.find(from).unwrap();
        let mut spoiled = bytes.clone();
        spoiled[at..at + from.len()].copy_from_slice(to.as_bytes());
        fs::write(&path, &spoiled).unwrap();
        assert!(Resume::load(&path).is_err(), "{to}");
    }
}
