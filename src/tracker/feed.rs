//! The feed of new torrents: RSS 2.0 with an enclosure each, which is what clients that subscribe
//! to trackers read.

use super::catalog::{Catalog, Entry};
use std::fmt::{self, Display, Write};

/// The feed's type.
pub const TYPE: &str = "application/rss+xml; charset=utf-8";

/// The newest torrents. `base` is where the tracker is seen, with a slash at its end; empty where
/// that is not known, and links are relative then.
pub fn feed(catalog: &Catalog, base: &str) -> String {
    let mut xml = String::with_capacity(1024);
    // Writing to memory cannot fail.
    let _ = write(&mut xml, catalog, base);
    xml
}

fn write(xml: &mut String, catalog: &Catalog, base: &str) -> fmt::Result {
    let base = Text(base);
    write!(
        xml,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\">\n<channel>\n\
         <title>BitTorrent tracker</title>\n<link>{base}</link>\n\
         <atom:link href=\"{base}feed.xml\" rel=\"self\" type=\"application/rss+xml\"/>\n\
         <description>New torrents of this tracker</description>\n\
         <lastBuildDate>{}</lastBuildDate>\n<ttl>15</ttl>\n",
        date(catalog.changed())
    )?;
    catalog.newest().iter().try_for_each(|entry| item(xml, entry, &base))?;
    xml.push_str("</channel>\n</rss>\n");
    Ok(())
}

/// The guid is the torrent's own hash, so that a file that is renamed or written anew is not new to
/// those who have it. Enclosures have the length of the .torrent file, which is what they name.
fn item(xml: &mut String, entry: &Entry, base: &Text<'_>) -> fmt::Result {
    let path = entry.path();
    write!(
        xml,
        "<item>\n<title>{}</title>\n<link>{base}{path}</link>\n<guid isPermaLink=\"false\">",
        Text(&entry.name)
    )?;
    match (entry.v1, &entry.v2) {
        (Some(hash), _) => write!(xml, "urn:btih:{hash}")?,
        (None, Some(hash)) => {
            xml.push_str("urn:btmh:1220");
            hash.iter().try_for_each(|byte| write!(xml, "{byte:02x}"))?;
        }
        (None, None) => {}
    }
    writeln!(
        xml,
        "</guid>\n<pubDate>{}</pubDate>\n<description>{} bytes in {} {}</description>\n\
         <enclosure url=\"{base}{path}\" length=\"{}\" type=\"application/x-bittorrent\"/>\n</item>",
        date(entry.modified),
        entry.size,
        entry.files,
        if entry.files == 1 { "file" } else { "files" },
        entry.length
    )
}

/// Seconds since 1970 as HTTP (RFC 9110) and RSS write them; before 1 and after 9999 as 1970.
pub fn date(seconds: i64) -> String {
    let time = jiff::Timestamp::from_second(seconds).unwrap_or_default();
    let printer = jiff::fmt::rfc2822::DateTimePrinter::new();
    printer.timestamp_to_rfc9110_string(&time).unwrap_or_default()
}

/// The other way round.
pub fn seconds(date: &str) -> Option<i64> {
    Some(jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date).ok()?.as_second())
}

/// Text and attributes of XML. A catalog's names have no characters in them that XML has no place for.
struct Text<'a>(&'a str);

impl Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in self.0.split_inclusive(['&', '<', '>', '"', '\'']) {
            let (rest, end) = match part.char_indices().next_back() {
                Some((at, '&')) => (at, "&amp;"),
                Some((at, '<')) => (at, "&lt;"),
                Some((at, '>')) => (at, "&gt;"),
                Some((at, '"')) => (at, "&quot;"),
                Some((at, '\'')) => (at, "&apos;"),
                _ => (part.len(), ""),
            };
            f.write_str(part.get(..rest).unwrap_or_default())?;
            f.write_str(end)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tracker::catalog::tests::entry;
    use proptest::prelude::*;

    #[test]
    fn an_item_has_what_clients_read() {
        let entries = vec![entry("a b.torrent", "A & B", 1, 784_111_777)];
        let xml = feed(&Catalog::new(entries, 784_111_778), "http://t:1/");
        for part in [
            "<title>A &amp; B</title>",
            "<pubDate>Sun, 06 Nov 1994 08:49:37 GMT</pubDate>",
            "<lastBuildDate>Sun, 06 Nov 1994 08:49:38 GMT</lastBuildDate>",
            "<enclosure url=\"http://t:1/torrents/a%20b.torrent\" length=\"100\" type=\"application/x-bittorrent\"/>",
            &format!("<guid isPermaLink=\"false\">urn:btih:{}</guid>", "01".repeat(20)),
        ] {
            assert!(xml.contains(part), "{part}\n{xml}");
        }
    }

    #[test]
    fn dates_are_read_as_they_are_written() {
        for time in [0, 784_111_777, 4_102_444_800] {
            assert_eq!(seconds(&date(time)), Some(time));
        }
        assert_eq!(date(i64::MAX), date(0));
        assert_eq!((seconds(""), seconds("yesterday")), (None, None));
    }

    proptest! {
        #[test]
        fn no_name_and_no_base_makes_markup(name: String, base: String) {
            let marks = |xml: &str| ['<', '>', '"', '\''].map(|c| xml.matches(c).count());
            let of = |name: &str, base: &str| {
                marks(&feed(&Catalog::new(vec![entry("x.torrent", name, 1, 0)], 0), base))
            };
            prop_assert_eq!(of(&name, &base), of("plain", "plain"));
        }
    }
}
