//! What an old tracker says to the one that takes its place: it is heard the same however it was cut,
//! and what is heard is what was said.
#![no_main]

use bt::tracker::changes::Change;
use bt::tracker::handover::{Garbled, Letter, WORD_MOST, Word, Words};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((&cut, said)) = data.split_first() else { return };
    let whole = heard(said, said.len().max(1));
    assert_eq!(whole, heard(said, usize::from(cut).max(1)));
    let again: Vec<u8> = whole.0.iter().flat_map(say).collect();
    assert!(said.starts_with(&again));
});

/// The words, and whether something follows that is none.
fn heard(said: &[u8], cut: usize) -> (Vec<Word>, Option<Garbled>) {
    let (mut words, mut all) = (Words::default(), Vec::new());
    for part in said.chunks(cut) {
        words.push(part);
        loop {
            match words.word() {
                Ok(Some(word)) => all.push(word),
                Ok(None) => break,
                Err(garbled) => return (all, Some(garbled)),
            }
        }
    }
    (all, None)
}

fn say(word: &Word) -> Vec<u8> {
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
    assert!(bytes.len() <= WORD_MOST);
    let length = u32::try_from(bytes.len()).expect("no longer than a word");
    [&letter.head(length)[..], &bytes].concat()
}
