//! The statistics, for people.

use super::{Offers, number, shell, size, time};
use crate::tracker::service::Front;
use crate::tracker::stats::{Figures, sum};
use crate::tracker::tally::{Action, FRONTS, Outcome};
use maud::{Markup, html};

/// The statistics page.
pub fn stats(figures: &Figures, offers: Offers) -> String {
    let (leechers, seeders) = (figures.leechers(), figures.seeders());
    let peers = seeders.saturating_add(leechers);
    let figure = |name: &str, value: String| html! { div { dt { (name) } dd { (value) } } };
    let main = html! {
        h1 { "Statistics" }
        p.sum {
            "bt " (figures.version) ", up for " (time(figures.uptime)) ". "
            a href="stats.json" { "The same as JSON" }
        }
        dl.figures {
            (figure("Torrents", number(figures.torrents())))
            (figure("Peers", number(peers)))
            (figure("Seeders", number(seeders)))
            (figure("Leechers", number(leechers)))
            (figure("Completed", number(figures.completed())))
            @if let Some(browsers) = figures.browsers {
                (figure("Browsers connected", number(browsers.connections)))
            }
            @if let Some(files) = figures.files { (figure("Torrent files", number(files))) }
            @if let Some(memory) = figures.process.memory { (figure("Memory", size(memory))) }
        }
        (protocols(figures))
        (refusals(figures))
    };
    shell("Statistics – BitTorrent tracker", offers, &main)
}

fn protocols(figures: &Figures) -> Markup {
    html! {
        h2 #protocols { "Requests" }
        div.scroll role="region" aria-labelledby="protocols" tabindex="0" {
            table.plain aria-labelledby="protocols" {
                thead {
                    tr {
                        th scope="col" { "Protocol" }
                        th.n scope="col" { "Announces" }
                        th.n scope="col" { "a second" }
                        th.n scope="col" { "Scrapes" }
                        th.n scope="col" { "a second" }
                    }
                }
                tbody {
                    @for (at, front) in FRONTS.into_iter().enumerate() {
                        @let all = |action| number(sum(&figures.requests, front, Some(action), None));
                        tr {
                            th scope="row" { (protocol(front)) }
                            td.n { (all(Action::Announce)) }
                            td.n { (format!("{:.1}", figures.rates.announces[at])) }
                            td.n { (all(Action::Scrape)) }
                            td.n { (format!("{:.1}", figures.rates.scrapes[at])) }
                        }
                    }
                }
            }
        }
        p.sum { "Rates are those of the last minute." }
    }
}

fn refusals(figures: &Figures) -> Markup {
    let some: Vec<_> = figures.refused().filter(|(_, many)| *many > 0).collect();
    html! {
        h2 #refused { "Refused" }
        @if some.is_empty() {
            p { "No request was refused." }
        } @else {
            table.plain aria-labelledby="refused" {
                thead { tr { th scope="col" { "Why" } th.n scope="col" { "Requests" } } }
                tbody {
                    @for (why, many) in some {
                        tr { th scope="row" { (reason(why)) } td.n { (number(many)) } }
                    }
                }
            }
        }
    }
}

fn protocol(front: Front) -> &'static str {
    match front {
        Front::Http => "HTTP",
        Front::Udp => "UDP",
        Front::WebSocket => "WebSocket",
    }
}

fn reason(why: Outcome) -> &'static str {
    match why {
        Outcome::Answered => "Answered",
        Outcome::Garbled => "Could not be read",
        Outcome::Stale => "Connection id too old or of another tracker",
        Outcome::NotServed => "Torrent not served here",
        Outcome::NoKey => "No good key",
        Outcome::TooFast => "Too many requests from one address",
        Outcome::TooMany => "Too many torrents or peers of one address",
        Outcome::Unreachable => "Peer could not be reached",
        Outcome::NotFound => "No such page",
        Outcome::TooSlow => "Took too long to ask",
        Outcome::TooLarge => "Head or URI too long",
        Outcome::Unread => "Answer not taken",
        Outcome::Evicted => "Made way for another connection",
        Outcome::BadHandshake => "TLS handshake failed",
        Outcome::BadPreface => "No PROXY header where one is due",
        Outcome::Failed => "Failed here",
    }
}
