use super::*;
use crate::torrent::{Attributes, LayoutBuilder};
use proptest::prelude::*;

/// Files of these lengths (`-n`: a pad of n), pieces of 10 bytes, and what stands in their places.
struct Case {
    layout: Layout,
    pieces: Option<Pieces>,
    survey: Survey,
    outcomes: Outcomes,
    found_at: BTreeMap<usize, PathBuf>,
}

impl Case {
    fn new(lengths: &[i64], found: &[Found], outcomes: &[Outcome]) -> Self {
        let mut builder = LayoutBuilder::new();
        for &length in lengths {
            match length {
                0.. => builder.push(["a"], length.unsigned_abs(), Attributes::default()).unwrap(),
                _ => builder.push_pad(length.unsigned_abs()).unwrap(),
            }
        }
        let layout = builder.build();
        let pieces = Pieces::new(layout.total(), 10);
        let known = Outcomes::new(pieces.map_or(0, Pieces::count));
        assert_eq!(known.len() as usize, outcomes.len());
        for (piece, &outcome) in (0..).zip(outcomes) {
            known.set(PieceIndex(piece), outcome);
        }
        Self {
            layout,
            pieces,
            survey: Survey::with(found),
            outcomes: known,
            found_at: BTreeMap::new(),
        }
    }

    fn report(&self) -> Report<'_> {
        let Self { layout, survey, outcomes, found_at, .. } = self;
        Report { layout, survey, pieces: self.pieces, outcomes, found_at }
    }

    /// Each file's state and parts: state, pieces, bytes.
    fn said(&self) -> Vec<(State, Vec<String>)> {
        let part = |part: &Part| {
            let (first, last) = part.pieces;
            let Range { start, end } = part.bytes;
            format!("{} {}-{} {start}..{end}", part.state.word(), first.0, last.0)
        };
        let report = self.report();
        report.files().map(|f| (f.state, f.parts.iter().map(part).collect())).collect()
    }
}

const GOOD: Outcome = Outcome::Good;
const BAD: Outcome = Outcome::Bad;
const ABSENT: Outcome = Outcome::Absent;

#[test]
fn a_piece_of_one_file_is_that_files_damage() {
    let case = Case::new(&[45], &[Found::File(45)], &[GOOD, BAD, BAD, GOOD, BAD]);
    let parts = ["damaged 1-2 10..30", "damaged 4-4 40..45"].map(str::to_owned).to_vec();
    assert_eq!(case.said(), [(State::Damaged, parts)]);
}

#[test]
fn a_shared_piece_makes_all_of_its_files_suspect_and_none_damaged() {
    let case = Case::new(
        &[15, 0, 2, 13, 10],
        &[Found::File(15), Found::File(0), Found::File(2), Found::File(13), Found::File(10)],
        &[GOOD, BAD, GOOD, GOOD],
    );
    let said = case.said();
    let states: Vec<_> = said.iter().map(|(state, _)| *state).collect();
    use State::{Ok, Suspect};
    assert_eq!(states, [Suspect, Ok, Suspect, Suspect, Ok]);
    assert_eq!(said[0].1, ["suspect 1-1 10..15"]);
    assert_eq!(said[2].1, ["suspect 1-1 0..2"]);
    assert_eq!(said[3].1, ["suspect 1-1 0..3"]);
}

#[test]
fn a_neighbour_that_is_missing_or_short_leaves_a_file_unchecked_not_damaged() {
    let case = Case::new(&[15, 15], &[Found::File(15), Found::Nothing], &[GOOD, ABSENT, ABSENT]);
    assert_eq!(
        case.said(),
        [(State::Unchecked, vec!["unchecked 1-1 10..15".to_owned()]), (State::Missing, vec![])]
    );
    let case =
        Case::new(&[15, 25], &[Found::File(15), Found::File(7)], &[GOOD, GOOD, ABSENT, ABSENT]);
    let parts = ["unchecked 2-2 5..7", "missing 2-3 7..25"].map(str::to_owned).to_vec();
    assert_eq!(case.said(), [(State::Ok, vec![]), (State::Short, parts)]);
}

#[test]
fn a_pad_is_no_neighbour() {
    let found = [Found::File(15), Found::File(5), Found::File(10)];
    let case = Case::new(&[15, -5, 10], &found, &[GOOD, BAD, GOOD]);
    let parts = vec!["damaged 1-1 10..15".to_owned()];
    assert_eq!(case.said(), [(State::Damaged, parts), (State::Ok, vec![])]);
}

#[test]
fn the_worst_is_what_is_said() {
    let said = |found, outcomes: &[Outcome]| Case::new(&[25], &[found], outcomes).said().remove(0);
    let bad = vec!["damaged 0-0 0..10".to_owned()];
    assert_eq!(said(Found::File(26), &[BAD, GOOD, GOOD]), (State::Long, bad.clone()));
    let mut short = bad;
    short.push("missing 2-2 20..25".to_owned());
    assert_eq!(said(Found::File(20), &[BAD, GOOD, ABSENT]), (State::Short, short));
    assert_eq!(said(Found::Other, &[ABSENT; 3]), (State::Damaged, vec![]));
    assert_eq!(said(Found::Unreadable, &[Outcome::Unreadable; 3]), (State::Unreadable, vec![]));
    let disputed = vec!["disputed 1-1 10..20".to_owned()];
    assert_eq!(
        said(Found::File(25), &[GOOD, Outcome::Disputed, GOOD]),
        (State::Disputed, disputed)
    );
    assert_eq!(said(Found::File(25), &[Outcome::Unknown; 3]), (State::Ok, vec![]));
}

#[test]
fn empty_files_and_torrents_of_nothing_are_judged_by_what_is_there() {
    let case = Case::new(&[0, 0, 0], &[Found::File(0), Found::File(1), Found::Nothing], &[]);
    let states: Vec<_> = case.said().into_iter().map(|(state, _)| state).collect();
    assert_eq!(states, [State::Ok, State::Long, State::Missing]);
}

proptest! {
    /// Whatever the layout: a file is called ok only where every piece that it touches is good and
    /// it has its length; and the parts lie in the file, in order, and do not overlap.
    #[test]
    fn no_file_is_called_right_that_is_not(
        files in proptest::collection::vec((0i64..25, 0u64..30), 1..12),
        seed in proptest::collection::vec(0u8..5, 40),
    ) {
        let lengths: Vec<i64> = files.iter().map(|(length, _)| *length).collect();
        let found: Vec<_> = files.iter().map(|(_, there)| Found::File(*there)).collect();
        let total: i64 = lengths.iter().sum();
        let count = usize::try_from(total).unwrap().div_ceil(10);
        let all = [GOOD, GOOD, BAD, ABSENT, Outcome::Disputed];
        let outcomes: Vec<_> = seed.iter().map(|at| all[usize::from(*at)]).take(count).collect();
        let case = Case::new(&lengths, &found, &outcomes);
        let report = case.report();
        for (file, (length, there)) in report.files().zip(&files) {
            let length = length.unsigned_abs();
            let range = case.layout.range(file.file).unwrap();
            let good = case.pieces.is_none_or(|pieces| {
                touched(pieces, &range).all(|piece| case.outcomes.get(piece) == GOOD)
            });
            prop_assert_eq!(file.state == State::Ok, good && length == *there);
            let mut end = 0;
            for part in &file.parts {
                prop_assert!(end <= part.bytes.start && part.bytes.start < part.bytes.end);
                end = part.bytes.end;
            }
            prop_assert!(end <= length);
        }
    }
}
