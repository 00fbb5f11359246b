//! Questions to WebSocket trackers (WebTorrent), which give no addresses: a connection, a question,
//! the message that answers it.

use super::super::http_client::Via;
use super::{Client, trouble};
use crate::store::words;
use crate::tracker::announce::Trouble;
use crate::wire::websocket::{self, Event, Opcode, Peer, Reader};
use hyper::header::{self, HeaderName, HeaderValue};
use hyper_util::rt::TokioIo;
use rand::TryRng;
use rand::rngs::SysRng;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Bytes of a message that are read.
const MESSAGE_MOST: usize = 1 << 20;
/// Messages about something else that are passed over.
const OTHERS_MOST: usize = 1000;

/// The URL of the handshake.
pub(super) fn handshake_url(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("wss") => format!("https://{rest}"),
        Some((_, rest)) => format!("http://{rest}"),
        None => url.to_owned(),
    }
}

/// Asks, until `judge` takes a message for the answer. Has no timeout of its own.
pub(super) async fn ask<T>(
    client: &Client,
    url: &str,
    via: Via,
    question: &str,
    judge: impl Fn(&[u8]) -> Option<Result<T, Trouble>>,
) -> Result<T, Trouble> {
    let unreachable = |error: std::io::Error| Trouble::Unreachable(words(&error));
    let key = websocket::key(random()?);
    let proof = websocket::accept(key.as_bytes());
    let value = HeaderValue::try_from(key).map_err(|_| no_websocket())?;
    let headers: [(HeaderName, HeaderValue); 4] = [
        (header::CONNECTION, HeaderValue::from_static("Upgrade")),
        (header::UPGRADE, HeaderValue::from_static("websocket")),
        (header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13")),
        (header::SEC_WEBSOCKET_KEY, value),
    ];
    let response = client.http.open(&handshake_url(url), &headers, via).await;
    let response = response.map_err(trouble)?;
    match response.status().as_u16() {
        101 => {}
        200 => return Err(no_websocket()),
        status => {
            let reason = format!("the tracker answered {status}");
            return Err(Trouble::Refused { reason, retry: None });
        }
    }
    let told = response.headers().get(header::SEC_WEBSOCKET_ACCEPT);
    if told.is_none_or(|told| Some(told.as_bytes()) != proof.as_deref().map(str::as_bytes)) {
        return Err(no_websocket());
    }
    let upgraded = hyper::upgrade::on(response).await.map_err(|_| no_websocket())?;
    let mut stream = TokioIo::new(upgraded);
    let mut out = Vec::new();
    websocket::write(&mut out, Opcode::Text, question.as_bytes(), Some(random()?));
    stream.write_all(&out).await.map_err(unreachable)?;
    stream.flush().await.map_err(unreachable)?;
    let (mut reader, mut others) = (Reader::new(Peer::Server, MESSAGE_MOST), 0usize);
    let mut bytes = vec![0; 16 * 1024];
    loop {
        let length = stream.read(&mut bytes).await.map_err(unreachable)?;
        let mut input = bytes.get(..length).unwrap_or_default();
        if input.is_empty() {
            return Err(Trouble::Unreachable("the tracker closed the connection".into()));
        }
        let garbled = |fault: websocket::Fault| Trouble::Garbled(fault.to_string());
        while let Some(event) = reader.read(&mut input).map_err(garbled)? {
            out.clear();
            match event {
                Event::Message(message) => match judge(&message) {
                    Some(answer) => {
                        // It is over whether the tracker hears of it or not.
                        websocket::write_close(&mut out, 1000, Some(random()?));
                        let _ = stream.write_all(&out).await;
                        let _ = stream.shutdown().await;
                        return answer;
                    }
                    None => others = others.saturating_add(1),
                },
                Event::Ping(payload) => {
                    others = others.saturating_add(1);
                    websocket::write(&mut out, Opcode::Pong, &payload, Some(random()?));
                    stream.write_all(&out).await.map_err(unreachable)?;
                    stream.flush().await.map_err(unreachable)?;
                }
                Event::Pong => {}
                Event::Close(code) => {
                    let code = code.map(|code| format!(", code {code}")).unwrap_or_default();
                    let what = format!("the tracker closed the connection{code}");
                    return Err(Trouble::Unreachable(what));
                }
            }
            if others > OTHERS_MOST {
                return Err(Trouble::Garbled("no answer among many messages".into()));
            }
        }
    }
}

fn no_websocket() -> Trouble {
    Trouble::Garbled("the server does not speak WebSocket".into())
}

/// Not to be guessed by those who write what is masked.
fn random<const LENGTH: usize>() -> Result<[u8; LENGTH], Trouble> {
    let mut bytes = [0; LENGTH];
    let filled = SysRng.try_fill_bytes(&mut bytes);
    filled.map_err(|error| Trouble::Unreachable(error.to_string()))?;
    Ok(bytes)
}
