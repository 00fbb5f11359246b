//! Hostile signatures: certificates, keys and numbers of strangers.
#![no_main]

use bt::torrent::signature::{self, Verdict};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    // Whatever a fuzzer writes as a certificate, it does not sign with its key.
    let identity = &b"bt"[..];
    let entry = |certificate: &[u8], signature: &[u8]| {
        let mut entry = format!("d{}:", identity.len()).into_bytes();
        entry.extend_from_slice(identity);
        for (key, value) in [("d11:certificate", certificate), ("9:signature", signature)] {
            entry.extend_from_slice(format!("{key}{}:", value.len()).as_bytes());
            entry.extend_from_slice(value);
        }
        entry.extend_from_slice(b"ee");
        entry
    };
    let length = data.first().map_or(0, |length| usize::from(*length) * 2);
    let rest = data.get(1..).unwrap_or_default();
    let (certificate, signature) = rest.split_at(rest.len().saturating_sub(length));
    for signatures in [data.to_vec(), entry(certificate, signature)] {
        let found = signature::check(&signatures, b"de");
        assert!(found.len() <= signature::MAX_SIGNATURES);
        for one in found {
            let has = one.certificate.is_some();
            assert!(has || matches!(one.verdict, Verdict::NoCertificate | Verdict::NotOne));
        }
    }
});
