//! The way by UDP: packets read, answered and sent by the batch, on the thread that serves HTTP too.
//!
//! Between two batches the other tasks of the thread have their turn, so that a flood of packets
//! delays a request by no more than a batch. What goes wrong with a packet is counted and ends
//! nothing.

mod asked;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod portable;

#[cfg(target_os = "linux")]
use self::linux::Socket;
#[cfg(not(target_os = "linux"))]
use self::portable::Socket;

use self::asked::Asked;
use super::connection_keys;
use super::worker::Worker;
use crate::tracker::service::Front;
use crate::tracker::tally::{Action, Outcome};
use crate::tracker::udp::Server;
use rand::RngExt;
use std::io;
use std::net::UdpSocket;
use std::pin::pin;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::task::yield_now;

/// Packets of a batch.
const BATCH: usize = 64;
/// Batches that are still answered once the tracker is to end.
const LAST: usize = 64;
/// Times in a row that the system may fail to receive before it is given a pause.
const TROUBLES_MOST: u32 = 16;
const PAUSE: Duration = Duration::from_millis(100);

/// The way by UDP.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Udp {
    /// The port; `None`: that of HTTP. 0: one that is free.
    pub port: Option<u16>,
}

/// Serves until told to stop, and then what has come in by then.
///
/// # Errors
/// The socket cannot be served.
pub(super) async fn serve(
    worker: Rc<Worker>,
    socket: UdpSocket,
    mut stopped: watch::Receiver<bool>,
) -> io::Result<()> {
    let mut socket = Socket::new(socket)?;
    let mut troubles = 0;
    let mut stopped = pin!(stopped.wait_for(|stop| *stop));
    loop {
        let ready = tokio::select! {
            biased;
            _ = &mut stopped => break,
            ready = socket.ready() => ready,
        };
        match ready.and_then(|()| batch(&worker, &mut socket)) {
            Ok(BATCH) => yield_now().await,
            Ok(_) => troubles = 0,
            Err(_) if troubles < TROUBLES_MOST => {
                troubles += 1;
                yield_now().await;
            }
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
    for _ in 0..LAST {
        match batch(&worker, &mut socket) {
            Ok(BATCH) => yield_now().await,
            _ => break,
        }
    }
    Ok(())
}

/// Serves what is there, at most [`BATCH`] packets; says how many those were. An error is the
/// socket's and nobody's who asked.
fn batch(worker: &Worker, socket: &mut Socket) -> io::Result<usize> {
    let (shared, tally) = (&worker.shared, &worker.tally);
    let began = Instant::now();
    let received = socket.receive();
    let connections = shared.connections.read(worker.rng.borrow_mut().random());
    let mut server = Server {
        service: &shared.service,
        connections: &connections,
        // Whoever was answered elsewhere before it asked here is later here.
        now: Instant::now(),
        slot: connection_keys::now(),
        rng: &mut *worker.rng.borrow_mut(),
        drawn: &mut worker.drawn.borrow_mut(),
        tally,
    };
    let logged = worker.log.borrow().now();
    let (mut bytes, mut sent) = (0, 0);
    let failed = match received {
        Ok(many) => {
            if many > 1 {
                server.prefetch(socket.packets());
            }
            socket.answer(|ip, buffer, length| {
                let asked = logged.and_then(|now| Some((now, Asked::read(buffer.get(..length)?)?)));
                let answer = server.answer(ip, buffer, length);
                bytes += length;
                sent += answer.unwrap_or(0);
                if let (Some((now, asked)), Some(length)) = (asked, answer) {
                    asked.log(worker, now, ip, length, began);
                }
                answer
            })
        }
        Err(_) => 1,
    };
    if let Ok(many @ 1..) = received {
        let whole = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        // They are read together, and their answers leave together: that is how long each took.
        tally.took_many(Front::Udp, began.elapsed(), whole(many));
        tally.carried(Front::Udp, whole(bytes), whole(sent));
    }
    if failed > 0 {
        let family = socket.family();
        tally.count_many(Front::Udp, family, Action::Other, Outcome::Failed, failed);
    }
    received
}
