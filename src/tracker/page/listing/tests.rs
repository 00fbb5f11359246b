use super::*;
use crate::tracker::catalog::tests::entry;
use proptest::prelude::*;

fn counts(complete: u32, incomplete: u32, downloaded: u32) -> Counts {
    Counts { complete, incomplete, partial: 0, downloaded }
}

fn listing(entries: Vec<Arc<Entry>>, swarms: &[(InfoHash, Counts)], most: usize) -> Listing {
    let catalog = Catalog::new(entries, 0);
    let mut gathering = Gathering::new(&catalog, most);
    swarms.chunks(2).for_each(|shard| gathering.add(shard));
    gathering.finish(|_| true)
}

fn hashes(listing: &Listing, query: &str) -> Vec<u8> {
    let found = listing.find(&Query::read(query.as_bytes()));
    found.rows.iter().map(|row| row.hash.0[0]).collect()
}

fn some() -> Listing {
    let entries = vec![
        entry("2.torrent", "beta", 2, 0),
        entry("1.torrent", "Alpha", 1, 0),
        entry("again.torrent", "Alpha again", 1, 0),
        entry("4.torrent", "gamma", 4, 0),
    ];
    let swarms = [(1, counts(1, 9, 5)), (2, counts(3, 0, 7)), (3, counts(2, 1, 6))];
    listing(entries, &swarms.map(|(byte, counts)| (InfoHash([byte; 20]), counts)), 10)
}

#[test]
fn each_column_sorts_both_ways_and_the_nameless_come_last() {
    let listing = some();
    for (query, order) in [
        ("", [1, 2, 4, 3]),
        ("sort=-name", [4, 2, 1, 3]),
        ("sort=size", [1, 2, 4, 3]),
        ("sort=-size", [4, 2, 1, 3]),
        ("sort=-seeders", [2, 3, 1, 4]),
        ("sort=leechers", [2, 4, 3, 1]),
        ("sort=-completed", [2, 3, 1, 4]),
    ] {
        assert_eq!(hashes(&listing, query), order, "{query}");
    }
}

#[test]
fn totals_count_swarms_and_torrents_without_peers_are_listed_once() {
    let listing = some();
    let all = Totals { torrents: 3, seeders: 6, leechers: 10, completed: 18 };
    assert_eq!((listing.totals(), listing.left_out(), listing.len()), (all, 0, 4));
}

#[test]
fn a_search_finds_names_and_hashes_and_what_is_not_served_is_not_there() {
    let listing = some();
    assert_eq!(hashes(&listing, "q=ALPHA"), [1]);
    assert_eq!(hashes(&listing, "q=a&sort=-name"), [4, 2, 1]);
    assert_eq!(hashes(&listing, "q=0303"), [3]);
    let nothing = listing.find(&Query::read(b"q=nothing&page=9"));
    assert_eq!((nothing.all, nothing.page, nothing.pages), (0, 1, 1));
    let catalog = Catalog::new(vec![entry("a.torrent", "a", 1, 0)], 0);
    assert!(Gathering::new(&catalog, 9).finish(|_| false).is_empty());
}

#[test]
fn where_there_are_too_many_the_named_and_the_largest_stay() {
    let swarms: Vec<_> = (0..100).map(|n| (InfoHash([n; 20]), counts(n.into(), 0, 0))).collect();
    let listing = listing(vec![entry("a.torrent", "a", 0, 0)], &swarms, 10);
    assert_eq!((listing.len(), listing.left_out(), listing.totals().torrents), (11, 89, 100));
    assert_eq!(hashes(&listing, "sort=-seeders"), [99, 98, 97, 96, 95, 94, 93, 92, 91, 90, 0]);
}

proptest! {
    #[test]
    fn the_pages_together_are_all_rows_in_order(
        numbers in prop::collection::vec(0u32..50, 0..350), down: bool, column in 0usize..5,
    ) {
        let swarms: Vec<_> = numbers.iter().zip(0u32..).map(|(&n, at)| {
            let mut hash = [0; 20];
            hash[..4].copy_from_slice(&at.to_be_bytes());
            (InfoHash(hash), counts(n, n, n))
        }).collect();
        let listing = listing(Vec::new(), &swarms, 1000);
        let sort = Sort { column: Column::ALL[column], down };
        let mut rows = Vec::new();
        let mut page = 1;
        loop {
            let found = listing.find(&Query { sort, page, ..Query::default() });
            prop_assert_eq!(found.all, numbers.len());
            prop_assert_eq!((found.page, found.pages), (page, numbers.len().div_ceil(PAGE).max(1)));
            rows.extend(found.rows);
            if page == found.pages { break }
            page += 1;
        }
        prop_assert_eq!(rows.len(), numbers.len());
        if column >= 2 {
            let sorted = |a: &Row, b: &Row| if down { a.counts.complete >= b.counts.complete } else { a.counts.complete <= b.counts.complete };
            prop_assert!(rows.windows(2).all(|two| sorted(two[0], two[1])));
        }
    }
}
