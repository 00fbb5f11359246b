use super::*;
use crate::torrent::{InfoHash, PeerId};
use crate::tracker::Config;
use crate::tracker::announce::Event;
use crate::tracker::drawn::Drawn;
use crate::tracker::swarms::{Ask, Families};
use rand::SeedableRng;
use rand::rngs::StdRng;

const KEY: Key = *b"0123456789abcdef";
const FRESH: Key = *b"ABCDEFGHIJKLMNOP";
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
        Self { dir: tempfile::tempdir().unwrap(), diagnostics: Diagnostics::default() }
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
        save(&self.path("dstate"), &swarms(torrents), KEY).unwrap();
    }

    /// The torrents known after a start, the key, and the warnings.
    fn load(&self) -> (usize, Key, Vec<String>) {
        let swarms = Swarms::new(CONFIG(), Instant::now());
        let key = load(&self.path("dstate"), &swarms, FRESH, &self.diagnostics).unwrap();
        (swarms.all().len(), key, self.diagnostics.take())
    }
}

#[test]
fn a_new_one_is_made_and_the_one_before_is_kept() {
    let place = Place::new();
    assert_eq!(place.load(), (0, FRESH, Vec::new()));
    assert_eq!(place.names(), ["dstate"]);
    for torrents in 1..5 {
        place.save(torrents);
        assert_eq!(place.load(), (torrents.into(), KEY, Vec::new()));
        assert_eq!(place.names(), ["dstate", "dstate.old"]);
        let old = fs::read(place.path("dstate.old")).unwrap();
        let (old, _) = dfile::load(&old, CONFIG(), Instant::now()).unwrap();
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
    let changed = (0..good.len() - 14).step_by(5).map(|at| {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        bytes
    });
    let garbage = [b"\0\0\0\0".to_vec(), b"le".to_vec(), vec![0; 5000]];
    for (number, broken) in cut.chain(changed).chain(garbage).enumerate() {
        fs::write(place.path("dstate"), &broken).unwrap();
        let (torrents, key, said) = place.load();
        assert_eq!((torrents, key), (2, KEY), "{}", broken.escape_ascii());
        let [line] = &said[..] else { panic!("{said:?}") };
        assert!(line.contains("dstate.broken") && line.contains("dstate.old is taken"), "{line}");
        let aside = match number {
            0 => place.path("dstate.broken"),
            more => place.path(&format!("dstate.broken.{}", more + 1)),
        };
        assert_eq!(fs::read(aside).unwrap(), broken);
        // From here on as if nothing had been.
        assert_eq!(place.load(), (2, KEY, Vec::new()));
        assert!(place.path("dstate.old").exists());
    }
}

#[test]
fn where_the_older_one_is_broken_too_the_tracker_begins_anew() {
    for old in [None, Some(&b"d3:key"[..]), Some(b"")] {
        let place = Place::new();
        place.save(3);
        let good = fs::read(place.path("dstate")).unwrap();
        fs::write(place.path("dstate"), &good[..good.len() / 2]).unwrap();
        if let Some(old) = old {
            fs::write(place.path("dstate.old"), old).unwrap();
        }
        let (torrents, key, said) = place.load();
        assert_eq!((torrents, key, said.len()), (0, FRESH, 1), "{said:?}");
        assert!(said[0].contains("begins anew"), "{said:?}");
        assert_eq!(place.load().2, [""; 0]);
        assert_eq!(fs::read(place.path("dstate.broken")).unwrap(), good[..good.len() / 2]);
    }
}

#[test]
fn a_file_that_never_was_a_dfile_is_left_alone() {
    let place = Place::new();
    for other in [&b"my diary"[..], b"\x89PNG", b"d8:announce3:urle", b"d7:versioni3ee"] {
        fs::write(place.path("dstate"), other).unwrap();
        let swarms = Swarms::new(CONFIG(), Instant::now());
        let refused = load(&place.path("dstate"), &swarms, FRESH, &place.diagnostics);
        assert!(matches!(refused, Err(Error::Dfile(..))), "{}", other.escape_ascii());
        assert_eq!(fs::read(place.path("dstate")).unwrap(), other);
        assert_eq!(place.names(), ["dstate"]);
    }
    // Nor is one of a later bt, whatever else there is.
    fs::write(place.path("dstate.old"), b"d8:torrentsde7:versioni1ee").unwrap();
    let swarms = Swarms::new(CONFIG(), Instant::now());
    let refused = load(&place.path("dstate"), &swarms, FRESH, &place.diagnostics);
    assert!(matches!(refused, Err(Error::Dfile(_, dfile::Error::Version(3)))));
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
    fs::write(place.path("far/state"), b"d3:key").unwrap();
    assert_eq!(place.load().0, 1);
    assert!(place.path("far/state.broken").exists());
}
