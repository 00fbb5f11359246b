//! The files that are held open: a bounded number, whatever the torrent has.

use std::fs::File;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Open files by their number. Which one is closed for another is chosen by the clock algorithm:
/// the next one round that was not used since the hand last passed it.
#[derive(Debug)]
pub(super) struct Handles {
    table: Mutex<Table>,
    limit: usize,
}

#[derive(Debug)]
struct Table {
    /// By file: its slot and one more, 0 where it is not open.
    slot_of: Box<[u32]>,
    slots: Vec<Slot>,
    hand: usize,
}

#[derive(Debug)]
struct Slot {
    number: usize,
    file: Arc<File>,
    writable: bool,
    used: bool,
}

impl Handles {
    /// For `count` files, at most `limit` (at least 1) of them open at once.
    pub(super) fn new(count: usize, limit: usize) -> Self {
        let table = Table { slot_of: vec![0; count].into(), slots: Vec::new(), hand: 0 };
        Self { table: Mutex::new(table), limit: limit.clamp(1, 1 << 16) }
    }

    /// A handle to read from; `open` is called where there is none.
    pub(super) fn readable(
        &self,
        number: usize,
        open: impl Fn() -> io::Result<File>,
    ) -> io::Result<Arc<File>> {
        self.get(number, false, open)
    }

    /// A handle to write to, likewise; it takes the place of one that can only be read from.
    pub(super) fn writable(
        &self,
        number: usize,
        open: impl Fn() -> io::Result<File>,
    ) -> io::Result<Arc<File>> {
        self.get(number, true, open)
    }

    fn get(
        &self,
        number: usize,
        writable: bool,
        open: impl Fn() -> io::Result<File>,
    ) -> io::Result<Arc<File>> {
        if let Some(file) = self.lock().find(number, writable) {
            return Ok(file);
        }
        // Opened without the lock, since it may take long; two threads may do it at once.
        let file = match open() {
            Err(error) if too_many(&error) => {
                self.shed();
                open()?
            }
            result => result?,
        };
        let file = Arc::new(file);
        let replaced = self.lock().put(number, &file, writable, self.limit);
        // Closing may take long, too.
        drop(replaced);
        Ok(file)
    }

    /// Closes half of the files: the process has too many open.
    fn shed(&self) {
        let mut table = self.lock();
        let keep = table.slots.len() / 2;
        let closed = table.slots.split_off(keep);
        for slot in &closed {
            if let Some(place) = table.slot_of.get_mut(slot.number) {
                *place = 0;
            }
        }
        table.hand = 0;
        drop(table);
    }

    #[cfg(test)]
    pub(super) fn open(&self) -> usize {
        self.lock().slots.len()
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn slot(&mut self, number: usize) -> Option<&mut Slot> {
        let place = *self.slot_of.get(number)? as usize;
        self.slots.get_mut(place.checked_sub(1)?)
    }

    fn find(&mut self, number: usize, writable: bool) -> Option<Arc<File>> {
        let slot = self.slot(number).filter(|slot| slot.writable || !writable)?;
        slot.used = true;
        Some(Arc::clone(&slot.file))
    }

    /// Puts a handle in, and gives back the one that it displaced.
    fn put(
        &mut self,
        number: usize,
        file: &Arc<File>,
        writable: bool,
        limit: usize,
    ) -> Option<Slot> {
        let new = Slot { number, file: Arc::clone(file), writable, used: true };
        if let Some(slot) = self.slot(number) {
            // Another thread was faster, or it can only be read from.
            return (writable || !slot.writable).then(|| std::mem::replace(slot, new));
        }
        let place = if self.slots.len() < limit { self.slots.len() } else { self.victim() };
        let displaced = match self.slots.get_mut(place) {
            Some(slot) => Some(std::mem::replace(slot, new)),
            None => {
                self.slots.push(new);
                None
            }
        };
        if let Some(left) = displaced.as_ref().and_then(|old| self.slot_of.get_mut(old.number)) {
            *left = 0;
        }
        if let (Some(entry), Ok(place)) = (self.slot_of.get_mut(number), u32::try_from(place + 1)) {
            *entry = place;
        }
        displaced
    }

    /// The slot to give up. Ends, since each step takes a mark away.
    fn victim(&mut self) -> usize {
        loop {
            let place = self.hand;
            self.hand = (self.hand + 1) % self.slots.len().max(1);
            match self.slots.get_mut(place) {
                Some(slot) if slot.used => slot.used = false,
                _ => return place,
            }
        }
    }
}

/// Whether the process or the system has no room for another open file.
fn too_many(error: &io::Error) -> bool {
    #[cfg(unix)]
    {
        use rustix::io::Errno;
        let code = error.raw_os_error();
        code == Some(Errno::MFILE.raw_os_error()) || code == Some(Errno::NFILE.raw_os_error())
    }
    #[cfg(windows)]
    {
        const ERROR_TOO_MANY_OPEN_FILES: i32 = 4;
        error.raw_os_error() == Some(ERROR_TOO_MANY_OPEN_FILES)
    }
}
