//! What monitors ask: the metrics at an address of their own, whether all is well, and what the
//! system says of the process.

use super::Shared;
use super::pages::{self, Taken, only};
use crate::net::http_server::Reply;
use crate::store::words;
use crate::tracker::stats::{Process, Written};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
#[cfg(target_os = "linux")]
use rustix::fs::Dir;
use std::convert::Infallible;
use std::fs::File;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::sync::Arc;
#[cfg(target_os = "linux")]
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant, SystemTime};
use tokio::net::UdpSocket;
use tokio::sync::{Mutex, Semaphore};
use tokio::time::timeout;

/// Connections of monitors at once.
const CONNECTIONS: usize = 32;
/// What a monitor has to say what it wants, and for all that it wants.
const PATIENCE: Duration = Duration::from_secs(10);
const LIFE: Duration = Duration::from_secs(600);
/// After the system could not take a connection.
const PAUSE: Duration = Duration::from_millis(100);

/// What UDP has to answer in, packets that are tried in that time, and how long it is believed.
const UDP_PATIENCE: Duration = Duration::from_secs(1);
const UDP_TRIES: u32 = 4;
const UDP_BELIEVED: Duration = Duration::from_secs(1);
/// The protocol id of a connect, and its action (BEP 15).
const CONNECT: [u8; 12] = [0, 0, 4, 0x17, 0x27, 0x10, 0x19, 0x80, 0, 0, 0, 0];

/// Processor time is told in hundredths of a second on every Linux.
const TICK: Duration = Duration::from_millis(10);

/// Listens at the address of the metrics.
pub(super) fn listen(at: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(at)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Serves `/metrics` and `/healthz` there until dropped, in a `LocalSet`.
pub(super) async fn serve(shared: Arc<Shared>, listener: TcpListener) {
    // A descriptor that the runtime does not take; all else is served.
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    let free = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(permit) = Arc::clone(&free).acquire_owned().await else { return };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                let what = format_args!("no monitor can be taken: {}", words(&error));
                shared.diagnostics.warn("accept metrics", what);
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let shared = Arc::clone(&shared);
        let service = service_fn(move |request| {
            let shared = Arc::clone(&shared);
            async move { Ok::<_, Infallible>(answer(&shared, &request).await) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(PATIENCE)
            .max_buf_size(16 * 1024)
            .serve_connection(TokioIo::new(stream), service);
        tokio::task::spawn_local(async move {
            // What goes wrong here is the monitor's trouble.
            let _ = timeout(LIFE, connection).await;
            drop(permit);
        });
    }
}

async fn answer(shared: &Arc<Shared>, request: &Request<Incoming>) -> Reply {
    match request.uri().path() {
        "/metrics" => pages::monitored(shared, Taken::of(request.headers())).await,
        "/healthz" => health(shared).await,
        _ => only(StatusCode::NOT_FOUND, "Here are /metrics and /healthz.\n"),
    }
}

/// What was last found of UDP, and when. Held while it is tried, so that it is tried once however
/// many ask.
#[derive(Default, Debug)]
pub(super) struct Healthy(Mutex<Option<(Instant, bool)>>);

/// Whether all is well: HTTP is, where this is answered; UDP is called.
pub(super) async fn health(shared: &Shared) -> Reply {
    let pages = &shared.pages;
    if pages.udp.is_empty() {
        return only(StatusCode::OK, "ok: http\n");
    }
    match pages.healthy.udp(&pages.udp).await {
        true => only(StatusCode::OK, "ok: http, udp\n"),
        false => only(StatusCode::SERVICE_UNAVAILABLE, "failing: udp does not answer\n"),
    }
}

impl Healthy {
    async fn udp(&self, at: &[SocketAddr]) -> bool {
        let mut found = self.0.lock().await;
        if let Some((at, well)) = *found
            && at.elapsed() < UDP_BELIEVED
        {
            return well;
        }
        let (mut answers, mut fails) = (false, false);
        for &at in at {
            match timeout(UDP_PATIENCE, connects(at)).await {
                Ok(Ok(())) => answers = true,
                Ok(Err(error)) if at.ip().is_unspecified() && is_beyond_reach(&error) => {}
                _ => fails = true,
            }
        }
        let well = answers && !fails;
        *found = Some((Instant::now(), well));
        well
    }
}

/// Whether the machine has no way to an address of its own, as where it has IPv6 without `::1`: that
/// says nothing of who listens there.
fn is_beyond_reach(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::AddrNotAvailable | io::ErrorKind::NetworkUnreachable)
}

/// Asks for a connection id until it comes.
async fn connects(at: SocketAddr) -> io::Result<()> {
    let to = match at.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    let from: IpAddr = match to {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((from, 0)).await?;
    socket.connect((to, at.port())).await?;
    // Only the tracker can answer a connected socket, so the transaction need not be a secret.
    let transaction = u32::from(socket.local_addr()?.port()).to_be_bytes();
    let packet = [&CONNECT[..], &transaction].concat();
    loop {
        socket.send(&packet).await?;
        let mut answer = [0; 64];
        let Ok(came) = timeout(UDP_PATIENCE / UDP_TRIES, socket.recv(&mut answer)).await else {
            continue;
        };
        let answer = answer.get(..came?).unwrap_or_default();
        if answer.len() == 16
            && answer.starts_with(&[0; 4])
            && answer.get(4..8) == Some(&transaction)
        {
            return Ok(());
        }
    }
}

/// What the tracker does besides answering.
#[derive(Default, Debug)]
pub(super) struct Chores {
    /// When the state was last saved, in seconds since 1970; 0: not yet.
    saved: AtomicU64,
    lines_lost: AtomicU64,
}

impl Chores {
    /// The state that is there was saved so long ago.
    pub(super) fn begin(&self, age: Duration) {
        let then = SystemTime::now().checked_sub(age);
        self.saved.store(then.map_or(0, since_1970), Relaxed);
    }

    /// The state is saved.
    pub(super) fn save(&self) {
        self.saved.store(since_1970(SystemTime::now()), Relaxed);
    }

    /// So many more lines of the log are lost.
    pub(super) fn lose_lines(&self, lines: u64) {
        self.lines_lost.fetch_add(lines, Relaxed);
    }

    pub(super) fn written(&self) -> Written {
        let saved = self.saved.load(Relaxed);
        Written { saved: (saved > 0).then_some(saved), lines_lost: self.lines_lost.load(Relaxed) }
    }
}

fn since_1970(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// The process and its clock. The system's files are opened at the start, as a sandbox may keep them
/// out of reach later.
#[derive(Debug)]
pub(super) struct Machine {
    start: Instant,
    began: SystemTime,
    status: Option<File>,
    stat: Option<File>,
    /// A name for each open file.
    #[cfg(target_os = "linux")]
    files: Option<std::sync::Mutex<Dir>>,
}

impl Machine {
    pub(super) fn new(start: Instant) -> Self {
        let open = |path: &str| File::open(path).ok();
        let (status, stat) = (open("/proc/self/status"), open("/proc/self/stat"));
        Self {
            start,
            began: SystemTime::now(),
            status,
            stat,
            #[cfg(target_os = "linux")]
            files: open("/proc/self/fd").and_then(|folder| Some(Dir::new(folder).ok()?.into())),
        }
    }

    /// Since it began.
    pub(super) fn uptime(&self) -> Duration {
        self.start.elapsed()
    }

    /// In seconds since 1970.
    pub(super) fn began(&self) -> u64 {
        since_1970(self.began)
    }

    /// What the system says.
    pub(super) fn process(&self) -> Process {
        Process {
            memory: self.status.as_ref().and_then(read).as_deref().and_then(resident),
            cpu: self.stat.as_ref().and_then(read).as_deref().and_then(processor),
            files: self.files(),
        }
    }

    /// Files that are open, without the one by which they are counted.
    #[cfg(target_os = "linux")]
    fn files(&self) -> Option<u64> {
        let mut folder = self.files.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner);
        folder.rewind();
        let mut many = 0u64;
        while let Some(entry) = folder.read() {
            let name = entry.ok()?;
            many += u64::from(!name.file_name().to_bytes().starts_with(b"."));
        }
        many.checked_sub(1)
    }

    #[cfg(not(target_os = "linux"))]
    fn files(&self) -> Option<u64> {
        None
    }
}

#[cfg(unix)]
fn read(file: &File) -> Option<String> {
    use std::os::unix::fs::FileExt;
    let mut text = vec![0; 8 * 1024];
    let read = file.read_at(&mut text, 0).ok()?;
    text.truncate(read);
    String::from_utf8(text).ok()
}

#[cfg(not(unix))]
fn read(_: &File) -> Option<String> {
    None
}

/// `VmRSS` of a status file, in bytes.
fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

/// User and system time of a stat file: the 14th and 15th word, where the second is a name in
/// brackets that may hold anything.
fn processor(stat: &str) -> Option<Duration> {
    let mut words = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut ticks = || words.next()?.parse::<u32>().ok();
    TICK.checked_mul(ticks()?.checked_add(ticks()?)?)
}

#[cfg(test)]
mod tests;
