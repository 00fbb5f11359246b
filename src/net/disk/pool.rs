//! Buffers for reads, used again when the last slice of them was sent.

use crate::store::Aligned;
use std::sync::{Arc, Mutex, PoisonError};

/// The smallest buffers, in bytes; each class is twice the one before.
const SMALLEST: usize = 16 * 1024;

/// Classes: 16, 32, 64, 128 and 256 KiB.
const CLASSES: usize = 5;

/// Free buffers that a class keeps. All of them together: under 4 MiB.
const KEPT: usize = 8;

/// Free buffers by size. A buffer that a slow peer still holds is its own memory, not the pool's;
/// sizes in classes keep a single block from pinning the room of a whole run.
#[derive(Default)]
pub(super) struct Pool {
    classes: [Mutex<Vec<Aligned>>; CLASSES],
}

impl Pool {
    /// A buffer of at least `length` bytes; what they are is not specified.
    pub(super) fn take(self: &Arc<Self>, length: usize) -> Buffer {
        let class = length.div_ceil(SMALLEST).next_power_of_two().trailing_zeros() as usize;
        let free = self.classes.get(class).and_then(|free| lock(free).pop());
        let size = if class < CLASSES { SMALLEST << class } else { length };
        let bytes = free.unwrap_or_else(|| Aligned::zeroed(size));
        Buffer { bytes, home: Arc::clone(self) }
    }

    fn give_back(&self, bytes: Aligned) {
        // Only sizes that `take` made are in a class; any other is freed.
        let class = (0..CLASSES).find(|class| SMALLEST << class == bytes.len());
        if let Some(free) = class.and_then(|class| self.classes.get(class)) {
            let mut free = lock(free);
            if free.len() < KEPT {
                free.push(bytes);
            }
        }
    }
}

fn lock(free: &Mutex<Vec<Aligned>>) -> std::sync::MutexGuard<'_, Vec<Aligned>> {
    free.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A buffer that goes back to its pool when it is dropped.
pub(super) struct Buffer {
    pub(super) bytes: Aligned,
    home: Arc<Pool>,
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        self.home.give_back(std::mem::take(&mut self.bytes));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_fit_and_buffers_come_back() {
        let pool = Arc::new(Pool::default());
        for (asked, got) in [
            (0, SMALLEST),
            (1, SMALLEST),
            (SMALLEST, SMALLEST),
            (SMALLEST + 1, 2 * SMALLEST),
            (256 * 1024, 256 * 1024),
            (256 * 1024 + 1, 256 * 1024 + 1),
        ] {
            assert_eq!(pool.take(asked).bytes.len(), got, "{asked}");
        }
        let first = pool.take(100_000);
        let address = first.bytes.as_ptr();
        drop(first);
        assert_eq!(pool.take(70_000).bytes.as_ptr(), address, "the buffer is used again");
        let many: Vec<_> = (0..KEPT + 3).map(|_| pool.take(1)).collect();
        drop(many);
        assert_eq!(lock(&pool.classes[0]).len(), KEPT, "the pool is bounded");
    }
}
