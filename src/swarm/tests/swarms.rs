use super::net::{Manner, Net};
use crate::swarm::{Input, Trouble};
use crate::torrent::{Bitfield, Pieces};
use std::time::Duration;

const KIB: u32 = 1024;

fn net(pieces: u32, length: u32) -> Net {
    // The last piece and its last block are short.
    Net::new(Pieces::new(u64::from(pieces) * u64::from(length) - 1000, length).unwrap())
}

#[test]
fn one_seeder_feeds_one_leecher() {
    for (count, length) in [(1, 16 * KIB), (37, 64 * KIB), (200, 16 * KIB), (2, 4096 * KIB)] {
        let mut net = net(count, length);
        let (seed, leech) = (net.seed(), net.leech());
        net.tell(leech, &[seed]);
        assert!(net.run(&[leech], 60), "{count} pieces of {length}");
        let progress = net.hosts[leech].torrent.progress(net.now);
        assert_eq!((progress.verified, progress.wasted), (net.pieces.total(), 0));
        assert_eq!(net.hosts[seed].sent, net.pieces.total());
        net.run(&[], 10);
        assert!(net.hosts[leech].gone.contains(&Trouble::BothDone));
    }
}

#[test]
fn a_wide_link_is_filled() {
    let mut net = net(256, 256 * KIB);
    let (seed, leech) = (net.seed(), net.leech());
    net.delay = Duration::from_micros(50);
    net.hosts[seed].width = 1_000_000_000;
    net.tell(leech, &[seed]);
    assert!(net.run(&[leech], 60));
    let took = (net.hosts[leech].finished.unwrap() - net.start).as_secs_f64();
    let ideal = net.pieces.total() as f64 / 1e9;
    assert!(took < ideal * 1.25, "{took} s where {ideal} s would do");
}

#[test]
fn a_long_link_is_filled() {
    let mut net = net(512, 256 * KIB);
    let (seed, leech) = (net.seed(), net.leech());
    net.delay = Duration::from_millis(100);
    net.hosts[seed].width = 10_000_000;
    net.tell(leech, &[seed]);
    assert!(net.run(&[leech], 120));
    let took = (net.hosts[leech].finished.unwrap() - net.start).as_secs_f64();
    let ideal = net.pieces.total() as f64 / 1e7;
    assert!(took < ideal * 1.5, "{took} s where {ideal} s would do");
}

/// The copies that the seeder sent until the last of the leechers was done.
fn copies(pieces: u32, length: u32, leechers: usize, limit: u64) -> f64 {
    let mut net = net(pieces, length);
    let mut config = net.config(Bitfield::all(pieces));
    config.upload_limit = Some(limit);
    let seed = net.add(config);
    let hosts: Vec<usize> = (0..leechers).map(|_| net.leech()).collect();
    let all: Vec<usize> = hosts.iter().copied().chain([seed]).collect();
    hosts.iter().for_each(|&host| net.tell(host, &all));
    assert!(net.run(&hosts, 3600), "not all finished");
    net.hosts[seed].sent as f64 / net.pieces.total() as f64
}

#[test]
fn twenty_leechers_trade_among_themselves() {
    for (pieces, length, limit) in
        [(256, 64 * KIB, 2_000_000), (64, 256 * KIB, 2_000_000), (1000, 16 * KIB, 500_000)]
    {
        let copies = copies(pieces, length, 20, limit);
        println!("{pieces} pieces of {length}: {copies:.2} copies");
        assert!(copies < 2.5, "{pieces} pieces of {length}: {copies}");
    }
}

#[test]
fn a_thousand_leechers() {
    let mut net = net(16, 16 * KIB);
    let seed = net.seed();
    let hosts: Vec<usize> = (0..1000).map(|_| net.leech()).collect();
    for (at, &host) in hosts.iter().enumerate() {
        let near: Vec<usize> = (1..=10).map(|step| hosts[(at + step * step) % 1000]).collect();
        net.tell(host, &near);
        if at % 50 == 0 {
            net.tell(host, &[seed]);
        }
    }
    assert!(net.run(&hosts, 600));
}

#[test]
fn a_corrupt_peer_is_found_and_the_download_ends() {
    for fast in [1, 4] {
        let mut net = net(60, 64 * KIB);
        let (good, bad, leech) = (net.seed(), net.seed(), net.leech());
        net.hosts[bad].manner = Manner::Corrupt;
        net.hosts[bad].width = 1_000_000 * fast;
        net.hosts[good].width = 2_000_000;
        net.tell(leech, &[good, bad]);
        assert!(net.run(&[leech], 300));
        assert_eq!(net.hosts[leech].banned, [net.hosts[bad].address]);
        assert!(net.hosts[leech].gone.contains(&Trouble::Corrupt));
        let wasted = net.hosts[leech].torrent.progress(net.now).wasted;
        assert!(wasted < 12 * 64 * 1024, "{wasted}");
    }
}

#[test]
fn what_a_stalling_peer_owes_is_taken_over() {
    let mut net = net(20, 256 * KIB);
    let (good, bad, leech) = (net.seed(), net.seed(), net.leech());
    net.hosts[bad].manner = Manner::Stalls;
    net.hosts[good].width = 500_000;
    net.tell(leech, &[bad]);
    net.run(&[], 1);
    net.tell(leech, &[good]);
    // The endgame takes over at once what is owed: no waiting for a time-out.
    assert!(net.run(&[leech], 20));
}

#[test]
fn a_peer_that_owes_and_never_sends_is_dropped() {
    let mut net = net(20, 256 * KIB);
    let (bad, leech) = (net.seed(), net.leech());
    net.hosts[bad].manner = Manner::Stalls;
    net.tell(leech, &[bad]);
    net.run(&[], 299);
    assert_eq!(net.hosts[leech].gone, []);
    net.run(&[], 3);
    assert_eq!(net.hosts[leech].gone, [Trouble::Stalled]);
}

#[test]
fn the_last_piece_of_a_slow_peer_is_taken_over() {
    let mut net = net(8, 256 * KIB);
    let (slow, swift, leech) = (net.seed(), net.seed(), net.leech());
    net.hosts[slow].width = 2_000;
    net.tell(leech, &[slow]);
    net.run(&[], 20);
    net.tell(leech, &[swift]);
    assert!(net.run(&[leech], 5));
    assert!(net.hosts[leech].torrent.progress(net.now).wasted < 8 * 16 * 1024);
}

#[test]
fn limits_are_kept() {
    for (upload, download, wanted) in
        [(Some(300_000), None, 300_000.0), (None, Some(700_000), 700_000.0), (None, None, 1e8)]
    {
        let mut net = net(400, 64 * KIB);
        let mut config = net.config(Bitfield::all(400));
        config.upload_limit = upload;
        let seed = net.add(config);
        let mut config = net.config(Bitfield::none(400));
        config.download_limit = download;
        let leech = net.add(config);
        net.tell(leech, &[seed]);
        assert!(net.run(&[leech], 200));
        let took = (net.hosts[leech].finished.unwrap() - net.start).as_secs_f64();
        let rate = net.pieces.total() as f64 / took;
        assert!(rate < wanted * 1.05, "{rate} over {wanted}");
        assert!(wanted >= 1e8 || rate > wanted * 0.93, "{rate} under {wanted}");
    }
}

#[test]
fn a_limit_is_shared_fairly_and_can_be_lifted() {
    let mut net = net(400, 64 * KIB);
    let mut config = net.config(Bitfield::all(400));
    config.upload_limit = Some(400_000);
    let seed = net.add(config);
    let hosts: Vec<usize> = (0..4).map(|_| net.leech()).collect();
    hosts.iter().for_each(|&host| net.tell(host, &[seed]));
    net.run(&[], 30);
    for &host in &hosts {
        let share = net.hosts[host].got as f64 / net.hosts[seed].sent as f64;
        assert!((0.22..0.28).contains(&share), "{share}");
    }
    net.input(seed, Input::Limits { upload: None, download: None });
    assert!(net.run(&hosts, 5));
}

#[test]
fn two_that_call_each_other_keep_one_connection() {
    let mut net = net(4, 16 * KIB);
    let (a, b) = (net.leech(), net.leech());
    net.tell(a, &[b]);
    net.tell(b, &[a]);
    net.run(&[], 2);
    for host in [a, b] {
        assert_eq!(net.hosts[host].torrent.progress(net.now).peers, 1);
        assert_eq!(net.hosts[host].gone.iter().filter(|t| **t == Trouble::Twice).count(), 1);
    }
}

#[test]
fn many_small_pieces_do_not_crawl() {
    let mut net = net(32_768, 16 * KIB / 16);
    let (seed, leech) = (net.seed(), net.leech());
    net.tell(leech, &[seed]);
    assert!(net.run(&[leech], 600));
}
