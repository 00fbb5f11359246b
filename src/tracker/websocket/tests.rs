//! Several connections and a tracker, without sockets.

use super::*;
use crate::tracker::Config as SwarmsConfig;
use crate::tracker::access::Access;
use crate::tracker::limits;
use crate::tracker::service::{Asker, Front, Lists, Policy, Service};
use crate::tracker::swarms::Swarms;
use crate::tracker::tally::{Action, Outcome};
use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

const A: &str = "aaaaaaaaaaaaaaaaaaaa";
const B: &str = "bbbbbbbbbbbbbbbbbbbb";
const HASH: InfoHash = InfoHash([b'h'; 20]);

mod ceiling;
mod flood;

struct Tracker {
    now: Instant,
    service: Service,
    rng: StdRng,
    guests: Vec<Guest>,
    /// What each connection was told.
    told: Vec<Vec<Value>>,
    probed: Vec<Link>,
    /// Whether each offer was taken: from whom, to whom.
    offered: Vec<(usize, usize, bool)>,
    addresses: Vec<IpAddr>,
    outcome: (Action, Outcome),
    key: Option<&'static [u8]>,
}

impl Tracker {
    fn with(policy: Policy, lists: Lists, config: SwarmsConfig, connections: u64) -> Self {
        let now = Instant::now();
        let service = Service::with(Swarms::new(config, now), policy, lists, now);
        let links = (0..connections).map(|number| Link { worker: 0, number });
        Self {
            now,
            service,
            rng: StdRng::seed_from_u64(5),
            guests: links.map(Guest::new).collect(),
            told: (0..connections).map(|_| Vec::new()).collect(),
            probed: Vec::new(),
            offered: Vec::new(),
            addresses: (0..connections as u32)
                .map(|who| (0x0808_0801 + who).to_be_bytes().into())
                .collect(),
            outcome: (Action::Other, Outcome::Failed),
            key: None,
        }
    }

    fn new(connections: u64) -> Self {
        let (policy, lists) = (Policy::default(), Lists::default());
        Self::with(policy, lists, SwarmsConfig::default(), connections)
    }

    /// One connection speaks; parcels are brought at once.
    fn say(&mut self, who: usize, message: &[u8]) {
        let asker = Asker { ip: self.addresses[who], front: Front::WebSocket, key: self.key };
        let mut deeds = Vec::new();
        let guest = &mut self.guests[who];
        self.outcome =
            self.service.hear(self.now, &asker, guest, message, &mut self.rng, &mut deeds);
        for deed in deeds {
            match deed {
                Deed::Say(text) => self.told[who].push(serde_json::from_str(&text).unwrap()),
                Deed::Tell(text) => self.told[who].push(serde_json::from_str(&text).unwrap()),
                Deed::Send(parcel) => {
                    let to = parcel.to.number as usize;
                    let taken = self.guests[to].take(self.now, &parcel);
                    if parcel.kind != Kind::Answer {
                        self.offered.push((who, to, taken));
                    }
                    if taken {
                        self.told[to].push(serde_json::from_str(&parcel.text).unwrap());
                    }
                }
                Deed::Probe(link) => self.probed.push(link),
            }
        }
    }

    fn announce(&mut self, who: usize, id: &str, more: Value) {
        let mut message =
            json!({ "action": "announce", "info_hash": "h".repeat(20), "peer_id": id });
        let fields = message.as_object_mut().unwrap();
        fields.extend(more.as_object().unwrap().clone());
        self.say(who, message.to_string().as_bytes());
    }

    /// The last word to a connection.
    fn last(&self, who: usize) -> &Value {
        self.told[who].last().unwrap()
    }
}

fn offer(id: &str) -> Value {
    json!({ "offer": { "type": "offer", "sdp": "v=0\r\n" }, "offer_id": id })
}

fn answer(to: &str, offer: &str) -> Value {
    json!({ "answer": { "type": "answer", "sdp": "yes" }, "to_peer_id": to, "offer_id": offer })
}

#[test]
fn an_offer_goes_out_and_its_answer_comes_back() {
    let mut tracker = Tracker::new(2);
    tracker.announce(0, A, json!({ "left": 0, "event": "started", "offers": [offer(A)] }));
    let first = json!({
        "action": "announce", "info_hash": "h".repeat(20), "interval": 120,
        "complete": 1, "incomplete": 0,
    });
    assert_eq!(tracker.told[0], [first]);
    tracker.announce(1, B, json!({ "left": 7, "offers": [offer(B), offer(A)] }));
    assert_eq!(tracker.last(1)["incomplete"], 1);
    assert_eq!(tracker.outcome, (Action::Announce, Outcome::Answered));
    let offered = tracker.last(0);
    assert_eq!(offered["offer"], json!({ "type": "offer", "sdp": "v=0\r\n" }));
    assert_eq!((&offered["peer_id"], &offered["offer_id"]), (&json!(B), &json!(B)));
    assert_eq!(tracker.told[0].len(), 2, "one peer gets one offer");
    tracker.announce(0, A, answer(B, B));
    let answered = tracker.last(1);
    assert_eq!(answered["answer"], json!({ "type": "answer", "sdp": "yes" }));
    assert_eq!((&answered["peer_id"], &answered["offer_id"]), (&json!(A), &json!(B)));
    assert_eq!(tracker.told[0].len(), 2, "an answer has no answer");
    // There is one answer to an offer.
    tracker.announce(0, A, answer(B, B));
    assert_eq!(tracker.outcome, (Action::Announce, Outcome::NotFound));
    assert_eq!(tracker.told[1].len(), 2);
}

#[test]
fn nobody_speaks_for_another() {
    let mut tracker = Tracker::new(3);
    tracker.announce(0, A, json!({ "left": 0 }));
    tracker.announce(1, A, json!({ "left": 1, "event": "started", "offers": [offer(A)] }));
    let refused = "this peer id is that of another connection";
    assert_eq!(tracker.last(1)["failure reason"], refused);
    assert_eq!(tracker.probed, [Link { worker: 0, number: 0 }]);
    // Nor can it make the other leave, or answer in its name, or answer what it was not asked.
    tracker.announce(1, A, json!({ "event": "stopped" }));
    assert_eq!(tracker.last(1)["complete"], 1);
    tracker.announce(2, B, json!({ "left": 1, "offers": [offer(B)] }));
    assert_eq!(tracker.last(0)["offer_id"], B);
    let told = tracker.told[2].len();
    tracker.announce(1, A, answer(B, B));
    tracker.announce(1, "c".repeat(20).as_str(), json!({ "left": 1 }));
    tracker.announce(1, "c".repeat(20).as_str(), answer(B, B));
    assert_eq!((tracker.outcome.1, tracker.told[2].len()), (Outcome::NotFound, told));
    // Once the connection is gone, the id is free.
    let service = &tracker.service;
    service.dismiss(&mut tracker.guests[0]);
    tracker.announce(1, A, json!({ "left": 1 }));
    assert_eq!(tracker.last(1)["incomplete"], 3);
}

#[test]
fn an_offer_is_not_brought_to_who_has_left_and_no_answer_after_its_time() {
    let mut tracker = Tracker::new(2);
    tracker.announce(0, A, json!({}));
    tracker.announce(0, A, json!({ "event": "stopped" }));
    tracker.announce(1, B, json!({ "offers": [offer(B)] }));
    assert_eq!(tracker.told[0].len(), 2);
    tracker.announce(0, A, json!({}));
    tracker.announce(1, B, json!({ "offers": [offer(B)] }));
    assert_eq!(tracker.told[0].len(), 4);
    tracker.now += Duration::from_secs(121);
    tracker.announce(0, A, answer(B, B));
    assert_eq!(tracker.outcome.1, Outcome::NotFound);
}

#[test]
fn who_is_silent_for_too_long_is_forgotten() {
    let mut tracker = Tracker::new(2);
    tracker.announce(0, A, json!({}));
    tracker.now += Duration::from_secs(30 * 60);
    tracker.announce(0, B, json!({}));
    tracker.now += Duration::from_secs(20 * 60);
    tracker.service.expire(tracker.now, &mut tracker.guests[0]);
    assert_eq!(tracker.service.browsers().counts(HASH).unwrap().incomplete, 1);
    assert_eq!(tracker.service.swarms().peers(), 1);
}

#[test]
fn a_scrape_of_one_of_several_of_all() {
    let mut tracker = Tracker::new(1);
    tracker.announce(0, A, json!({ "left": 1 }));
    tracker.announce(0, A, json!({ "left": 0, "event": "completed" }));
    let file = json!({ "complete": 1, "incomplete": 0, "downloaded": 1 });
    let none = json!({ "complete": 0, "incomplete": 0, "downloaded": 0 });
    let (h, x) = ("h".repeat(20), "x".repeat(20));
    tracker.say(0, json!({ "action": "scrape", "info_hash": [h, x] }).to_string().as_bytes());
    assert_eq!(tracker.last(0)["files"], json!({ &h: file, &x: none }));
    tracker.say(0, json!({ "action": "scrape", "info_hash": x }).to_string().as_bytes());
    assert_eq!(tracker.last(0)["files"], json!({ &x: none }));
    tracker.say(0, br#"{"action":"scrape"}"#);
    assert_eq!(tracker.last(0)["files"], json!({ &h: file }));
    assert_eq!(tracker.outcome, (Action::Scrape, Outcome::Answered));

    let browsers = Config { scrape_all: 0, ..Config::default() };
    let policy = Policy { browsers, ..Policy::default() };
    let mut closed = Tracker::with(policy, Lists::default(), SwarmsConfig::default(), 1);
    closed.say(0, br#"{"action":"scrape"}"#);
    assert_eq!(closed.last(0)["failure reason"], "a scrape must name its torrents");
}

#[test]
fn a_scrape_of_all_is_made_once_a_second_and_costs_what_it_is_long() {
    let limits = limits::Config { public: "1/m,302".parse().ok(), ..limits::Config::default() };
    let policy = Policy { limits, ..Policy::default() };
    let mut tracker = Tracker::with(policy, Lists::default(), SwarmsConfig::default(), 3);
    let all = br#"{"action":"scrape"}"#;
    let told = |tracker: &Tracker, who| tracker.last(who)["files"].as_object().unwrap().len();
    for number in 0..300 {
        tracker.announce(0, A, json!({ "info_hash": format!("{number:020}") }));
    }
    tracker.say(1, all);
    assert_eq!(told(&tracker, 1), 300);
    tracker.announce(1, A, json!({}));
    tracker.say(2, all);
    assert_eq!(told(&tracker, 2), 300, "as it was");
    tracker.now += Duration::from_secs(1);
    tracker.say(2, all);
    assert_eq!(told(&tracker, 2), 301);
    // It is longer than 16 KiB, and so two requests.
    tracker.say(0, all);
    assert_eq!(tracker.outcome.1, Outcome::Answered);
    tracker.say(0, all);
    assert_eq!(tracker.outcome.1, Outcome::TooFast);
}

#[test]
fn the_policy_applies() {
    let access = Access { denied: [HASH].into_iter().collect(), ..Access::default() };
    let lists = Lists { access: Some(access), keys: None };
    let mut denied = Tracker::with(Policy::default(), lists, SwarmsConfig::default(), 1);
    denied.announce(0, A, json!({}));
    assert_eq!(denied.last(0)["failure reason"], "torrent is not served here");
    assert_eq!(denied.last(0)["info_hash"], "h".repeat(20));
    assert_eq!(denied.outcome.1, Outcome::NotServed);
    denied.announce(0, A, answer(B, B));
    assert_eq!(denied.outcome.1, Outcome::NotServed);
    denied
        .say(0, json!({ "action": "scrape", "info_hash": "h".repeat(20) }).to_string().as_bytes());
    assert_eq!(denied.last(0)["files"], json!({}));

    let torrents = NonZeroU32::new(2)
        .map(|most| limits::Bound { most, nearest: crate::tracker::reach::Reach::Loopback });
    let rate = "2/m,4".parse().ok();
    let limits = limits::Config { torrents, public: rate, ..limits::Config::default() };
    let policy = Policy { limits, ..Policy::default() };
    let mut limited = Tracker::with(policy, Lists::default(), SwarmsConfig::default(), 1);
    for byte in ["1", "2", "3"] {
        limited.announce(0, A, json!({ "info_hash": byte.repeat(20) }));
    }
    assert_eq!(limited.outcome.1, Outcome::TooMany);
    limited.say(0, b"nonsense");
    assert_eq!(limited.outcome, (Action::Other, Outcome::Garbled));
    limited.announce(0, A, json!({ "info_hash": "1".repeat(20) }));
    assert_eq!(limited.outcome.1, Outcome::TooFast);
    limited.say(0, b"nonsense");
    assert_eq!(limited.outcome.1, Outcome::TooFast);

    let lists = Lists { access: None, keys: Some(crate::tracker::keys::Keys::default()) };
    let mut private = Tracker::with(Policy::default(), lists, SwarmsConfig::default(), 1);
    private.announce(0, A, json!({}));
    assert_eq!(private.outcome.1, Outcome::NoKey);
    private.key = Some(b"whatever");
    private.say(0, br#"{"action":"scrape"}"#);
    assert_eq!(private.outcome, (Action::Scrape, Outcome::NoKey));
}

#[test]
fn a_connection_speaks_for_so_many_peers_and_says_so_much_nonsense() {
    let mut tracker = Tracker::new(1);
    for number in 0..=guest::PEERS_MOST {
        tracker.announce(0, A, json!({ "info_hash": format!("{number:020}") }));
    }
    assert_eq!(tracker.outcome.1, Outcome::TooMany);
    assert_eq!(tracker.service.swarms().known(), guest::PEERS_MOST);
    // Who is known is heard.
    tracker.announce(0, A, json!({ "info_hash": format!("{:020}", 0) }));
    assert_eq!(tracker.outcome.1, Outcome::Answered);
    for _ in 0..31 {
        tracker.say(0, b"{}");
    }
    assert!(!tracker.guests[0].is_hopeless());
    tracker.say(0, b"{}");
    assert!(tracker.guests[0].is_hopeless());
}

fn any_message() -> impl Strategy<Value = Vec<u8>> {
    let id = || prop_oneof![Just(A.to_owned()), Just(B.to_owned()), "[a-d]{20}", ".{0,21}"];
    let event = prop_oneof![Just("started"), Just("stopped"), Just("completed"), Just("x")];
    let said = (
        prop_oneof![4 => Just("announce"), 1 => Just("scrape"), 1 => Just("x")],
        (id(), id(), id(), id()),
        proptest::option::of(event),
        (0..2u8, 0..4usize, any::<bool>()),
    );
    prop_oneof![
        9 => said.prop_map(|(action, (hash, peer, to, offered), event, (left, offers, answers))| {
            let mut message = json!({
                "action": action, "info_hash": hash, "peer_id": peer, "left": left,
                "event": event, "offers": vec![offer(&offered); offers],
            });
            if answers {
                let fields = message.as_object_mut().unwrap();
                fields.extend(answer(&to, &offered).as_object().unwrap().clone());
            }
            message.to_string().into_bytes()
        }),
        1 => proptest::collection::vec(any::<u8>(), 0..60),
    ]
}

proptest! {
    /// Whatever is said: each word is JSON, an offer comes to one who announced the torrent and is
    /// not its sender, an answer to one whose offer it is, and in the end nothing is left.
    #[test]
    fn nothing_goes_astray(
        said in proptest::collection::vec((0..4usize, any_message()), 0..60),
        allowed in any::<bool>(),
    ) {
        let access = Access { allowed: Some(Arc::new([HASH].into_iter().collect())), ..Access::default() };
        let lists = Lists { access: (!allowed).then_some(access), keys: None };
        let mut tracker = Tracker::with(Policy::default(), lists, SwarmsConfig::default(), 4);
        for (who, message) in &said {
            let before: Vec<usize> = tracker.told.iter().map(Vec::len).collect();
            tracker.say(*who, message);
            for (other, told) in tracker.told.iter().enumerate() {
                for word in &told[before[other]..] {
                    prop_assert!(other == *who || word.get("offer").or(word.get("answer")).is_some());
                }
            }
        }
        let mut sum = 0;
        for shard in 0..tracker.service.browsers().shards() {
            let mut all = Vec::new();
            tracker.service.browsers().torrents(shard, &mut all);
            sum += all.iter().map(|(_, counts)| counts.complete + counts.incomplete).sum::<u32>();
        }
        prop_assert_eq!(sum as usize, tracker.service.swarms().peers());
        for guest in &mut tracker.guests {
            tracker.service.dismiss(guest);
        }
        let swarms = tracker.service.swarms();
        prop_assert_eq!((swarms.peers(), swarms.known(), swarms.bytes()), (0, 0, 0));
    }
}
