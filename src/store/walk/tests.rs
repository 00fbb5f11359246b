use super::*;

fn touch(folder: &Path, path: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, "x").unwrap();
}

fn walk(folder: &Path) -> Result<Vec<String>, String> {
    let tree = Tree::walk(folder, None).map_err(|error| error.to_string())?;
    let path = |file: &Found| file.path.to_str().unwrap().to_owned();
    Ok(tree.files.iter().map(path).collect())
}

#[test]
fn files_come_in_the_order_of_their_components() {
    let folder = tempfile::tempdir().unwrap();
    for path in ["a/b", "a!", "a.b", "B", "é", "a/core/x", "CVS/Root", "core", "a/CVS", "cores"]
    {
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
        assert_eq!((tree.files.len(), &tree.special), (1, &vec![socket.clone()]));
        let error = Tree::walk(&socket, None).unwrap_err();
        assert!(error.to_string().ends_with("neither a file nor a folder"), "{error}");
    }

    #[test]
    fn a_name_that_others_would_change_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        touch(folder.path(), r"a\b");
        assert!(walk(folder.path()).unwrap_err().contains("backslash"));
    }
}
