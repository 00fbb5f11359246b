//! What proxies say of whom they speak for: whatever stands before it, the hop that the nearest
//! trusted proxy wrote counts, and a preface is taken as a whole.
#![no_main]

use bt::tracker::proxies::{Header, Preface, Proxies, preface};
use libfuzzer_sys::fuzz_target;
use std::net::IpAddr;

fuzz_target!(|data: &[u8]| {
    let trusted: IpAddr = [10, 0, 0, 1].into();
    let told: IpAddr = [1, 2, 3, 4].into();
    for header in [Header::XForwardedFor, Header::Forwarded] {
        let proxies = Proxies::new(vec!["10.0.0.0/8".parse().expect("a net")], header);
        let lines = || data.split(|&byte| byte == b'\n').collect::<Vec<_>>();
        let _ = proxies.asker(trusted, lines(), lines());
        assert_eq!(proxies.asker(told, lines(), lines()), told);
        let x = [data, b", 1.2.3.4, 10.0.0.2"].concat();
        let f = [data, b", for=\"1.2.3.4:5\";by=\"a,b\", For=10.0.0.2"].concat();
        assert_eq!(proxies.asker(trusted, Some(&f[..]), Some(&x[..])), told);
    }
    for bytes in [data.to_vec(), [b"\r\n\r\n\0\r\nQUIT\n", data].concat(), [b"PROXY ", data].concat()] {
        let judged = preface(&bytes);
        if let Preface::Proxied { length, .. } | Preface::Local { length } = judged {
            assert!(length <= bytes.len());
            assert_eq!(preface(&bytes[..length]), judged);
            assert_eq!(preface(&bytes[..length - 1]), Preface::Incomplete);
        }
    }
});
