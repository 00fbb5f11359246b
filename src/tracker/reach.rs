//! How far an address is good, and which address others are told.
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::drawn::Drawn;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// From where an address leads to whom it names; the nearer, the less.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Reach {
    /// From the same machine.
    Loopback,
    /// From the same network: private, link-local, shared (CGNAT) and unique local addresses.
    Private,
    /// From everywhere.
    Public,
}

impl Reach {
    /// Of this address.
    pub fn of(ip: IpAddr) -> Self {
        match ip.to_canonical() {
            IpAddr::V4(ip) => Self::of_v4(ip),
            IpAddr::V6(ip) => Self::of_v6(ip),
        }
    }

    fn of_v4(ip: Ipv4Addr) -> Self {
        match ip.octets() {
            [127, ..] => Self::Loopback,
            [10, ..] | [192, 168, ..] | [169, 254, ..] => Self::Private,
            [172, 16..=31, ..] | [100, 64..=127, ..] => Self::Private,
            _ => Self::Public,
        }
    }

    fn of_v6(ip: Ipv6Addr) -> Self {
        if ip.is_loopback() {
            Self::Loopback
        } else if ip.is_unique_local() || ip.is_unicast_link_local() {
            Self::Private
        } else {
            Self::Public
        }
    }
}

/// Whether an address can be told to anybody: it names one host.
pub fn tellable(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        // 0.0.0.0/8; multicast, what is reserved, and broadcast.
        IpAddr::V4(ip) => !matches!(ip.octets(), [0 | 224..=255, ..]),
        IpAddr::V6(ip) => !ip.is_unspecified() && !ip.is_multicast(),
    }
}

/// Whether an operator may say that it names one host from everywhere. Stricter than [`Reach`], by
/// which askers are judged: what no router of the Internet takes is none, nor is one that stands for an
/// IPv4 address which is none, nor one at which no peer listens: of NAT64 (RFC 6052), which leads from
/// one network to hosts of IPv4; of Teredo (RFC 4380); of the relays of 6to4 (RFC 7526).
pub fn is_public(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(v4) => {
            let relay = matches!(v4.octets(), [192, 88, 99, _]);
            tellable(ip) && Reach::of_v4(v4) == Reach::Public && !relay
        }
        IpAddr::V6(v6) => match (v6.segments(), embedded(v6)) {
            ([0x2001, 0, ..], _) => false,
            // 2000::/3 is all that was ever given to anybody.
            ([0x2000..=0x3fff, ..], embedded) => embedded.is_none_or(|v4| is_public(v4.into())),
            _ => false,
        },
    }
}

/// Whether it is for documentation or measurements (RFC 5737, 2544, 3849, 9637): it looks public, and
/// leads nowhere on the Internet.
pub fn is_example(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(v4) => matches!(
            v4.octets(),
            [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] | [198, 18 | 19, ..]
        ),
        IpAddr::V6(v6) => match (embedded(v6), v6.segments()) {
            (Some(v4), _) => is_example(v4.into()),
            (None, segments) => matches!(segments, [0x2001, 0xdb8, ..] | [0x3fff, ..0x1000, ..]),
        },
    }
}

/// The IPv4 address that one of 6to4 (RFC 3056) or NAT64 (RFC 6052) stands for.
fn embedded(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    match ip.octets() {
        [0x20, 0x02, a, b, c, d, ..]
        | [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, a, b, c, d] => {
            Some(Ipv4Addr::new(a, b, c, d))
        }
        _ => None,
    }
}

/// The addresses of the tracker's own network as the outside knows it, where NAT stands between.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct External {
    /// For IPv4 peers.
    pub v4: Option<Ipv4Addr>,
    /// For IPv6 peers.
    pub v6: Option<Ipv6Addr>,
}

impl External {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// As what a peer here is told of outside.
    pub fn of(&self, ip: IpAddr) -> IpAddr {
        match ip {
            _ if Reach::of(ip) == Reach::Public => ip,
            IpAddr::V4(_) => self.v4.map_or(ip, IpAddr::V4),
            IpAddr::V6(_) => self.v6.map_or(ip, IpAddr::V6),
        }
    }

    /// Makes an answer one that the asker can use: peers whose address does not lead to them from
    /// where it is get the external one.
    pub fn adapt(&self, asker: IpAddr, drawn: &mut Drawn) {
        let asker = Reach::of(asker);
        if let Some(external) = self.v4 {
            for peer in &mut drawn.v4 {
                let [a, b, c, d, port @ ..] = *peer;
                if Reach::of_v4(Ipv4Addr::new(a, b, c, d)) < asker {
                    let [a, b, c, d] = external.octets();
                    let [high, low] = port;
                    *peer = [a, b, c, d, high, low];
                }
            }
        }
        if let Some(external) = self.v6 {
            for peer in &mut drawn.v6 {
                if let Some((ip, _)) = peer.split_first_chunk_mut::<16>()
                    && Reach::of_v6(Ipv6Addr::from(*ip)) < asker
                {
                    *ip = external.octets();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn addresses_and_how_far_they_are_good() {
        for (reach, addresses) in [
            (Reach::Loopback, &["127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1"][..]),
            (
                Reach::Private,
                &[
                    "10.0.0.1",
                    "172.16.0.1",
                    "172.31.255.255",
                    "192.168.9.9",
                    "169.254.1.1",
                    "100.64.0.1",
                    "100.127.255.255",
                    "fe80::1",
                    "fd00::1",
                    "fc00::1",
                    "::ffff:10.0.0.1",
                ],
            ),
            (
                Reach::Public,
                &[
                    "1.2.3.4",
                    "172.15.0.1",
                    "172.32.0.1",
                    "100.63.0.1",
                    "100.128.0.1",
                    "192.169.0.1",
                    "2001:db8::1",
                    "2000::1",
                ],
            ),
        ] {
            for address in addresses {
                assert_eq!(Reach::of(ip(address)), reach, "{address}");
                assert!(tellable(ip(address)), "{address}");
            }
        }
        for address in [
            "0.0.0.0",
            "0.1.2.3",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "ff02::1",
            "::ffff:0.0.0.0",
        ] {
            assert!(!tellable(ip(address)), "{address}");
        }
    }

    #[test]
    fn what_leads_nowhere_is_not_public_whatever_it_is_wrapped_in() {
        for (address, public, example) in [
            ("1.2.3.4", true, false),
            ("::ffff:1.2.3.4", true, false),
            ("2000::1", true, false),
            ("2002:102:304::1", true, false),
            ("64:ff9b::1.2.3.4", false, false),
            ("2001::1", false, false),
            ("2001:0:102:304::1", false, false),
            ("2001:1::1", true, false),
            ("192.88.99.1", false, false),
            ("192.88.98.1", true, false),
            ("2002:c058:6301::1", false, false),
            ("10.0.0.1", false, false),
            ("::ffff:10.0.0.1", false, false),
            ("2002:a00:1::1", false, false),
            ("2002:7f00:1::1", false, false),
            ("2002::1", false, false),
            ("64:ff9b::10.0.0.1", false, false),
            ("64:ff9b::224.0.0.1", false, false),
            // Of networks of their own, of before, of no one.
            ("64:ff9b:1::1.2.3.4", false, false),
            ("fec0::1", false, false),
            ("::1.2.3.4", false, false),
            ("100::1", false, false),
            ("fd00::1", false, false),
            ("192.0.2.1", true, true),
            ("198.51.100.255", true, true),
            ("203.0.113.9", true, true),
            ("198.19.255.1", true, true),
            ("2001:db8::1", true, true),
            ("3fff:fff::1", true, true),
            ("3fff:1000::1", true, false),
            ("2002:c000:201::1", true, true),
            ("64:ff9b::203.0.113.1", false, true),
            ("::ffff:192.0.2.1", true, true),
            ("192.0.3.1", true, false),
            ("2001:db9::1", true, false),
        ] {
            assert_eq!(
                (is_public(ip(address)), is_example(ip(address))),
                (public, example),
                "{address}"
            );
        }
        // Whom limits spare is judged by what came in a packet, which may be made up.
        assert_eq!(Reach::of(ip("2002:a00:1::1")), Reach::Public);
    }

    #[test]
    fn outsiders_are_told_the_external_address_and_neighbours_the_near_one() {
        let external = External { v4: Some([5, 5, 5, 5].into()), v6: "2000::5".parse().ok() };
        let told = |asker: &str| {
            let v4 = vec![[127, 0, 0, 1, 0, 1], [10, 0, 0, 2, 0, 2], [8, 8, 8, 8, 0, 3]];
            let mut drawn = Drawn { v4, ..Drawn::default() };
            for (address, port) in [("::1", 1), ("fd00::2", 2), ("2000::8", 3)] {
                let mut packed = [0; 18];
                packed[..16].copy_from_slice(&address.parse::<Ipv6Addr>().unwrap().octets());
                packed[17] = port;
                drawn.v6.push(packed);
            }
            external.adapt(ip(asker), &mut drawn);
            let v6 = |packed: &[u8; 18]| Ipv6Addr::from(*packed.first_chunk::<16>().unwrap());
            assert!(drawn.v4.iter().zip(1..).all(|(peer, port)| peer[4..] == [0, port]));
            assert!(drawn.v6.iter().zip(1..).all(|(peer, port)| peer[16..] == [0, port]));
            let v4: Vec<u8> = drawn.v4.iter().map(|peer| peer[0]).collect();
            (v4, drawn.v6.iter().map(|peer| v6(peer).to_string()).collect::<Vec<_>>())
        };
        let v6 = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(told("1.1.1.1"), (vec![5, 5, 8], v6("2000::5 2000::5 2000::8")));
        assert_eq!(told("fd00::9"), (vec![5, 10, 8], v6("2000::5 fd00::2 2000::8")));
        assert_eq!(told("127.0.0.1"), (vec![127, 10, 8], v6("::1 fd00::2 2000::8")));
    }

    #[test]
    fn without_an_external_address_of_the_family_nothing_changes() {
        let external = External { v4: None, v6: "2000::5".parse().ok() };
        let mut drawn = Drawn { v4: vec![[10, 0, 0, 2, 0, 2]], ..Drawn::default() };
        external.adapt(ip("1.1.1.1"), &mut drawn);
        assert_eq!(drawn.v4, [[10, 0, 0, 2, 0, 2]]);
        assert_eq!(external.of(ip("10.0.0.2")), ip("10.0.0.2"));
        assert_eq!(external.of(ip("fd00::2")), ip("2000::5"));
        assert_eq!(external.of(ip("2001::2")), ip("2001::2"));
        assert!(!external.is_empty() && External::default().is_empty());
    }
}
