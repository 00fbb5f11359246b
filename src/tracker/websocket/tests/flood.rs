//! One who offers and asks for all that it can.

use super::*;
use rand::RngExt;

/// Connections of those who mean it, and then of the one who does not.
const HONEST: usize = 100;
const FLOODING: usize = 50;

/// An answer that is being made.
struct Pending {
    due: Instant,
    who: usize,
    to: String,
    offer: String,
}

#[test]
fn a_flood_of_offers_leaves_those_of_others_to_be_answered() {
    let mut tracker = Tracker::new((HONEST + FLOODING) as u64);
    tracker.addresses[HONEST..].fill([9, 9, 9, 9].into());
    let id = |who: usize| format!("{who:020}");
    let mut dice = StdRng::seed_from_u64(11);
    let (mut seen, mut pending) = (vec![0; HONEST], Vec::new());
    let (mut made, mut found, mut flooding) = (0, 0, 0);
    for step in 0..150 {
        // In ten seconds all of them come, each with ten offers.
        if step < HONEST {
            let offers: Vec<_> =
                (0..10).map(|number| offer(&format!("{step:010}{number:010}"))).collect();
            tracker.announce(step, &id(step), json!({ "left": 1, "offers": offers }));
        }
        // Meanwhile the other makes three thousand offers a second.
        for _ in 0..16 {
            let who = HONEST + flooding % FLOODING;
            let offers: Vec<_> =
                (0..20).map(|number| offer(&format!("f{flooding:09}{number:010}"))).collect();
            tracker.announce(who, &id(who), json!({ "left": 1, "offers": offers }));
            flooding += 1;
        }
        // Those who got an offer of one who means it answer after one to five seconds.
        for (who, seen) in seen.iter_mut().enumerate() {
            for word in &tracker.told[who][*seen..] {
                let offer = word["offer_id"].as_str().filter(|_| word.get("offer").is_some());
                if let Some(offer) = offer.filter(|offer| !offer.starts_with('f')) {
                    let due = tracker.now + Duration::from_millis(dice.random_range(1000..5000));
                    let to = word["peer_id"].as_str().unwrap().to_owned();
                    pending.push(Pending { due, who, to, offer: offer.to_owned() });
                }
            }
            *seen = tracker.told[who].len();
        }
        let now = tracker.now;
        for Pending { who, to, offer, .. } in pending.extract_if(.., |one| one.due <= now) {
            made += 1;
            tracker.announce(who, &id(who), answer(&to, &offer));
            found += usize::from(tracker.outcome.1 == Outcome::Answered);
        }
        tracker.now += Duration::from_millis(100);
    }
    let between_honest = |&&(from, to, _): &&(usize, usize, bool)| from < HONEST && to < HONEST;
    let honest: Vec<_> = tracker.offered.iter().filter(between_honest).collect();
    assert!(honest.len() > 300, "{}", honest.len());
    assert!(honest.iter().all(|(_, _, taken)| *taken));
    assert_eq!((made, found, pending.len()), (honest.len(), honest.len(), 0));
    // There was a flood, and most of it was held back.
    let flood =
        tracker.offered.iter().filter(|(from, to, _)| *from >= HONEST && *to < HONEST).copied();
    let (taken, refused): (Vec<(usize, usize, bool)>, Vec<_>) =
        flood.partition(|(_, _, taken)| *taken);
    assert!(taken.len() > 10_000 && refused.len() > 2000, "{} {}", taken.len(), refused.len());
}

#[test]
fn what_is_over_the_rate_is_not_read_and_ends_the_connection() {
    let limits = limits::Config { public: "1/m,4".parse().ok(), ..limits::Config::default() };
    let policy = Policy { limits, ..Policy::default() };
    let mut tracker = Tracker::with(policy, Lists::default(), SwarmsConfig::default(), 2);
    (0..4).for_each(|_| tracker.announce(0, A, json!({})));
    for _ in 0..63 {
        tracker.say(0, b"{ no JSON");
        assert_eq!(tracker.outcome, (Action::Other, Outcome::TooFast));
        assert!(!tracker.guests[0].is_hopeless());
    }
    assert_eq!(tracker.last(0)["failure reason"], "too many requests from your address");
    tracker.announce(0, A, json!({}));
    assert!(tracker.guests[0].is_hopeless());
    assert!(!tracker.guests[1].is_hopeless());
}
