//! What the query string of the index page asks for. Nothing in it is an error: what makes no sense
//! is as if it were not there.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

use crate::torrent::InfoHash;
use memchr::memmem::Finder;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode, utf8_percent_encode};
use std::fmt::Write;

/// Characters of a search that are looked at.
const SEARCH_MOST: usize = 200;
/// Words of it.
const WORDS_MOST: usize = 8;

/// What a page is sorted by.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Column {
    /// The torrent's name, and the info-hash where it has none.
    #[default]
    Name,
    /// Bytes of the data.
    Size,
    /// Peers that have it all.
    Seeders,
    /// Peers that do not.
    Leechers,
    /// Downloads that were completed.
    Completed,
}

impl Column {
    /// In the order in which a page shows them.
    pub const ALL: [Self; 5] =
        [Self::Name, Self::Size, Self::Seeders, Self::Leechers, Self::Completed];

    /// As a query string names it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Size => "size",
            Self::Seeders => "seeders",
            Self::Leechers => "leechers",
            Self::Completed => "completed",
        }
    }
}

/// A column and a direction.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Sort {
    /// By what.
    pub column: Column,
    /// The largest first.
    pub down: bool,
}

impl Sort {
    /// What a click on a column asks for: numbers begin with the largest, and a second click turns
    /// them round.
    pub fn clicked(self, column: Column) -> Self {
        let down = match self.column == column {
            true => !self.down,
            false => column != Column::Name,
        };
        Self { column, down }
    }

    fn read(text: &str) -> Option<Self> {
        let (name, down) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
        let column = Column::ALL.into_iter().find(|column| column.key() == name)?;
        Some(Self { column, down })
    }
}

/// What a page shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Query {
    /// What was searched for; empty: everything.
    pub search: String,
    /// In which order.
    pub sort: Sort,
    /// From 1 on.
    pub page: usize,
}

impl Default for Query {
    fn default() -> Self {
        Self { search: String::new(), sort: Sort::default(), page: 1 }
    }
}

impl Query {
    /// Reads a query string.
    pub fn read(query: &[u8]) -> Self {
        let mut read = Self::default();
        for pair in query.split(|&byte| byte == b'&') {
            let at = pair.iter().position(|&byte| byte == b'=').unwrap_or(pair.len());
            let (key, value) = pair.split_at_checked(at).unwrap_or_default();
            let value: Vec<u8> = value.iter().skip(1).copied().map(blank).collect();
            let text = percent_decode(&value).decode_utf8_lossy();
            match key {
                b"q" => read.search = text.trim().chars().take(SEARCH_MOST).collect(),
                b"sort" => read.sort = Sort::read(&text).unwrap_or_default(),
                b"page" => read.page = text.parse().unwrap_or(1).max(1),
                _ => {}
            }
        }
        read
    }

    /// The query string for another page or order of the same search, with its question mark.
    pub fn link(&self, sort: Sort, page: usize) -> String {
        let mut link = String::from("?");
        // Writing to memory cannot fail.
        if !self.search.is_empty() {
            let _ = write!(link, "q={}&", utf8_percent_encode(&self.search, NON_ALPHANUMERIC));
        }
        let _ = write!(link, "sort={}{}", if sort.down { "-" } else { "" }, sort.column.key());
        if page > 1 {
            let _ = write!(link, "&page={page}");
        }
        link
    }

    /// The words of the search.
    pub fn terms(&self) -> Terms {
        let search = self.search.to_lowercase();
        let words = search.split_whitespace().take(WORDS_MOST);
        Terms {
            hash: Prefix::read(&search),
            words: words.map(|word| Finder::new(word).into_owned()).collect(),
        }
    }
}

fn blank(byte: u8) -> u8 {
    if byte == b'+' { b' ' } else { byte }
}

/// The words of a search, ready to be looked for.
#[derive(Debug)]
pub struct Terms {
    words: Vec<Finder<'static>>,
    hash: Option<Prefix>,
}

impl Terms {
    /// Whether nothing is searched for.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether a torrent is searched for: each word is in its name, given in lower case, or what
    /// was typed is the beginning of its info-hash.
    pub fn matches(&self, hash: InfoHash, name: Option<&str>) -> bool {
        self.hash.as_ref().is_some_and(|prefix| prefix.begins(hash))
            || name.is_some_and(|name| {
                self.words.iter().all(|word| word.find(name.as_bytes()).is_some())
            })
    }
}

/// The beginning of an info-hash.
#[derive(Debug)]
struct Prefix {
    bytes: [u8; 20],
    digits: usize,
}

impl Prefix {
    fn read(text: &str) -> Option<Self> {
        let digits = text.len();
        if digits == 0 || digits > 40 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let InfoHash(bytes) = format!("{text:0<40}").parse().ok()?;
        Some(Self { bytes, digits })
    }

    fn begins(&self, InfoHash(hash): InfoHash) -> bool {
        let whole = self.digits / 2;
        let half = |bytes: &[u8; 20]| bytes.get(whole).map(|byte| byte >> 4);
        self.bytes.get(..whole) == hash.get(..whole)
            && (self.digits.is_multiple_of(2) || half(&self.bytes) == half(&hash))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_makes_no_sense_is_not_there() {
        for none in ["", "&&", "q", "q=", "q=+%20", "sort=up", "page=0", "page=-1", "page=x", "x=1"]
        {
            assert_eq!(Query::read(none.as_bytes()), Query::default(), "{none}");
        }
        let asked = Query::read(b"page=7&sort=-seeders&q=a+b%2Bc%ff");
        let sort = Sort { column: Column::Seeders, down: true };
        assert_eq!(asked, Query { search: "a b+c\u{fffd}".into(), sort, page: 7 });
        assert_eq!(Query::read(format!("q={}", "ä".repeat(999)).as_bytes()).search.len(), 400);
    }

    #[test]
    fn a_second_click_turns_the_order_round() {
        let by_name = Sort::default();
        let down = by_name.clicked(Column::Size);
        assert_eq!(down, Sort { column: Column::Size, down: true });
        assert_eq!(down.clicked(Column::Size), Sort { column: Column::Size, down: false });
        assert!(by_name.clicked(Column::Name).down);
    }

    #[test]
    fn all_words_or_the_beginning_of_the_hash_are_found() {
        let found = |search: &str, name| {
            let query = Query { search: search.into(), ..Query::default() };
            query.terms().matches(InfoHash([0xab; 20]), name)
        };
        assert!(found("LINUX deb", Some("debian linux")));
        assert!(!found("linux arch", Some("debian linux")));
        assert!(!found("linux", None));
        for prefix in ["a", "AB", "aba", "abab"] {
            assert!(found(prefix, None), "{prefix}");
        }
        assert!(found(&"ab".repeat(20), None));
        for other in ["b", "ac", "abb", &"ab".repeat(21), "ab ab"] {
            assert!(!found(other, None), "{other}");
        }
    }

    proptest! {
        #[test]
        fn a_link_leads_to_what_it_says(search in any::<String>(), down: bool, page in 1usize..999) {
            let search: String = search.trim().chars().take(SEARCH_MOST).collect();
            let query = Query { search: search.trim().into(), ..Query::default() };
            for column in Column::ALL {
                let sort = Sort { column, down };
                let link = query.link(sort, page);
                let read = Query::read(link[1..].as_bytes());
                prop_assert_eq!(read, Query { sort, page, ..query.clone() });
            }
        }

        #[test]
        fn any_query_is_read(query: Vec<u8>) {
            let read = Query::read(&query);
            prop_assert!(read.page > 0 && read.search.chars().count() <= SEARCH_MOST);
        }
    }
}
