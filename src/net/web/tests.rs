use super::*;
use proptest::prelude::*;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::thread::JoinHandle;

/// A server that answers one request after the other with these bytes, in as many connections as
/// the client makes; gives the heads of the requests, and how many connections there were.
fn serve(answers: Vec<Vec<u8>>) -> (String, JoinHandle<(Vec<String>, usize)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/file", listener.local_addr().unwrap());
    let serving = std::thread::spawn(move || {
        let (mut heads, mut connections) = (Vec::new(), 0);
        let mut answers = answers.into_iter().peekable();
        while answers.peek().is_some() {
            let (stream, _) = listener.accept().unwrap();
            connections += 1;
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            while answers.peek().is_some() {
                let mut head = String::new();
                while !head.ends_with("\r\n\r\n") {
                    if reader.read_line(&mut head).unwrap_or(0) == 0 {
                        break;
                    }
                }
                if head.is_empty() {
                    break;
                }
                heads.push(head);
                let answer = answers.next().unwrap();
                // The client may have had enough.
                if (&stream).write_all(&answer).is_err() || closes(&answer) {
                    break;
                }
            }
        }
        (heads, connections)
    });
    (url, serving)
}

fn closes(answer: &[u8]) -> bool {
    !answer.windows(15).any(|word| word == b"Content-Length:")
        || answer.windows(17).any(|word| word == b"Connection: close")
}

fn answer(status: &str, more: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\n{more}Content-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn partial(range: &str, body: &[u8]) -> Vec<u8> {
    answer("206 Partial Content", &format!("Content-Range: bytes {range}\r\n"), body)
}

/// What comes of asking for bytes 2 to 5, where these are the answers.
fn ask(answers: Vec<Vec<u8>>) -> Result<Part, Fault> {
    let (url, serving) = serve(answers);
    let part = Web::new(Authorities::default()).unwrap().part(&url, 2..6);
    serving.join().unwrap();
    part
}

#[test]
fn parts_come_over_one_connection() {
    let (url, serving) = serve(vec![
        partial("2-5/9", b"cdef"),
        partial("8-8/*", b"i"),
        answer("200 OK", "", b"abcdefghi"),
    ]);
    let web = Web::new(Authorities::default()).unwrap();
    let part = Part { bytes: Bytes::from_static(b"cdef"), total: Some(9) };
    assert_eq!(web.part(&url, 2..6), Ok(part));
    assert_eq!(web.read(&url, 8..9).as_deref(), Ok(&b"i"[..]));
    // Nobody is asked for nothing.
    assert_eq!(web.read("http://nobody.invalid/", 7..7).as_deref(), Ok(&b""[..]));
    // All of the file is what was asked for, ranges or not.
    assert_eq!(web.read(&url, 0..9).as_deref(), Ok(&b"abcdefghi"[..]));
    let (heads, connections) = serving.join().unwrap();
    assert_eq!(connections, 1);
    assert!(heads[0].starts_with("GET /file HTTP/1.1\r\n"), "{heads:?}");
    assert!(heads[0].to_ascii_lowercase().contains("\r\nrange: bytes=2-5\r\n"), "{heads:?}");
    assert!(heads[0].to_ascii_lowercase().contains("\r\naccept-encoding: identity\r\n"));
}

#[test]
fn a_kept_connection_that_was_closed_is_made_anew() {
    let closing =
        answer("206 Partial Content", "Connection: close\r\nContent-Range: bytes 0-0/2\r\n", b"a");
    let (url, serving) = serve(vec![closing.clone(), closing]);
    let web = Web::new(Authorities::default()).unwrap();
    assert_eq!(web.read(&url, 0..1).as_deref(), Ok(&b"a"[..]));
    assert_eq!(web.read(&url, 0..1).as_deref(), Ok(&b"a"[..]));
    assert_eq!(serving.join().unwrap().1, 2);
}

#[test]
fn redirects_are_followed_but_not_in_circles() {
    let to = |location: &str| answer("302 Found", &format!("Location: {location}\r\n"), b"");
    let part = ask(vec![to("/other"), partial("2-5/9", b"cdef")]);
    assert_eq!(part.map(|part| part.bytes).as_deref(), Ok(&b"cdef"[..]));
    let circles = ask(vec![to("/file"); 6]);
    assert_eq!(circles, Err(http_client::Error::Redirect("too many redirects").into()));
}

#[test]
fn servers_that_do_not_send_what_they_were_asked_for() {
    for (sent, fault) in [
        (answer("200 OK", "", b"abcdefghi"), Fault::NoRanges),
        (answer("200 OK", "", b"abcd"), Fault::Shorter),
        (answer("416 Range Not Satisfiable", "", b""), Fault::Shorter),
        (partial("2-3/4", b"cd"), Fault::Shorter),
        (partial("0-3/9", b"abcd"), Fault::OtherRange),
        (partial("2-6/9", b"cdefg"), Fault::OtherRange),
        (partial("2-3/9", b"cd"), Fault::OtherRange),
        (answer("206 Partial Content", "", b"cdef"), Fault::OtherRange),
        (partial("2-5/9", b"cdefg"), Fault::Long),
        (partial("2-5/9", b"cd"), Fault::Short { got: 2, wanted: 4 }),
        (answer("206 Partial Content", "Content-Encoding: gzip\r\n", b"cdef"), Fault::Encoded),
        (answer("404 Not Found", "", b"nothing"), http_client::Error::Status(404).into()),
        (answer("500 Oops", "", b""), http_client::Error::Status(500).into()),
    ] {
        let shown = String::from_utf8_lossy(&sent).into_owned();
        assert_eq!(ask(vec![sent]), Err(fault), "{shown}");
    }
    let cut = b"HTTP/1.1 206 x\r\nContent-Length: 4\r\nContent-Range: bytes 2-5/9\r\n\
        Connection: close\r\n\r\ncd";
    assert_eq!(ask(vec![cut.to_vec()]), Err(Fault::Short { got: 2, wanted: 4 }));
}

#[test]
fn a_body_without_end_is_cut_off() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let serving = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = String::new();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        while !head.ends_with("\r\n\r\n") {
            reader.read_line(&mut head).unwrap();
        }
        let head = b"HTTP/1.1 206 x\r\nContent-Range: bytes 0-9/10\r\n\r\n";
        stream.write_all(head).unwrap();
        while stream.write_all(&[b'x'; 65536]).is_ok() {}
    });
    let web = Web::new(Authorities::default()).unwrap();
    assert_eq!(web.read(&url, 0..10), Err(Fault::Long));
    drop(web);
    serving.join().unwrap();
}

#[test]
fn a_server_that_says_nothing_is_left() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let web =
        Web { patience: Duration::from_millis(1), ..Web::new(Authorities::default()).unwrap() };
    let fault = web.read(&url, 0..10).unwrap_err();
    assert_eq!(fault, http_client::Error::Timeout.into());
    assert!(fault.is_network());
    drop(listener);
    let web = Web::new(Authorities::default()).unwrap();
    let fault = web.read(&url, 0..10).unwrap_err();
    assert!(fault.is_network(), "{fault}");
    assert!(matches!(web.read("ftp://h/", 0..1), Err(Fault::Http(http_client::Error::Url(_)))));
}

#[test]
fn content_ranges() {
    assert_eq!(content_range("bytes 0-499/1234"), Some((0..500, Some(1234))));
    assert_eq!(content_range(" Bytes 5-5/* "), Some((5..6, None)));
    for bad in [
        "",
        "bytes",
        "bytes */9",
        "bytes 3-2/9",
        "bytes 0-9/9",
        "bytes 0-18446744073709551615/*",
        "bytes -1-2/9",
        "lines 0-1/2",
        "bytes 0-1",
    ] {
        assert_eq!(content_range(bad), None, "{bad}");
    }
}

proptest! {
    #[test]
    fn any_content_range_is_taken_or_refused(text in "(bytes )?[0-9*/ -]{0,20}|.{0,20}") {
        if let Some((range, total)) = content_range(&text) {
            prop_assert!(!range.is_empty() && total.is_none_or(|total| range.end <= total));
        }
    }
}
