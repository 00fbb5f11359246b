//! What is published: the files below a path, in the order of the metainfo.
//!
//! Symbolic links are followed. Nothing but regular files is ever opened, so a named pipe can't
//! hang the walk; an unreadable file is found here, before hours of hashing.

use super::Error;
use crate::torrent::metainfo::MAX_FILES;
use crate::torrent::name;
use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Names that are left out at any depth, whatever they are.
pub const LEFT_OUT: [&str; 2] = ["CVS", "core"];

/// A file or folder to publish.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tree {
    /// The file or folder itself.
    pub root: PathBuf,
    /// Whether it is a folder.
    pub folder: bool,
    /// The files, sorted by the bytes of their paths' components.
    pub files: Vec<Found>,
    /// What is no file and no folder and was left out.
    pub special: Vec<PathBuf>,
}

/// A file as it was when the walk came by.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// Below the root; empty where the root is the file.
    pub path: PathBuf,
    /// Bytes.
    pub length: u64,
    /// When it was last written, where the system tells.
    pub modified: Option<SystemTime>,
}

impl Tree {
    /// Looks at everything below `root`, but for [`LEFT_OUT`] and the file `output`.
    ///
    /// # Errors
    /// A folder or file that can't be read, a link that leads nowhere or back to where it stands,
    /// a name that metainfo can't hold, no file at all, or too many.
    pub fn walk(root: &Path, output: Option<&Path>) -> Result<Self, Error> {
        let fail = |source| Error { path: root.to_owned(), source };
        let metadata = fs::metadata(root).map_err(fail)?;
        let mut tree = Self {
            root: root.to_owned(),
            folder: metadata.is_dir(),
            files: Vec::new(),
            special: Vec::new(),
        };
        if metadata.is_dir() {
            let real = fs::canonicalize(root).map_err(fail)?;
            let output = output.and_then(|path| fs::canonicalize(path).ok());
            let mut walk = Walk { tree: &mut tree, output, above: vec![real] };
            walk.folder(Path::new(""))?;
        } else if metadata.is_file() {
            tree.add(PathBuf::new(), &metadata)?;
        } else {
            return Err(fail(io::Error::other("neither a file nor a folder")));
        }
        if tree.files.is_empty() {
            return Err(fail(io::Error::other("no files to publish")));
        }
        Ok(tree)
    }

    /// Where the file lies.
    pub fn locate(&self, file: &Found) -> PathBuf {
        match file.path.as_os_str().is_empty() {
            true => self.root.clone(),
            false => self.root.join(&file.path),
        }
    }

    /// Opens a file and makes sure that it is still the one that was found.
    pub fn open(&self, file: &Found) -> Result<File, Error> {
        let path = self.locate(file);
        let opened = open(&path).and_then(|opened| {
            file.check(&opened.metadata()?)?;
            Ok(opened)
        });
        opened.map_err(|source| Error { path, source })
    }

    /// Makes sure that an open file has not changed since it was found.
    pub fn recheck(&self, file: &Found, opened: &File) -> Result<(), Error> {
        let same = opened.metadata().and_then(|metadata| file.check(&metadata));
        same.map_err(|source| Error { path: self.locate(file), source })
    }

    fn add(&mut self, path: PathBuf, metadata: &Metadata) -> Result<(), Error> {
        if self.files.len() >= MAX_FILES {
            let source = io::Error::other(format!("more than {MAX_FILES} files"));
            return Err(Error { path: self.root.clone(), source });
        }
        let file = Found { path, length: metadata.len(), modified: metadata.modified().ok() };
        drop(self.open(&file)?);
        self.files.push(file);
        Ok(())
    }
}

impl Found {
    fn check(&self, now: &Metadata) -> io::Result<()> {
        let what = match now.len() {
            _ if !now.is_file() => "no longer a file",
            length if length < self.length => "shrank while it was read",
            length if length > self.length => "grew while it was read",
            _ if now.modified().ok() != self.modified => "changed while it was read",
            _ => return Ok(()),
        };
        Err(io::Error::other(what))
    }
}

/// Opens a file for reading, without waiting for the writer of a pipe that took its place.
#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let nonblock = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or(0);
    fs::OpenOptions::new().read(true).custom_flags(nonblock).open(path)
}

/// Opens a file for reading.
#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

struct Walk<'a> {
    tree: &'a mut Tree,
    output: Option<PathBuf>,
    /// The folders that we are in, without links.
    above: Vec<PathBuf>,
}

impl Walk<'_> {
    /// Depth is bounded: a path that metainfo can't hold is refused before it is entered.
    fn folder(&mut self, below: &Path) -> Result<(), Error> {
        let here = self.tree.root.join(below);
        let fail = |source| Error { path: here.clone(), source };
        let mut names = Vec::new();
        for entry in fs::read_dir(&here).map_err(fail)? {
            names.push(entry.map_err(fail)?.file_name());
        }
        names.sort_by(|a, b| a.as_encoded_bytes().cmp(b.as_encoded_bytes()));
        for file_name in names {
            if LEFT_OUT.iter().any(|left_out| file_name == *left_out) {
                continue;
            }
            let path = below.join(&file_name);
            let whole = self.tree.root.join(&path);
            let fail = |source| Error { path: whole.clone(), source };
            let components: Vec<_> = path.iter().map(|name| name.as_encoded_bytes()).collect();
            name::check(file_name.as_encoded_bytes())
                .and_then(|()| name::check_path(&components))
                .map_err(|why| fail(io::Error::new(io::ErrorKind::InvalidInput, why)))?;
            let link = fs::symlink_metadata(&whole).map_err(fail)?.is_symlink();
            let metadata = fs::metadata(&whole).map_err(fail)?;
            if metadata.is_file() {
                if !self.is_output(&whole) {
                    self.tree.add(path, &metadata)?;
                }
            } else if metadata.is_dir() {
                let real = match (link, self.above.last()) {
                    (false, Some(parent)) => parent.join(&file_name),
                    _ => fs::canonicalize(&whole).map_err(fail)?,
                };
                // A folder that holds one of those above would be met again inside itself.
                if link && self.above.iter().any(|above| above.starts_with(&real)) {
                    return Err(fail(io::Error::other("a symbolic link that leads back above")));
                }
                self.above.push(real);
                self.folder(&path)?;
                self.above.pop();
            } else {
                self.tree.special.push(whole);
            }
        }
        Ok(())
    }

    fn is_output(&self, path: &Path) -> bool {
        self.output.as_deref().is_some_and(|output| {
            output.file_name() == path.file_name()
                && fs::canonicalize(path).is_ok_and(|path| path == output)
        })
    }
}

#[cfg(test)]
mod tests {
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
}
