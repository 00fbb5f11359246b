//! What connection ids of UDP are made with: kept beside the dfile, so that ids outlive a restart, but
//! not in it. Whoever knows the keys makes ids for any address, and the dfile is for anybody to read;
//! `dstate.secret` is its owner's alone. A key that has served for a day, or that others could read, is
//! replaced, at a start or at a save.

use super::Shared;
use super::diagnostics::Diagnostics;
use super::state::{beside, place};
use crate::store::{bounded, whole, words};
use crate::tracker::udp::{Connections, Key, Slot};
use rand::TryRng;
use rand::rngs::SysRng;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// What the file has at most.
const LONGEST: u64 = 1024;

/// The keys that were kept, where they are still good. Without them the tracker serves all the same:
/// whoever has an id of before asks for another.
pub(super) fn load(dfile: Option<&Path>, diagnostics: &Diagnostics) -> io::Result<Connections> {
    let (fresh, now) = (fresh()?, now());
    let Some(path) = dfile.and_then(beside_file) else { return Ok(Connections::new(fresh, now)) };
    let kept = match read(&path) {
        Ok(kept) => kept,
        Err(error) => {
            let words = words(&error);
            let what = format_args!("{}: {words}; connection ids begin anew", path.display());
            diagnostics.warn("secret", what);
            None
        }
    };
    let connections = match kept {
        Some((kept, Readers::Owner)) if !kept.is_stale(now) => return Ok(kept),
        Some((kept, _)) => kept.renewed(fresh, now),
        None => Connections::new(fresh, now),
    };
    write(&path, &connections, diagnostics);
    Ok(connections)
}

/// Replaces the key, where it has served its time.
pub(super) fn renew(shared: &Shared) {
    let (current, now) = (shared.connections.get(), now());
    if let (true, Ok(fresh)) = (current.is_stale(now), fresh()) {
        let renewed = current.renewed(fresh, now);
        // Before an id is made with it, so that no crash makes one worthless.
        if let Some(path) = shared.options.dfile.as_deref().and_then(beside_file) {
            write(&path, &renewed, &shared.diagnostics);
        }
        shared.connections.replace(renewed);
    }
}

/// Half a minute of the wall clock.
pub(super) fn now() -> Slot {
    Slot::at(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}

/// One that nobody knows.
fn fresh() -> io::Result<Key> {
    let mut key = Key::default();
    SysRng.try_fill_bytes(&mut key).map_err(io::Error::other)?;
    Ok(key)
}

/// Where the keys of a dfile are; none for a device.
fn beside_file(dfile: &Path) -> Option<PathBuf> {
    let place = place(dfile);
    let is_file = place.metadata().map_or(true, |metadata| metadata.is_file());
    is_file.then(|| beside(&place, ".secret"))
}

/// Who could read the keys.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Readers {
    Owner,
    Others,
}

/// None where there is no file, or one that was cut.
fn read(path: &Path) -> io::Result<Option<(Connections, Readers)>> {
    let bytes = match bounded::read(path, LONGEST) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let readers = readers(&path.metadata()?);
    Ok(Connections::from_bytes(&bytes).map(|connections| (connections, readers)))
}

#[cfg(unix)]
fn readers(found: &fs::Metadata) -> Readers {
    use std::os::unix::fs::PermissionsExt;
    if found.permissions().mode() & 0o077 == 0 { Readers::Owner } else { Readers::Others }
}

#[cfg(not(unix))]
fn readers(_: &fs::Metadata) -> Readers {
    Readers::Owner
}

fn write(path: &Path, connections: &Connections, diagnostics: &Diagnostics) {
    // A pipe is written to and never replaced; nobody may read it, and it would be waited for.
    if path.metadata().is_ok_and(|found| whole::is_stream(&found)) {
        return;
    }
    if let Err(error) = whole::write_secret(path, &connections.to_bytes()) {
        let words = words(&error.source);
        let what = format_args!("{}: {words}; connection ids end with the tracker", path.display());
        diagnostics.warn("secret", what);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{IpAddr, Ipv4Addr};

    const WHO: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    #[cfg(unix)]
    #[test]
    fn the_keys_are_kept_for_a_restart_and_for_nobody_else() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let (dfile, path) = (dir.path().join("dstate"), dir.path().join("dstate.secret"));
        let diagnostics = Diagnostics::default();
        let start = || load(Some(&dfile), &diagnostics).unwrap();
        let mode = || path.metadata().unwrap().permissions().mode() & 0o777;
        let first = start();
        assert_eq!(mode(), 0o600);
        let slot = now();
        let id = first.id(WHO, slot);
        assert!(start().knows(id, WHO, slot));
        // Somebody could have read it: the ids in use are good to their end, new ones are others.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let second = start();
        assert_eq!(mode(), 0o600);
        assert!(second.knows(id, WHO, slot));
        let later = Slot::at(SystemTime::now().duration_since(UNIX_EPOCH).unwrap() * 2);
        assert_ne!(second.id(WHO, later), first.id(WHO, later));
        assert_eq!(start().to_bytes(), second.to_bytes());
        // A file that was cut is no reason not to serve, nor is one that cannot be read.
        fs::write(&path, "d6:before").unwrap();
        assert!(!start().knows(id, WHO, slot));
        assert!(diagnostics.take().is_empty());
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        start();
        let said = diagnostics.take();
        let told = |at: usize, what: &str| {
            said[at].ends_with(what) && said[at].contains("dstate.secret: ")
        };
        assert!(
            said.len() == 2 && told(0, "begin anew") && told(1, "end with the tracker"),
            "{said:?}"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_neither_waited_for_nor_told_the_keys() {
        use rustix::fs::{CWD, FileType, Mode, mknodat};
        let dir = tempfile::tempdir().unwrap();
        let (dfile, path) = (dir.path().join("dstate"), dir.path().join("dstate.secret"));
        mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        let diagnostics = Diagnostics::default();
        load(Some(&dfile), &diagnostics).unwrap();
        let said = diagnostics.take();
        let what = "dstate.secret: not a regular file; connection ids begin anew";
        assert!(said.len() == 1 && said[0].contains(what), "{said:?}");
    }

    #[test]
    fn what_has_served_its_time_is_replaced_and_nothing_is_kept_of_a_device() {
        let dir = tempfile::tempdir().unwrap();
        let (dfile, path) = (dir.path().join("dstate"), dir.path().join("dstate.secret"));
        let diagnostics = Diagnostics::default();
        let old = Connections::new(fresh().unwrap(), Slot::at(std::time::Duration::ZERO));
        whole::write_secret(&path, &old.to_bytes()).unwrap();
        let slot = now();
        let new = load(Some(&dfile), &diagnostics).unwrap();
        assert!(!new.is_stale(slot) && new.knows(old.id(WHO, slot), WHO, slot));
        assert_eq!(fs::read(&path).unwrap(), new.to_bytes());
        assert_eq!(beside_file(Path::new("/dev/null")), None);
        load(None, &diagnostics).unwrap();
    }
}
