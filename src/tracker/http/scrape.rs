//! The URL of a scrape, which is made from that of the announces (BEP 48).

use super::request::ESCAPED;
use crate::torrent::InfoHash;
use percent_encoding::percent_encode;
use std::fmt::Write;

/// The URL that asks a tracker for the counts of these torrents; `None` where the last segment of
/// the path does not begin with `announce`: such a tracker cannot be scraped. A query of the URL's
/// own is kept, a fragment is cut off.
pub fn scrape_url(url: &str, hashes: &[InfoHash]) -> Option<String> {
    let url = url.split('#').next().unwrap_or_default();
    let (path, query) =
        url.split_once('?').map_or((url, None), |(path, query)| (path, Some(query)));
    let (_, after_scheme) = path.split_once("://")?;
    let (_, last) = after_scheme.rsplit_once('/')?;
    let tail = last.strip_prefix("announce")?;
    let folder = path.strip_suffix(last)?;
    let mut out = format!("{folder}scrape{tail}");
    let mut mark = '?';
    if let Some(query) = query.filter(|query| !query.is_empty()) {
        let _ = write!(out, "?{query}");
        mark = '&';
    }
    for hash in hashes {
        // Writing to a string cannot fail.
        let _ = write!(out, "{mark}info_hash={}", percent_encode(&hash.0, ESCAPED));
        mark = '&';
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tracker::http::parse_scrape;
    use proptest::prelude::*;

    #[test]
    fn the_rule_of_bep_48() {
        for (url, scrape) in [
            ("http://t/announce", Some("http://t/scrape")),
            ("http://t/x/announce", Some("http://t/x/scrape")),
            ("http://t/announce.php", Some("http://t/scrape.php")),
            ("http://t/announce?x2%0644", Some("http://t/scrape?x2%0644")),
            ("http://t/KEY/announce?a=2/4#f", Some("http://t/KEY/scrape?a=2/4")),
            ("http://t/announce/announce", Some("http://t/announce/scrape")),
            ("http://t/announce?", Some("http://t/scrape")),
            ("http://t/a", None),
            ("http://t/announce/KEY", None),
            ("http://t/x%064announce", None),
            ("http://announce", None),
            ("http://t?a=/announce", None),
            ("announce", None),
            ("", None),
        ] {
            assert_eq!(scrape_url(url, &[]).as_deref(), scrape, "{url}");
        }
        let two = [InfoHash([b'a'; 20]), InfoHash([0xff; 20])];
        let url = scrape_url("http://t/announce?k=v", &two).unwrap();
        let (start, rest) = url.split_once("&info_hash=").unwrap();
        assert_eq!((start, &rest[..20]), ("http://t/scrape?k=v", "aaaaaaaaaaaaaaaaaaaa"));
        assert_eq!(&rest[20..], format!("&info_hash={}", "%FF".repeat(20)));
    }

    proptest! {
        #[test]
        fn what_the_client_asks_the_server_hears(
            hashes in proptest::collection::hash_set(any::<[u8; 20]>(), 1..50),
        ) {
            let hashes: Vec<_> = hashes.into_iter().map(InfoHash).collect();
            let url = scrape_url("http://t/announce", &hashes).unwrap();
            let query = url.split_once('?').unwrap().1;
            prop_assert_eq!(parse_scrape(query.as_bytes()).unwrap(), hashes);
        }

        #[test]
        fn no_url_is_too_odd(url in ".{0,40}(announce)?.{0,10}") {
            let _ = scrape_url(&url, &[InfoHash([0; 20])]);
        }
    }
}
