//! HTTPS: whom a client believes, and what it says of whom it does not.

use super::{HASH, PATIENCE};
use crate::harness::{Bt, Output, have};
use crate::track::Tracker;
use crate::tracker_stub::{answer, target};
use serde_json::json;
use std::io::Write;
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned, crypto};

const HINT: &str =
    "hint: --ca-file FILE trusts the certificate, or that of its issuer, in FILE (PEM)";
const NEW: &str =
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2";

/// Makes a certificate authority and a server's certificate in the folder.
fn certificates(bt: &Bt) {
    let line = format!(
        "{NEW} -keyout ca.key -out ca.pem -subj /CN=tests && \
         {NEW} -CA ca.pem -CAkey ca.key -keyout key.pem -out cert.pem -subj /CN=tracker \
         -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE"
    );
    let out = bt.shell(&line).run();
    assert_eq!(out.status, 0, "{out}");
}

/// A certificate as people make it for themselves: one command, and it calls itself an authority.
fn self_signed(bt: &Bt, name: &str, names: &str) {
    let line = format!(
        "{NEW} -keyout {name}.key -out {name}.crt -subj /CN={name} -addext subjectAltName={names}"
    );
    let out = bt.shell(&line).run();
    assert_eq!(out.status, 0, "{out}");
}

/// A server of one peer; its announce URL.
fn serve(bt: &Bt, certificate: &str, key: &str) -> String {
    let certificate = CertificateDer::from_pem_slice(&bt.read(certificate)).unwrap();
    let key = PrivateKeyDer::from_pem_slice(&bt.read(key)).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/announce", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(connection, stream.unwrap());
            // A client that does not trust us goes.
            if target(&mut stream).is_some() {
                let _ = stream
                    .write_all(&answer("200 OK", b"d8:intervali60e5:peers6:\x0a\0\0\x01\0\x07e"));
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        }
    });
    url
}

/// Fails unless that is all that is said, with the hint.
#[track_caller]
fn untrusted(out: &Output, url: &str, words: &str) {
    assert_eq!((out.status, &out.json()["kind"]), (5, &"unreachable".into()), "{out}");
    assert_eq!(out.stderr, format!("bt announce: {url}: {words}\n{HINT}\n"), "{out}");
}

#[test]
fn https_is_spoken_with_those_whom_the_system_trusts() {
    if !have("openssl") {
        return;
    }
    let bt = Bt::new();
    certificates(&bt);
    let url = serve(&bt, "cert.pem", "key.pem");
    let ask = || bt.args(["announce", HASH, "-t", &url]).args(PATIENCE);
    let out = ask().env("SSL_CERT_FILE", bt.path("ca.pem")).run();
    assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
    assert_eq!(out.json()["peers"], json!([{"address": "10.0.0.1:7"}]), "{out}");
    // Another authority than the one that vouches for it.
    let other = Bt::new();
    certificates(&other);
    let out = ask().env("SSL_CERT_FILE", other.path("ca.pem")).run();
    assert_eq!((out.status, &out.json()["kind"]), (5, &"unreachable".into()), "{out}");
    let words = "its certificate was issued by \"CN=tests\", which is not trusted here";
    untrusted(&out, &url, words);
}

#[test]
fn a_self_signed_certificate_is_trusted_where_the_user_says_so() {
    if !have("openssl") {
        return;
    }
    let bt = Bt::new();
    self_signed(&bt, "own", "IP:127.0.0.1");
    let tracker = Tracker::start(&bt, &["--tls-cert", "own.crt", "--tls-key", "own.key"]);
    let (https, wss) = ("https", "wss");
    let url = |scheme| format!("{scheme}://127.0.0.1:{}/announce", tracker.port);
    let ask = |scheme, more: &[&str]| {
        bt.args(["announce", HASH, "-t", &url(scheme)]).args(PATIENCE).args(more).run()
    };
    for scheme in [https, wss] {
        let out = ask(scheme, &[]);
        untrusted(&out, &url(scheme), "its certificate is self-signed and not trusted here");
    }
    let out = ask(https, &["--ca-file", "own.crt"]);
    assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
    let out = bt.args(["announce", HASH, "-t", &url(https)]).args(PATIENCE);
    let out = out.env("SSL_CERT_FILE", bt.path("own.crt")).run();
    assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
    let out = bt.args(["scrape", HASH, "-t", &url(https), "--ca-file", "own.crt"]).run();
    assert_eq!(out.stderr, format!("bt scrape: {HASH}: no tracker knows it\n"), "{out}");

    // Trust is in that certificate, not in whatever calls itself so.
    self_signed(&bt, "other", "IP:127.0.0.1");
    let out = ask(https, &["--ca-file", "other.crt"]);
    untrusted(&out, &url(https), "its certificate is self-signed and not trusted here");
    ask(https, &["--ca-file", "own.key"])
        .fails(3, "bt announce: own.key: no certificate in it (PEM)\n");
    ask(https, &["--ca-file", "none"]).fails(4, "bt announce: none: No such file or directory\n");
}

#[test]
fn a_trusted_certificate_of_another_name_is_not_taken() {
    if !have("openssl") {
        return;
    }
    let bt = Bt::new();
    let told = |names: &str| {
        self_signed(&bt, "own", names);
        let tracker = Tracker::start(&bt, &["--tls-cert", "own.crt", "--tls-key", "own.key"]);
        let url = format!("https://127.0.0.1:{}/announce", tracker.port);
        let flags = ["announce", HASH, "--ca-file", "own.crt", "-t", &url];
        let out = bt.args(flags).args(PATIENCE).run();
        assert_eq!(out.status, 5, "{out}");
        out.stderr.replace(&url, "URL")
    };
    assert_eq!(
        told("DNS:t.example,IP:10.0.0.1"),
        "bt announce: URL: its certificate is for t.example, 10.0.0.1, not for 127.0.0.1\n"
    );
    assert_eq!(
        told("email:a@b.example"),
        "bt announce: URL: its certificate names no host, so not 127.0.0.1 (subjectAltName)\n"
    );
}

#[test]
fn who_speaks_no_tls_is_told_of_in_one_line() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &[]);
    for scheme in ["https", "wss"] {
        let url = format!("{scheme}://127.0.0.1:{}/announce", tracker.port);
        let out = bt.args(["announce", HASH, "-t", &url]).args(PATIENCE).run();
        let words = "it does not speak TLS there; perhaps the URL begins without the s (http, ws)";
        assert_eq!(out.stderr, format!("bt announce: {url}: {words}\n"), "{out}");
        assert_eq!(out.status, 5, "{out}");
    }
}

#[test]
fn metainfo_comes_over_https_from_whom_the_user_trusts() {
    if !have("openssl") {
        return;
    }
    let bt = Bt::new();
    self_signed(&bt, "own", "IP:127.0.0.1");
    bt.write("torrents/x", "x");
    let made = bt.args(["publish", "-q", "torrents/x", "http://t/announce"]).run();
    assert_eq!(made.status, 0, "{made}");
    let tls = ["--tls-cert", "own.crt", "--tls-key", "own.key", "--torrents", "torrents"];
    let tracker = Tracker::start(&bt, &tls);
    let url = format!("https://127.0.0.1:{}/torrents/x.torrent", tracker.port);
    let out = bt.args(["inspect", &url]).run();
    let words = "its certificate is self-signed and not trusted here";
    out.fails(5, &format!("bt inspect: {url}: {words}\n{HINT}\n"));
    let out = bt.args(["inspect", &url, "--ca-file", "own.crt"]).run();
    assert_eq!((out.status, &out.json()["name"]), (0, &json!("x")), "{out}");
    let magnet = bt.args(["magnet", &url]).env("BT_MAGNET_CA_FILE", bt.path("own.crt")).run();
    assert_eq!(magnet.status, 0, "{magnet}");
}
