//! A value that every request reads and an operator replaces now and then.

use std::ops::Deref;
use std::sync::{Arc, PoisonError, RwLock};

/// Places at which the value can be read.
const PLACES: usize = 64;

/// The value, behind as many locks as keep readers apart: whoever reads takes one of them for the
/// time of a look-up, by bits that differ from request to request, and the writer takes them one
/// after the other, each for the time of a pointer's copy. The old value ends with the writer.
#[derive(Debug)]
pub struct Current<T> {
    places: Box<[Place<T>]>,
}

/// On a cache line of its own, so that two readers do not meet there either.
#[derive(Debug)]
#[repr(align(64))]
struct Place<T>(RwLock<Arc<T>>);

impl<T> Current<T> {
    /// This one.
    pub fn new(value: T) -> Self {
        let value = Arc::new(value);
        Self { places: (0..PLACES).map(|_| Place(RwLock::new(Arc::clone(&value)))).collect() }
    }

    /// The value for the time of one look-up. `spread` is any byte that is not the same for all.
    pub fn read(&self, spread: u8) -> impl Deref<Target = Arc<T>> {
        let place = usize::from(spread) % PLACES;
        self.places[place].0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The value, to be kept.
    pub fn get(&self) -> Arc<T> {
        Arc::clone(&self.read(0))
    }

    /// Replaces it. Readers see the old one or the new one, whole.
    pub fn replace(&self, value: T) {
        let value = Arc::new(value);
        let mut old = None;
        for place in &self.places {
            let new = Arc::clone(&value);
            let mut held = place.0.write().unwrap_or_else(PoisonError::into_inner);
            old = Some(std::mem::replace(&mut *held, new));
        }
        // The last of the old: it is freed here, with no lock held.
        drop(old);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_reads_the_new_one_and_the_old_one_is_freed() {
        let current = Current::new(1);
        let old = current.get();
        current.replace(2);
        assert!((0..=255).all(|spread| **current.read(spread) == 2));
        assert_eq!((*old, Arc::strong_count(&old)), (1, 1));
    }
}
