//! What became of the packets that came, counted: a flood costs a number, not a line in a log.

use super::Family;
use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Packets of one address family.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
        pub struct Tally {
            $($(#[$doc])* pub $name: u64,)*
        }

        #[derive(Debug, Default)]
        struct Shared {
            $($name: AtomicU64,)*
        }

        impl Shared {
            fn add(&self, tally: &Tally) {
                $(if tally.$name != 0 {
                    self.$name.fetch_add(tally.$name, Ordering::Relaxed);
                })*
            }

            fn read(&self) -> Tally {
                Tally { $($name: self.$name.load(Ordering::Relaxed),)* }
            }
        }
    };
}

counters! {
    /// Connects, all of them answered.
    connects,
    /// Announces that were answered.
    announces,
    /// Scrapes that were answered.
    scrapes,
    /// Requests that were refused in words.
    refused,
    /// Requests over a limit, dropped without a word.
    dropped,
    /// Packets under an id that was not given to this address, or too long ago.
    strangers,
    /// Packets that made no sense.
    malformed,
    /// Answers that the system did not take.
    unsent,
    /// Times that the system could not receive.
    troubles,
}

/// The packets that all workers have seen.
#[derive(Debug, Default)]
pub struct Totals {
    v4: Shared,
    v6: Shared,
}

impl Totals {
    /// Adds what one worker saw; once for many packets, since all workers write here.
    pub fn add(&self, family: Family, tally: &Tally) {
        self.of(family).add(tally);
    }

    /// So far.
    pub fn read(&self, family: Family) -> Tally {
        self.of(family).read()
    }

    fn of(&self, family: Family) -> &Shared {
        match family {
            Family::V4 => &self.v4,
            Family::V6 => &self.v6,
        }
    }
}
