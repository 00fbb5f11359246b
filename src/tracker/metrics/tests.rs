use super::*;
use crate::tracker::stats::tests::figures;
use std::collections::{BTreeMap, BTreeSet};

/// What `promtool check metrics` and the format's specification ask for.
fn lint(text: &str) -> BTreeMap<String, String> {
    assert!(text.ends_with('\n'));
    let mut kinds = BTreeMap::new();
    let mut series = BTreeSet::new();
    let mut family = String::new();
    let mut help = String::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, words) = rest.split_once(' ').unwrap();
            assert!(words.ends_with('.') && words.len() > 5, "{line}");
            help = name.into();
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert_eq!(help, name, "help comes first");
            assert!(
                name.bytes().all(|b| b.is_ascii_lowercase() || b"_0123456789".contains(&b)),
                "{name}"
            );
            assert_eq!(name.ends_with("_total"), kind == "counter", "{name}");
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{kind}");
            family = name.into();
            assert_eq!(kinds.insert(name.to_owned(), kind.to_owned()), None, "twice: {name}");
        } else {
            let (name, value) = line.rsplit_once(' ').unwrap();
            assert!(value.parse::<f64>().unwrap() >= 0.0, "{line}");
            let bare = name.split('{').next().unwrap();
            let end = bare.strip_prefix(&family).expect(line);
            match &*kinds[&family] {
                "histogram" => assert!(["_bucket", "_sum", "_count"].contains(&end), "{line}"),
                _ => assert_eq!(end, "", "{line}"),
            }
            assert!(series.insert(name.to_owned()), "twice: {name}");
        }
    }
    kinds
}

#[test]
fn the_text_is_what_prometheus_reads() {
    let kinds = lint(&metrics(&figures()));
    assert_eq!(kinds["bt_tracker_requests_total"], "counter");
    assert_eq!(kinds["bt_tracker_request_duration_seconds"], "histogram");
}

#[test]
fn samples_say_what_was_counted() {
    let text = metrics(&figures());
    for line in [
        "bt_tracker_build_info{version=\"1.2.3\"} 1",
        "bt_tracker_torrents 4",
        "bt_tracker_websocket_peers{role=\"leecher\"} 2",
        "bt_tracker_websocket_connections 2",
        "bt_tracker_peers{family=\"ipv4\",role=\"seeder\"} 1000",
        "bt_tracker_peers{family=\"ipv6\",role=\"partial_seed\"} 2",
        "bt_tracker_requests_total{protocol=\"udp\",family=\"ipv6\",action=\"announce\",outcome=\"not_served\"} 1",
        "bt_tracker_requests_total{protocol=\"http\",family=\"ipv4\",action=\"scrape\",outcome=\"answered\"} 0",
        "bt_tracker_request_duration_seconds_bucket{protocol=\"http\",le=\"0.000025\"} 0",
        "bt_tracker_request_duration_seconds_bucket{protocol=\"http\",le=\"0.00005\"} 1",
        "bt_tracker_request_duration_seconds_bucket{protocol=\"http\",le=\"+Inf\"} 1",
        "bt_tracker_request_duration_seconds_sum{protocol=\"udp\"} 0.00003",
        "bt_tracker_sent_bytes_total{protocol=\"udp\"} 200",
        "bt_tracker_key_uploaded_bytes_total{key=\"a \\\"b\\\"\\\\\\n\"} 4",
        "bt_tracker_swarms_bytes 4096",
        "bt_tracker_swarms_limit_bytes 1073741824",
        "bt_tracker_torrents_limit 1000",
        "bt_tracker_evicted_torrents_total 7",
        "bt_tracker_last_save_timestamp_seconds 1700000300",
        "bt_tracker_log_lines_lost_total 3",
        "process_cpu_seconds_total 1.5",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
}

#[test]
fn what_there_is_not_is_not_shown() {
    let mut figures = figures();
    (figures.peers_most, figures.room, figures.written) = Default::default();
    let text = metrics(&figures);
    lint(&text);
    assert!(!text.contains("_limit") && !text.contains("last_save"), "{text}");
}

/// The names in a text that look like ours.
fn names(text: &str) -> BTreeSet<&str> {
    let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let words = text.split(|c: char| !letter(c));
    words.filter(|word| word.starts_with("bt_tracker_") || word.starts_with("process_")).collect()
}

#[test]
fn the_dashboard_shows_metrics_that_there_are() {
    let dashboard = include_str!("../../../dist/grafana-dashboard.json");
    serde_json::from_str::<serde_json::Value>(dashboard).unwrap();
    let text = metrics(&figures());
    let there = names(&text);
    let shown = names(dashboard);
    assert!(shown.len() > 8, "{shown:?}");
    for name in shown {
        assert!(there.contains(name), "{name}");
    }
}
