//! What two trackers say to each other where one takes the place of the other, once it has been given
//! the other's sockets:
//!
//! | from the old one | from the new one | |
//! |---|---|---|
//! | | [`READY`] | nothing is left that may fail, but to take the state |
//! | [`Clock`](Word::Clock) | | what the clock shows that both read |
//! | [`State`](Word::State), [`Whole`](Word::Whole) | | the state as a dfile, in pieces; that this is the whole |
//! | | [`LOADED`] | the new one has it all |
//! | [`Changes`](Word::Changes) | | what has changed since it was copied, from here to the end |
//! | [`Agreed`](Word::Agreed) | | the new one may begin |
//! | | [`SERVES`] | its workers turn |
//! | [`Yours`](Word::Yours) | | the dfile is the new one's, and the old one takes no more requests |
//!
//! From [`READY`] to [`Agreed`](Word::Agreed) the old one says something every few seconds: no
//! changes, where it has nothing else to say.
//!
//! The new one says single bytes, the old one words: a letter, a length of four bytes, the highest
//! first, and so many bytes. What one of another version says first is refused.
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::changes::{Change, LENGTH};
use bytes::{Buf, BytesMut};

/// That the new one is ready; another number for each version of all this.
pub const READY: u8 = b'3';
/// That it has loaded the state.
pub const LOADED: u8 = b'l';
/// That it serves.
pub const SERVES: u8 = b'v';

/// Bytes of a word behind its head at most.
pub const WORD_MOST: usize = 1 << 20;
/// A letter and a length.
const HEAD: usize = 5;

/// What a word is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Letter {
    /// What the clock shows.
    Clock,
    /// A piece of the state.
    State,
    /// That there are no more.
    Whole,
    /// Changes.
    Changes,
    /// That the new one may begin.
    Agreed,
    /// That the dfile is the new one's.
    Yours,
}

impl Letter {
    /// As it is sent, before `length` bytes; no more than [`WORD_MOST`].
    pub fn head(self, length: u32) -> [u8; HEAD] {
        let letter = match self {
            Self::Clock => b't',
            Self::State => b's',
            Self::Whole => b'w',
            Self::Changes => b'c',
            Self::Agreed => b'a',
            Self::Yours => b'y',
        };
        let [a, b, c, d] = length.to_be_bytes();
        [letter, a, b, c, d]
    }

    /// That of a head, where so many bytes may follow it.
    fn of(letter: u8, length: usize) -> Option<Self> {
        let (letter, fits) = match letter {
            b't' => (Self::Clock, length == size_of::<u64>()),
            b's' => (Self::State, length <= WORD_MOST),
            b'w' => (Self::Whole, length == 0),
            b'c' => (Self::Changes, length <= WORD_MOST && length.is_multiple_of(LENGTH)),
            b'a' => (Self::Agreed, length == 0),
            b'y' => (Self::Yours, length == 0),
            _ => return None,
        };
        fits.then_some(letter)
    }
}

/// One word of the old one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Word {
    /// Its clock shows so many nanoseconds.
    Clock(u64),
    /// A piece of the state.
    State(BytesMut),
    /// That was all of the state.
    Whole,
    /// What has changed, each after the one before.
    Changes(Vec<Change>),
    /// The new one may begin.
    Agreed,
    /// The dfile is the new one's.
    Yours,
}

/// What came is none of these.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("what it says is not understood")]
pub struct Garbled;

/// Makes words of bytes, however they were cut.
#[derive(Debug, Default)]
pub struct Words {
    said: BytesMut,
}

impl Words {
    /// These came. Room is made for what comes, not for what is told of.
    pub fn push(&mut self, bytes: &[u8]) {
        self.said.extend_from_slice(bytes);
    }

    /// The next one; none where it has not come whole.
    pub fn word(&mut self) -> Result<Option<Word>, Garbled> {
        let Some((&[letter, a, b, c, d], rest)) = self.said.split_first_chunk::<HEAD>() else {
            return Ok(None);
        };
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        let letter = Letter::of(letter, length).ok_or(Garbled)?;
        if rest.len() < length {
            return Ok(None);
        }
        self.said.advance(HEAD);
        let mut bytes = self.said.split_to(length);
        Ok(Some(match letter {
            Letter::Clock => Word::Clock(bytes.try_get_u64().map_err(|_| Garbled)?),
            Letter::State => Word::State(bytes),
            Letter::Whole => Word::Whole,
            Letter::Changes => {
                let changes = bytes.as_chunks().0.iter().map(Change::from_bytes);
                Word::Changes(changes.collect::<Option<_>>().ok_or(Garbled)?)
            }
            Letter::Agreed => Word::Agreed,
            Letter::Yours => Word::Yours,
        }))
    }

    /// Whether nothing has come of another word.
    pub fn is_empty(&self) -> bool {
        self.said.is_empty()
    }
}

#[cfg(test)]
mod tests;
