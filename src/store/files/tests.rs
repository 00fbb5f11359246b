use super::*;
use crate::torrent::{Attributes, FilePathBuf, LayoutBuilder};
use proptest::prelude::*;
use std::fs;

/// A file of these tests: its path, its length and its marks; `None` for a pad.
struct File {
    path: Vec<Vec<u8>>,
    length: u64,
    marks: Option<Attributes>,
}

fn file(path: &[&[u8]], length: u64) -> File {
    let path = path.iter().map(|&name| name.into()).collect();
    File { path, length, marks: Some(Attributes::default()) }
}

fn pad(length: u64) -> File {
    File { path: vec![], length, marks: None }
}

fn layout(files: Vec<File>) -> Layout {
    let mut layout = LayoutBuilder::new();
    for File { path, length, marks } in files {
        match marks {
            Some(marks) => layout.push(path, length, marks).unwrap(),
            None => layout.push_pad(length).unwrap(),
        }
    }
    layout.build()
}

fn temp() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// Files, empty ones and a pad, below folders.
fn mixed() -> Layout {
    layout(vec![
        file(&[b"empty"], 0),
        file(&[b"a", b"one"], 3),
        pad(2),
        file(&[b"a", b"b", b"two"], 6),
        file(&[b"a", b"none"], 0),
        file(&[b"three"], 1),
    ])
}

fn kind(result: Result<(), Error>) -> io::ErrorKind {
    result.unwrap_err().source.kind()
}

#[test]
fn a_range_goes_over_files_and_leaves_pads_out() {
    let folder = temp();
    let root = folder.path().join("made/as needed");
    let files = Files::folder(mixed(), root.clone()).unwrap();
    assert!(!root.exists(), "nothing is made before the first write");
    files.write(1, &[b"ne", b"XX", b"tw", b"", b"o+tw"]).unwrap();
    assert_eq!(fs::read(root.join("a/one")).unwrap(), b"\0ne");
    assert_eq!(fs::read(root.join("a/b/two")).unwrap(), b"two+tw");
    files.write(0, &[b"o"]).unwrap();
    files.write(11, &[b"3"]).unwrap();
    let mut all = [1; 12];
    files.read(0, &mut all).unwrap();
    assert_eq!(&all, b"one\0\0two+tw3");
    assert!(!root.join(".pad").exists() && !root.join("empty").exists());
    files.finish().unwrap();
    files.sync().unwrap();
    for (path, length) in [("empty", 0), ("a/one", 3), ("a/b/two", 6), ("a/none", 0), ("three", 1)]
    {
        assert_eq!(fs::metadata(root.join(path)).unwrap().len(), length, "{path}");
    }
    assert_eq!(kind(files.write(11, &[b"34"])), io::ErrorKind::InvalidInput);
    assert_eq!(kind(files.read(11, &mut [0; 2])), io::ErrorKind::InvalidInput);
}

proptest! {
    #[test]
    fn writes_of_any_cut_are_what_is_read(
        lengths in proptest::collection::vec((0u64..40, any::<bool>()), 1..12),
        writes in proptest::collection::vec((any::<proptest::sample::Index>(), proptest::collection::vec(0usize..30, 1..90)), 1..8),
        open in 1usize..4,
    ) {
        let files = lengths.iter().zip(0..).map(|(&(length, is_pad), number)| {
            if is_pad { pad(length) } else { file(&[format!("f{number}").as_bytes()], length) }
        });
        let layout = layout(files.collect());
        let total = usize::try_from(layout.total()).unwrap();
        let folder = temp();
        let files = Files::folder(layout.clone(), folder.path().to_owned()).unwrap().with_open_files(open);
        let mut expected = vec![0; total];
        files.write(0, &[&expected]).unwrap();
        for (number, (at, cuts)) in (1u8..).zip(writes) {
            let at = if total == 0 { 0 } else { at.index(total) };
            let length = cuts.iter().sum::<usize>().min(total - at);
            let data: Vec<u8> = (0..length).map(|i| number ^ (i as u8) | 1).collect();
            let mut rest = &data[..];
            let mut buffers = Vec::new();
            for cut in cuts {
                let (part, after) = rest.split_at(cut.min(rest.len()));
                buffers.push(part);
                rest = after;
            }
            files.write(at as u64, &buffers).unwrap();
            expected[at..at + length].copy_from_slice(&data);
        }
        for (number, file) in layout.files().enumerate().filter(|(_, file)| file.pad) {
            let range = layout.range(number).unwrap();
            prop_assert_eq!(range.end - range.start, file.length);
            expected[range.start as usize..range.end as usize].fill(0);
        }
        let mut all = vec![9; total];
        files.read(0, &mut all).unwrap();
        prop_assert_eq!(all, expected);
        prop_assert!(files.handles.open() <= open);
    }
}

#[test]
fn who_reads_from_front_to_back_reads_the_same_and_keeps_nothing_open() {
    use crate::store::hash::Reader;
    let folder = temp();
    let files = Files::folder(mixed(), folder.path().to_owned()).unwrap();
    let all = b"one\0\0two+tw3";
    files.write(0, &[all]).unwrap();
    let files = files.again();
    for step in 1..=all.len() {
        let mut reader = files.reader();
        for (at, expected) in (0..).step_by(step).zip(all.chunks(step)) {
            let mut bytes = vec![1; expected.len()];
            reader.read(at, &mut bytes).unwrap();
            assert_eq!(bytes, expected, "{step} from {at}");
        }
    }
    let files = files.again();
    let mut reader = files.reader();
    reader.read(0, &mut [0; 12]).unwrap();
    assert_eq!(files.handles.open(), 0, "whole files are closed at once");
    assert_eq!(kind(reader.read(11, &mut [0; 2])), io::ErrorKind::InvalidInput);
    fs::write(folder.path().join("a/one"), "o").unwrap();
    fs::remove_file(folder.path().join("three")).unwrap();
    for (at, length, path, wrong) in
        [(0, 3, "a/one", io::ErrorKind::UnexpectedEof), (11, 1, "three", io::ErrorKind::NotFound)]
    {
        let error = reader.read(at, &mut vec![0; length]).unwrap_err();
        assert_eq!((error.path, error.source.kind()), (folder.path().join(path), wrong));
    }
    let elsewhere = folder.path().join("elsewhere");
    fs::write(&elsewhere, "4").unwrap();
    let files = files.again().reading_from(BTreeMap::from([(5, elsewhere)]));
    let mut byte = [0];
    files.reader().read(11, &mut byte).unwrap();
    assert_eq!(&byte, b"4");
}

#[test]
fn who_reads_in_many_folders_at_once_reads_the_same() {
    use crate::store::hash::Reader;
    let folder = temp();
    let names: Vec<_> = (b'a'..b'k').map(|name| [name]).collect();
    let two = |name: &[u8; 1]| [file(&[name, b"x"], 1), file(&[name, name, b"y"], 1)];
    let layout = layout(names.iter().flat_map(two).collect());
    let bytes: Vec<u8> = (0..20).collect();
    let files = Files::folder(layout, folder.path().to_owned()).unwrap();
    files.write(0, &[&bytes]).unwrap();
    let files = files.again();
    let mut reader = files.reader();
    for at in (0..400_u64).map(|turn| turn * turn % 20) {
        let mut byte = [255];
        reader.read(at, &mut byte).unwrap();
        assert_eq!(u64::from(byte[0]), at);
    }
    fs::rename(folder.path().join("b"), folder.path().join("gone")).unwrap();
    let error = files.reader().read(2, &mut [0]).unwrap_err();
    assert_eq!(error.path, folder.path().join("b/x"));
}

#[test]
fn missing_and_short_files_are_told_apart() {
    let folder = temp();
    let files = Files::folder(mixed(), folder.path().to_owned()).unwrap();
    let error = files.read(5, &mut [0; 6]).unwrap_err();
    assert_eq!(error.source.kind(), io::ErrorKind::NotFound);
    assert_eq!(error.path, folder.path().join("a/b/two"));
    files.write(5, &[b"tw"]).unwrap();
    assert_eq!(kind(files.read(5, &mut [0; 6])), io::ErrorKind::UnexpectedEof);
    files.read(5, &mut [0; 2]).unwrap();
}

#[test]
fn a_single_file_is_saved_under_the_name_that_was_asked_for() {
    let folder = temp();
    let path = folder.path().join("new/name");
    let files = Files::file(layout(vec![file(&[b"other"], 4)]), path.clone()).unwrap();
    files.write(0, &[b"data"]).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"data");
    assert_eq!(files.path(0), path);
    assert!(Files::file(mixed(), path).is_err(), "several files need a folder");
}

#[test]
fn names_that_lead_away_are_refused() {
    // Others, as `a/b`, can't even be laid out.
    for bad in [&[b"..".as_slice()][..], &[b"a", b"..", b"b"], &[b"."], &[]] {
        let error = Files::folder(layout(vec![file(bad, 1)]), "x".into()).unwrap_err();
        assert_eq!(error.source.kind(), io::ErrorKind::InvalidInput, "{bad:?}");
    }
}

#[test]
fn what_is_too_long_is_not_cut_unless_that_is_wanted() {
    let folder = temp();
    let files = Files::folder(mixed(), folder.path().to_owned()).unwrap();
    fs::write(folder.path().join("three"), b"3 and all my thesis").unwrap();
    let error = files.prepare(Longer::Refuse).unwrap_err();
    assert_eq!(error.source.kind(), io::ErrorKind::AlreadyExists);
    assert_eq!(
        error.to_string(),
        format!("{}: longer than the torrent says", files.path(5).display())
    );
    assert_eq!(fs::read(files.path(5)).unwrap(), b"3 and all my thesis");
    files.prepare(Longer::Cut).unwrap();
    assert_eq!(fs::read(files.path(5)).unwrap(), b"3");
    files.prepare(Longer::Refuse).unwrap();
}

#[test]
fn a_folder_in_a_files_place_is_told_before_anything_is_written() {
    let folder = temp();
    let files = Files::folder(mixed(), folder.path().to_owned()).unwrap();
    fs::create_dir(folder.path().join("three")).unwrap();
    let error = files.prepare(Longer::Refuse).unwrap_err();
    assert_eq!(error.to_string(), format!("{}: not a regular file", files.path(5).display()));
}

#[test]
fn thousands_of_files_need_few_handles() {
    let names: Vec<String> = (0..5000).map(|number| format!("{number:04}")).collect();
    let many = names.iter().map(|name| file(&[&name.as_bytes()[..2], name.as_bytes()], 4));
    let folder = temp();
    let files = Files::folder(layout(many.collect()), folder.path().to_owned())
        .unwrap()
        .with_open_files(16);
    let bytes: Vec<u8> = (0..5000u32).flat_map(u32::to_be_bytes).collect();
    // Two threads, half of the files each, in writes that go over several files.
    std::thread::scope(|scope| {
        for half in 0..2 {
            let (files, bytes) = (&files, &bytes);
            scope.spawn(move || {
                for at in (half * 10_000..(half + 1) * 10_000).step_by(50) {
                    files.write(at as u64, &[&bytes[at..at + 50]]).unwrap();
                    assert!(files.handles.open() <= 16);
                }
            });
        }
    });
    files.sync().unwrap();
    assert_eq!(fs::read(files.path(4321)).unwrap(), 4321u32.to_be_bytes());
    let mut all = vec![0; bytes.len()];
    files.read(0, &mut all).unwrap();
    assert_eq!(all, bytes);
    assert_eq!(files.handles.open(), 16);
}

#[test]
fn a_file_that_is_only_read_need_not_be_writable_and_can_become_so() {
    let folder = temp();
    let path = folder.path().join("f");
    fs::write(&path, b"data").unwrap();
    let files = Files::file(layout(vec![file(&[b"f"], 4)]), path).unwrap();
    let mut data = [0; 4];
    files.read(0, &mut data).unwrap();
    files.write(1, &[b"o"]).unwrap();
    files.read(0, &mut data).unwrap();
    assert_eq!((&data, files.handles.open()), (b"dota", 1));
}

#[test]
fn extents_tell_what_is_missing_and_what_is_zeros() {
    let folder = temp();
    let files = Files::folder(mixed(), folder.path().to_owned()).unwrap();
    let zeros = |range| Extent { range, content: Content::Zeros };
    let data = |range| Extent { range, content: Content::Data };
    assert_eq!(files.extents(1).unwrap(), [zeros(3..5)]);
    files.write(0, &[b"one"]).unwrap();
    files.write(5, &[b"tw"]).unwrap();
    files.write(11, &[b"3"]).unwrap();
    assert_eq!(files.extents(1).unwrap(), [data(0..3), zeros(3..5), data(5..7), data(11..12)]);
}

#[cfg(unix)]
mod links {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn no_write_goes_through_a_link() {
        let (folder, outside) = (temp(), temp());
        fs::write(outside.path().join("one"), b"mine").unwrap();
        fs::write(outside.path().join("three"), b"mine").unwrap();
        symlink(outside.path(), folder.path().join("a")).unwrap();
        symlink(outside.path().join("three"), folder.path().join("three")).unwrap();
        let files = Files::folder(mixed(), folder.path().to_owned()).unwrap();
        for (offset, path) in [(0, "a/one"), (5, "a/b/two"), (11, "three")] {
            let error = files.write(offset, &[b"x"]).unwrap_err();
            assert_eq!(error.path, folder.path().join(path));
            assert!(error.to_string().contains("symbolic link"), "{error}");
        }
        for name in ["one", "three"] {
            assert_eq!(fs::read(outside.path().join(name)).unwrap(), b"mine");
        }
        assert!(!outside.path().join("b").exists());
        // To read through links is the user's own wish.
        let mut data = [0; 1];
        files.read(11, &mut data).unwrap();
        assert_eq!(&data, b"m");
    }

    #[test]
    fn links_of_the_torrent_are_made_at_the_end_and_stay_inside() {
        let (folder, outside) = (temp(), temp());
        let names = [&[&b"d"[..], b"l"][..], &[b"up"], &[b"out"], &[b"taken"], &[b"data"]];
        let files = names.iter().map(|path| file(path, u64::from(path[0] == b"data")));
        let path = |names: &[&[u8]]| FilePathBuf::from_components(names).unwrap();
        let targets = [path(&[b"data"]), path(&[b"d"]), path(&[b"..", b"x"]), path(&[b"data"])];
        let links = || targets.iter().enumerate().map(|(number, path)| (number, path.as_path()));
        fs::write(folder.path().join("taken"), b"mine").unwrap();
        let files = Files::folder(layout(files.collect()), folder.path().to_owned()).unwrap();
        let files = files.with_links(links());
        files.prepare(Longer::Refuse).unwrap();
        files.write(0, &[b"x"]).unwrap();
        assert!(!folder.path().join("d").exists());
        // Once more, when they are there: to what is longer than nothing, and to a folder.
        for _ in 0..2 {
            files.finish().unwrap();
            files.prepare(Longer::Refuse).unwrap();
            let all = Extent { range: 0..1, content: Content::Data };
            assert_eq!(files.extents(1).unwrap(), [all]);
        }
        let link = |name| fs::read_link(folder.path().join(name)).ok();
        assert_eq!(link("d/l"), Some("../data".into()));
        assert_eq!(fs::read(folder.path().join("d/l")).unwrap(), b"x");
        assert_eq!(link("up"), Some("d".into()));
        assert!(folder.path().join("out").symlink_metadata().is_err(), "it would lead out");
        assert_eq!(fs::read(folder.path().join("taken")).unwrap(), b"mine");
        // Nor does one come to lie outside.
        fs::remove_dir_all(folder.path().join("d")).unwrap();
        symlink(outside.path(), folder.path().join("d")).unwrap();
        assert!(files.finish().unwrap_err().to_string().contains("symbolic link"));
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_link_to_nowhere_makes_no_file_there() {
        let (folder, outside) = (temp(), temp());
        symlink(outside.path().join("new"), folder.path().join("three")).unwrap();
        let files = Files::folder(mixed(), folder.path().to_owned()).unwrap();
        assert!(files.write(11, &[b"x"]).is_err());
        assert!(!outside.path().join("new").exists());
    }

    #[test]
    fn names_are_bytes() {
        let folder = temp();
        let files = layout(vec![file(&[b"\xff\xfe", b"caf\xe9"], 2)]);
        let files = Files::folder(files, folder.path().to_owned()).unwrap();
        files.write(0, &[b"ok"]).unwrap();
        let mut data = [0; 2];
        files.read(0, &mut data).unwrap();
        assert_eq!(&data, b"ok");
        use std::os::unix::ffi::OsStrExt;
        assert!(files.path(0).as_os_str().as_bytes().ends_with(b"/\xff\xfe/caf\xe9"));
    }

    #[test]
    fn a_fifo_is_no_file_and_nobody_waits_for_it() {
        use rustix::fs::{CWD, FileType, Mode, mknodat};
        let folder = temp();
        let fifo = folder.path().join("three");
        mknodat(CWD, &fifo, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        let files = Files::folder(mixed(), folder.path().to_owned()).unwrap();
        assert_eq!(kind(files.read(11, &mut [0])), io::ErrorKind::InvalidInput);
        let read = crate::store::hash::Reader::read(&mut files.reader(), 11, &mut [0]);
        assert_eq!(kind(read), io::ErrorKind::InvalidInput);
        assert_eq!(kind(files.write(11, &[b"x"])), io::ErrorKind::InvalidInput);
    }

    #[test]
    fn programs_are_made_executable_at_the_end() {
        let folder = temp();
        let marks = Attributes { executable: true, hidden: false };
        let program = File { marks: Some(marks), ..file(&[b"run"], 1) };
        let files = layout(vec![program, file(&[b"data"], 1)]);
        let files = Files::folder(files, folder.path().to_owned()).unwrap();
        files.write(0, &[b"ab"]).unwrap();
        let modes =
            || [0, 1].map(|i| fs::metadata(files.path(i)).unwrap().permissions().mode() & 0o777);
        let [before, data] = modes();
        files.finish().unwrap();
        assert_eq!(modes(), [before | (before & 0o444) >> 2, data]);
        // One that is so already is not opened for writing: it may be where nobody may write.
        let elsewhere = folder.path().join("elsewhere");
        fs::rename(files.path(0), &elsewhere).unwrap();
        symlink(&elsewhere, files.path(0)).unwrap();
        files.again().finish().unwrap();
        fs::set_permissions(&elsewhere, fs::Permissions::from_mode(before)).unwrap();
        assert!(files.again().finish().unwrap_err().to_string().contains("symbolic link"));
    }

    #[test]
    fn a_hole_of_a_sparse_file_is_seen_where_the_file_system_tells() {
        let folder = temp();
        let long = 64 << 20;
        let files = layout(vec![file(&[b"f"], long)]);
        let files = Files::folder(files, folder.path().to_owned()).unwrap();
        files.write(long - 1, &[b"x"]).unwrap();
        let extents = files.extents(1 << 20).unwrap();
        let covered: u64 = extents.iter().map(|e| e.range.end - e.range.start).sum();
        assert_eq!(covered, long, "all of it is there");
        assert_eq!(extents.last().unwrap().content, Content::Data);
        // A hole that is shorter than what is asked for is data.
        let coarse = files.extents(long).unwrap();
        assert_eq!(coarse, [Extent { range: 0..long, content: Content::Data }]);
    }
}
