//! Whom and what `bt track` serves: its flags.

use crate::cli::{Cli, Failure, units};
use crate::net::track::Sources;
use crate::tracker::limits::{self, Bound, Rate};
use crate::tracker::proxies::{self, Proxies};
use crate::tracker::reach::{External, Reach, is_example, is_public};
use crate::tracker::service::{self, Naming};
use crate::tracker::websocket;
use ipnet::IpNet;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Who and what is served")]
pub(super) struct Policy {
    /// Serve only these torrents: a list, or a folder of .torrent files
    ///
    /// A list has one info-hash a line, as 40 hex digits, 32 letters of base32, or the 64 hex
    /// digits of version 2; what follows a # is passed over. It is a regular file of 1GiB at most, no
    /// pipe, since it is read more than once. A hybrid torrent in a folder counts by
    /// both of its hashes. May be given more than once.
    ///
    /// All lists are read again on SIGHUP, and within seconds when they change. One with an error is
    /// not taken: the old one stays, a warning names the line, and another says when it is good again. In a folder, files that come and
    /// go are noticed; one that is written over takes a SIGHUP. A torrent that is not served any more
    /// is forgotten at once, with all its peers.
    #[arg(long, value_name = "PATH")]
    allow: Vec<PathBuf>,
    /// Never serve these torrents: a list, or a folder, as for --allow
    #[arg(long, value_name = "PATH")]
    deny: Vec<PathBuf>,
    /// Serve only who has one of these keys, at /KEY/announce
    ///
    /// A line is KEY [EXPIRY] [LABEL]: 8 to 64 letters, digits, - and _; a day (good to its end,
    /// UTC), a time as 2026-12-31T23:59:59Z, or @ with seconds since 1970; any words. The list is
    /// read again as those of --allow. The metrics tell of keys only at
    /// --metrics-listen, by their labels; one without goes by a name that leads back to no key and
    /// is another after each start.
    ///
    /// No log shows a key. What stands in a path where a key does, or where one could, is shown as an
    /// ellipsis, be it a key or not; elsewhere, as in ?passkey=KEY or a User-Agent, so is each word
    /// that is a key of the list, expired or not, or was one since the tracker began (of those that
    /// were taken out, the last 500,000 at least). A key that is part of a longer word, or encoded in another way than
    /// by % once, is not seen there.
    ///
    /// The pages, the feed and the .torrent files know no keys: see --index, --stats and --files.
    ///
    /// A UDP announce carries the key in the path of its URL (BEP 41); a UDP scrape has no room for
    /// one and is refused.
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    /// Proxies that are believed whom they speak for: CIDR blocks or addresses
    ///
    /// The asker is the rightmost hop that is not such a proxy; of a proxy that names nobody it is
    /// the proxy itself. Whether it came by HTTPS, for the
    /// links of pages, is what the header says with proto=, or X-Forwarded-Proto.
    #[arg(long, value_name = "CIDR", value_delimiter = ',', value_parser = net)]
    trusted_proxy: Vec<IpNet>,
    /// The header in which the trusted proxies say it; the other is not looked at
    #[arg(long, value_name = "HEADER", default_value = "x-forwarded-for")]
    proxy_header: Header,
    /// Believe the ip= of askers on loopback and private addresses
    ///
    /// Without it, such an asker may name another private address. That of a trusted proxy is
    /// not believed (see --proxies-announce), nor ever that of others.
    #[arg(long)]
    trust_ip: bool,
    /// The trusted proxies announce for others, and their ip= is believed
    ///
    /// Only for proxies that name the client of whatever they pass on: behind one that does not,
    /// everybody could have anybody told to others.
    #[arg(long, requires = "trusted_proxy")]
    proxies_announce: bool,
    /// Address of the tracker's own network as seen from outside; one IPv4, one IPv6
    ///
    /// Peers on private addresses (also loopback, link-local and shared ones) are told to askers
    /// outside under this address, and to askers of their own kind as they are. Their ports must
    /// lead to them from outside. It must be a public address; one for documentation or benchmarks
    /// (192.0.2.0/24, 198.18.0.0/15 and the like) is warned of.
    #[arg(long, value_name = "ADDRESS", value_parser = public)]
    external_ip: Vec<IpAddr>,
    /// Call each peer back, and tell others only of those that take the call
    ///
    /// Over HTTP an announce waits for the call, and is refused where it fails; over UDP, and where
    /// too many are being called, it is answered at once, and the peer is told of once it was
    /// reached. Only the address that an
    /// announce came from is called, with bounds on the calls at once and a second; what came of one
    /// is remembered for four intervals where the peer was reached, for five minutes where not. An
    /// address that is believed by ip= is not called, and the peers of a --dfile count as reached at
    /// the start, also where a tracker without --nat-check wrote it.
    #[arg(long)]
    nat_check: bool,
    /// Requests of one address: N/s or N/m, and so many at once [default: 500/s,10000;
    /// private addresses: no limit]
    ///
    /// Where it is given it holds for private addresses too; 0: for none. IPv6 counts by /64. What
    /// is too much is refused over HTTP and dropped over UDP. A handshake of TLS counts as one; /metrics
    /// and /healthz are free for private addresses. A client that comes earlier than it
    /// was told to, but within its rate, is answered as always.
    #[arg(long, value_name = "RATE")]
    rate: Option<Pace>,
    /// Torrents of one address; 0: no limit
    ///
    /// Counted about, in fixed memory, by what was announced within --timeout-downloaders; at its
    /// turn an address can have twice as many for a while. IPv6 counts by /64, and a /48 may have 16
    /// times as many.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    torrents_per_address: u32,
    /// Peers of one address, a torrent and a port each; 0: no limit [default: 20000; private
    /// addresses: no limit]
    ///
    /// Counted as torrents are, of which an address cannot have more either. Where it is given it
    /// holds for private addresses too.
    #[arg(long, value_name = "NUMBER")]
    peers_per_address: Option<u32>,
    /// The least time between announces that peers are told
    #[arg(long, value_name = "TIME", value_parser = units::duration)]
    min_interval: Option<Duration>,
    /// By how many percent --interval is longer or shorter, at random
    ///
    /// Peers that came together, after a restart, then do not all come back together.
    #[arg(long, value_name = "PERCENT", default_value_t = 10, value_parser = clap::value_parser!(u8).range(..=50))]
    interval_jitter: u8,
}

/// The header in which proxies tell whom they speak for.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Header {
    /// As most proxies write it
    XForwardedFor,
    /// As RFC 7239 has it
    Forwarded,
}

/// A rate, or none.
#[derive(Clone, Copy, Debug)]
struct Pace(Option<Rate>);

impl std::str::FromStr for Pace {
    type Err = limits::NotRate;

    fn from_str(text: &str) -> Result<Self, limits::NotRate> {
        if text == "0" { Ok(Self(None)) } else { text.parse().map(|rate| Self(Some(rate))) }
    }
}

fn net(text: &str) -> Result<IpNet, String> {
    let whole = || text.parse::<IpAddr>().ok().map(IpNet::from);
    let net: Option<IpNet> = text.parse().ok().or_else(whole);
    net.ok_or_else(|| "a CIDR block is like 10.0.0.0/8 or fd00::/8".into())
}

fn public(text: &str) -> Result<IpAddr, String> {
    let ip: IpAddr = text.parse().map_err(|_| "an address is like 203.0.113.7 or 2001:db8::7")?;
    match is_public(ip) {
        true => Ok(ip),
        false => Err("no public address, so nobody outside could use it".into()),
    }
}

/// One that holds for all addresses; 0: none.
fn bound(most: u32) -> Option<Bound> {
    NonZeroU32::new(most).map(|most| Bound { most, nearest: Reach::Loopback })
}

impl Policy {
    /// The longest that a peer is told to wait, where it is told this on average.
    pub(super) fn longest(&self, interval: Duration) -> Duration {
        let jitter = interval.saturating_mul(self.interval_jitter.into()) / 100;
        interval.saturating_add(jitter).max(self.min_interval.unwrap_or_default())
    }

    /// Whether the tracker is for those alone who have a key.
    pub(super) fn is_private(&self) -> bool {
        self.keys.is_some()
    }

    /// Whether a proxy is trusted by its address.
    pub(super) fn has_proxies(&self) -> bool {
        !self.trusted_proxy.is_empty()
    }

    /// Says what is allowed and hardly meant.
    pub(super) fn warn(&self, cli: &Cli<'_>) {
        for ip in self.external_ip.iter().filter(|ip| is_example(**ip)) {
            let what =
                "an address for documentation or benchmarks, which leads nowhere on the Internet";
            cli.ui.warn(cli.env, format_args!("--external-ip {ip}: {what}"));
        }
    }

    /// What stands in front of the swarms.
    pub(super) fn options(&self, browsers: websocket::Config) -> Result<service::Policy, Failure> {
        let mut external = External::default();
        for ip in &self.external_ip {
            let twice = match ip.to_canonical() {
                IpAddr::V4(ip) => external.v4.replace(ip).is_some(),
                IpAddr::V6(ip) => external.v6.replace(ip).is_some(),
            };
            if twice {
                return Err(Failure::usage("--external-ip takes one IPv4 and one IPv6 address"));
            }
        }
        let (public, private) = match self.rate {
            Some(Pace(rate)) => (rate, rate),
            None => (Some(Rate::PUBLIC), None),
        };
        let header = match self.proxy_header {
            Header::XForwardedFor => proxies::Header::XForwardedFor,
            Header::Forwarded => proxies::Header::Forwarded,
        };
        Ok(service::Policy {
            proxies: Proxies::new(self.trusted_proxy.clone(), header),
            naming: Naming { proxies: self.proxies_announce, private: self.trust_ip },
            external,
            limits: limits::Config {
                public,
                private,
                torrents: bound(self.torrents_per_address),
                peers: self.peers_per_address.map_or(Some(Bound::PUBLIC), bound),
                ..limits::Config::default()
            },
            min_interval: self.min_interval,
            jitter: self.interval_jitter,
            nat_check: self.nat_check,
            browsers,
        })
    }

    /// The files that it is read from.
    pub(super) fn sources(&self, cli: &Cli<'_>) -> Sources {
        let resolve = |path: &PathBuf| cli.env.resolve(path);
        Sources {
            allow: self.allow.iter().map(resolve).collect(),
            deny: self.deny.iter().map(resolve).collect(),
            keys: self.keys.as_ref().map(resolve),
        }
    }
}
