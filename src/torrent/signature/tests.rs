use super::*;
use crate::bencode::Limits;
use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::StdRng;

const KEY: &[u8] = include_bytes!("vectors/key.pem");
const CERTIFICATE: &[u8] = include_bytes!("vectors/certificate.pem");
const INFO: &str = "d6:lengthi3e4:name1:n12:piece lengthi16384e6:pieces20:AAAAABBBBBCCCCCDDDDDe";

fn draft(more: &str) -> Draft {
    let bytes = format!("d4:info{INFO}{more}e").into_bytes();
    Draft::parse(bytes, Limits::default()).unwrap().0
}

fn signed() -> Draft {
    let mut draft = draft("");
    let signer = Signer::new(KEY, CERTIFICATE).unwrap();
    assert_eq!(signer.name(), "com.example");
    signer.sign(&mut draft, &mut StdRng::seed_from_u64(1)).unwrap();
    draft
}

fn verdicts(draft: &Draft) -> Vec<Verdict> {
    let (info, signatures) = (draft.value().get(b"info"), draft.value().get(b"signatures"));
    let found = check(signatures.unwrap().raw(), info.unwrap().raw());
    found.into_iter().map(|signature| signature.verdict).collect()
}

#[test]
fn a_signature_is_the_one_that_another_program_makes() {
    let draft = signed();
    let entry = draft.get(&Path::of(["signatures", "com.example"])).unwrap();
    // `openssl dgst -sha1 -sign key.pem` of the bytes of `info`.
    let theirs = include_bytes!("vectors/signature.bin");
    assert_eq!(entry.get(b"signature").unwrap().bytes(), Some(&theirs[..]));
    assert_eq!(verdicts(&draft), [Verdict::Good]);
    let found = check(draft.value().get(b"signatures").unwrap().raw(), INFO.as_bytes());
    assert_eq!(found[0].identity, b"com.example");
    let subject = found[0].certificate.as_ref().unwrap();
    assert_eq!(subject.name.as_deref(), Some("com.example"));
    // `openssl x509 -in certificate.pem -noout -fingerprint -sha256`
    let fingerprint = include_str!("vectors/fingerprint.txt").trim();
    assert_eq!(subject.fingerprint.map(|byte| format!("{byte:02x}")).concat(), fingerprint);
}

#[test]
fn signing_again_changes_nothing() {
    let mut draft = signed();
    let before = draft.clone().into_bytes();
    let signer = Signer::new(KEY, CERTIFICATE).unwrap();
    signer.sign(&mut draft, &mut StdRng::seed_from_u64(2)).unwrap();
    assert_eq!(draft.into_bytes(), before);
}

#[test]
fn what_does_not_hold_is_told() {
    let at = |key: &str| Path::of(["signatures", "com.example", key]);
    let mut other = signed();
    other.set(&Path::of(["info", "private"]), b"i1e").unwrap();
    assert_eq!(verdicts(&other), [Verdict::Bad]);
    let mut extra = signed();
    extra.set(&at("info"), b"de").unwrap();
    assert_eq!(verdicts(&extra), [Verdict::Bad]);
    for (key, value, verdict) in [
        ("signature", "0:", Verdict::Bad),
        ("signature", "i1e", Verdict::NotOne),
        ("certificate", "3:xyz", Verdict::BadCertificate),
        ("certificate", "i1e", Verdict::NoCertificate),
    ] {
        let mut draft = signed();
        draft.set(&at(key), value.as_bytes()).unwrap();
        assert_eq!(verdicts(&draft), [verdict], "{key} {value}");
    }
    let mut without = signed();
    without.remove(&at("certificate")).unwrap();
    assert_eq!(verdicts(&without), [Verdict::NoCertificate]);
    let mut renamed = signed();
    let entry = renamed.get(&Path::of(["signatures", "com.example"])).unwrap().raw().to_vec();
    renamed.set(&Path::of(["signatures", "org.other"]), &entry).unwrap();
    assert_eq!(verdicts(&renamed), [Verdict::Good, Verdict::OtherName]);
    assert_eq!(check(b"i1e", b""), []);
    assert_eq!(check(b"d1:ai1ee", b"")[0].verdict, Verdict::NotOne);
    let many: String = (0..MAX_SIGNATURES + 5).map(|at| format!("5:{at:05}de")).collect();
    assert_eq!(check(format!("d{many}e").as_bytes(), b"").len(), MAX_SIGNATURES);
}

#[test]
fn a_signature_covers_its_own_info() {
    // As another program makes it: over `info` and the bytes `d1:xi1ee`.
    let theirs = include_bytes!("vectors/signature-extra.bin");
    let mut writer = Writer::new();
    writer.dict(|entry| {
        entry.bytes("certificate", Certificate::from_pem(CERTIFICATE).unwrap().to_der().unwrap());
        entry.raw("info", "d1:xi1ee");
        entry.bytes("signature", theirs);
    });
    let mut draft = draft("");
    draft.set(&Path::of(["signatures", "com.example"]), &writer.into_bytes()).unwrap();
    assert_eq!(verdicts(&draft), [Verdict::Good]);
}

#[test]
fn keys_and_certificates_that_do_not_serve_are_refused() {
    let text = String::from_utf8(KEY.to_vec()).unwrap();
    let encrypted = text.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    let refused = |key: &[u8], certificate: &[u8]| Signer::new(key, certificate).unwrap_err();
    assert_eq!(refused(encrypted.as_bytes(), CERTIFICATE), SignError::Encrypted);
    assert_eq!(refused(b"", CERTIFICATE), SignError::Key);
    assert_eq!(refused(CERTIFICATE, CERTIFICATE), SignError::Key);
    assert_eq!(refused(KEY, KEY), SignError::Certificate);
    assert_eq!(refused(KEY, b"0"), SignError::Certificate);
    assert_eq!(refused(KEY, include_bytes!("vectors/other.pem")), SignError::OtherKey);
    let der = Certificate::from_pem(CERTIFICATE).unwrap().to_der().unwrap();
    assert!(Signer::new(KEY, &der).is_ok());
    assert!(Signer::new(include_bytes!("vectors/key-pkcs1.pem"), CERTIFICATE).is_ok());
}

#[test]
fn there_must_be_a_place_for_it() {
    let signer = Signer::new(KEY, CERTIFICATE).unwrap();
    let mut random = StdRng::seed_from_u64(1);
    let mut odd = draft("10:signaturesi1e");
    assert!(matches!(signer.sign(&mut odd, &mut random), Err(SignError::Path(_))));
    let mut none = Draft::parse(b"de".to_vec(), Limits::default()).unwrap().0;
    assert_eq!(signer.sign(&mut none, &mut random), Err(SignError::NoInfo));
}

proptest! {
    /// Damage anywhere in a certificate or a signature neither panics nor goes unseen.
    #[test]
    fn damage_is_seen(at: proptest::sample::Index, flip in 1u8..) {
        let draft = signed();
        let path = Path::of(["signatures", "com.example"]);
        let place = draft.get(&path).unwrap();
        let mut bytes = draft.bytes().to_vec();
        let index = place.offset() + at.index(place.raw().len());
        bytes[index] ^= flip;
        if let Ok((damaged, _)) = Draft::parse(bytes, Limits::default()) {
            let Some(signatures) = damaged.value().get(b"signatures") else { return Ok(()) };
            for signature in check(signatures.raw(), INFO.as_bytes()) {
                // What the certificate says of itself is not covered, but has a fingerprint.
                let same = check(draft.value().get(b"signatures").unwrap().raw(), INFO.as_bytes());
                prop_assert!(signature.verdict != Verdict::Good || signature != same[0]);
            }
        }
    }
}
