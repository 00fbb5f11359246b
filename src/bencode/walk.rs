//! A walk down dictionaries in dictionaries.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::lexer::{Judged, Lexer, Token};
use super::value::{Value, next_value};

/// Walks dictionaries that stand in each other, and looks once at each byte however deep they do.
/// [`Value::dict`] passes over a value to find its end, and so over all of what it holds once a level.
#[derive(Clone, Debug)]
pub struct Walk<'a>(Lexer<'a>);

impl<'a> Walk<'a> {
    /// Begins at the first key of a dictionary; `None` where the value is none.
    pub fn of(value: Value<'a>) -> Option<Self> {
        value.dict().map(|entries| Self(entries.into_lexer()))
    }

    /// The next key of the dictionary that the walk is in; its value comes next. `None` at the
    /// dictionary's end: the walk is in the outer one then, behind this one.
    pub fn key(&mut self) -> Option<&'a [u8]> {
        match self.0.next(&mut Judged) {
            Ok(Token::Bytes(key)) => Some(key),
            _ => None,
        }
    }

    /// Goes into the value of the key that was just read. Tells whether that is a dictionary; where
    /// it is none the walk stays.
    pub fn enter(&mut self) -> bool {
        let mut inside = self.0;
        let enters = matches!(inside.next(&mut Judged), Ok(Token::Dict));
        if enters {
            self.0 = inside;
        }
        enters
    }

    /// The value of the key that was just read, which is passed over.
    pub fn value(&mut self) -> Option<Value<'a>> {
        next_value(&mut self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[test]
    fn each_level_is_left_where_it_ends() {
        let bytes = b"d1:ad1:bi1ee1:cle1:dd0:dee1:e1:xe";
        let value = parse(bytes).unwrap();
        let mut walk = Walk::of(value).unwrap();
        assert_eq!((walk.key(), walk.enter()), (Some(&b"a"[..]), true));
        assert_eq!((walk.key(), walk.enter()), (Some(&b"b"[..]), false));
        assert_eq!(walk.value().map(Value::raw), Some(&b"i1e"[..]));
        assert_eq!(walk.key(), None);
        assert_eq!(walk.key(), Some(&b"c"[..]));
        let list = walk.value().unwrap();
        assert_eq!((list.raw(), list.offset()), (&b"le"[..], 15));
        assert_eq!((walk.key(), walk.enter()), (Some(&b"d"[..]), true));
        assert_eq!((walk.key(), walk.enter()), (Some(&b""[..]), true));
        assert_eq!((walk.key(), walk.key()), (None, None));
        assert_eq!(walk.key(), Some(&b"e"[..]));
        assert_eq!(walk.value().map(Value::raw), Some(&b"1:x"[..]));
        assert_eq!((walk.key(), walk.key()), (None, None));
        assert!(Walk::of(list).is_none());
    }
}
