//! The signatures of a torrent (BEP 35), for scripts and for people.

use crate::cli::text::{Text, hex};
use crate::torrent::Metainfo;
use crate::torrent::signature::{self, Signature};
use serde::Serialize;

/// A signature and what comes of checking it.
#[derive(Serialize)]
pub(super) struct Entry {
    identity: serde_json::Value,
    /// `ok`, `bad` or `unknown`.
    status: &'static str,
    /// Why it is not `ok`.
    reason: Option<String>,
    certificate: Option<Certificate>,
}

#[derive(Serialize)]
struct Certificate {
    common_name: Option<String>,
    sha256: String,
}

/// Checks them all.
pub(super) fn checked(metainfo: &Metainfo) -> Vec<Signature> {
    let signatures = metainfo.signatures.as_ref();
    signatures.map_or_else(Vec::new, |signatures| signature::check(signatures, &metainfo.info))
}

/// What is known of a verdict: the word, and the reason behind it.
fn said(signature: &Signature) -> (&'static str, Option<String>) {
    let verdict = signature.verdict.to_string();
    let (word, reason) = match verdict.split_once(": ") {
        Some((word, reason)) => (word, Some(reason.to_owned())),
        None => (verdict.as_str(), None),
    };
    let word = ["ok", "bad", "unknown"].into_iter().find(|known| *known == word);
    (word.unwrap_or("unknown"), reason)
}

/// The signatures as JSON.
pub(super) fn entries(metainfo: &Metainfo) -> Vec<Entry> {
    let entry = |signature: Signature| {
        let (status, reason) = said(&signature);
        Entry {
            identity: serde_json::to_value(Text(&signature.identity)).unwrap_or_default(),
            status,
            reason,
            certificate: signature.certificate.map(|subject| Certificate {
                common_name: subject.name,
                sha256: hex(&subject.fingerprint),
            }),
        }
    };
    checked(metainfo).into_iter().map(entry).collect()
}

/// A line for each signature.
pub(super) fn lines(metainfo: &Metainfo) -> Vec<String> {
    let line = |signature: Signature| {
        let identity = String::from_utf8_lossy(&signature.identity);
        let by = match &signature.certificate {
            Some(subject) => {
                format!(" (certificate {}, not checked for trust)", hex(&subject.fingerprint))
            }
            None => String::new(),
        };
        format!("{identity}: {}{by}", signature.verdict)
    };
    checked(metainfo).into_iter().map(line).collect()
}
