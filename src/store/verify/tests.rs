use super::*;
use crate::torrent::{Attributes, Builder, Layout, LayoutBuilder, Version, builder};
use bytes::Bytes;
use proptest::prelude::*;
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

/// What may have happened to a file.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Right,
    Gone,
    Short,
    Long,
    Damaged,
    /// A folder stands in its place.
    Folder,
    /// It leads to itself.
    Loop,
    /// It may be run.
    Executable,
    /// A file stands in the place of the folder that it was in.
    Homeless,
}

fn fate() -> impl Strategy<Value = Fate> {
    let odd = vec![Fate::Gone, Fate::Short, Fate::Long, Fate::Damaged, Fate::Folder];
    let rare = vec![Fate::Loop, Fate::Executable, Fate::Homeless];
    prop_oneof![
        5 => Just(Fate::Right),
        2 => proptest::sample::select(odd),
        1 => proptest::sample::select(rare),
    ]
}

#[cfg(unix)]
fn befall(path: &std::path::Path, content: &[u8], fate: Fate) {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let above = path.parent().unwrap();
    // Another one may have been homeless here.
    if fs::create_dir_all(above).is_err() {
        return;
    }
    match fate {
        Fate::Gone => return,
        Fate::Folder => return fs::create_dir(path).unwrap(),
        Fate::Loop => return symlink(path, path).unwrap(),
        Fate::Homeless => {
            fs::remove_dir_all(above).unwrap();
            return fs::write(above, "x").unwrap();
        }
        _ => fs::write(path, content).unwrap(),
    }
    match fate {
        Fate::Short => fs::write(path, content.split_at(content.len() / 2).0).unwrap(),
        Fate::Long => fs::write(path, [content, b"more"].concat()).unwrap(),
        Fate::Damaged => fs::write(path, vec![b'!'; content.len()]).unwrap(),
        Fate::Executable => {
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        _ => {}
    }
}

#[cfg(unix)]
proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn at_once_tells_what_a_look_before_it_does(
        fates in proptest::collection::vec((fate(), 0usize..3, 0usize..60_000, any::<bool>()), 1..25),
        version in prop_oneof![Just(Version::V1), Just(Version::Hybrid)],
        date in proptest::option::of(prop_oneof![Just(1), Just(9_000_000_000i64)]),
        threads in 1usize..4,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let content = |number: usize, length: usize| vec![b'a' + (number % 26) as u8; length];
        let mut layout = LayoutBuilder::new();
        let mut paths: Vec<_> = fates.iter().enumerate().collect();
        paths.sort_by_key(|(number, (_, folder, ..))| (*folder, *number));
        for (number, (_, above, length, executable)) in &paths {
            let attributes = Attributes { executable: *executable && *number > 9, hidden: false };
            let names = [format!("{above}"), format!("{number:02}")];
            layout.push(names, *length as u64, attributes).unwrap();
        }
        let layout = builder::lay_out(&layout.build(), true, version, PIECE as u32).unwrap();
        let mut stream = Vec::new();
        let mut next = paths.iter();
        for file in layout.files() {
            match file.pad {
                true => stream.resize(stream.len() + file.length as usize, 0),
                false => {
                    let (number, (_, _, length, _)) = next.next().unwrap();
                    stream.extend(content(*number, *length));
                }
            }
        }
        prop_assume!(!stream.is_empty());
        let hashes: Vec<[u8; 20]> = stream.chunks(PIECE).map(|piece| Sha1::digest(piece).into()).collect();
        let pieces = Pieces::new(layout.total(), PIECE as u32).unwrap();
        let roots = match version {
            Version::V1 => Vec::new(),
            // They need not be right: then all is disputed.
            _ => vec![[1; 32]; hashes.len()],
        };
        let bytes = Builder {
            version,
            hashes: &hashes,
            roots: &roots,
            creation_date: date,
            ..Builder::new(b"n", true, &layout, PIECE as u32)
        }
        .build();
        prop_assert_eq!(hashes.len(), pieces.count() as usize);
        let metainfo = Metainfo::parse(bytes.into()).unwrap();
        for (number, (fate, above, length, _)) in &paths {
            let path = folder.path().join(format!("{above}/{number:02}"));
            befall(&path, &content(*number, *length), *fate);
        }
        let files = Files::folder(metainfo.layout.clone(), folder.path().to_owned()).unwrap();
        let settings = Settings::threads(NonZero::new(threads).unwrap());
        let watch = Watch::new(|_| {});
        let mut before = Verification::survey(&metainfo, &files, settings.threads);
        let length = before.to_hash();
        before.hash(&files, &settings, &watch).unwrap();
        let (at_once, read) = Verification::at_once(&metainfo, &files, &settings, &watch).unwrap();
        prop_assert_eq!(read, length);
        let told = |verification: &Verification<'_>| {
            let report = verification.report();
            let file = |file: FileReport| {
                let survey = report.survey;
                let error = survey.error(file.file).map(ToString::to_string);
                let notes = survey.notes(file.file).to_vec();
                (survey.found(file.file), notes, error, file)
            };
            let outcomes: Vec<_> = report.outcomes.iter().collect();
            (report.files().map(file).collect::<Vec<_>>(), outcomes)
        };
        prop_assert_eq!(told(&at_once), told(&before));
    }
}
