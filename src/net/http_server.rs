//! A whole HTTP server for one connection: pages, upgrades, and whatever is out of the ordinary.

mod heads;
mod rewound;

pub use self::rewound::{Flow, Rewound};

use self::heads::Heads;
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Incoming};
use hyper::header::{CONNECTION, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::future::poll_fn;
use std::io::Write as _;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

/// Connections that may wait to be taken.
pub(super) const BACKLOG: i32 = 4096;
/// Connections at once, at most, where no number is given. One that waits holds less than a KiB; the
/// worst, which send heads as long as they may be or take no answer, some 32 KiB each, half a GB in all,
/// and beside it what the system holds for them, 192 KiB each at most.
const CONNECTIONS_MOST: u64 = 16_384;
/// Open files that are left for other things than connections.
const RESERVE: u64 = 128;

/// An answer.
pub type Reply = Response<Full<Bytes>>;

/// How many connections the process may have at once: as many as are wanted, and as many as the
/// limit of open files (`ulimit -n`), which is raised for it, allows.
pub fn connections(wanted: Option<usize>) -> usize {
    #[cfg(unix)]
    let limit = {
        use rustix::process::{Resource, getrlimit, setrlimit};
        let mut limit = getrlimit(Resource::Nofile);
        let soft = limit.current;
        limit.current = limit.maximum;
        if setrlimit(Resource::Nofile, limit).is_ok() { limit.current } else { soft }
    };
    #[cfg(not(unix))]
    let limit = None;
    within(limit, wanted)
}

fn within(limit: Option<u64>, wanted: Option<usize>) -> usize {
    let wanted =
        wanted.map_or(CONNECTIONS_MOST, |wanted| u64::try_from(wanted).unwrap_or(u64::MAX));
    let room = limit.map_or(u64::MAX, |limit| limit.saturating_sub(RESERVE).max(limit / 2));
    usize::try_from(wanted.min(room)).unwrap_or(usize::MAX).max(1)
}

/// Why what came is not answered as a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// It is none.
    Garbled,
    /// Its target is too long.
    LongTarget,
    /// Its head is.
    LongHead,
    /// It took too long.
    TooSlow,
}

impl Fault {
    /// Its status; none where there is nobody left to tell it to.
    pub fn status(self) -> Option<StatusCode> {
        match self {
            Self::Garbled => Some(StatusCode::BAD_REQUEST),
            Self::LongTarget => Some(StatusCode::URI_TOO_LONG),
            Self::LongHead => Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE),
            Self::TooSlow => None,
        }
    }

    /// The body of its answer.
    pub fn words(self) -> &'static str {
        match self {
            Self::Garbled => "This is no request of HTTP.\n",
            Self::LongTarget => "The URI is too long.\n",
            Self::LongHead => "The request's head is too long.\n",
            Self::TooSlow => "",
        }
    }

    /// Writes the last answer of its connection.
    pub fn refuse(self, out: &mut Vec<u8>) {
        if let Some(status) = self.status() {
            refuse(out, status, self.words());
        }
    }
}

/// Writes the last answer of a connection whose request is not taken.
pub fn refuse(out: &mut Vec<u8>, status: StatusCode, words: &str) {
    // Writing to memory cannot fail.
    let _ = write!(
        out,
        "HTTP/1.1 {} {}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\
         Content-Length: {}\r\n\r\n{words}",
        status.as_str(),
        status.canonical_reason().unwrap_or_default(),
        words.len()
    );
}

/// Serves one connection until it ends. A client has `patience` for the head of each request, of
/// `head_most` bytes, from its first byte on; before that it may be idle for ever. Once it is told to
/// stop, the next answer says that it is the last one, and is: a request may be on its way already. Whoever
/// holds the connection ends it where none comes. A request with a body is the last one too, since nobody
/// who asks a tracker has one, and where it ends would have to be known here. What came and went is told to `moved`, again and again.
///
/// Nothing is taken that two readers could take in two ways, since the other may be a proxy that saw
/// one request where two were seen here: a field with a blank before its colon, a line that is none.
///
/// # Errors
/// Why its last request was refused, or not waited for.
pub async fn converse<S, H, F>(
    mut stream: Rewound<S>,
    head_most: usize,
    patience: Duration,
    stop: watch::Receiver<bool>,
    mut moved: impl FnMut(&Flow),
    handler: H,
) -> Result<(), Fault>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    H: Fn(Request<Incoming>) -> F,
    F: Future<Output = Reply>,
{
    let flow = stream.watch();
    let service = service_fn(|request: Request<Incoming>| {
        flow.begin_request();
        let has_body = !request.body().is_end_stream();
        let (reply, flow, stop) = (handler(request), &flow, &stop);
        async move {
            let mut reply = reply.await;
            if (has_body || *stop.borrow()) && reply.status() != StatusCode::SWITCHING_PROTOCOLS {
                reply.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            flow.begin_answer();
            Ok::<_, Infallible>(reply)
        }
    });
    let connection = http1::Builder::new()
        .timer(Heads { flow: Arc::clone(&flow), patience })
        .header_read_timeout(patience)
        // It takes no less.
        .max_buf_size(head_most.max(8 * 1024))
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = poll_fn(|cx| {
        let ended = connection.as_mut().poll(cx);
        moved(&flow);
        ended
    });
    // What else goes wrong here is the client's trouble.
    match ended.await {
        Err(error) if error.is_parse_too_large() => Err(Fault::LongHead),
        Err(error) if error.is_parse() => Err(Fault::Garbled),
        Err(error) if error.is_timeout() => Err(Fault::TooSlow),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    #[test]
    fn connections_fit_into_the_limit_of_open_files() {
        assert_eq!(within(Some(1024), None), 896);
        assert_eq!(within(Some(1024), Some(100)), 100);
        assert_eq!(within(Some(65536), None), 16_384);
        assert_eq!(within(None, Some(1_000_000)), 1_000_000);
        assert_eq!((within(Some(10), None), within(Some(0), None)), (5, 1));
        assert_eq!(within(None, Some(0)), 1);
    }

    /// What comes back for these bytes, and how it ended.
    async fn served(before: &[u8], bytes: &[u8]) -> (String, Result<(), Fault>) {
        let (mut client, server) = duplex(4096);
        let (_stop, stopped) = watch::channel(false);
        client.write_all(bytes).await.unwrap();
        let stream = Rewound::new(before.to_vec(), server);
        let answer = |_| std::future::ready(Response::new(Full::new(Bytes::from_static(b"x"))));
        let patience = Duration::from_secs(15);
        let ended = converse(stream, 16 * 1024, patience, stopped, |_| (), answer).await;
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).await.unwrap();
        (String::from_utf8(answer).unwrap(), ended)
    }

    #[tokio::test]
    async fn what_could_be_read_in_two_ways_is_refused_in_our_words() {
        let mut refused = Vec::new();
        Fault::Garbled.refuse(&mut refused);
        let refused = String::from_utf8(refused).unwrap();
        for field in [
            "Content-Length : 3",
            "Content-Length\t: 3",
            "Transfer-Encoding : chunked",
            "User Agent: x",
            "no field",
            "A: b\r\n c",
        ] {
            let text = format!("{field}\r\n\r\n");
            let (answer, ended) = served(b"GET / HTTP/1.1\r\n", text.as_bytes()).await;
            assert_eq!((&answer, ended), (&refused, Err(Fault::Garbled)), "{field}");
            // The same after a request that is none of these.
            let text = format!("\r\nGET / HTTP/1.1\r\n{text}");
            let (answer, ended) = served(b"GET / HTTP/1.1\r\n", text.as_bytes()).await;
            assert!(
                answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with(&refused),
                "{answer}"
            );
            assert_eq!(ended, Err(Fault::Garbled));
        }
        let (answer, ended) = served(b"GET / HTTP/1.0\n", b"Host: t\n\n").await;
        assert!(answer.ends_with("\r\n\r\nx") && ended.is_ok(), "{answer}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_has_its_time_from_its_first_byte_on() {
        let (mut client, server) = duplex(4096);
        let (_stop, stopped) = watch::channel(false);
        let stream = Rewound::new(b"GET / HT".to_vec(), server);
        let answer = |_| std::future::ready(Response::new(Full::new(Bytes::from_static(b"x"))));
        let (patience, mut turns) = (Duration::from_secs(15), Vec::new());
        let moved = |flow: &Flow| turns.extend(flow.turned());
        {
            let mut serving = pin!(converse(stream, 16 * 1024, patience, stopped, moved, answer));
            let hour = Duration::from_secs(60 * 60);
            client.write_all(b"TP/1.1\r\nHost: t\r\n\r\n").await.unwrap();
            let ended = tokio::time::timeout(hour, &mut serving).await;
            assert!(ended.is_err(), "to be idle is no fault: {ended:?}");
            client.write_all(b"GET /").await.unwrap();
            let began = tokio::time::Instant::now();
            assert_eq!(serving.await, Err(Fault::TooSlow));
            assert!((patience..2 * patience).contains(&began.elapsed()));
        }
        assert_eq!(turns, [true, false]);
        // And so the first one has, of which some came before.
        let (_client, server) = duplex(4096);
        let (_stop, stopped) = watch::channel(false);
        let stream = Rewound::new(b"GET / HT".to_vec(), server);
        let ended = converse(stream, 16 * 1024, patience, stopped, |_| (), answer).await;
        assert_eq!(ended, Err(Fault::TooSlow));
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_came_with_the_one_before_it_is_under_way() {
        let (_client, server) = duplex(4096);
        let (_stop, stopped) = watch::channel(false);
        let both = b"GET / HTTP/1.1\r\nHost: t\r\n\r\nGET /slow HTTP/1.1\r\nHost: t\r\n\r\n";
        let stream = Rewound::new(both.to_vec(), server);
        let answer = async |request: Request<Incoming>| {
            if request.uri().path() == "/slow" {
                std::future::pending::<()>().await;
            }
            Response::new(Full::new(Bytes::from_static(b"x")))
        };
        let (patience, mut turns) = (Duration::from_secs(15), Vec::new());
        let moved = |flow: &Flow| turns.extend(flow.turned());
        let serving = converse(stream, 16 * 1024, patience, stopped, moved, answer);
        assert!(tokio::time::timeout(10 * patience, serving).await.is_err(), "it is answered");
        assert_eq!(turns.last(), Some(&false), "{turns:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn half_a_head_that_came_with_the_request_before_it_has_its_time() {
        for first in ["GET /", "\r\nGET / HTTP/1.1\r\nHost: t\r\n"] {
            let (_client, server) = duplex(4096);
            let (_stop, stopped) = watch::channel(false);
            let both = format!("GET / HTTP/1.1\r\nHost: t\r\n\r\n{first}");
            let stream = Rewound::new(both.into_bytes(), server);
            let answer = |_| std::future::ready(Response::new(Full::new(Bytes::from_static(b"x"))));
            let (patience, mut turns) = (Duration::from_secs(15), Vec::new());
            let moved = |flow: &Flow| turns.extend(flow.turned());
            let serving = converse(stream, 16 * 1024, patience, stopped, moved, answer);
            let ended = tokio::time::timeout(2 * patience, serving).await;
            assert_eq!(ended, Ok(Err(Fault::TooSlow)), "{first}");
            assert_eq!(turns.last(), Some(&false), "{turns:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_with_a_body_is_the_last_one() {
        for (body, length) in
            [("a=b", "Content-Length: 3"), ("0\r\n\r\n", "Transfer-Encoding: chunked")]
        {
            // Half a head behind it is not waited for, and the connection not kept as idle.
            let text = format!("POST / HTTP/1.1\r\nHost: t\r\n{length}\r\n\r\n{body}GET /");
            let (answer, ended) = served(b"", text.as_bytes()).await;
            assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
            assert!(answer.ends_with("\r\n\r\nx") && ended.is_ok(), "{answer}");
        }
        let text = b"POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\n\r\nGET /";
        let (answer, ended) = served(b"", text).await;
        assert!(!answer.contains("connection: close"), "{answer}");
        assert_eq!(ended, Err(Fault::TooSlow));
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_is_idle_when_it_is_to_stop_may_ask_once_more() {
        for begun in ["", "GET / HT"] {
            let (mut client, server) = duplex(4096);
            let (stop, stopped) = watch::channel(false);
            let stream = Rewound::new(b"GET / HTTP/1.1\r\nHost: t\r\n\r\n".to_vec(), server);
            let answer = |_| std::future::ready(Response::new(Full::new(Bytes::from_static(b"x"))));
            let patience = Duration::from_secs(15);
            let mut serving = pin!(converse(stream, 16 * 1024, patience, stopped, |_| (), answer));
            client.write_all(begun.as_bytes()).await.unwrap();
            let ended = tokio::time::timeout(patience / 2, &mut serving).await;
            assert!(ended.is_err(), "{ended:?}");
            stop.send_replace(true);
            let ended = tokio::time::timeout(patience / 4, &mut serving).await;
            assert!(ended.is_err(), "{ended:?}");
            let rest = "GET / HTTP/1.1\r\nHost: t\r\n\r\n".strip_prefix(begun).unwrap();
            client.write_all(rest.as_bytes()).await.unwrap();
            assert_eq!(serving.await, Ok(()));
            let mut answers = String::new();
            client.read_to_string(&mut answers).await.unwrap();
            let (first, last) = answers.split_at(answers.rfind("HTTP/1.1").unwrap());
            assert!(
                !first.contains("connection") && last.contains("connection: close"),
                "{answers}"
            );
        }
    }

    #[tokio::test]
    async fn bytes_are_told_as_they_go() {
        const LENGTH: usize = 100_000;
        let (mut client, server) = duplex(1000);
        let (_stop, stopped) = watch::channel(false);
        let (mut all, mut steps) = ((0, 0), 0);
        let moved = |flow: &Flow| {
            let (received, sent) = flow.take();
            all = (all.0 + received, all.1 + sent);
            steps += u32::from(sent > 0);
        };
        let head = "GET / HTTP/1.0\r\n\r\n";
        let stream = Rewound::new(head.into(), server);
        let body = Bytes::from(vec![b'x'; LENGTH]);
        let answer = |_| std::future::ready(Response::new(Full::new(body.clone())));
        let patience = Duration::from_secs(15);
        let mut answered = Vec::new();
        let (ended, _) = tokio::join!(
            converse(stream, 16 * 1024, patience, stopped, moved, answer),
            client.read_to_end(&mut answered)
        );
        assert_eq!((ended, answered.len() > LENGTH), (Ok(()), true));
        assert_eq!(all, (head.len() as u64, answered.len() as u64));
        assert!(steps > 50, "one who reads slowly is seen to read");
    }
}
