//! All swarms at one time, to be listed: gathered shard by shard, sorted by a column when it is first
//! asked for, searched in the order of that column.
//!
//! Bounded: where there are more swarms than are listed, those whose torrents have names stay, and
//! then the largest.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

use super::query::{Column, Query, Sort};
use crate::torrent::InfoHash;
use crate::tracker::catalog::{Catalog, Entry};
use crate::tracker::http::Counts;
use hashbrown::HashSet;
use std::cmp::{Ordering, Reverse};
use std::sync::{Arc, OnceLock};

/// Swarms that are listed at most; some 60 bytes each, and 4 more for each order asked for.
pub const LISTED_MOST: usize = 250_000;

/// Rows of a page.
pub const PAGE: usize = 100;

/// A swarm.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// Its torrent.
    pub hash: InfoHash,
    /// How many there are in it.
    pub counts: Counts,
    /// The torrent's file, where there is one.
    pub entry: Option<Arc<Entry>>,
}

impl Row {
    /// What it is sorted by and searched for.
    fn name(&self) -> Option<&str> {
        self.entry.as_ref().map(|entry| &*entry.key)
    }

    fn peers(&self) -> u64 {
        u64::from(self.counts.complete).saturating_add(self.counts.incomplete.into())
    }
}

/// All swarms added up.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Totals {
    /// Swarms.
    pub torrents: u64,
    /// Peers that have all of their torrent.
    pub seeders: u64,
    /// Peers that do not.
    pub leechers: u64,
    /// Downloads that were completed, of the swarms that are known now.
    pub completed: u64,
}

impl Totals {
    /// Adds swarms.
    pub fn add<'a>(&mut self, swarms: impl IntoIterator<Item = &'a (InfoHash, Counts)>) {
        for (_, counts) in swarms {
            self.torrents = self.torrents.saturating_add(1);
            self.seeders = self.seeders.saturating_add(counts.complete.into());
            self.leechers = self.leechers.saturating_add(counts.incomplete.into());
            self.completed = self.completed.saturating_add(counts.downloaded.into());
        }
    }
}

/// Swarms, as they are gathered.
#[derive(Debug)]
pub struct Gathering<'a> {
    catalog: &'a Catalog,
    named: Vec<Row>,
    others: Vec<Row>,
    most: usize,
    dropped: u64,
    totals: Totals,
}

impl<'a> Gathering<'a> {
    /// None yet; up to `most` swarms, and those of the catalog, are listed.
    pub fn new(catalog: &'a Catalog, most: usize) -> Self {
        let (named, others) = (Vec::new(), Vec::new());
        Self { catalog, named, others, most, dropped: 0, totals: Totals::default() }
    }

    /// Adds swarms, no torrent twice.
    pub fn add(&mut self, swarms: &[(InfoHash, Counts)]) {
        self.totals.add(swarms);
        for &(hash, counts) in swarms {
            let entry = self.catalog.torrent(hash).cloned();
            let place = if entry.is_some() { &mut self.named } else { &mut self.others };
            place.push(Row { hash, counts, entry });
        }
        if self.others.len() > self.most.saturating_mul(2) {
            self.cut();
        }
    }

    /// Leaves the largest of those without a name.
    fn cut(&mut self) {
        let over = self.others.len().saturating_sub(self.most);
        if over > 0 {
            self.dropped = self.dropped.saturating_add(u64::try_from(over).unwrap_or(u64::MAX));
            self.others.select_nth_unstable_by_key(self.most, |row| Reverse(row.peers()));
            self.others.truncate(self.most);
        }
    }

    /// The listing, with the torrents of the catalog that nobody has announced. What `serves` denies
    /// is left out of it.
    pub fn finish(mut self, serves: impl Fn(InfoHash) -> bool) -> Listing {
        let seen: HashSet<InfoHash> = self.named.iter().map(|row| row.hash).collect();
        for entry in self.catalog.entries() {
            let first = entry.hashes().next();
            let silent = first.filter(|_| !entry.hashes().any(|hash| seen.contains(&hash)));
            // A second file of the same torrent is not a second torrent.
            let own = |hash: &InfoHash| {
                self.catalog.torrent(*hash).is_some_and(|other| Arc::ptr_eq(other, entry))
            };
            if let Some(hash) = silent.filter(own) {
                let entry = Some(Arc::clone(entry));
                self.named.push(Row { hash, counts: Counts::default(), entry });
            }
        }
        self.cut();
        let mut rows = self.named;
        rows.append(&mut self.others);
        rows.retain(|row| serves(row.hash));
        rows.shrink_to_fit();
        Listing { left_out: self.dropped, totals: self.totals, orders: Default::default(), rows }
    }
}

/// All swarms at one time.
#[derive(Debug)]
pub struct Listing {
    rows: Vec<Row>,
    totals: Totals,
    left_out: u64,
    orders: [OnceLock<Order>; Column::ALL.len()],
}

/// Row numbers, smallest first; those that the column says nothing of come last either way.
#[derive(Debug)]
struct Order {
    rows: Box<[u32]>,
    /// How many the column says something of.
    said: usize,
}

/// The rows of one page.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found<'a> {
    /// In the order asked for.
    pub rows: Vec<&'a Row>,
    /// How many there are on all pages.
    pub all: usize,
    /// The number of this page, from 1 on: the last one where there are fewer than was asked for.
    pub page: usize,
    /// How many pages there are; 1 where nothing was found.
    pub pages: usize,
}

impl Listing {
    /// All swarms added up, those too that are not listed.
    pub fn totals(&self) -> Totals {
        self.totals
    }

    /// How many swarms are not listed.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// How many are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The page that is asked for. The first call for a column sorts by it.
    pub fn find(&self, query: &Query) -> Found<'_> {
        let order = self.order(query.sort.column);
        let terms = query.terms();
        let matches = |row: &&Row| terms.matches(row.hash, row.name());
        let all = match terms.is_empty() {
            true => self.rows.len(),
            false => self.rows.iter().filter(matches).count(),
        };
        let pages = all.div_ceil(PAGE).max(1);
        let page = query.page.clamp(1, pages);
        let skipped = page.saturating_sub(1).saturating_mul(PAGE);
        let rows = self.sorted(order, query.sort).filter(|row| terms.is_empty() || matches(row));
        Found { rows: rows.skip(skipped).take(PAGE).collect(), all, page, pages }
    }

    fn sorted<'a>(&'a self, order: &'a Order, sort: Sort) -> impl Iterator<Item = &'a Row> {
        let (said, unsaid) = order.rows.split_at_checked(order.said).unwrap_or_default();
        let (up, down) = match sort.down {
            false => (said, &[][..]),
            true => (&[][..], said),
        };
        let numbers = up.iter().chain(down.iter().rev()).chain(unsaid);
        numbers.filter_map(|&number| self.rows.get(number as usize))
    }

    fn order(&self, column: Column) -> &Order {
        let [name, size, seeders, leechers, completed] = &self.orders;
        let order = match column {
            Column::Name => name,
            Column::Size => size,
            Column::Seeders => seeders,
            Column::Leechers => leechers,
            Column::Completed => completed,
        };
        order.get_or_init(|| Order::of(&self.rows, column))
    }
}

impl Order {
    fn of(rows: &[Row], column: Column) -> Self {
        let named = |row: &Row| row.entry.is_some();
        let of_entry = matches!(column, Column::Name | Column::Size);
        let mut keyed: Vec<(&Row, u32)> = rows.iter().zip(0..).collect();
        let number = |row: &Row| match column {
            Column::Name => 0,
            Column::Size => row.entry.as_ref().map_or(0, |entry| entry.size),
            Column::Seeders => row.counts.complete.into(),
            Column::Leechers => row.counts.incomplete.into(),
            Column::Completed => row.counts.downloaded.into(),
        };
        keyed.sort_unstable_by(|&(a, _), &(b, _)| {
            let unsaid = (of_entry && !named(a)).cmp(&(of_entry && !named(b)));
            let name = || match column {
                Column::Name => a.name().cmp(&b.name()),
                _ => Ordering::Equal,
            };
            let hash = || a.hash.cmp(&b.hash);
            unsaid.then_with(|| number(a).cmp(&number(b))).then_with(name).then_with(hash)
        });
        let said = if of_entry { rows.iter().filter(|row| named(row)).count() } else { rows.len() };
        Self { rows: keyed.into_iter().map(|(_, number)| number).collect(), said }
    }
}

#[cfg(test)]
mod tests;
