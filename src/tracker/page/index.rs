//! The index: which torrents are served, and how their swarms are.

use super::listing::{Found, Listing, Row};
use super::query::{Column, Query, Sort};
use super::{Offers, number, shell, size};
use crate::torrent::Magnet;
use maud::{Markup, html};

/// What the index shows.
#[derive(Clone, Copy, Debug)]
pub struct Index<'a> {
    /// All swarms.
    pub listing: &'a Listing,
    /// Which of them.
    pub query: &'a Query,
    /// The announce URLs of this tracker, as far as they are known; the first stands in links.
    pub announce: &'a [String],
    /// What it leads to.
    pub offers: Offers,
}

/// The index page.
pub fn index(index: &Index<'_>) -> String {
    let found = index.listing.find(index.query);
    let totals = index.listing.totals();
    let main = html! {
        h1 { "Torrents" }
        p.sum {
            (counted(index.listing.len() as u64, "torrent")) ", "
            (counted(totals.seeders, "seeder")) ", "
            (counted(totals.leechers, "leecher"))
            @for announce in index.announce { br; "Announce URL: " code { (announce) } }
        }
        (search(index.query))
        @if found.rows.is_empty() {
            p.none role="status" {
                @if index.query.search.is_empty() {
                    "No torrents yet: they appear here once somebody announces them."
                } @else {
                    "Nothing is called “" bdi { (index.query.search) } "”. "
                    a href="./" { "Show all torrents" }
                }
            }
        } @else {
            @if !index.query.search.is_empty() {
                p role="status" {
                    (counted(found.all as u64, "torrent")) " found for “" bdi { (index.query.search) } "”. "
                    a href="./" { "Show all" }
                }
            }
            (table(index, &found))
            (pages(index.query, &found))
        }
        @if index.listing.left_out() > 0 {
            p { "and " (number(index.listing.left_out())) " more, which are smaller and not listed" }
        }
    };
    shell("BitTorrent tracker", index.offers, &main)
}

/// `1 torrent`, `2 torrents`.
fn counted(count: u64, what: &str) -> String {
    format!("{} {what}{}", number(count), if count == 1 { "" } else { "s" })
}

fn search(query: &Query) -> Markup {
    html! {
        form.search role="search" action="./" method="get" {
            label for="q" { "Search by name or info-hash" }
            div {
                input #q type="search" name="q" value=(query.search) maxlength="200" autocomplete="off" spellcheck="false";
                @if query.sort != Sort::default() {
                    input type="hidden" name="sort"
                        value={ @if query.sort.down { "-" } (query.sort.column.key()) };
                }
                button { "Search" }
            }
        }
    }
}

fn title(column: Column) -> &'static str {
    match column {
        Column::Name => "Name",
        Column::Size => "Size",
        Column::Seeders => "Seeders",
        Column::Leechers => "Leechers",
        Column::Completed => "Completed",
    }
}

/// The roles are those that a table has of itself; a phone's layout would take them away.
fn table(index: &Index<'_>, found: &Found<'_>) -> Markup {
    html! {
        table.wide role="table" {
            caption { "Info-hash (complete/all) below each name" }
            thead role="rowgroup" {
                tr role="row" {
                    @for column in Column::ALL { (head(index.query, column)) }
                    th scope="col" role="columnheader" { "Links" }
                }
            }
            tbody role="rowgroup" {
                @for row in &found.rows { (line(index, row)) }
            }
        }
    }
}

fn head(query: &Query, column: Column) -> Markup {
    let sorted = (query.sort.column == column).then_some(match query.sort.down {
        true => ("descending", "▼"),
        false => ("ascending", "▲"),
    });
    let link = query.link(query.sort.clicked(column), 1);
    let numeric = column != Column::Name;
    html! {
        th.n[numeric] scope="col" role="columnheader" aria-sort=[sorted.map(|(word, _)| word)] {
            a href=(link) {
                (title(column))
                @if let Some((_, arrow)) = sorted { span aria-hidden="true" { " " (arrow) } }
            }
        }
    }
}

fn line(index: &Index<'_>, row: &Row) -> Markup {
    let hash = row.hash.to_string();
    let entry = row.entry.as_deref();
    let all = u64::from(row.counts.complete) + u64::from(row.counts.incomplete);
    let announce = index.announce.first();
    let magnet = match entry {
        Some(entry) => entry.magnet(announce.map(String::as_str)),
        None => Some(Magnet {
            v1: Some(row.hash),
            trackers: announce.cloned().into_iter().collect(),
            ..Magnet::default()
        }),
    };
    let cell = |column: Column, text: String| {
        html! { td.n role="cell" data-label=(title(column)) { (text) } }
    };
    html! {
        tr role="row" {
            th scope="row" role="rowheader" {
                @if let Some(entry) = entry { bdi { (entry.name) } }
                span.hash { code { (hash) } " (" (row.counts.complete) "/" (all) ")" }
            }
            (cell(Column::Size, entry.map_or_else(|| "–".into(), |entry| size(entry.size))))
            (cell(Column::Seeders, number(row.counts.complete.into())))
            (cell(Column::Leechers, number(row.counts.incomplete.into())))
            (cell(Column::Completed, number(row.counts.downloaded.into())))
            td.links role="cell" {
                @let of = entry.map_or(&*hash, |entry| &*entry.name);
                @if let Some(magnet) = magnet {
                    a href=(magnet) aria-label={ "Magnet link of " (of) } { "Magnet" }
                }
                @if let Some(entry) = entry.filter(|_| index.offers.feed) {
                    a href=(entry.path()) aria-label={ "Torrent file of " (of) } { "Torrent" }
                }
            }
        }
    }
}

fn pages(query: &Query, found: &Found<'_>) -> Markup {
    let to = |page: usize, word: &str, there: bool| {
        html! {
            @if there { a href=(query.link(query.sort, page)) { (word) } }
            @else { span.off { (word) } }
        }
    };
    let (page, pages) = (found.page, found.pages);
    html! {
        @if pages > 1 {
            nav.pages aria-label="Pages of torrents" {
                (to(1, "First", page > 1))
                (to(page.saturating_sub(1), "Previous", page > 1))
                span { "Page " (number(page as u64)) " of " (number(pages as u64)) }
                (to(page.saturating_add(1), "Next", page < pages))
                (to(pages, "Last", page < pages))
            }
        }
    }
}
