use super::*;
use proptest::prelude::*;

fn proxies(header: Header) -> Proxies {
    let nets = ["10.0.0.0/8", "127.0.0.1/32", "fd00::/8"];
    Proxies::new(nets.iter().map(|net| net.parse().unwrap()).collect(), header)
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// Who asks, by `X-Forwarded-For` in so many lines.
fn x(remote: &str, lines: &[&str]) -> String {
    let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
    let lie: Option<&[u8]> = Some(b"for=6.6.6.6");
    proxies(Header::XForwardedFor).asker(ip(remote), lie, lines).to_string()
}

/// The same by `Forwarded`.
fn f(remote: &str, lines: &[&str]) -> String {
    let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
    let lie: Option<&[u8]> = Some(b"6.6.6.6");
    proxies(Header::Forwarded).asker(ip(remote), lines, lie).to_string()
}

#[test]
fn the_scheme_is_what_a_trusted_proxy_was_asked_by() {
    let by = |header, lines: &[&str], others: &[&str]| {
        let lines = lines.iter().map(|line| line.as_bytes());
        let others = others.iter().map(|line| line.as_bytes());
        let proxies = proxies(header);
        let told = match header {
            Header::XForwardedFor => proxies.scheme(others, lines),
            Header::Forwarded => proxies.scheme(lines, others),
        };
        told.map(Scheme::name)
    };
    let x = |lines: &[&str]| by(Header::XForwardedFor, lines, &["proto=http;for=1.1.1.1"]);
    assert_eq!(x(&["https"]), Some("https"));
    assert_eq!(x(&["http", " http , HTTPS "]), Some("https"));
    for odd in [&[][..], &[""], &["gopher"], &["https,"], &["https", "javascript"]] {
        assert_eq!(x(odd), None, "{odd:?}");
    }
    let f = |lines: &[&str]| by(Header::Forwarded, lines, &["https"]);
    assert_eq!(f(&["for=1.2.3.4;proto=https"]), Some("https"));
    assert_eq!(f(&["for=9.9.9.9;proto=http", "Proto=\"HTTPS\" ; for=1.2.3.4"]), Some("https"));
    assert_eq!(
        f(&["for=1.2.3.4;proto=https, for=10.0.0.2;proto=http"]),
        Some("https"),
        "the outer"
    );
    assert_eq!(f(&["for=9.9.9.9;proto=https, for=1.2.3.4;proto=http"]), Some("http"), "a lie");
    assert_eq!(f(&["for=9.9.9.9;proto=https, for=1.2.3.4"]), None, "a lie");
    assert_eq!(f(&["for=1.2.3.4;proto=https;proto=http"]), None, "said twice");
    assert_eq!(f(&["for=1.2.3.4;proto=\"https"]), None);
}

#[test]
fn the_rightmost_hop_that_is_not_trusted_asks() {
    assert_eq!(x("10.0.0.1", &["1.2.3.4"]), "1.2.3.4");
    assert_eq!(x("10.0.0.1", &["9.9.9.9, 1.2.3.4, 10.0.0.2"]), "1.2.3.4");
    assert_eq!(x("10.0.0.1", &["9.9.9.9", "1.2.3.4,10.0.0.2", "10.0.0.3"]), "1.2.3.4");
    assert_eq!(x("::ffff:10.0.0.1", &["::ffff:1.2.3.4"]), "1.2.3.4");
    assert_eq!(x("10.0.0.1", &["10.9.9.9, 10.0.0.2"]), "10.9.9.9", "all are trusted: the first");
    assert_eq!(x("fd00::1", &["1.2.3.4:5, 2001:db8::1"]), "2001:db8::1");
    assert_eq!(x("fd00::1", &["1.2.3.4:5"]), "1.2.3.4");
    assert_eq!(x("fd00::1", &["[2001:db8::1]:80"]), "2001:db8::1");
    assert_eq!(x("fd00::1", &["[2001:db8::1]"]), "2001:db8::1");
    assert_eq!(x("fd00::1", &[" , 1.2.3.4 ,, "]), "1.2.3.4");
}

#[test]
fn headers_of_strangers_are_not_looked_at() {
    assert_eq!(x("8.8.8.8", &["1.2.3.4"]), "8.8.8.8");
    assert_eq!(x("8.8.8.8", &["10.0.0.1"]), "8.8.8.8");
    assert_eq!(f("8.8.8.8", &["for=10.0.0.1"]), "8.8.8.8");
    let none: Option<&[u8]> = None;
    let nobody = Proxies::default();
    assert!(nobody.is_empty());
    assert_eq!(nobody.asker(ip("127.0.0.1"), none, Some(&b"1.2.3.4"[..])), ip("127.0.0.1"));
}

#[test]
fn what_no_address_can_be_read_from_stops_at_who_wrote_it() {
    for hop in ["unknown", "_hidden", "1.2.3", "1.2.3.4.5", "[::1", "example.org", "\u{fffd}", "-"]
    {
        assert_eq!(x("10.0.0.1", &[&format!("9.9.9.9, {hop}, 10.0.0.7")]), "10.0.0.7", "{hop}");
        let hop = format!("for=9.9.9.9, for=\"{hop}\", for=10.0.0.7");
        assert_eq!(f("10.0.0.1", &[&hop]), "10.0.0.7", "{hop}");
    }
    assert_eq!(x("10.0.0.1", &[]), "10.0.0.1");
    assert_eq!(x("10.0.0.1", &["", ","]), "10.0.0.1");
    assert_eq!(f("10.0.0.1", &["proto=http;by=10.0.0.9"]), "10.0.0.1");
}

#[test]
fn forwarded_as_the_rfc_has_it() {
    assert_eq!(f("10.0.0.1", &["for=192.0.2.43, for=198.51.100.17"]), "198.51.100.17");
    assert_eq!(f("10.0.0.1", &["For=\"[2001:db8:cafe::17]:4711\""]), "2001:db8:cafe::17");
    assert_eq!(f("10.0.0.1", &["for=192.0.2.60;proto=http;by=203.0.113.43"]), "192.0.2.60");
    assert_eq!(f("10.0.0.1", &["by=203.0.113.43 ; FOR = 192.0.2.60"]), "192.0.2.60");
    assert_eq!(f("10.0.0.1", &["for=\"192.0.2.43:_port\""]), "10.0.0.1", "no port is hidden here");
    assert_eq!(f("10.0.0.1", &["for=\"_gazonk\""]), "10.0.0.1");
    assert_eq!(f("10.0.0.1", &["for=1.2.3.4;for=5.6.7.8"]), "10.0.0.1", "said twice");
    assert_eq!(f("10.0.0.1", &["for=1.2.3.4;host=\"a,b;for=6.6.6.6\""]), "1.2.3.4");
    assert_eq!(f("10.0.0.1", &["for=9.9.9.9", "for=1.2.3.4"]), "1.2.3.4");
}

#[test]
fn a_spoofed_start_does_not_change_what_the_proxy_wrote_after_it() {
    for lie in [
        "for=\"6.6.6.6",
        "for=\"",
        "\\\"",
        "for=6.6.6.6;host=\"\\",
        "\"\"\"",
        ",,,,",
        "for=6.6.6.6;",
    ] {
        assert_eq!(f("10.0.0.1", &[&format!("{lie}, for=1.2.3.4")]), "1.2.3.4", "{lie}");
        let quoted = format!("{lie}, for=\"[2001:db8::1]:9\";host=\"a, b\"");
        assert_eq!(f("10.0.0.1", &[&quoted]), "2001:db8::1", "{lie}");
        assert_eq!(f("10.0.0.1", &[lie, "for=1.2.3.4"]), "1.2.3.4", "{lie}");
    }
}

#[test]
fn a_long_chain_is_read_in_one_go() {
    let long = "10.0.0.2,".repeat(2000) + "10.0.0.3";
    assert_eq!(x("10.0.0.1", &[&long]), "10.0.0.2");
    let lines = vec!["10.0.0.4"; 1000];
    assert_eq!(x("10.0.0.1", &lines), "10.0.0.4");
    let quotes = "\"".repeat(15_000);
    assert_eq!(f("10.0.0.1", &[&quotes]), "10.0.0.1");
    let slashes = "\\".repeat(15_000) + "\"";
    assert_eq!(f("10.0.0.1", &[&slashes]), "10.0.0.1");
}

/// A preface of version 2.
fn v2(command: u8, family: u8, body: &[u8]) -> Vec<u8> {
    let mut out = b"\r\n\r\n\0\r\nQUIT\n".to_vec();
    out.extend([command, family]);
    out.extend(u16::try_from(body.len()).unwrap().to_be_bytes());
    out.extend(body);
    out
}

#[test]
fn prefaces_of_version_2() {
    let v4 = [1, 2, 3, 4, 10, 0, 0, 1, 0x1a, 0xe1, 0, 80];
    let source = "1.2.3.4:6881".parse().unwrap();
    assert_eq!(preface(&v2(0x21, 0x11, &v4)), Preface::Proxied { source, length: 28 });
    let noted = [&v4[..], &[4, 0, 3, 1, 2, 3]].concat();
    let mut bytes = v2(0x21, 0x12, &noted);
    bytes.extend(b"GET /");
    assert_eq!(preface(&bytes), Preface::Proxied { source, length: 34 });
    let mut v6 = [0; 36];
    v6[0] = 0x20;
    v6[15] = 9;
    v6[32..34].copy_from_slice(&[0, 7]);
    let six = "[2000::9]:7".parse().unwrap();
    assert_eq!(preface(&v2(0x21, 0x21, &v6)), Preface::Proxied { source: six, length: 52 });
    let local = Preface::Local { length: 16 };
    assert_eq!(preface(&v2(0x20, 0, &[])), local);
    assert_eq!(preface(&v2(0x21, 0, &[])), local);
    assert_eq!(preface(&v2(0x21, 0x31, &[0; 216])), Preface::Local { length: 232 });
    for garbled in [
        v2(0x11, 0x11, &v4),
        v2(0x22, 0x11, &v4),
        v2(0x21, 0x41, &v4),
        v2(0x21, 0x11, &v4[..11]),
        v2(0x21, 0x21, &v6[..35]),
        v2(0x21, 0x11, &[0; 5000]),
        b"GET / HTTP/1.1\r\n".to_vec(),
        b"\r\n\r\n\0\r\nQUIT!".to_vec(),
    ] {
        assert_eq!(preface(&garbled), Preface::Garbled, "{garbled:?}");
    }
}

#[test]
fn prefaces_of_version_1() {
    let proxied = |text: &str, source: &str| {
        let source = source.parse().unwrap();
        assert_eq!(
            preface(text.as_bytes()),
            Preface::Proxied { source, length: text.find("\r\n").unwrap() + 2 },
            "{text}"
        );
    };
    proxied("PROXY TCP4 1.2.3.4 10.0.0.1 6881 80\r\nGET", "1.2.3.4:6881");
    proxied("PROXY TCP6 2000::9 fd00::1 7 80\r\n", "[2000::9]:7");
    assert_eq!(preface(b"PROXY UNKNOWN ffff\r\n"), Preface::Local { length: 20 });
    for garbled in [
        "PROXY TCP4 1.2.3.4 10.0.0.1 6881\r\n",
        "PROXY TCP4 ::1 10.0.0.1 1 2\r\n",
        "PROXY TCP4 1.2.3.4 10.0.0.1 1 2 3\r\n",
        "PROXY TCP4 1.2.3.4 10.0.0.1 1 70000\r\n",
        "PROXY UDP4 1.2.3.4 10.0.0.1 1 2\r\n",
        "PROXYTCP4",
        "proxy TCP4",
        &format!("PROXY {}", "x".repeat(200)),
    ] {
        assert_eq!(preface(garbled.as_bytes()), Preface::Garbled, "{garbled}");
    }
}

proptest! {
    #[test]
    fn no_preface_is_judged_before_it_is_whole(
        source: std::net::SocketAddrV4, to: [u8; 6], notes in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        let [a, b, c, d, e, f] = to;
        let port = source.port().to_be_bytes();
        let body = [&source.ip().octets()[..], &[a, b, c, d], &port, &[e, f], &notes].concat();
        let text = format!("PROXY TCP4 {} 1.2.3.4 {} 80\r\n", source.ip(), source.port());
        for whole in [v2(0x21, 0x11, &body), text.into_bytes()] {
            for cut in 0..whole.len() {
                prop_assert_eq!(preface(&whole[..cut]), Preface::Incomplete);
            }
            let expected = Preface::Proxied { source: source.into(), length: whole.len() };
            prop_assert_eq!(preface(&whole), expected);
        }
    }

    #[test]
    fn no_bytes_are_too_odd(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = preface(&bytes);
        let _ = preface(&[b"\r\n\r\n\0\r\nQUIT\n", &bytes[..]].concat());
        let lines = || Some(&bytes[..]);
        for header in [Header::XForwardedFor, Header::Forwarded] {
            let trusting = proxies(header);
            let _ = trusting.asker(ip("10.0.0.1"), lines(), lines());
            prop_assert_eq!(trusting.asker(ip("8.8.8.8"), lines(), lines()), ip("8.8.8.8"));
        }
    }

    #[test]
    fn whatever_stands_before_it_the_last_hop_counts(
        lie in proptest::collection::vec(any::<u8>(), 0..60), told: std::net::Ipv4Addr,
    ) {
        let told = IpAddr::V4(told);
        let trusting = proxies(Header::XForwardedFor);
        prop_assume!(!trusting.trusts(told));
        let none: Option<&[u8]> = None;
        let line = [&lie[..], format!(", {told}").as_bytes()].concat();
        prop_assert_eq!(trusting.asker(ip("10.0.0.1"), none, Some(&line[..])), told);
        let line = [&lie[..], format!(", for=\"{told}:9\"").as_bytes()].concat();
        let trusting = proxies(Header::Forwarded);
        prop_assert_eq!(trusting.asker(ip("10.0.0.1"), Some(&line[..]), none), told);
    }
}
