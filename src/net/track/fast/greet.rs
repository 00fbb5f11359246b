//! What comes before a connection's first request: what a proxy says of its client, a TLS handshake.

use super::held::Waits;
use super::talk::{Next, Stream, Talk, Task};
use super::{Remote, Seat, Start};
use crate::net::http_server::{self, Fault, Rewound};
use crate::net::track::http;
use crate::net::track::http_doors::Speech;
use crate::net::track::worker::Worker;
use crate::tracker::proxies::{Preface, preface};
use crate::tracker::tally::Outcome;
use hyper::StatusCode;
use std::io;
use tokio::io::AsyncReadExt;
use tokio_rustls::TlsAcceptor;

/// How a TLS handshake begins.
pub(super) const HANDSHAKE: u8 = 0x16;

/// Whether the connection begins with what a proxy says of its client.
pub(super) fn prefaced(worker: &Worker, remote: Remote) -> bool {
    worker.front.house.proxy_protocol
        && match remote {
            Remote::Tcp(address) => http::trusted(worker, address.ip()),
            Remote::Unix => true,
        }
}

/// What comes before the first request: what a proxy says of its client, a TLS handshake.
pub(super) async fn greet<S: Stream>(
    mut stream: S,
    mut remote: Remote,
    speech: Speech,
    proxied: bool,
    mut input: Vec<u8>,
    seat: Seat,
) -> io::Result<()> {
    if proxied {
        let length = loop {
            match preface(&input) {
                Preface::Incomplete => {}
                Preface::Proxied { source, length } => {
                    remote = Remote::Tcp(source);
                    break length;
                }
                Preface::Local { length } => break length,
                Preface::Garbled => {
                    http::count_other(&seat.worker, seat.family, Outcome::BadPreface);
                    return Ok(());
                }
            }
            if stream.read_buf(&mut input).await? == 0 {
                return Ok(());
            }
        };
        input.drain(..length);
    }
    if speech == Speech::Plain {
        return Task::Talking(Talk::new(stream, remote, Start::with(input)), seat).await;
    }
    if input.is_empty() && stream.read_buf(&mut input).await? == 0 {
        return Ok(());
    }
    let config = seat.worker.front.house.tls.as_ref().map(|tls| tls.config());
    match config {
        // A handshake costs more than most requests, so that it costs its address one.
        Some(_)
            if input.first() == Some(&HANDSHAKE) && http::paced(&seat.worker, remote).is_err() =>
        {
            http::count_other(&seat.worker, seat.family, Outcome::TooFast);
            Ok(())
        }
        Some(config) if input.first() == Some(&HANDSHAKE) => {
            let stream = Rewound::new(input, stream);
            let accepted = TlsAcceptor::from(config).accept(stream).await;
            let stream = accepted.inspect_err(|_| {
                http::count_other(&seat.worker, seat.family, Outcome::BadHandshake);
            })?;
            Task::Talking(Talk::new(stream, remote, Start::with(Vec::new())), seat).await
        }
        _ if speech == Speech::Either => {
            Task::Talking(Talk::new(stream, remote, Start::with(input)), seat).await
        }
        _ => {
            let mut output = Vec::new();
            let (status, words) = (StatusCode::BAD_REQUEST, "This port speaks HTTPS.\n");
            http_server::refuse(&mut output, status, words);
            let what = http::NotRead { bytes: words.len(), ..Fault::Garbled.into() };
            http::not_read(&seat.worker, remote, what);
            let next = Next::PassOver;
            let start = Start { input: Vec::new(), output, next, waits: Waits::Answer };
            Task::Talking(Talk::new(stream, remote, start), seat).await
        }
    }
}
