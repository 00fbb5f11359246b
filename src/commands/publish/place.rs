//! What a published path is called, and where its metainfo goes.

use crate::cli::text::Text;
use crate::cli::{Env, Failure, Sink};
use crate::store::whole;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

/// A path's own name and the place of its metainfo.
pub(super) struct Place {
    /// The last component of the path, of the real one where it is `.` or `..`.
    pub(super) name: OsString,
    /// Where the metainfo goes.
    pub(super) sink: Sink,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.sink {
            Sink::Stdout => f.write_str("-"),
            Sink::Path(path) => path.display().fmt(f),
        }
    }
}

impl Place {
    /// The same for scripts.
    pub(super) fn text(&self) -> Text<'_> {
        match &self.sink {
            Sink::Stdout => Text(b"-"),
            Sink::Path(path) => Text(path.as_os_str().as_encoded_bytes()),
        }
    }

    /// The place for `path`, with `-o` or without. A stream has no name but `given`.
    pub(super) fn of(
        path: &Path,
        given: Option<&OsStr>,
        output: Option<&OsStr>,
        env: &Env,
    ) -> Result<Self, Failure> {
        let (folder, name) = match (is_stdin(path), given) {
            (false, _) => beside(path, env)?,
            (true, _) if env.stdin_is_terminal() => return Err(Failure::help()),
            (true, Some(given)) => (PathBuf::new(), given.to_owned()),
            (true, None) => return Err(Failure::usage("a stream needs a --name")),
        };
        let mut file = name.clone();
        file.push(".torrent");
        let sink = match output {
            None => Sink::Path(folder.join(file)),
            Some(text) if text == "-" => Sink::Stdout,
            Some(text) => {
                let slash = text.as_encoded_bytes().last().copied().map(char::from);
                let output = PathBuf::from(text);
                match slash.is_some_and(std::path::is_separator) || env.resolve(&output).is_dir() {
                    true => Sink::Path(output.join(file)),
                    false => Sink::Path(output),
                }
            }
        };
        Ok(Self { name, sink })
    }

    /// Finds out before the long work what would fail after it, and for all that goes there.
    pub(super) fn check(&self, env: &Env, force: bool) -> Result<(), Failure> {
        let path = match &self.sink {
            Sink::Stdout if env.stdout_is_terminal() && !force => {
                return Err(Failure::usage("metainfo is not for a terminal")
                    .hint("name a file with -o, send it into a pipe, or add --force"));
            }
            Sink::Stdout => return Ok(()),
            Sink::Path(path) => path,
        };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        match env.resolve(folder).metadata() {
            Ok(metadata) if metadata.is_dir() => Ok(()),
            Ok(_) => Err(Failure::local(folder, &ErrorKind::NotADirectory.into())),
            Err(error) => Err(Failure::local(folder, &error)),
        }
    }

    /// Whether nothing is there yet that would be written over.
    pub(super) fn is_free(&self, env: &Env, force: bool) -> Result<(), Failure> {
        let Sink::Path(path) = &self.sink else { return Ok(()) };
        let there = env.resolve(path);
        if force
            || there.metadata().is_ok_and(|metadata| whole::is_stream(&metadata))
            || there.symlink_metadata().is_err()
        {
            return Ok(());
        }
        Err(Failure::local(path, &ErrorKind::AlreadyExists.into()).hint("--force writes over it"))
    }

    /// Whether the system has names as long: one may be too long with its end alone.
    pub(super) fn fits(&self, env: &Env) -> Result<(), Failure> {
        let Sink::Path(path) = &self.sink else { return Ok(()) };
        match env.resolve(path).symlink_metadata() {
            Err(error) if error.kind() == ErrorKind::InvalidFilename => {
                Err(Failure::local(path, &error))
            }
            _ => Ok(()),
        }
    }
}

/// `-`
pub(super) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// The folder that holds the path, and the path's name in it.
fn beside(path: &Path, env: &Env) -> Result<(PathBuf, OsString), Failure> {
    let split = |path: &Path| match path.components().next_back() {
        Some(Component::Normal(name)) => {
            let folder = path.parent().unwrap_or(Path::new("")).to_owned();
            Some((folder, name.to_owned()))
        }
        _ => None,
    };
    if let Some(found) = split(path) {
        return Ok(found);
    }
    let real = env.resolve(path).canonicalize().map_err(|e| Failure::local(path, &e))?;
    split(&real).ok_or_else(|| {
        Failure::input(format_args!("{}: a folder without a name", path.display()))
            .hint("publish a folder below it")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metainfo_lies_beside_the_path() {
        let env = Env::process();
        let real = Path::new(".").canonicalize().unwrap();
        let here = real.file_name().unwrap();
        for (path, output, name, sink) in [
            ("a/b", None, "b", "a/b.torrent"),
            ("a/b/", None, "b", "a/b.torrent"),
            ("a/b/.", None, "b", "a/b.torrent"),
            ("b", None, "b", "b.torrent"),
            ("b.tar.gz", Some("x"), "b.tar.gz", "x"),
            ("b", Some("nowhere/"), "b", "nowhere/b.torrent"),
            ("a/b", Some("src"), "b", "src/b.torrent"),
        ] {
            let place = Place::of(Path::new(path), None, output.map(OsStr::new), &env).unwrap();
            assert_eq!(place.name, name);
            assert_eq!(place.sink, Sink::Path(sink.into()), "{path} {output:?}");
        }
        let place = Place::of(Path::new("."), None, None, &env).unwrap();
        let mut file = here.to_owned();
        file.push(".torrent");
        assert_eq!((&*place.name, place.sink), (here, Sink::Path(real.with_file_name(file))));
        let place = Place::of(Path::new("src/.."), None, Some(OsStr::new("-")), &env).unwrap();
        assert_eq!((&*place.name, place.sink), (here, Sink::Stdout));
        assert!(Place::of(Path::new("/"), None, None, &env).is_err());
    }
}
