use super::*;
use std::cell::RefCell;

/// A torrent of one file of this name.
fn torrent(name: &str) -> Vec<u8> {
    let hash = "x".repeat(20);
    let info =
        format!("d6:lengthi5e4:name{}:{name}12:piece lengthi16384e6:pieces20:{hash}e", name.len());
    format!("d4:info{info}e").into_bytes()
}

/// Looks, and returns what was warned of.
fn look(folder: &Folder) -> Vec<String> {
    let warnings = RefCell::new(Vec::new());
    let warn = |words: &str| warnings.borrow_mut().push(words.to_owned());
    folder.scan(SystemTime::now(), &warn);
    warnings.into_inner()
}

fn names(folder: &Folder) -> Vec<String> {
    folder.catalog().entries().iter().map(|entry| entry.name.to_string()).collect()
}

#[test]
fn files_that_come_change_and_go_are_noticed_and_bad_ones_are_left_out_with_one_line() {
    let place = tempfile::tempdir().unwrap();
    let write = |file: &str, bytes: &[u8]| fs::write(place.path().join(file), bytes).unwrap();
    write("a.torrent", &torrent("one"));
    write("bad.torrent", b"d4:infoe");
    write("notes.txt", b"x");
    let folder = Folder::open(place.path().to_owned()).unwrap();
    assert!(folder.is_other(), "it was never read");
    let warned = look(&folder);
    assert!(warned.len() == 1 && warned[0].contains("bad.torrent: "), "{warned:?}");
    assert_eq!(names(&folder), ["one"]);
    assert!(!folder.is_other());
    let before = folder.catalog();
    assert_eq!(look(&folder), [""; 0], "warned of once");
    assert!(Arc::ptr_eq(&before, &folder.catalog()), "nothing changed");
    // A file that was no torrent, since it was not yet written whole.
    write("bad.torrent", &torrent("two"));
    assert!(folder.is_other());
    look(&folder);
    assert_eq!(names(&folder), ["one", "two"]);
    fs::remove_file(place.path().join("a.torrent")).unwrap();
    assert!(folder.is_other());
    look(&folder);
    assert_eq!(names(&folder), ["two"]);
}

#[test]
fn where_a_look_fails_half_way_what_was_there_is_served_and_it_is_tried_again() {
    let place = tempfile::tempdir().unwrap();
    let write = |file: &str, name| fs::write(place.path().join(file), torrent(name)).unwrap();
    write("a.torrent", "one");
    write("b.torrent", "two");
    let folder = Folder::open(place.path().to_owned()).unwrap();
    let said = RefCell::new(Vec::new());
    let warn = |words: &str| said.borrow_mut().push(words.to_owned());
    // The system gives some of the names, and fails then.
    let fails = |at: usize| {
        let list = move |path: &Path| {
            let broken = std::iter::once(Err(io::Error::other("on purpose")));
            Ok(fs::read_dir(path)?.take(at).chain(broken))
        };
        folder.tell(folder.read(SystemTime::now(), &list, &warn), &warn);
    };
    fails(1);
    let words = said.take();
    assert!(words.len() == 1 && words[0].contains("on purpose; none of its files"), "{words:?}");
    assert!(folder.is_other() && names(&folder).is_empty());
    assert_eq!(look(&folder), ["torrents: can be read again"]);
    assert!(!folder.is_other());
    let before = folder.catalog();
    assert_eq!(names(&folder), ["one", "two"]);
    for at in [0, 1, 2] {
        fails(at);
        // Nothing in it has changed, and still it is to be read again.
        assert!(folder.is_other() && Arc::ptr_eq(&before, &folder.catalog()), "{at}");
    }
    let words = said.take();
    let told = "what it held stays listed, and a file that is gone is answered with 503, until";
    assert!(words.len() == 1 && words[0].contains(told), "{words:?}");
    assert_eq!(look(&folder), ["torrents: can be read again"]);
    assert!(!folder.is_other() && Arc::ptr_eq(&before, &folder.catalog()), "as it was");
    assert_eq!(look(&folder), [""; 0]);
}

#[test]
fn nothing_in_the_folder_leads_out_of_it() {
    let (place, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let outside = other.path().join("x.torrent");
    fs::write(&outside, torrent("outside")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(&outside, place.path().join("link.torrent")).unwrap();
    fs::create_dir(place.path().join("folder.torrent")).unwrap();
    let inside = place.path().join("a.torrent");
    fs::write(&inside, torrent("inside")).unwrap();
    let folder = Folder::open(place.path().to_owned()).unwrap();
    look(&folder);
    assert_eq!(names(&folder), ["inside"]);
    let entry = Arc::clone(&folder.catalog().entries()[0]);
    assert_eq!(same(&inside, &entry).unwrap(), torrent("inside"));
    // Replaced after it was looked at.
    fs::write(&inside, torrent("another")).unwrap();
    assert!(same(&inside, &entry).is_err());
    #[cfg(unix)]
    {
        fs::remove_file(&inside).unwrap();
        std::os::unix::fs::symlink(&outside, &inside).unwrap();
        assert!(same(&inside, &entry).is_err() && open(&inside).is_err());
    }
}

#[test]
fn a_folder_that_is_none_is_told_at_once() {
    let place = tempfile::tempdir().unwrap();
    let missing = place.path().join("missing");
    let error = Folder::open(missing).err().unwrap().to_string();
    assert!(error.ends_with("missing: No such file or directory"), "{error}");
}

#[test]
fn a_name_is_saved_as_it_is_and_breaks_no_header() {
    assert_eq!(
        disposition("a b.torrent"),
        "attachment; filename=\"a b.torrent\"; filename*=UTF-8''a%20b%2Etorrent"
    );
    assert_eq!(
        disposition("ä\"\\.torrent"),
        "attachment; filename=\"___.torrent\"; filename*=UTF-8''%C3%A4%22%5C%2Etorrent"
    );
}

#[test]
fn who_reads_slowly_takes_the_room_from_itself() {
    let place = tempfile::tempdir().unwrap();
    let folder = Folder::open(place.path().to_owned()).unwrap();
    let ip = |ip: &str| Some(ip.parse().unwrap());
    let slow: Vec<_> = (0..4).map(|_| folder.room(SENT_EACH / 4, ip("9.9.9.9")).unwrap()).collect();
    assert!(folder.room(1, ip("9.9.9.9")).is_none());
    // A network of IPv6 is one asker.
    let network = folder.room(SENT_EACH, ip("2001:db8::1")).unwrap();
    assert!(folder.room(1, ip("2001:db8::2")).is_none());
    let other = folder.room(SENT_EACH, ip("2001:db8:0:1::1")).unwrap();
    // A proxy's clients are not told apart.
    let proxy: Vec<_> = (0..5).map(|_| folder.room(SENT_EACH, None).unwrap()).collect();
    assert!(folder.room(1, ip("9.9.9.8")).is_none(), "there is no more for all");
    drop((slow, network, proxy));
    assert!(folder.room(1, ip("2001:db8:0:1::1")).is_none());
    let all = folder.room(SENT_EACH, ip("9.9.9.9"));
    assert!(all.is_some());
    drop((all, other));
    assert!(folder.0.shares.lock().unwrap().is_empty());
    assert_eq!(folder.0.sent.available_permits(), SENT_MOST);
}

#[test]
#[cfg(unix)]
fn what_the_machine_lacks_for_a_moment_is_no_fault_of_a_file() {
    use rustix::io::Errno;
    let passes = |errno: Errno| Fault::from(io::Error::from(errno)).passes;
    assert!([Errno::IO, Errno::MFILE, Errno::NFILE, Errno::NOMEM].into_iter().all(passes));
    assert!(![Errno::ACCESS, Errno::NOENT, Errno::ISDIR].into_iter().any(passes));
}
