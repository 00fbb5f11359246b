use super::*;
use crate::torrent::{InfoHash, PeerId};
use crate::tracker::announce::Role;
use crate::tracker::changes::What;
use proptest::collection::vec;
use proptest::prelude::*;
use std::net::{IpAddr, SocketAddr};

fn any_change() -> impl Strategy<Value = Change> {
    let what = prop_oneof![
        Just(What::Is(Role::Leecher)),
        Just(What::Is(Role::PartialSeed)),
        Just(What::Is(Role::Seed)),
        Just(What::Completed),
        Just(What::Gone),
    ];
    let address =
        any::<(IpAddr, u16)>().prop_map(|(ip, port)| SocketAddr::new(ip.to_canonical(), port));
    (any::<[u8; 20]>(), any::<[u8; 20]>(), address, what, any::<u64>()).prop_map(
        |(info_hash, peer_id, address, what, at)| {
            let (info_hash, peer_id) = (InfoHash(info_hash), PeerId(peer_id));
            Change { info_hash, peer_id, address, what, at }
        },
    )
}

fn any_word() -> impl Strategy<Value = Word> {
    prop_oneof![
        any::<u64>().prop_map(Word::Clock),
        vec(any::<u8>(), 0..300).prop_map(|bytes| Word::State(bytes.as_slice().into())),
        Just(Word::Whole),
        vec(any_change(), 0..5).prop_map(Word::Changes),
        Just(Word::Agreed),
        Just(Word::Yours),
    ]
}

fn said(word: &Word) -> Vec<u8> {
    let (letter, bytes) = match word {
        Word::Clock(at) => (Letter::Clock, at.to_be_bytes().to_vec()),
        Word::State(piece) => (Letter::State, piece.to_vec()),
        Word::Whole => (Letter::Whole, Vec::new()),
        Word::Changes(changes) => {
            (Letter::Changes, changes.iter().flat_map(Change::to_bytes).collect())
        }
        Word::Agreed => (Letter::Agreed, Vec::new()),
        Word::Yours => (Letter::Yours, Vec::new()),
    };
    [&letter.head(bytes.len().try_into().unwrap())[..], &bytes].concat()
}

/// All words of these bytes, cut so; whether what is left is the start of another.
fn heard(bytes: &[u8], cut: usize) -> (Vec<Word>, Result<bool, Garbled>) {
    let (mut words, mut all) = (Words::default(), Vec::new());
    for part in bytes.chunks(cut) {
        words.push(part);
        loop {
            match words.word() {
                Ok(Some(word)) => all.push(word),
                Ok(None) => break,
                Err(Garbled) => return (all, Err(Garbled)),
            }
        }
    }
    (all, Ok(!words.is_empty()))
}

proptest! {
    #[test]
    fn words_are_heard_as_they_were_said(
        words in vec(any_word(), 0..6),
        cut in 1..100_usize,
        lost in 0..400_usize,
    ) {
        let bytes: Vec<u8> = words.iter().flat_map(said).collect();
        prop_assert_eq!(heard(&bytes, cut), (words.clone(), Ok(false)));
        // An end in the middle of one is told from one between two.
        let short = &bytes[..bytes.len().saturating_sub(lost)];
        let (first, rest) = heard(short, cut);
        prop_assert_eq!(&first[..], &words[..first.len()]);
        let whole: usize = first.iter().map(|word| said(word).len()).sum();
        prop_assert_eq!(rest, Ok(whole < short.len()));
    }

    #[test]
    fn what_is_heard_does_not_hang_on_how_it_was_cut(
        words in vec(any_word(), 0..4),
        at in any::<prop::sample::Index>(),
        flipped in any::<u8>(),
        cut in 1..100_usize,
    ) {
        let mut bytes: Vec<u8> = words.iter().flat_map(said).collect();
        if !bytes.is_empty() {
            let at = at.index(bytes.len());
            bytes[at] ^= flipped;
        }
        prop_assert_eq!(heard(&bytes, cut), heard(&bytes, usize::MAX));
    }
}

#[test]
fn what_is_too_long_is_refused_at_its_head() {
    let longest = u32::try_from(WORD_MOST).unwrap();
    let refused = |letter: Letter, length| {
        let mut words = Words::default();
        words.push(&letter.head(length));
        words.word()
    };
    assert_eq!(refused(Letter::State, longest), Ok(None));
    assert_eq!(refused(Letter::State, longest + 1), Err(Garbled));
    assert_eq!(refused(Letter::State, u32::MAX), Err(Garbled));
    let length = u32::try_from(LENGTH).unwrap();
    assert_eq!(refused(Letter::Changes, length * 2), Ok(None));
    for (letter, length) in [
        (Letter::Changes, length * 2 - 1),
        (Letter::Changes, longest.next_multiple_of(length)),
        (Letter::Clock, 7),
        (Letter::Clock, 9),
        (Letter::Whole, 1),
        (Letter::Agreed, 1),
        (Letter::Yours, 1),
    ] {
        assert_eq!(refused(letter, length), Err(Garbled), "{letter:?} {length}");
    }
}
