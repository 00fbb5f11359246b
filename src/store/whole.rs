//! Files that are written whole or not at all: a temporary file beside them, fsync, rename.

use super::{Error, words};
use std::ffi::OsString;
use std::fs::{self, File, Metadata};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::{NamedTempFile, TempPath};

/// What to do where the file is there already.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Existing {
    /// Put the new one in its place.
    Replace,
    /// Fail with [`io::ErrorKind::AlreadyExists`].
    Keep,
}

/// Writes a file that no reader and no crash ever sees in part. How: [`Whole`].
pub fn write(path: &Path, bytes: &[u8], existing: Existing) -> Result<(), Error> {
    let mut file = Whole::begin(path, existing)?;
    file.write_all(bytes).map_err(|source| Error { path: path.to_owned(), source })?;
    file.finish()
}

/// The same, for a secret: nobody but its owner may read it, whatever the umask says and whatever
/// permissions the one before had.
pub fn write_secret(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut file = Whole::begin_for(Readers::Owner, path, Existing::Replace)?;
    file.write_all(bytes).map_err(|source| Error { path: path.to_owned(), source })?;
    file.finish()
}

/// Who may read a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Readers {
    /// As the umask has it, or as it was for the one that is replaced.
    Usual,
    /// The owner alone.
    Owner,
}

impl Readers {
    /// The permissions of a new file, before the umask.
    #[cfg(unix)]
    fn mode(self) -> u32 {
        match self {
            Self::Usual => 0o666,
            Self::Owner => 0o600,
        }
    }
}

/// A file that is being written and that nobody sees before it is finished; dropped before that,
/// it leaves nothing.
///
/// A new file has the permissions that any program's new file has; one that is replaced passes its
/// own on, and its owner where we may give files away. Behind a symbolic link the file is replaced,
/// not the link. A device or a pipe is written to and never replaced.
#[derive(Debug)]
pub struct Whole {
    /// As the caller named it.
    path: PathBuf,
    kind: Kind,
    /// What brings a folder's names to the disk.
    names: fn(&Path) -> io::Result<()>,
}

/// What has become of a file that is finished: it is in its place.
#[derive(Debug)]
#[must_use]
pub enum Put {
    /// And stays there, whatever happens to the machine.
    Durable,
    /// But its folder could not be brought to the disk, for this reason: where the machine itself
    /// fails, what was there before may be there again.
    Doubtful(io::Error),
}

#[derive(Debug)]
enum Kind {
    Stream(File),
    File {
        file: Temporary,
        /// The file behind all links.
        place: PathBuf,
        /// The one that is replaced.
        old: Option<Box<Metadata>>,
        existing: Existing,
        readers: Readers,
    },
}

impl Whole {
    /// Begins a file.
    ///
    /// # Errors
    /// It is there already and is to be kept, or its folder takes no file.
    pub fn begin(path: &Path, existing: Existing) -> Result<Self, Error> {
        Self::begin_for(Readers::Usual, path, existing)
    }

    fn begin_for(readers: Readers, path: &Path, existing: Existing) -> Result<Self, Error> {
        let kind = Kind::new(path, existing, readers);
        let kind = kind.map_err(|source| Error { path: path.to_owned(), source })?;
        Ok(Self { path: path.to_owned(), kind, names: sync_names })
    }

    /// Brings it to the disk and into its place.
    ///
    /// # Errors
    /// It is not there; or it is, as the words say then, and its folder could not be brought to the disk.
    pub fn finish(self) -> Result<(), Error> {
        let path = self.path.clone();
        match self.put(None)? {
            Put::Durable => Ok(()),
            Put::Doubtful(error) => Err(Error { path, source: doubtful(&error) }),
        }
    }

    /// The same, and the file that it replaces goes to `older`, in the same folder. Where anything
    /// fails before the new one is on the disk, both stay what they are; from then on each of the
    /// two names has a whole file at any time.
    ///
    /// # Errors
    /// It is not there, and nothing has changed.
    pub fn finish_keeping(self, older: &Path) -> Result<Put, Error> {
        self.put(Some(older))
    }

    /// The same, where what is replaced is not worth to be kept: it may be gone itself after a failure
    /// of the machine.
    ///
    /// # Errors
    /// The same.
    pub fn finish_over(self) -> Result<Put, Error> {
        self.put(None)
    }

    /// Its folder cannot be brought to the disk.
    #[cfg(all(test, unix))]
    pub(crate) fn with_a_folder_that_fails(mut self) -> Self {
        self.names = |_| Err(rustix::io::Errno::IO.into());
        self
    }

    /// Brings the names that its folder has now to the disk, so that what stands in its place stays there.
    pub fn sync_folder(&self) -> io::Result<()> {
        match &self.kind {
            Kind::Stream(_) => Ok(()),
            Kind::File { place, .. } => (self.names)(folder(place)),
        }
    }

    /// Waits until what is written so far is on the disk, so that [`finish`](Self::finish) need not wait.
    pub fn sync(&mut self) -> Result<(), Error> {
        let synced = match &mut self.kind {
            Kind::Stream(_) => Ok(()),
            Kind::File { file, .. } => file.file_mut().sync_all(),
        };
        synced.map_err(|source| Error { path: self.path.clone(), source })
    }

    fn put(self, older: Option<&Path>) -> Result<Put, Error> {
        let finished = match self.kind {
            Kind::Stream(_) => Ok(Put::Durable),
            Kind::File { mut file, place, old, existing, readers } => {
                let ready = prepare(file.file_mut(), old.as_deref(), readers);
                let put = ready.and_then(|()| file.put(&place, existing, older));
                // It is in its place whatever comes of this; whether it stays there is what is told.
                put.map(|()| match (self.names)(folder(&place)) {
                    Ok(()) => Put::Durable,
                    Err(error) => Put::Doubtful(error),
                })
            }
        };
        finished.map_err(|source| Error { path: self.path, source })
    }
}

impl Write for Whole {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.kind {
            Kind::Stream(file) => file.write(bytes),
            Kind::File { file, .. } => file.file_mut().write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Kind {
    fn new(path: &Path, existing: Existing, readers: Readers) -> io::Result<Self> {
        let old = path.metadata().ok();
        if old.as_ref().is_some_and(is_stream) {
            return File::options().write(true).open(path).map(Self::Stream);
        }
        if existing == Existing::Keep && path.symlink_metadata().is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let place = match path.is_symlink() {
            true => path.canonicalize()?,
            false => path.to_owned(),
        };
        let file = Temporary::new_for(&place, readers)?;
        let old = old.filter(Metadata::is_file).map(Box::new);
        Ok(Self::File { file, place, old, existing, readers })
    }
}

/// Makes it fit to take the place of the old one, and brings its bytes to the disk.
fn prepare(file: &File, old: Option<&Metadata>, readers: Readers) -> io::Result<()> {
    if let Some(old) = old {
        hand_over(file, old);
        // Who may read a secret is said at its making.
        if readers == Readers::Usual {
            file.set_permissions(old.permissions())?;
        }
    }
    file.sync_all()
}

/// Gives the file that is there a second name, under which it stays when another takes its place:
/// in one step, so that there is no moment without the one before. One that could not be kept is no
/// reason not to write.
fn keep(place: &Path, older: &Path) {
    if !place.metadata().is_ok_and(|metadata| metadata.is_file()) {
        return;
    }
    let link = |path: &Path| fs::hard_link(place, path);
    match temporary(older, |builder| builder.make_in(folder(older), link)) {
        Ok(link) => {
            let temporary = link.path().to_owned();
            // Where both names are those of one file already, the system leaves all as it is.
            if link.persist(older).is_ok() {
                let _ = fs::remove_file(temporary);
            }
        }
        // A file system without second names.
        Err(_) => drop(copy(place, older)),
    }
}

/// Copies a file to a name at which it is whole or not at all.
pub fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    let fault = |source| Error { path: from.to_owned(), source };
    let mut source = File::open(from).map_err(fault)?;
    let mut copy = Whole::begin(to, Existing::Replace)?;
    io::copy(&mut source, &mut copy).map_err(fault)?;
    copy.finish()
}

/// Gives the file to the owner and the group of the old one, as far as we may: what root changes
/// for a service must stay the service's to read.
#[cfg(unix)]
fn hand_over(file: &File, old: &Metadata) {
    use std::os::unix::fs::{MetadataExt, fchown};
    let Ok(new) = file.metadata() else { return };
    let group = (new.gid() != old.gid()).then(|| old.gid());
    if group.is_some() {
        let _ = fchown(file, None, group);
    }
    if new.uid() != old.uid() {
        let _ = fchown(file, Some(old.uid()), None);
    }
}

#[cfg(not(unix))]
fn hand_over(_: &File, _: &Metadata) {}

/// The folder that a path leads to a name in.
pub fn folder(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Brings a folder's new names to the disk, where its file system can do that.
#[cfg(unix)]
fn sync_names(folder: &Path) -> io::Result<()> {
    // One may be able to write in a folder and not to read it.
    let Ok(folder) = File::open(folder) else { return Ok(()) };
    folder.sync_all().or_else(|error| if is_no_such_call(&error) { Ok(()) } else { Err(error) })
}

#[cfg(not(unix))]
fn sync_names(_: &Path) -> io::Result<()> {
    Ok(())
}

/// That a file is written, and may not be there after a failure of the machine.
fn doubtful(error: &io::Error) -> io::Error {
    let why = words(error);
    io::Error::new(error.kind(), format!("written, but its folder cannot be synced: {why}"))
}

/// Whether a file system has no means to sync a folder (`EINVAL`, `ENOTSUP`).
#[cfg(unix)]
fn is_no_such_call(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported)
}

/// Whether what is there takes bytes without keeping a file: nothing is lost by writing to it.
pub fn is_stream(metadata: &Metadata) -> bool {
    !metadata.is_file() && !metadata.is_dir()
}

/// A temporary file that others may read as the umask has it, not its maker alone.
pub(super) fn new_for(place: &Path) -> io::Result<NamedTempFile> {
    named_for(place, Readers::Usual)
}

fn named_for(place: &Path, readers: Readers) -> io::Result<NamedTempFile> {
    temporary(place, |builder| {
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(readers.mode()));
        #[cfg(not(unix))]
        let _ = readers;
        builder.tempfile_in(folder(place))
    })
}

/// Ends the name of each temporary file.
const END: &str = ".tmp";
/// Letters and digits that tell temporary files of one name apart.
const RANDOM: usize = 6;
/// What a name has room for, in most file systems.
const NAME_MOST: usize = 255;

/// Makes something whose name tells what file it is for, in case a kill leaves it: `.NAME.XXXXXX.tmp`.
fn temporary<T>(
    place: &Path,
    make: impl FnOnce(&mut tempfile::Builder<'_, '_>) -> io::Result<T>,
) -> io::Result<T> {
    let mut builder = tempfile::Builder::new();
    let start = start(place);
    if let Some(start) = &start {
        builder.prefix(start).suffix(END).rand_bytes(RANDOM);
    }
    make(&mut builder)
}

/// What the names of temporary files for this one begin with; none where that would be too long.
fn start(place: &Path) -> Option<OsString> {
    let mut start = OsString::from(".");
    start.push(place.file_name()?);
    start.push(".");
    (start.len().saturating_add(RANDOM + END.len()) <= NAME_MOST).then_some(start)
}

/// Removes the temporary files that were left of this one by a kill; for its one writer, while it
/// does not write.
pub fn remove_left(place: &Path) {
    let Some(start) = start(place) else { return };
    let is_left = |name: &[u8]| {
        let random = name.strip_prefix(start.as_encoded_bytes());
        let random = random.and_then(|name| name.strip_suffix(END.as_bytes()));
        random.is_some_and(|it| it.len() == RANDOM && it.iter().all(u8::is_ascii_alphanumeric))
    };
    for entry in fs::read_dir(folder(place)).into_iter().flatten().flatten() {
        if is_left(entry.file_name().as_encoded_bytes())
            && entry.file_type().is_ok_and(|found| found.is_file())
        {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Such a file.
#[derive(Debug)]
enum Temporary {
    /// Without a name, where the system has such files: a kill leaves nothing of it.
    #[cfg(target_os = "linux")]
    Unnamed(File),
    Named(NamedTempFile),
}

impl Temporary {
    fn new_for(place: &Path, readers: Readers) -> io::Result<Self> {
        #[cfg(target_os = "linux")]
        if let Some(file) = unnamed::new_in(folder(place), readers.mode()) {
            return Ok(Self::Unnamed(file));
        }
        named_for(place, readers).map(Self::Named)
    }

    fn file_mut(&mut self) -> &mut File {
        match self {
            #[cfg(target_os = "linux")]
            Self::Unnamed(file) => file,
            Self::Named(file) => file.as_file_mut(),
        }
    }

    /// Into its place, once its bytes are on the disk.
    fn put(self, place: &Path, existing: Existing, older: Option<&Path>) -> io::Result<()> {
        match existing {
            Existing::Replace => {
                // Named first: what can fail fails before the older one is touched.
                let named = self.named(place)?;
                if let Some(older) = older {
                    keep(place, older);
                }
                named.persist(place).map_err(|error| error.error)?;
            }
            Existing::Keep => self.put_where_nothing_is(place)?,
        }
        Ok(())
    }

    /// Under a name that nobody knows.
    fn named(self, place: &Path) -> io::Result<TempPath> {
        match self {
            #[cfg(target_os = "linux")]
            Self::Unnamed(file) => {
                let link = |path: &Path| unnamed::link(&file, path);
                let named = temporary(place, |builder| builder.make_in(folder(place), link))?;
                Ok(named.into_temp_path())
            }
            Self::Named(file) => Ok(file.into_temp_path()),
        }
    }

    fn put_where_nothing_is(self, place: &Path) -> io::Result<()> {
        match self {
            #[cfg(target_os = "linux")]
            Self::Unnamed(file) => unnamed::link(&file, place),
            Self::Named(file) => {
                file.persist_noclobber(place).map(drop).map_err(|error| error.error)
            }
        }
    }
}

/// Files that have no name until they are finished.
#[cfg(target_os = "linux")]
mod unnamed {
    use rustix::fs::{AtFlags, CWD, Mode, OFlags, linkat, open};
    use std::fs::File;
    use std::io;
    use std::os::fd::AsRawFd;
    use std::path::Path;

    /// None where the file system has no such files, or they could not be named later.
    pub(super) fn new_in(folder: &Path, mode: u32) -> Option<File> {
        let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
        let file = File::from(open(folder, flags, Mode::from_raw_mode(mode)).ok()?);
        Path::new(&name(&file)).exists().then_some(file)
    }

    /// Gives it a name that nobody has.
    pub(super) fn link(file: &File, path: &Path) -> io::Result<()> {
        linkat(CWD, name(file), CWD, path, AtFlags::SYMLINK_FOLLOW).map_err(io::Error::from)
    }

    fn name(file: &File) -> String {
        format!("/proc/self/fd/{}", file.as_raw_fd())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_kill_leaves_is_known_by_its_name_and_removed() {
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().join("dstate");
        let left = named_for(&place, Readers::Usual).unwrap().into_temp_path().keep().unwrap();
        let name = left.file_name().unwrap().to_str().unwrap();
        assert!(name.starts_with(".dstate.") && name.ends_with(".tmp"), "{name}");
        let others = [
            ".dstate.1234567.tmp",
            ".dstate.123-56.tmp",
            ".dstate.old.123456.tmp",
            ".other.123456.tmp",
            ".tmp123456",
            "dstate",
        ];
        for other in others {
            fs::write(dir.path().join(other), "").unwrap();
        }
        fs::create_dir(dir.path().join(".dstate.folder.tmp")).unwrap();
        remove_left(&place);
        assert!(!left.exists());
        assert_eq!(fs::read_dir(&dir).unwrap().count(), others.len() + 1);
        // A name that leaves no room for more.
        let long = dir.path().join("x".repeat(250));
        write(&long, b"whole", Existing::Replace).unwrap();
        remove_left(&long);
        assert_eq!(fs::read(&long).unwrap(), b"whole");
    }

    #[cfg(unix)]
    #[test]
    fn what_a_disk_does_not_do_is_no_error_what_it_fails_at_is() {
        use rustix::io::Errno;
        for (errno, passes) in [
            (Errno::INVAL, true),
            (Errno::NOTSUP, true),
            (Errno::IO, false),
            (Errno::NOSPC, false),
            (Errno::DQUOT, false),
        ] {
            assert_eq!(is_no_such_call(&errno.into()), passes, "{errno}");
        }
        let dir = tempfile::tempdir().unwrap();
        assert!(sync_names(dir.path()).is_ok() && sync_names(&dir.path().join("none")).is_ok());
    }

    #[test]
    fn an_existing_file_is_kept_or_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        write(&path, b"one", Existing::Keep).unwrap();
        let refused = write(&path, b"two", Existing::Keep).unwrap_err();
        assert_eq!(refused.source.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"one");
        write(&path, b"three", Existing::Replace).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"three");
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 1);
    }

    fn both(path: &Path, older: &Path) -> [String; 2] {
        [path, older].map(|path| fs::read_to_string(path).unwrap())
    }

    #[test]
    fn the_one_before_is_kept_and_nothing_else_is_left() {
        let dir = tempfile::tempdir().unwrap();
        let (path, older) = (dir.path().join("a"), dir.path().join("a.old"));
        let put = |bytes: &[u8]| {
            let mut file = Whole::begin(&path, Existing::Replace).unwrap();
            file.write_all(bytes).unwrap();
            assert!(matches!(file.finish_keeping(&older), Ok(Put::Durable)));
        };
        put(b"one");
        assert!(!older.exists());
        put(b"two");
        assert_eq!(both(&path, &older), ["two", "one"]);
        // As a crash between the two leaves them.
        fs::remove_file(&older).unwrap();
        fs::hard_link(&path, &older).unwrap();
        put(b"three");
        assert_eq!(both(&path, &older), ["three", "two"]);
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 2);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_does_not_reach_the_disk_leaves_both_as_they_are() {
        let dir = tempfile::tempdir().unwrap();
        let (path, older) = (dir.path().join("a"), dir.path().join("a.old"));
        fs::write(&path, b"two").unwrap();
        fs::write(&older, b"one").unwrap();
        // A device that cannot be synced stands for a disk that cannot.
        let file = File::options().write(true).open("/dev/full").unwrap();
        assert!(file.sync_all().is_err());
        let kind = Kind::File {
            file: Temporary::Unnamed(file),
            place: path.clone(),
            old: None,
            existing: Existing::Replace,
            readers: Readers::Usual,
        };
        assert!(
            Whole { path: path.clone(), kind, names: sync_names }.finish_keeping(&older).is_err()
        );
        assert_eq!(both(&path, &older), ["two", "one"]);
        // Nor does what cannot be given a name: the disk is not the one of the folder.
        let file = tempfile::tempfile_in("/dev/shm").unwrap();
        let kind = Kind::File {
            file: Temporary::Unnamed(file),
            place: path.clone(),
            old: None,
            existing: Existing::Replace,
            readers: Readers::Usual,
        };
        let apart = Path::new("/dev/shm").metadata().unwrap();
        let here = dir.path().metadata().unwrap();
        if std::os::unix::fs::MetadataExt::dev(&apart) != std::os::unix::fs::MetadataExt::dev(&here)
        {
            let whole = Whole { path: path.clone(), kind, names: sync_names };
            assert!(whole.finish_keeping(&older).is_err());
            assert_eq!(both(&path, &older), ["two", "one"]);
        }
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 2);
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_cannot_be_synced_is_told_of_and_the_file_is_there() {
        let dir = tempfile::tempdir().unwrap();
        let (path, older) = (dir.path().join("a"), dir.path().join("a.old"));
        fs::write(&path, "one").unwrap();
        let begin = |text: &str| {
            let mut file = Whole::begin(&path, Existing::Replace).unwrap();
            file.write_all(text.as_bytes()).unwrap();
            file.with_a_folder_that_fails()
        };
        let put = begin("two").finish_keeping(&older).unwrap();
        assert!(matches!(put, Put::Doubtful(error) if words(&error) == "Input/output error"));
        assert_eq!(both(&path, &older), ["two", "one"]);
        assert!(matches!(begin("three").finish_over(), Ok(Put::Doubtful(_))));
        assert_eq!(both(&path, &older), ["three", "one"]);
        let told = begin("four").finish().unwrap_err().to_string();
        assert!(told.ends_with("a: written, but its folder cannot be synced: Input/output error"));
        assert_eq!(both(&path, &older), ["four", "one"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_secret_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        let mode = || path.metadata().unwrap().permissions().mode() & 0o777;
        write_secret(&path, b"one").unwrap();
        assert_eq!(mode(), 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        write_secret(&path, b"two").unwrap();
        assert_eq!((mode(), fs::read(&path).unwrap()), (0o600, b"two".into()));
    }

    #[test]
    fn what_is_not_finished_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        let mut file = Whole::begin(&path, Existing::Keep).unwrap();
        file.write_all(b"half").unwrap();
        assert!(!path.exists());
        drop(file);
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 0);
        // Another one was quicker.
        let file = Whole::begin(&path, Existing::Keep).unwrap();
        write(&path, b"one", Existing::Keep).unwrap();
        let refused = file.finish().unwrap_err();
        assert_eq!(refused.source.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"one");
    }

    #[cfg(unix)]
    #[test]
    fn permissions_are_those_of_any_new_file_or_of_the_old_one() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let (path, other) = (dir.path().join("a"), dir.path().join("b"));
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode();
        write(&path, b"one", Existing::Keep).unwrap();
        fs::write(&other, b"any").unwrap();
        assert_eq!(mode(&path), mode(&other));
        for kept in [0o600, 0o664] {
            fs::set_permissions(&path, fs::Permissions::from_mode(kept)).unwrap();
            write(&path, b"two", Existing::Replace).unwrap();
            assert_eq!(mode(&path) & 0o777, kept);
        }
    }

    #[cfg(unix)]
    #[test]
    fn who_replaces_a_file_leaves_it_to_its_owner() {
        use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        write(&path, b"one", Existing::Keep).unwrap();
        // Root alone may give files away.
        if chown(&path, Some(12_345), Some(54_321)).is_err() {
            return;
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        write(&path, b"two", Existing::Replace).unwrap();
        let now = path.metadata().unwrap();
        assert_eq!((now.uid(), now.gid(), now.mode() & 0o777), (12_345, 54_321, 0o640));
        assert_eq!(fs::read(&path).unwrap(), b"two");
    }

    #[cfg(unix)]
    #[test]
    fn the_file_behind_a_link_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let (file, link) = (dir.path().join("file"), dir.path().join("link"));
        fs::write(&file, b"one").unwrap();
        std::os::unix::fs::symlink("file", &link).unwrap();
        assert!(write(&link, b"two", Existing::Keep).is_err());
        write(&link, b"two", Existing::Replace).unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read(&file).unwrap(), b"two");
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_written_to_and_stays_one() {
        // Behind a link in a folder of its own: a device that was replaced would harm the system.
        let dir = tempfile::tempdir().unwrap();
        let link = dir.path().join("null");
        std::os::unix::fs::symlink("/dev/null", &link).unwrap();
        write(&link, b"bytes", Existing::Keep).unwrap();
        write(&link, b"bytes", Existing::Replace).unwrap();
        assert!(is_stream(&Path::new("/dev/null").metadata().unwrap()));
    }
}
