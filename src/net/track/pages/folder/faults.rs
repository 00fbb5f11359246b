//! The files of a folder that are not served, in one line however many they are.

use std::fmt;
use std::path::PathBuf;

/// Kinds of faults that are named.
const NAMED: usize = 8;

/// Files that are not served.
#[derive(Default)]
pub(super) struct Faults {
    /// Why not, the first file of each kind, and how many more there are of it.
    kinds: Vec<(String, PathBuf, usize)>,
    /// Files of other kinds.
    others: usize,
}

impl Faults {
    /// One more.
    pub(super) fn add(&mut self, file: PathBuf, why: String) {
        if let Some((_, _, more)) = self.kinds.iter_mut().find(|(known, ..)| *known == why) {
            *more += 1;
        } else if self.kinds.len() < NAMED {
            self.kinds.push((why, file, 0));
        } else {
            self.others += 1;
        }
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (why, file, more)) in self.kinds.iter().enumerate() {
            let between = if at > 0 { "; " } else { "" };
            write!(f, "{between}{}: {why}", file.display())?;
            match more {
                0 => {}
                1 => f.write_str(" (and 1 more file)")?,
                more => write!(f, " (and {more} more files)")?,
            }
        }
        match self.others {
            0 => Ok(()),
            1 => f.write_str("; and 1 more file"),
            others => write!(f, "; and {others} more files"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_named_once_and_the_others_are_counted() {
        let mut faults = Faults::default();
        assert!(faults.is_empty());
        for (file, why) in [("a", "odd"), ("b", "long"), ("c", "odd"), ("d", "odd")] {
            faults.add(file.into(), why.into());
        }
        assert_eq!(faults.to_string(), "a: odd (and 2 more files); b: long");
        for why in 0..NAMED {
            faults.add("e".into(), why.to_string());
        }
        assert!(faults.to_string().ends_with("; e: 5; and 2 more files"), "{faults}");
    }
}
