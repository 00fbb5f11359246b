use super::*;

#[test]
fn each_kind_has_a_place_of_its_own() {
    let tallies = Tallies::default();
    let tally = tallies.tally();
    let mut many = 0;
    for front in FRONTS {
        for family in FAMILIES {
            for action in ACTIONS {
                for outcome in OUTCOMES {
                    many += 1;
                    tally.count_many(front, family, action, outcome, many);
                }
            }
        }
    }
    let snapshot = tallies.snapshot();
    let counts: Vec<u64> = snapshot.kinds().map(|kind| kind.4).collect();
    assert_eq!(counts, (1..=KINDS as u64).collect::<Vec<_>>());
}

#[test]
fn the_tallies_of_all_workers_are_added_up_and_stay() {
    let tallies = Tallies::default();
    let count = |tally: &Tally| {
        tally.count(Front::Udp, Family::V6, Action::Announce, Outcome::Answered);
        tally.carried(Front::Udp, 98, 20);
    };
    let one = tallies.tally();
    count(&one);
    std::thread::scope(|scope| {
        scope.spawn(|| count(&tallies.tally()));
    });
    count(&one);
    let sum = tallies.snapshot();
    assert_eq!(sum.kinds().count(), 1);
    assert_eq!(sum.requests(Front::Udp, Family::V6, Action::Announce, Outcome::Answered), 3);
    assert_eq!((sum.received(Front::Udp), sum.sent(Front::Udp)), (294, 60));
    assert_eq!((sum.received(Front::Http), sum.sent(Front::Http)), (0, 0));
}

#[test]
fn times_fall_into_the_bucket_whose_end_they_do_not_pass() {
    let tallies = Tallies::default();
    let tally = tallies.tally();
    for micros in [0, 10, 11, 20_000, 20_001, 1_000_000, 1_000_001, u64::MAX / 1000] {
        tally.took(Front::Http, Duration::from_micros(micros));
    }
    let sum = tallies.snapshot();
    assert_eq!(sum.times(Front::Http), [2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2]);
    assert_eq!(sum.times(Front::Udp).iter().sum::<u64>(), 0);
    tally.took_many(Front::Udp, Duration::from_micros(7), 3);
    assert_eq!(tallies.snapshot().time(Front::Udp), Duration::from_micros(21));
    assert_eq!(tallies.snapshot().times(Front::Udp).first(), Some(&3));
}
