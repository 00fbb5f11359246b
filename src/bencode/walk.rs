//! A walk down lists and dictionaries in each other.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::lexer::{Judged, Lexer, Token};
use super::value::{Value, next_value, short};

/// Walks lists and dictionaries that stand in each other, and looks once at each byte however deep
/// they do. [`Value::dict`] passes over a value to find its end, and so over all of what it holds
/// once a level.
#[derive(Clone, Debug)]
pub struct Walk<'a>(Lexer<'a>);

impl<'a> Walk<'a> {
    /// Begins at the first key of a dictionary; `None` where the value is none.
    pub fn of(value: Value<'a>) -> Option<Self> {
        value.dict().map(|entries| Self(entries.into_lexer()))
    }

    /// Begins at the first element of a list; `None` where the value is none.
    pub fn of_list(value: Value<'a>) -> Option<Self> {
        value.list().map(|items| Self(items.into_lexer()))
    }

    /// Whether the list that the walk is in has another element, which comes next.
    pub fn more(&self) -> bool {
        self.0.rest().first().is_some_and(|byte| *byte != b'e')
    }

    /// The next key of the dictionary that the walk is in; its value comes next. `None` at the
    /// dictionary's end: the walk is in the outer one then, behind this one.
    pub fn key(&mut self) -> Option<&'a [u8]> {
        match self.0.next(&mut Judged) {
            Ok(Token::Bytes(key)) => Some(key),
            _ => None,
        }
    }

    /// Goes into the value of the key that was just read, or into the next element. Tells whether
    /// that is a dictionary; where it is none the walk stays.
    pub fn enter(&mut self) -> bool {
        self.step(b'd')
    }

    /// [`enter`](Self::enter) for a list.
    pub fn enter_list(&mut self) -> bool {
        self.step(b'l')
    }

    /// Leaves the list that the walk is in, where it has no more elements; tells whether it did.
    pub fn leave(&mut self) -> bool {
        self.step(b'e')
    }

    /// Passes over the token that comes next, where it is this byte.
    fn step(&mut self, token: u8) -> bool {
        self.0.rest().first() == Some(&token) && self.0.next(&mut Judged).is_ok()
    }

    /// The integer that comes next, which is passed over where it has no sign and at most 19 digits;
    /// where it is none the walk stays.
    pub fn uint(&mut self) -> Option<u64> {
        let mut behind = self.0;
        match behind.next(&mut Judged) {
            Ok(Token::Integer(text)) => {
                let number = short(text)?;
                self.0 = behind;
                Some(number)
            }
            _ => None,
        }
    }

    /// The value of the key that was just read, or the next element, which is passed over.
    pub fn value(&mut self) -> Option<Value<'a>> {
        next_value(&mut self.0)
    }

    /// The value or element that comes next, which is passed over where it is a byte string; where
    /// it is none the walk stays.
    pub fn bytes(&mut self) -> Option<&'a [u8]> {
        let mut behind = self.0;
        match behind.next(&mut Judged) {
            Ok(Token::Bytes(bytes)) => {
                self.0 = behind;
                Some(bytes)
            }
            _ => None,
        }
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

    #[test]
    fn lists_and_integers_are_passed_one_by_one() {
        let value = parse(b"d1:ai9999999999999999999e1:bl1:xe1:ci-1ee").unwrap();
        let mut walk = Walk::of(value).unwrap();
        assert_eq!((walk.uint(), walk.enter_list(), walk.key()), (None, false, Some(&b"a"[..])));
        assert!(!walk.leave() && !walk.enter_list() && !walk.enter());
        assert_eq!((walk.uint(), walk.key()), (Some(9_999_999_999_999_999_999), Some(&b"b"[..])));
        assert_eq!((walk.uint(), walk.enter_list(), walk.leave()), (None, true, false));
        assert_eq!((walk.bytes(), walk.bytes(), walk.leave()), (Some(&b"x"[..]), None, true));
        assert_eq!((walk.key(), walk.uint()), (Some(&b"c"[..]), None));
        assert_eq!(walk.value().map(Value::raw), Some(&b"i-1e"[..]));
        assert_eq!((walk.key(), walk.uint(), walk.leave()), (None, None, false));
    }

    #[test]
    fn a_list_is_walked_to_its_end() {
        let value = parse(b"l1:adei7ed1:k1:vee").unwrap();
        let mut walk = Walk::of_list(value).unwrap();
        assert_eq!((walk.more(), walk.enter(), walk.bytes()), (true, false, Some(&b"a"[..])));
        assert_eq!((walk.more(), walk.bytes(), walk.enter(), walk.key()), (true, None, true, None));
        assert_eq!((walk.bytes(), walk.value().map(Value::raw)), (None, Some(&b"i7e"[..])));
        assert!(walk.enter());
        assert_eq!(
            (walk.key(), walk.bytes(), walk.key()),
            (Some(&b"k"[..]), Some(&b"v"[..]), None)
        );
        assert_eq!((walk.more(), walk.bytes(), walk.value().is_none()), (false, None, true));
        assert!(Walk::of_list(parse(b"de").unwrap()).is_none());
        assert!(!Walk::of_list(parse(b"le").unwrap()).unwrap().more());
    }
}
