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
        save(&self.path("dstate"), &swarms(torrents)).unwrap();
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
    }
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
    let mut saving = Saving(Some(tokio::task::spawn_blocking(|| panic!("on purpose"))));
    assert!(saving.written().await.is_err());
    assert!(saving.idle());
}
