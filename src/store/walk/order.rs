//! The order of the files in metainfo of version 1. Version 2 knows only that of the names.

use super::Found;
use std::cmp::{Ordering, Reverse};

/// By what the files are sorted. What is equal stays in the order of the names.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Order {
    /// The bytes of the names, folder by folder: a folder sorts by its own name, whatever it holds.
    #[default]
    Name,
    /// As names, but numbers in them by their value: `a2` before `a10`.
    Natural,
    /// The shortest file first.
    Smallest,
    /// The longest file first.
    Largest,
    /// What was written last comes last.
    Oldest,
    /// What was written last comes first.
    Newest,
}

impl Order {
    /// Sorts files that are in the order of their names.
    pub(super) fn sort(self, files: &mut [Found]) {
        match self {
            Self::Name => {}
            Self::Natural => files.sort_by(natural),
            Self::Smallest => files.sort_by_key(|file| file.length),
            Self::Largest => files.sort_by_key(|file| Reverse(file.length)),
            Self::Oldest => files.sort_by_key(|file| file.modified),
            Self::Newest => files.sort_by_key(|file| Reverse(file.modified)),
        }
    }
}

/// The order of the names' bytes, component by component.
pub(super) fn by_name(a: &Found, b: &Found) -> Ordering {
    a.components().cmp(b.components())
}

fn natural(a: &Found, b: &Found) -> Ordering {
    let (mut a, mut b) = (a.components(), b.components());
    loop {
        return match (a.next(), b.next()) {
            (Some(one), Some(other)) => match natural_name(one, other) {
                Ordering::Equal => continue,
                order => order,
            },
            (one, other) => one.is_some().cmp(&other.is_some()),
        };
    }
}

/// Digits by their value, all else by its bytes; names that differ only in leading zeros by those.
fn natural_name(one: &[u8], other: &[u8]) -> Ordering {
    let (mut a, mut b) = (one, other);
    loop {
        let (x, y) = match (a.first(), b.first()) {
            (Some(x), Some(y)) => (x, y),
            (x, y) => return x.cmp(&y).then_with(|| one.cmp(other)),
        };
        let order = if x.is_ascii_digit() && y.is_ascii_digit() {
            let ((x, rest_a), (y, rest_b)) = (number(a), number(b));
            (a, b) = (rest_a, rest_b);
            x.len().cmp(&y.len()).then_with(|| x.cmp(y))
        } else {
            let order = x.cmp(y);
            (a, b) = (a.get(1..).unwrap_or_default(), b.get(1..).unwrap_or_default());
            order
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// The digits that the bytes begin with, without leading zeros, and what follows them.
fn number(bytes: &[u8]) -> (&[u8], &[u8]) {
    let zeros = bytes.iter().take_while(|byte| **byte == b'0').count();
    let bytes = bytes.get(zeros..).unwrap_or_default();
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    bytes.split_at_checked(digits).unwrap_or((bytes, &[]))
}
