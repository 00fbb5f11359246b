use super::*;
use crate::torrent::{InfoHash, PeerId};
use crate::tracker::Config;
use crate::tracker::announce::Event;
use crate::tracker::drawn::Drawn;
use crate::tracker::swarms::{Ask, Families};
use rand::SeedableRng;
use rand::rngs::StdRng;

const CONFIG: fn() -> Config = Config::default;

/// A tracker that knows so many torrents of one peer each.
fn swarms(torrents: u8) -> Swarms {
    let now = Instant::now();
    let swarms = Swarms::new(CONFIG(), now);
    for hash in 0..torrents {
        let ask = Ask {
            info_hash: InfoHash([hash; 20]),
            address: ([10, 0, 0, hash], 6881).into(),
            peer_id: PeerId([b'-'; 20]),
            seed: true,
            event: Event::Started,
            peers: 0,
            families: Families::Both,
            ids: false,
        };
        swarms.announce(now, &ask, &mut StdRng::seed_from_u64(1), &mut Drawn::default());
    }
    swarms
}

struct Place {
    dir: tempfile::TempDir,
    diagnostics: Diagnostics,
}

impl Place {
    fn new() -> Self {
        // In memory where there is such a folder: each save waits for its disk.
        let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        Self { dir, diagnostics: Diagnostics::default() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.dir).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn save(&self, torrents: u8) {
        let path = self.path("dstate");
        let saved = put(written(&path, &swarms(torrents)).unwrap(), &path, Before::Durable);
        assert!(matches!(saved, Ok(Put::Durable)));
    }

    /// The torrents known after a start, and the warnings.
    fn load(&self) -> (usize, Vec<String>) {
        check(&self.path("dstate")).unwrap();
        let swarms = Swarms::new(CONFIG(), Instant::now());
        load(&self.path("dstate"), &swarms, &self.diagnostics).unwrap();
        (swarms.all().len(), self.diagnostics.take())
    }

    fn refuses(&self) -> Error {
        let refused = check(&self.path("dstate")).unwrap_err();
        let swarms = Swarms::new(CONFIG(), Instant::now());
        let again = load(&self.path("dstate"), &swarms, &self.diagnostics).unwrap_err();
        assert_eq!((refused.to_string(), swarms.all().len()), (again.to_string(), 0));
        again
    }
}

#[test]
fn a_new_one_is_made_and_the_one_before_is_kept() {
    let place = Place::new();
    assert_eq!(place.load(), (0, Vec::new()));
    assert_eq!(place.names(), ["dstate"]);
    for torrents in 1..5 {
        place.save(torrents);
        assert_eq!(place.load(), (torrents.into(), Vec::new()));
        assert_eq!(place.names(), ["dstate", "dstate.old"]);
        let old = fs::read(place.path("dstate.old")).unwrap();
        let old = dfile::load(&old, CONFIG(), Instant::now()).unwrap();
        assert_eq!(old.all().len(), usize::from(torrents) - 1);
    }
}

#[test]
fn one_that_was_cut_or_changed_gives_way_to_the_older_one() {
    let place = Place::new();
    place.save(2);
    place.save(3);
    let good = fs::read(place.path("dstate")).unwrap();
    let cut = (0..good.len()).step_by(7).map(|length| good[..length].to_vec());
    let changed = (0..good.len()).map(|at| {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        bytes
    });
    let garbage = [b"\0\0\0\0".to_vec(), b"le".to_vec(), vec![0; 5000]];
    for broken in cut.chain(changed).chain(garbage) {
        fs::write(place.path("dstate"), &broken).unwrap();
        let (torrents, said) = place.load();
        assert_eq!(torrents, 2, "{}", broken.escape_ascii());
        let [line] = &said[..] else { panic!("{said:?}") };
        assert!(line.contains("dstate.broken") && line.contains("dstate.old is taken"), "{line}");
        assert_eq!(fs::read(place.path("dstate.broken")).unwrap(), broken);
        // From here on as if nothing had been.
        assert_eq!(place.load(), (2, Vec::new()));
        assert_eq!(place.names(), ["dstate", "dstate.broken", "dstate.old"]);
        fs::remove_file(place.path("dstate.broken")).unwrap();
    }
}

#[test]
fn each_that_was_broken_has_a_name_of_its_own() {
    let place = Place::new();
    place.save(2);
    place.save(3);
    for (broken, name) in
        [("d6:shards", ".broken"), ("d6:shardsl", ".broken.2"), ("d", ".broken.3")]
    {
        fs::write(place.path("dstate"), broken).unwrap();
        assert_eq!(place.load().0, 2);
        assert_eq!(fs::read_to_string(place.path(&format!("dstate{name}"))).unwrap(), broken);
    }
}

#[test]
fn of_those_that_were_broken_the_first_and_the_newest_are_kept() {
    let place = Place::new();
    place.save(2);
    place.save(3);
    for number in 1..=9 {
        fs::write(place.path("dstate"), format!("d6:shards{number}:")).unwrap();
        let (torrents, said) = place.load();
        let [line] = &said[..] else { panic!("{said:?}") };
        assert_eq!((torrents, line.contains("is removed")), (2, number > 4), "{line}");
        if number > 4 {
            let removed =
                format!("dstate.broken.{} is removed: the first and the last 3", number - 3);
            assert!(line.contains(&removed), "{line}");
        }
    }
    let names = ["", ".7", ".8", ".9"].map(|end| format!("dstate.broken{end}"));
    let broken: Vec<_> = place.names().into_iter().filter(|name| name.contains("broken")).collect();
    assert_eq!(broken, names);
    for (name, number) in names.iter().zip([1, 7, 8, 9]) {
        let was = fs::read_to_string(place.path(name)).unwrap();
        assert_eq!(was, format!("d6:shards{number}:"));
    }
    // Where somebody took them away it begins anew; others of such names are nobody's.
    names.iter().for_each(|name| fs::remove_file(place.path(name)).unwrap());
    for other in ["dstate.broken.x", "dstate.broken.07", "dstate.brokenest"] {
        fs::write(place.path(other), "mine").unwrap();
    }
    fs::write(place.path("dstate"), "d6:shards").unwrap();
    assert!(place.load().1[0].contains("dstate.broken now"));
    assert_eq!(place.names().len(), 6);
}

/// What a start says where there is room for so many peers.
fn load_with(place: &Place, peers_most: usize) -> (usize, Vec<String>) {
    let swarms = Swarms::new(Config { peers_most, ..CONFIG() }, Instant::now());
    load(&place.path("dstate"), &swarms, &place.diagnostics).unwrap();
    (swarms.peers(), place.diagnostics.take())
}

#[test]
fn a_state_that_is_too_large_is_kept_aside_once() {
    let place = Place::new();
    place.save(9);
    place.save(9);
    let whole = fs::read(place.path("dstate")).unwrap();
    for _ in 0..2 {
        // Killed before it has saved: told again, and kept once.
        let (peers, said) = load_with(&place, 4);
        let [line] = &said[..] else { panic!("{said:?}") };
        let words = "5 peers and 5 torrents of it are left out for want of room (--most-peers 4)";
        assert!(peers == 4 && line.contains(words), "{line}");
        assert!(line.ends_with("dstate.larger"), "{line}");
        assert_eq!(place.names(), ["dstate", "dstate.larger", "dstate.old"]);
    }
    (0..3).for_each(|_| place.save(4));
    assert_eq!(load_with(&place, 4), (4, Vec::new()));
    assert_eq!(fs::read(place.path("dstate.larger")).unwrap(), whole);
    // Another one, and it has a name of its own.
    place.save(8);
    assert!(load_with(&place, 4).1[0].ends_with("dstate.larger.2"));
    // The older one that is taken, where the dfile is broken.
    place.save(7);
    place.save(6);
    fs::write(place.path("dstate"), "d6:shards").unwrap();
    let (peers, said) = load_with(&place, 4);
    assert!(peers == 4 && said.len() == 2, "{said:?}");
    assert!(said.iter().any(|line| line.contains("3 peers and 3 torrents of it")), "{said:?}");
    assert_eq!(place.names().len(), 6);
}

#[test]
fn what_another_tracker_told_is_kept_once_it_makes_way() {
    let place = Place::new();
    let bytes = dfile::save(&swarms(9), Instant::now());
    let copy = || aside::Copy::write(&place.path("dstate"), Why::Larger, &bytes).unwrap();
    drop(copy());
    assert!(place.names().is_empty());
    for number in 1..=6 {
        let said = copy().finish().unwrap().to_string();
        assert_eq!(said.contains("is removed"), number > 4, "{said}");
    }
    let names = ["", ".4", ".5", ".6"].map(|end| format!("dstate.larger{end}"));
    assert_eq!(place.names(), names);
    assert_eq!(fs::read(place.path("dstate.larger.6")).unwrap(), bytes);
}

#[test]
fn the_age_of_a_dfile_is_that_of_its_last_save() {
    let place = Place::new();
    let path = place.path("dstate");
    assert_eq!(age(&path), Duration::ZERO);
    place.save(1);
    let set = |when| {
        fs::File::options().write(true).open(&path).unwrap().set_modified(when).unwrap();
        age(&path)
    };
    let (now, hour) = (std::time::SystemTime::now(), Duration::from_secs(3600));
    assert!(set(now - hour) >= hour);
    assert_eq!(set(now + hour), Duration::ZERO);
    assert_eq!(age(Path::new("/dev/null")), Duration::ZERO);
}

#[test]
fn a_kill_in_the_middle_of_a_recovery_costs_nothing() {
    // Killed once the broken one had its second name.
    let place = Place::new();
    place.save(2);
    place.save(3);
    fs::write(place.path("dstate"), "d6:shards").unwrap();
    fs::hard_link(place.path("dstate"), place.path("dstate.broken")).unwrap();
    let (torrents, said) = place.load();
    assert!(torrents == 2 && said[0].contains("dstate.broken now"), "{said:?}");
    assert_eq!(place.names(), ["dstate", "dstate.broken", "dstate.old"]);
    // What is taken is there twice, and the two are not one file.
    fs::write(place.path("dstate"), "d6:shards").unwrap();
    assert_eq!(place.load().0, 2);
}

#[test]
fn where_there_is_only_the_older_one_it_is_taken() {
    let place = Place::new();
    place.save(2);
    place.save(3);
    fs::remove_file(place.path("dstate")).unwrap();
    let (torrents, said) = place.load();
    let [line] = &said[..] else { panic!("{said:?}") };
    assert!(torrents == 2 && line.contains("is not there; the older "), "{line}");
    assert_eq!(place.load(), (2, Vec::new()));
    place.save(4);
    let older = fs::read(place.path("dstate.old")).unwrap();
    assert_eq!(dfile::load(&older, CONFIG(), Instant::now()).unwrap().all().len(), 2);
    // That one broken too: a line, and no refusal.
    fs::remove_file(place.path("dstate")).unwrap();
    fs::write(place.path("dstate.old"), "d6:shards").unwrap();
    let (torrents, said) = place.load();
    assert!(torrents == 0 && said[0].contains("begins anew"), "{said:?}");
}

#[test]
fn where_the_older_one_is_broken_too_the_tracker_begins_anew() {
    for old in [None, Some(&b"d6:sha"[..]), Some(b"")] {
        let place = Place::new();
        place.save(3);
        let good = fs::read(place.path("dstate")).unwrap();
        fs::write(place.path("dstate"), &good[..good.len() / 2]).unwrap();
        if let Some(old) = old {
            fs::write(place.path("dstate.old"), old).unwrap();
        }
        let (torrents, said) = place.load();
        assert_eq!((torrents, said.len()), (0, 1), "{said:?}");
        assert!(said[0].contains("begins anew"), "{said:?}");
        assert_eq!(place.load().1, [""; 0]);
        assert_eq!(fs::read(place.path("dstate.broken")).unwrap(), good[..good.len() / 2]);
        // That one too, where there is anything in it; the next saves take its name.
        place.save(1);
        place.save(1);
        let kept = fs::read(place.path("dstate.broken.2")).ok();
        assert_eq!(kept.as_deref(), old.filter(|old| !old.is_empty()));
        assert_eq!(said[0].contains("dstate.broken.2 now)"), kept.is_some(), "{said:?}");
    }
}

#[test]
fn what_a_kill_has_left_of_a_save_is_removed() {
    let place = Place::new();
    place.save(3);
    for name in [".dstate.abcDEF.tmp", ".dstate.old.012345.tmp", ".dstate.secret.012345.tmp"] {
        fs::write(place.path(name), "d6:").unwrap();
    }
    fs::write(place.path(".dstate2.012345.tmp"), "another's").unwrap();
    assert_eq!(place.load(), (3, Vec::new()));
    assert_eq!(place.names(), [".dstate2.012345.tmp", "dstate"]);
}

#[test]
fn where_the_older_one_cannot_be_kept_that_is_said() {
    let place = Place::new();
    fs::create_dir(place.path("dstate.old")).unwrap();
    let (_, said) = place.load();
    assert!(said.len() == 1 && said[0].contains("dstate.old: a folder; "), "{said:?}");
    place.save(3);
    let (torrents, said) = place.load();
    assert!(torrents == 3 && said.len() == 1, "{said:?}");
    assert_eq!(place.names(), ["dstate", "dstate.old"]);
}

#[test]
fn whichever_byte_is_changed_the_tracker_starts() {
    let place = Place::new();
    place.save(1);
    let good = fs::read(place.path("dstate")).unwrap();
    for at in 0..good.len() {
        let mut broken = good.clone();
        broken[at] ^= 1;
        fs::write(place.path("dstate"), &broken).unwrap();
        let (torrents, said) = place.load();
        assert!(torrents == 0 && said[0].contains("begins anew"), "{said:?}");
        fs::remove_file(place.path("dstate.broken")).unwrap();
    }
}

#[test]
fn a_file_that_never_was_a_dfile_is_left_alone() {
    let place = Place::new();
    for other in [&b"my diary"[..], b"\x89PNG", b"d8:announce3:urle", b"d7:versioni4ee"] {
        fs::write(place.path("dstate"), other).unwrap();
        assert!(matches!(place.refuses(), Error::Dfile(..)), "{}", other.escape_ascii());
        assert_eq!(fs::read(place.path("dstate")).unwrap(), other);
        assert_eq!(place.names(), ["dstate"]);
    }
}

#[test]
fn a_dfile_of_a_later_bt_is_left_alone_whatever_else_there_is() {
    let place = Place::new();
    place.save(1);
    place.save(2);
    // What its sum, the CRC-32 of the rest, vouches for.
    let later = b"d3:sum4:\x49\x06\x2a\xd27:versioni4ee";
    fs::write(place.path("dstate"), later).unwrap();
    let refused = place.refuses();
    assert!(matches!(refused, Error::Dfile(_, dfile::Error::Version(4))), "{refused}");
    assert_eq!(fs::read(place.path("dstate")).unwrap(), later);
    assert_eq!(place.names(), ["dstate", "dstate.old"]);
}

#[cfg(unix)]
#[test]
fn behind_a_link_all_of_it_stands_beside_the_file() {
    let place = Place::new();
    fs::create_dir(place.path("far")).unwrap();
    std::os::unix::fs::symlink("far/state", place.path("dstate")).unwrap();
    fs::write(place.path("far/state"), b"").unwrap();
    place.save(1);
    place.save(2);
    assert_eq!(place.names(), ["dstate", "far"]);
    assert!(place.path("far/state.old").exists());
    fs::write(place.path("far/state"), b"d6:sha").unwrap();
    assert_eq!(place.load().0, 1);
    assert!(place.path("far/state.broken").exists());
}

#[tokio::test]
async fn a_save_that_panics_is_no_save() {
    let write = Some(tokio::task::spawn_blocking(|| panic!("on purpose")));
    let mut saving = Saving { write, before: Before::Durable };
    assert!(saving.written().await.is_err());
    assert!(saving.idle());
}

#[cfg(unix)]
#[test]
fn a_save_that_a_failure_of_the_machine_may_undo_is_told_and_does_not_become_the_older_one() {
    let place = Place::new();
    place.save(1);
    let path = place.path("dstate");
    let mut saving = Saving { before: Before::Durable, ..Saving::default() };
    let torrents = |name| {
        let bytes = fs::read(place.path(name)).unwrap();
        dfile::load(&bytes, CONFIG(), Instant::now()).unwrap().all().len()
    };
    let saves = |saving: &mut Saving, number, fails| {
        let file = written(&path, &swarms(number)).unwrap();
        let file = if fails { file.with_a_folder_that_fails() } else { file };
        let written = put(file, &path, saving.before);
        let told = saving.note(written).map_err(|unsaved| unsaved.words(Some(&path)));
        (told, torrents("dstate"), torrents("dstate.old"))
    };
    for number in [2, 3, 4] {
        let (told, new, old) = saves(&mut saving, number, true);
        let words = told.unwrap_err();
        assert!(words.contains("dstate: saved, but its folder cannot be synced"), "{words}");
        // Again and again, and the last that is certain is there still.
        assert_eq!((new, old), (number.into(), 1));
    }
    assert_eq!(saves(&mut saving, 5, false), (Ok(()), 5, 1));
    assert_eq!(saves(&mut saving, 6, false), (Ok(()), 6, 5));
    // Nor is what the process before this one saved, where that cannot be brought to the disk.
    assert!(saves(&mut saving, 7, true).0.is_err());
    saving = Saving::default();
    let (_, new, old) = saves(&mut saving, 8, true);
    assert_eq!((new, old), (8, 6));
    saving = Saving::default();
    assert_eq!(saves(&mut saving, 9, false), (Ok(()), 9, 8));
    let full = io::Error::from(io::ErrorKind::StorageFull);
    let told = saving.note(Err(crate::store::Error { path, source: full })).unwrap_err();
    assert!(
        told.words(None).ends_with("dstate: not saved, the old one stays: No space left on device")
    );
}

#[test]
fn the_first_save_is_due_an_interval_after_the_last_one_and_soon_where_nobody_is_known() {
    let minute = Duration::from_secs(60);
    assert_eq!(due(5 * minute, 2 * minute, 1), 3 * minute);
    assert_eq!(due(5 * minute, 9 * minute, 1), SOON);
    assert_eq!(due(5 * minute, Duration::ZERO, 0), SOON);
    let short = Duration::from_millis(20);
    assert_eq!(due(short, Duration::ZERO, 0), short);
}

#[test]
fn what_is_full_is_named_though_what_found_no_room_has_left_some() {
    let place = Place::new();
    place.save(9);
    // A torrent finds room, its peer does not, and so the torrent goes again.
    let swarms = Swarms::new(Config { memory_most: 510, ..CONFIG() }, Instant::now());
    load(&place.path("dstate"), &swarms, &place.diagnostics).unwrap();
    assert!(swarms.bytes() < 510);
    let said = place.diagnostics.take();
    let [line] = &said[..] else { panic!("{said:?}") };
    assert!(line.contains("for want of room (--most-memory 510); "), "{line}");
}
