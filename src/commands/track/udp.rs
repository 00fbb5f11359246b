//! The flags of the way by UDP.

use crate::net::track;

#[derive(clap::Args, Debug)]
pub(super) struct Udp {
    /// UDP port to listen on [default: that of --port]
    #[arg(long, value_name = "PORT", conflicts_with = "no_udp")]
    udp_port: Option<u16>,
    /// Serve HTTP alone
    #[arg(long)]
    no_udp: bool,
}

impl Udp {
    /// `None`: it is closed.
    pub(super) fn options(&self) -> Option<track::Udp> {
        (!self.no_udp).then_some(track::Udp { port: self.udp_port })
    }
}
