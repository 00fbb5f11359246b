use super::*;

fn touch(folder: &Path, path: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, "x").unwrap();
}

fn walk(folder: &Path) -> Result<Vec<String>, String> {
    select(folder, &Selection::default())
}

fn select(folder: &Path, selection: &Selection) -> Result<Vec<String>, String> {
    let tree = Tree::select(folder, selection, None).map_err(|error| error.to_string())?;
    let path = |file: &Found| file.path.to_str().unwrap().to_owned();
    Ok(tree.files.iter().map(path).collect())
}

fn globs(patterns: &[&str]) -> Globs {
    Globs::new(patterns).unwrap()
}

/// What was left out and why, in order.
fn left_out(folder: &Path, selection: &Selection) -> Vec<(String, &'static str)> {
    let tree = Tree::select(folder, selection, None).unwrap();
    let shown = |left: &LeftOut| (left.path.to_str().unwrap().to_owned(), left.why.word());
    tree.left_out.iter().map(shown).collect()
}

#[test]
fn many_files_are_the_same_whoever_looks_at_them() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..1500usize {
        let path = folder.path().join(format!("{}/{}", number % 7, number % 3));
        fs::create_dir_all(&path).unwrap();
        fs::write(path.join(format!("{number:04}")), vec![0; number]).unwrap();
    }
    let tree = |threads, order| {
        let threads = std::num::NonZero::new(threads).unwrap();
        let selection = Selection { threads, order, ..Selection::default() };
        Tree::select(folder.path(), &selection, None).unwrap()
    };
    let one = tree(1, Order::Name);
    assert_eq!(one.files.len(), 1500);
    for file in &one.files {
        let number: u64 = file.path.file_name().unwrap().to_str().unwrap().parse().unwrap();
        assert_eq!(file.length, number);
        assert!(file.modified.is_some() && file.path.components().count() == 3);
    }
    assert_eq!(one, tree(4, Order::Name));
    let lengths: Vec<_> = tree(3, Order::Smallest).files.iter().map(|file| file.length).collect();
    assert!(lengths.is_sorted());
}

#[test]
fn files_come_in_the_order_of_their_components() {
    let folder = tempfile::tempdir().unwrap();
    for path in ["a/b", "a!", "a.b", "B", "é", "a/core/x", "CVS/Root", "core", "a/CVS", "cores"] {
        touch(folder.path(), path);
    }
    fs::create_dir(folder.path().join("empty")).unwrap();
    // A folder sorts by its name alone: `a` before `a!`, whatever it holds.
    let expected = ["B", "a/b", "a!", "a.b", "cores", "é"].map(str::to_owned);
    assert_eq!(walk(folder.path()).unwrap(), expected);
}

#[test]
fn an_empty_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("CVS/a")).unwrap();
    touch(folder.path(), "core");
    assert!(walk(folder.path()).unwrap_err().ends_with(": no files to publish"));
}

#[test]
fn the_output_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    touch(folder.path(), "a");
    touch(folder.path(), "b.torrent");
    let tree = Tree::walk(folder.path(), Some(&folder.path().join("b.torrent"))).unwrap();
    assert_eq!(tree.files.len(), 1);
}

#[test]
fn globs_are_as_in_ignore_files() {
    for (pattern, matching, other) in [
        ("*.jpg", &["a.jpg", "d/e/a.jpg"][..], &["a.jpg.txt", "a.jpg/b"][..]),
        ("/*.jpg", &["a.jpg"], &["d/a.jpg"]),
        ("d/*.jpg", &["d/a.jpg"], &["a.jpg", "d/e/a.jpg", "x/d/a.jpg"]),
        ("./d/*", &["d/a"], &["d", "d/e/a"]),
        ("d/**", &["d/a", "d/e/a"], &["d", "x/d/a"]),
        ("**/d/a", &["d/a", "x/d/a"], &["d/x/a"]),
        ("{a,b}[0-9]?", &["a1x", "x/b2y"], &["c1x", "a1", "a1/x"]),
        (r"\*", &["*"], &["a"]),
    ] {
        let globs = globs(&[pattern]);
        for path in matching {
            assert!(globs.matches(Path::new(path), false), "{pattern} {path}");
        }
        for path in other {
            assert!(!globs.matches(Path::new(path), false), "{pattern} {path}");
        }
    }
    assert!(globs(&["d/"]).matches(Path::new("x/d"), true));
    assert!(!globs(&["d/"]).matches(Path::new("x/d"), false));
    assert!(!Globs::default().matches(Path::new("d"), true));
    for bad in ["", "/", "//", "[", "{a"] {
        assert!(Globs::new([bad]).is_err(), "{bad}");
    }
}

#[test]
fn excluded_folders_are_not_entered_and_included_ones_are_taken_whole() {
    let folder = tempfile::tempdir().unwrap();
    for path in ["a/x.jpg", "a/x.txt", "b/raw/y.jpg", "b/raw/deep/y.txt", "top.txt"] {
        touch(folder.path(), path);
    }
    let selection = Selection { exclude: globs(&["raw/", "/a/*.txt"]), ..Selection::default() };
    assert_eq!(select(folder.path(), &selection).unwrap(), ["a/x.jpg", "top.txt"]);
    let expected = [("a/x.txt".to_owned(), "excluded"), ("b/raw".to_owned(), "excluded")];
    assert_eq!(left_out(folder.path(), &selection), expected);

    let include = globs(&["*.jpg", "b/raw"]);
    let selection = Selection { include, ..Selection::default() };
    let expected = ["a/x.jpg", "b/raw/deep/y.txt", "b/raw/y.jpg"];
    assert_eq!(select(folder.path(), &selection).unwrap(), expected);
    // What is excluded is not included again.
    let selection = Selection { exclude: globs(&["deep"]), ..selection };
    assert_eq!(select(folder.path(), &selection).unwrap(), ["a/x.jpg", "b/raw/y.jpg"]);
    let selection = Selection { include: globs(&["*.png"]), ..selection };
    assert!(select(folder.path(), &selection).unwrap_err().ends_with(": no file is selected"));
}

#[test]
fn junk_hidden_and_historical_names_are_a_choice() {
    let folder = tempfile::tempdir().unwrap();
    let junk = [".DS_Store", "THUMBS.DB", "d/._x", "d/@eaDir/x", ".Trash-1000/files/x"];
    for path in junk.iter().chain(&["a", ".hidden", "d/.git/x", "core", "d/CVS/x", "thumbs.dbx"]) {
        touch(folder.path(), path);
    }
    let selection = Selection::default();
    let expected = [".hidden", "a", "d/.git/x", "thumbs.dbx"];
    assert_eq!(select(folder.path(), &selection).unwrap(), expected);
    let selection = Selection { hidden: Take::Skip, ..Selection::default() };
    assert_eq!(select(folder.path(), &selection).unwrap(), ["a", "thumbs.dbx"]);
    let selection = Selection { junk: Take::Include, ..selection };
    let expected = ["THUMBS.DB", "a", "d/@eaDir/x", "thumbs.dbx"];
    assert_eq!(select(folder.path(), &selection).unwrap(), expected);
    let selection = Selection { historical: Take::Include, ..Selection::default() };
    let expected = [".hidden", "a", "core", "d/.git/x", "d/CVS/x", "thumbs.dbx"];
    assert_eq!(select(folder.path(), &selection).unwrap(), expected);
    let why = left_out(folder.path(), &Selection::default());
    let expected = [
        (".DS_Store", "junk"),
        (".Trash-1000", "junk"),
        ("THUMBS.DB", "junk"),
        ("core", "cvs-core"),
        ("d/._x", "junk"),
        ("d/@eaDir", "junk"),
        ("d/CVS", "cvs-core"),
    ];
    assert_eq!(why, expected.map(|(path, why)| (path.to_owned(), why)));
}

#[test]
fn the_rules_of_ignore_files_hold_below_them() {
    let folder = tempfile::tempdir().unwrap();
    for path in ["a.o", "keep.o", "d/a.o", "d/build/x", "build/x", ".git/HEAD", "d/e/build", "d/n"]
    {
        touch(folder.path(), path);
    }
    fs::write(folder.path().join(".gitignore"), "# rules\n*.o\n!keep.o\n/build/\n").unwrap();
    fs::write(folder.path().join("d/.gitignore"), "!a.o\nn\n").unwrap();
    fs::write(folder.path().join("d/.ignore"), "!n\nbuild/\n").unwrap();
    assert_eq!(walk(folder.path()).unwrap().len(), 11);
    let selection = Selection { ignore_files: true, ..Selection::default() };
    let expected =
        [".gitignore", "d/.gitignore", "d/.ignore", "d/a.o", "d/e/build", "d/n", "keep.o"];
    assert_eq!(select(folder.path(), &selection).unwrap(), expected);
    fs::write(folder.path().join("d/.ignore"), "{a\n").unwrap();
    assert!(select(folder.path(), &selection).unwrap_err().contains(".ignore"));
}

#[test]
fn a_list_is_taken_in_the_order_of_the_names() {
    let folder = tempfile::tempdir().unwrap();
    for path in ["a/x", "a/y", "b/core", "b/.DS_Store", "c/d/z", "c/e"] {
        touch(folder.path(), path);
    }
    let list = |names: &[&str]| {
        let names = names.iter().map(|name| folder.path().join(name));
        Selection { list: Some(names.collect()), ..Selection::default() }
    };
    let selection = list(&["c/./e", "b", "a/x", "b/core", "b/.DS_Store", "a/../a/x", ".", "c/d/"]);
    let expected = ["a/x", "b/.DS_Store", "b/core", "c/d/z", "c/e"];
    assert_eq!(select(folder.path(), &selection).unwrap(), expected);
    let expected = [("b".to_owned(), "folder"), (String::new(), "folder")];
    assert_eq!(left_out(folder.path(), &selection), expected);
    let narrow =
        Selection { exclude: globs(&["/c"]), include: globs(&["/b", "z", "x"]), ..selection };
    assert_eq!(select(folder.path(), &narrow).unwrap(), ["a/x", "b/.DS_Store", "b/core"]);
    let everything = list(&["./"]);
    assert_eq!(select(folder.path(), &everything).unwrap().len(), 6);

    let error = select(folder.path(), &list(&["a/gone"])).unwrap_err();
    assert!(error.contains("a/gone: "), "{error}");
    let error = select(&folder.path().join("a"), &list(&["c/e"])).unwrap_err();
    assert!(error.contains("c/e: listed, but not in "), "{error}");
    let error = select(&folder.path().join("c/e"), &list(&["c/e"])).unwrap_err();
    assert!(error.contains("needs the folder"), "{error}");
}

#[test]
fn a_list_has_lines_or_nul_bytes() {
    let parsed = |bytes: &[u8]| {
        let paths = parse_list(bytes).unwrap();
        paths.iter().map(|path| path.to_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(parsed(b"a\n\nb c\nd"), ["a", "b c", "d"]);
    assert_eq!(parsed(b"a\nb\0c\0"), ["a\nb", "c"]);
    assert!(parsed(b"").is_empty());
}

#[test]
fn orders() {
    let folder = tempfile::tempdir().unwrap();
    for (path, length, written) in
        [("a2/x", 3, 30), ("a10/x", 1, 20), ("a02/x", 2, 20), ("b", 3, 10), ("a", 2, 40)]
    {
        touch(folder.path(), path);
        let file = File::options().write(true).open(folder.path().join(path)).unwrap();
        file.set_len(length).unwrap();
        let time = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(written);
        file.set_modified(time).unwrap();
    }
    let sorted =
        |order| select(folder.path(), &Selection { order, ..Selection::default() }).unwrap();
    assert_eq!(sorted(Order::Name), ["a", "a02/x", "a10/x", "a2/x", "b"]);
    assert_eq!(sorted(Order::Natural), ["a", "a02/x", "a2/x", "a10/x", "b"]);
    assert_eq!(sorted(Order::Smallest), ["a10/x", "a", "a02/x", "a2/x", "b"]);
    assert_eq!(sorted(Order::Largest), ["a2/x", "b", "a", "a02/x", "a10/x"]);
    assert_eq!(sorted(Order::Oldest), ["b", "a02/x", "a10/x", "a2/x", "a"]);
    assert_eq!(sorted(Order::Newest), ["a", "a2/x", "a02/x", "a10/x", "b"]);
}

#[test]
fn entries_become_torrents_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    for path in ["b.iso", "b.iso.torrent", "a/x", "CVS/x", "Thumbs.db", "c.txt"] {
        touch(folder.path(), path);
    }
    let selection = Selection { exclude: globs(&["*.txt"]), ..Selection::default() };
    let (entries, left) = Tree::entries(folder.path(), &selection).unwrap();
    assert_eq!(entries, ["a", "b.iso"].map(|name| folder.path().join(name)));
    let why: Vec<_> = left.iter().map(|left| left.why).collect();
    assert_eq!(why, [Why::Historical, Why::Junk, Why::Excluded, Why::Metainfo]);
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    #[test]
    fn links_are_followed_but_not_in_circles() {
        let folder = tempfile::tempdir().unwrap();
        touch(folder.path(), "a/x");
        symlink("a", folder.path().join("b")).unwrap();
        symlink("a/x", folder.path().join("c")).unwrap();
        assert_eq!(walk(folder.path()).unwrap(), ["a/x", "b/x", "c"]);

        symlink("..", folder.path().join("a/up")).unwrap();
        let error = walk(folder.path()).unwrap_err();
        assert!(error.ends_with("/a/up: a symbolic link that leads back above"), "{error}");
        fs::remove_file(folder.path().join("a/up")).unwrap();

        symlink("self", folder.path().join("self")).unwrap();
        let error = walk(folder.path()).unwrap_err();
        assert!(error.contains("/self: "), "{error}");
        fs::remove_file(folder.path().join("self")).unwrap();

        symlink("nothing", folder.path().join("gone")).unwrap();
        let error = walk(folder.path()).unwrap_err();
        assert!(error.contains("/gone: "), "{error}");
    }

    #[test]
    fn two_links_at_each_other_end() {
        let folder = tempfile::tempdir().unwrap();
        touch(folder.path(), "a/x");
        touch(folder.path(), "b/x");
        symlink("../b", folder.path().join("a/b")).unwrap();
        symlink("../a", folder.path().join("b/a")).unwrap();
        let error = walk(folder.path()).unwrap_err();
        assert!(error.contains("a/b/a: a symbolic link"), "{error}");
    }

    #[test]
    fn what_is_no_file_is_left_out_and_told() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket");
        let _listener = UnixListener::bind(&socket).unwrap();
        let error = Tree::walk(folder.path(), None).unwrap_err();
        assert!(error.to_string().ends_with("no files to publish"), "{error}");
        touch(folder.path(), "a");
        let tree = Tree::walk(folder.path(), None).unwrap();
        let left = LeftOut { path: Path::new("socket").into(), why: Why::Special };
        assert_eq!((tree.files.len(), tree.left_out), (1, vec![left]));
        let error = Tree::walk(&socket, None).unwrap_err();
        assert!(error.to_string().ends_with("neither a file nor a folder"), "{error}");
    }

    #[test]
    fn a_name_that_others_would_change_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        touch(folder.path(), r"a\b");
        assert!(walk(folder.path()).unwrap_err().contains("backslash"));
    }

    #[test]
    fn links_are_stored_where_they_stay_inside() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        touch(&root, "a/b/x");
        touch(folder.path(), "outside");
        symlink("a/b/x", root.join("c")).unwrap();
        symlink("../../c", root.join("a/b/up")).unwrap();
        symlink("a", root.join("folder")).unwrap();
        symlink("folder/b/../b/x", root.join("through")).unwrap();
        symlink(root.join("a/b"), root.join("whole")).unwrap();
        let store = Selection { links: Links::Store, ..Selection::default() };
        let tree = Tree::select(&root, &store, None).unwrap();
        let links = tree.files.iter().map(|file| {
            let text = |path: &Path| path.to_str().unwrap().to_owned();
            (text(&file.path), file.link.as_deref().map(text), file.length)
        });
        let expected = [
            ("a/b/up", Some("c"), 0),
            ("a/b/x", None, 1),
            ("c", Some("a/b/x"), 0),
            ("folder", Some("a"), 0),
            ("through", Some("a/b/x"), 0),
            ("whole", Some("a/b"), 0),
        ];
        let expected =
            expected.map(|(path, link, length)| (path.to_owned(), link.map(str::to_owned), length));
        assert_eq!(links.collect::<Vec<_>>(), expected);
        let skip = Selection { links: Links::Skip, ..Selection::default() };
        assert_eq!(select(&root, &skip).unwrap(), ["a/b/x"]);

        for (target, why) in [
            ("../outside", "a symbolic link that leads outside"),
            ("/etc", "a symbolic link that leads outside"),
            ("..", "a symbolic link that leads outside"),
            ("a/..", "a symbolic link to the folder that is published"),
            ("gone", "No such file or directory"),
        ] {
            symlink(target, root.join("bad")).unwrap();
            let error = select(&root, &store).unwrap_err();
            assert!(error.contains("/root/bad: ") && error.ends_with(why), "{error}");
            let exclude = globs(&["bad"]);
            assert!(select(&root, &Selection { exclude, ..store.clone() }).is_ok());
            fs::remove_file(root.join("bad")).unwrap();
        }
    }

    #[test]
    fn links_that_double_the_work_are_bounded() {
        let folder = tempfile::tempdir().unwrap();
        // Each level holds two links to the next one: 2^40 ways to the end.
        for level in 0..40 {
            let here = folder.path().join(format!("l{level:02}"));
            fs::create_dir(&here).unwrap();
            for link in ["a", "b"] {
                symlink(format!("../l{:02}", level + 1), here.join(link)).unwrap();
            }
        }
        fs::create_dir(folder.path().join("l40")).unwrap();
        let mut tree =
            Tree { root: folder.path().to_owned(), folder: true, files: vec![], left_out: vec![] };
        let selection = Selection::default();
        let mut visit = Visit::new(&mut tree, &selection, None).unwrap();
        visit.look_at_most(1_000);
        let error = visit.folder(Path::new(""), false).unwrap_err().to_string();
        assert!(error.ends_with("more than 1000 entries behind symbolic links"), "{error}");
    }

    #[test]
    fn marks_are_told_by_wish() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        for (path, mode) in [(".h", 0o644), ("others", 0o655), ("x", 0o744)] {
            touch(folder.path(), path);
            let mode = fs::Permissions::from_mode(mode);
            fs::set_permissions(folder.path().join(path), mode).unwrap();
        }
        let marks = |attributes| {
            let selection = Selection { attributes, ..Selection::default() };
            let tree = Tree::select(folder.path(), &selection, None).unwrap();
            tree.files.iter().map(|file| (file.executable, file.hidden)).collect::<Vec<_>>()
        };
        assert_eq!(marks(Attributes::default()), [(false, false); 3]);
        let expected = [(false, true), (false, false), (true, false)];
        assert_eq!(marks(Attributes { executable: true, hidden: true }), expected);
    }

    #[test]
    fn what_cannot_be_read_is_found_without_an_open() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        touch(folder.path(), "a");
        let path = folder.path().join("a");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o0)).unwrap();
        // Whom permissions do not hold back may read it.
        let may = File::open(&path).is_ok();
        assert_eq!(walk(folder.path()).is_ok(), may);
    }

    #[test]
    fn names_are_bytes() {
        use std::os::unix::ffi::OsStrExt;
        let folder = tempfile::tempdir().unwrap();
        let name = std::ffi::OsStr::from_bytes(b"caf\xe9.jpg");
        if fs::write(folder.path().join(name), "x").is_err() {
            return; // Not on this file system.
        }
        let include = globs(&["*.jpg"]);
        let list =
            Some(parse_list(&[folder.path().as_os_str().as_bytes(), b"/caf\xe9.jpg"].concat()))
                .transpose()
                .unwrap();
        let selection = Selection { include, list, ..Selection::default() };
        let tree = Tree::select(folder.path(), &selection, None).unwrap();
        assert_eq!(tree.files[0].components().next(), Some(name.as_bytes()));
    }
}
