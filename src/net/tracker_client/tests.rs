use super::*;
use crate::torrent::{InfoHash, PeerId};
use crate::tracker::announce::{Event, Peer};
use crate::tracker::udp::Family;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};

fn some() -> Announce {
    Announce {
        info_hash: InfoHash([0xaa; 20]),
        peer_id: PeerId(*b"-BT0100-abcdefghijkl"),
        port: 6881,
        uploaded: 1,
        downloaded: 2,
        left: 3,
        event: Event::Started,
        numwant: None,
        compact: true,
        no_peer_id: true,
        key: Some(7),
        tracker_id: None,
        ip: None,
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(30)
}

/// Answers one request after the other as told; gives the request lines.
async fn http_tracker(listener: TcpListener, answers: Vec<Vec<u8>>) -> Vec<String> {
    let mut asked = Vec::new();
    for answer in answers {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        asked.push(String::from_utf8(head).unwrap());
        stream.write_all(&answer).await.unwrap();
    }
    asked
}

fn answer(status: &str, more: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status}\r\n{more}Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

async fn ask(answers: Vec<Vec<u8>>) -> (Result<Answer, Trouble>, Vec<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/announce?passkey=x", listener.local_addr().unwrap());
    let (client, some) = (Client::default(), some());
    tokio::join!(announce(&client, &url, &some, soon()), http_tracker(listener, answers))
}

#[test]
fn http_with_a_redirect_and_gzip() {
    let mut zipped = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut zipped, b"d8:intervali60e5:peers6:\x0a\0\0\x01\0\x07e").unwrap();
    let (result, asked) = block_on(ask(vec![
        answer("302 Found", "Location: /other?a=b\r\n", b""),
        answer("200 OK", "Content-Encoding: gzip\r\n", &zipped.finish().unwrap()),
    ]));
    let peers = vec![Peer { address: "10.0.0.1:7".parse().unwrap(), id: None }];
    let expected = Answer { interval: Duration::from_secs(60), peers, ..Answer::default() };
    assert_eq!(result, Ok(expected));
    assert!(asked[0].starts_with("GET /announce?passkey=x&info_hash=%AA%AA"), "{asked:?}");
    assert!(asked[0].contains("&event=started") && asked[0].contains("user-agent: bt/"));
    assert!(asked[1].starts_with("GET /other?a=b HTTP/1.1"), "{asked:?}");
}

#[test]
fn http_troubles() {
    let refused = |body: &[u8], status| block_on(ask(vec![answer(status, "", body)])).0;
    let words = |result| match result {
        Err(Trouble::Refused { reason, .. }) => reason,
        other => panic!("{other:?}"),
    };
    assert_eq!(words(refused(b"d14:failure reason2:noe", "200 OK")), "no");
    assert_eq!(words(refused(b"d14:failure reason2:noe", "403 Forbidden")), "no");
    assert_eq!(words(refused(b"gone", "404 Not Found")), "the tracker answered 404");
    assert!(matches!(refused(b"<html>", "200 OK"), Err(Trouble::Garbled(_))));
    let large = vec![b'x'; ANSWER_MOST + 1];
    assert!(matches!(refused(&large, "200 OK"), Err(Trouble::Garbled(_))));
    let turns = (0..9).map(|_| answer("302 Found", "Location: /\r\n", b"")).take(6).collect();
    assert_eq!(block_on(ask(turns)).0, Err(Trouble::Unreachable("too many redirects".into())));
}

#[test]
fn udp_repeats_nothing_and_reuses_the_connection() {
    block_on(async {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let url = format!("udp://{}/announce?k=v", socket.local_addr().unwrap());
        let server = async {
            let mut seen = Vec::new();
            let mut buffer = [0; 2048];
            while seen.len() < 3 {
                let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
                let request = udp::parse_request(&buffer[..length]).unwrap();
                let (transaction, response) = match &request {
                    Request::Connect { transaction } => {
                        (*transaction, Response::Connect { connection: 99 })
                    }
                    Request::Announce { connection, transaction, url_data, .. } => {
                        assert_eq!((*connection, &url_data[..]), (99, &b"/announce?k=v"[..]));
                        let interval = Duration::from_secs(60);
                        (*transaction, Response::Announce(Answer { interval, ..Answer::default() }))
                    }
                    Request::Scrape { .. } => panic!("nobody scrapes"),
                };
                seen.push(request);
                // An answer to something else is passed over.
                let stray = udp::response(transaction ^ 1, &response, Family::V4);
                socket.send_to(&stray, from).await.unwrap();
                let packet = udp::response(transaction, &response, Family::V4);
                socket.send_to(&packet, from).await.unwrap();
            }
            seen
        };
        let (client, some) = (Client::default(), some());
        let asks = async {
            for _ in 0..2 {
                let answer = announce(&client, &url, &some, soon()).await.unwrap();
                assert_eq!(answer.interval, Duration::from_secs(60));
            }
        };
        let (seen, ()) = tokio::join!(server, asks);
        assert!(matches!(seen[0], Request::Connect { .. }));
        assert!(matches!(seen[2], Request::Announce { .. }));
    });
}

#[tokio::test(start_paused = true)]
async fn udp_says_again_what_was_lost() {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let url = format!("udp://{}", socket.local_addr().unwrap());
    let server = async {
        let (mut connects, mut announces) = (0, 0);
        let mut buffer = [0; 2048];
        // The first of each is lost.
        while announces < 2 {
            let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
            let (count, transaction, response) = match udp::parse_request(&buffer[..length]) {
                Ok(Request::Connect { transaction }) => {
                    (&mut connects, transaction, Response::Connect { connection: 99 })
                }
                Ok(Request::Announce { connection: 99, transaction, .. }) => {
                    (&mut announces, transaction, Response::Announce(Answer::default()))
                }
                other => panic!("{other:?}"),
            };
            *count += 1;
            if *count == 2 {
                let packet = udp::response(transaction, &response, Family::V4);
                socket.send_to(&packet, from).await.unwrap();
            }
        }
        connects
    };
    let (client, some) = (Client::default(), some());
    let deadline = Instant::now() + Duration::from_secs(3600);
    let (connects, answer) = tokio::join!(server, announce(&client, &url, &some, deadline));
    assert!(answer.is_ok(), "{answer:?}");
    assert_eq!(connects, 2);
}

#[test]
fn nobody_there() {
    let client = Client::default();
    for url in ["http://127.0.0.1:1/announce", "udp://127.0.0.1:1", "nonsense", "ftp://x:1/"] {
        let result = block_on(announce(&client, url, &some(), soon()));
        assert!(matches!(result, Err(Trouble::Unreachable(_))), "{url}: {result:?}");
    }
}

#[test]
fn two_families_are_one_answer() {
    let peer = |text: &str| Peer { address: text.parse().unwrap(), id: None };
    let with = |peers| Answer { peers, ..Answer::default() };
    let merged = merge(
        Ok(with(vec![peer("1.1.1.1:1")])),
        Ok(with(vec![peer("1.1.1.1:1"), peer("[2001:db8::1]:1")])),
    );
    assert_eq!(merged.unwrap().peers.len(), 2);
    let down = || Err(Trouble::Unreachable("down".into()));
    let no = || Err(Trouble::Refused { reason: "no".into(), retry: None });
    assert!(merge(down(), Ok(Answer::default())).is_ok());
    assert!(merge(Ok(Answer::default()), no()).is_ok());
    assert_eq!(merge(down(), no()), no());
    assert_eq!(merge(no(), down()), no());
}
