use super::listing::{Gathering, LISTED_MOST, Listing};
use super::query::Query;
use super::*;
use crate::torrent::InfoHash;
use crate::tracker::catalog::{Catalog, tests::entry};
use crate::tracker::http::Counts;
use proptest::prelude::*;

const ALL: Offers = Offers { index: true, stats: true, feed: true };

fn listing(names: &[&str]) -> Listing {
    let entries = names.iter().zip(1..).map(|(name, n)| entry(&format!("{n}.torrent"), name, n, 0));
    let catalog = Catalog::new(entries.collect(), 0);
    let mut gathering = Gathering::new(&catalog, LISTED_MOST);
    gathering.add(&[(
        InfoHash([1; 20]),
        Counts { complete: 1, incomplete: 2, partial: 0, downloaded: 1234 },
    )]);
    gathering.finish(|_| true)
}

fn page(listing: &Listing, query: &str, announce: Option<&str>) -> String {
    let query = &Query::read(query.as_bytes());
    let announce = &*Vec::from_iter(announce.map(str::to_owned));
    index(&Index { listing, query, announce, offers: ALL })
}

#[test]
fn the_style_is_the_one_that_the_policy_names() {
    let page = page(&listing(&[]), "", None);
    let style = page.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
    assert!(policy().contains(&base64(&Sha256::digest(style))));
}

#[test]
fn a_row_says_what_there_is_and_where_to_get_it() {
    let page = page(&listing(&["Deb & Ian"]), "", Some("http://t:1/announce"));
    for part in [
        "1 torrent, 1 seeder, 2 leechers<br>Announce URL: <code>http://t:1/announce</code></p>",
        "<bdi>Deb &amp; Ian</bdi>",
        &format!("<code>{}</code> (1/3)", "01".repeat(20)),
        "data-label=\"Size\">1.0 MiB<",
        "data-label=\"Seeders\">1<",
        "data-label=\"Leechers\">2<",
        "data-label=\"Completed\">1,234<",
        "href=\"torrents/1.torrent\"",
        "&amp;dn=Deb%20%26%20Ian&amp;xl=1048576&amp;tr=http%3A%2F%2Ft%3A1%2Fannounce\"",
        "rel=\"alternate\" type=\"application/rss+xml\"",
        "aria-sort=\"ascending\"",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
}

#[test]
fn an_index_of_nothing_and_a_search_without_a_find_say_so() {
    let catalog = Catalog::default();
    let empty = Gathering::new(&catalog, 1).finish(|_| true);
    assert!(page(&empty, "", None).contains("No torrents yet"));
    let found = page(&listing(&["a"]), "q=<b>&sort=-size", None);
    assert!(found.contains("<bdi>&lt;b&gt;</bdi>"), "{found}");
    assert!(found.contains("name=\"sort\" value=\"-size\""), "{found}");
}

#[test]
fn numbers_are_for_people() {
    assert_eq!([0, 999, 1000, 1234567].map(number), ["0", "999", "1,000", "1,234,567"]);
    assert_eq!([0, 1023, 1024, 1 << 40].map(size), ["0 B", "1023 B", "1.0 KiB", "1.0 TiB"]);
    assert_eq!(
        [5, 61, 3_660, 90_000].map(|s| time(Duration::from_secs(s))),
        ["5 s", "1 min 1 s", "1 h 1 min", "1 d 1 h"]
    );
    assert_eq!(size(u64::MAX), "16.0 EiB");
}

#[test]
fn the_statistics_say_what_was_refused() {
    let page = stats(&crate::tracker::stats::tests::figures(), ALL);
    for part in
        ["<dd>1,235</dd>", "Torrent not served here</th><td class=\"n\">6<", "up for 1 d 1 h"]
    {
        assert!(page.contains(part), "{part}\n{page}");
    }
}

/// The tags and what stands between them, attributes left out.
fn tags(page: &str) -> Vec<&str> {
    let names = page.split('<').skip(1).map(|tag| tag.split([' ', '>']).next().unwrap());
    names.collect()
}

proptest! {
    #[test]
    fn no_name_no_host_and_no_search_makes_markup(name: String, search in ".{1,9}", host: String) {
        let write = |names: &[&str], search: &str, announce: &str| {
            let query = Query { search: search.into(), ..Query::default() };
            let listing = listing(names);
            let announce = &[announce.to_owned()];
            index(&Index { listing: &listing, query: &query, announce, offers: ALL })
        };
        let plain = write(&["plain"], "", "plain");
        let odd = write(&[&name], "", &host);
        prop_assert_eq!(tags(&odd), tags(&plain));
        // Nothing is called so.
        let (plain, odd) = (write(&[], "no such", "t"), write(&[], &format!("/{search}"), "t"));
        prop_assert_eq!(tags(&odd), tags(&plain));
    }

    #[test]
    fn markup_in_a_name_stays_a_name(head in "[<>\"'&=a-z/ ]{0,30}") {
        let page = page(&listing(&[&format!("{head}<script>\"' onx=")]), "", None);
        prop_assert!(!page.contains("<script"));
        prop_assert!(!page.contains("\"' onx="));
        prop_assert!(page.contains("&lt;script&gt;&quot;' onx=</bdi>"));
    }
}
