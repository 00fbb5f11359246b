//! Why TLS failed, in words for people who run servers, not for those who write libraries.

use super::rustls::pki_types::{ServerName, UnixTime};
use super::rustls::{CertificateError, Error, OtherError};
use std::error::Error as StdError;
use std::sync::Arc;
use x509_cert::Certificate;
use x509_cert::ext::pkix::BasicConstraints;

/// Characters of an issuer's name that are shown.
const NAME_MOST: usize = 100;

/// Names of hosts that are shown.
const NAMES_MOST: usize = 5;

/// Why a chain that the library does not take leads nowhere.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub(super) enum Distrust {
    /// Nobody but itself vouches for it.
    #[error("its certificate is self-signed and not trusted here")]
    SelfSigned,
    /// Somebody whom nobody here knows.
    #[error("its certificate was issued by \"{0}\", which is not trusted here")]
    Issuer(String),
    /// An authority's own, which vouches for others and serves nobody.
    #[error("its certificate is an authority's own, which is not for servers (CA:TRUE)")]
    Authority,
}

impl Distrust {
    /// What is wrong with a server's certificate that nobody vouches for, as far as it tells itself.
    pub(super) fn of(certificate: &Certificate) -> Self {
        let told = certificate.tbs_certificate();
        if told.issuer() == told.subject() {
            Self::SelfSigned
        } else if is_authority(certificate) {
            Self::Authority
        } else {
            Self::Issuer(told.issuer().to_string().chars().take(NAME_MOST).collect())
        }
    }
}

/// Whether a certificate says that it vouches for others.
pub(super) fn is_authority(certificate: &Certificate) -> bool {
    let constraints = certificate.tbs_certificate().get_extension::<BasicConstraints>();
    constraints.is_ok_and(|found| found.is_some_and(|(_, constraints)| constraints.ca))
}

impl From<Distrust> for Error {
    fn from(distrust: Distrust) -> Self {
        Self::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(distrust))))
    }
}

/// Why there is no secure connection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::net) enum Insecure {
    /// An authority more would help.
    Untrusted(String),
    /// Another reason.
    Other(String),
}

/// What is behind an error of a connection, where it is of TLS.
pub(in crate::net) fn explain(error: &(dyn StdError + 'static)) -> Option<Insecure> {
    let error = find(error)?;
    let distrust = match error {
        Error::InvalidCertificate(CertificateError::Other(other)) => {
            other.0.downcast_ref::<Distrust>()
        }
        _ => None,
    };
    Some(match distrust {
        Some(distrust @ (Distrust::SelfSigned | Distrust::Issuer(_))) => {
            Insecure::Untrusted(distrust.to_string())
        }
        Some(distrust @ Distrust::Authority) => Insecure::Other(distrust.to_string()),
        None if matches!(error, Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {
            Insecure::Untrusted("its certificate's issuer is not trusted here".into())
        }
        None => Insecure::Other(words(error)),
    })
}

/// An error of TLS travels inside of others, of which some do not say so.
fn find<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<Error>() {
            return Some(found);
        }
        let inside = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = match inside {
            Some(inside) => Some(inside),
            None => error.source(),
        };
    }
    None
}

fn words(error: &Error) -> String {
    use CertificateError as Bad;
    match error {
        Error::InvalidMessage(_) => {
            "it does not speak TLS there; perhaps the URL begins without the s (http, ws)".into()
        }
        Error::AlertReceived(alert) => format!("it refused the TLS handshake ({alert:?})"),
        Error::InvalidCertificate(bad) => match bad {
            Bad::ExpiredContext { not_after, .. } => {
                format!("its certificate has expired: it was good until {}", moment(*not_after))
            }
            Bad::Expired => "its certificate has expired".into(),
            Bad::NotValidYetContext { not_before, .. } => {
                format!("its certificate is not good before {}", moment(*not_before))
            }
            Bad::NotValidYet => "its certificate is not good yet".into(),
            Bad::NotValidForNameContext { expected, presented } => {
                not_its_name(expected, presented)
            }
            Bad::NotValidForName => "its certificate is for another name".into(),
            bad => format!("its certificate is not taken: {bad}"),
        },
        error => format!("TLS: {error}"),
    }
}

fn not_its_name(expected: &ServerName<'_>, presented: &[String]) -> String {
    let expected = expected.to_str();
    let mut names: Vec<_> = presented.iter().filter_map(|name| bare(name)).collect();
    if names.is_empty() {
        return format!("its certificate names no host, so not {expected} (subjectAltName)");
    }
    let more = if names.len() > NAMES_MOST { " and others" } else { "" };
    names.truncate(NAMES_MOST);
    format!("its certificate is for {}{more}, not for {expected}", names.join(", "))
}

/// `DnsName("host")` and `IpAddress(1.2.3.4)` as people write them; the name of no host is none.
fn bare(name: &str) -> Option<&str> {
    let inside = name.strip_suffix(')')?;
    let dns = || Some(inside.strip_prefix("DnsName(")?.trim_matches('"'));
    inside.strip_prefix("IpAddress(").or_else(dns)
}

fn moment(time: UnixTime) -> String {
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    jiff::Timestamp::from_second(seconds)
        .map_or_else(|_| format!("second {seconds}"), |time| time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    #[test]
    fn an_error_is_found_however_deep_it_is_wrapped() {
        let inner = || io::Error::new(io::ErrorKind::InvalidData, Error::DecryptError);
        for wrapped in [inner(), io::Error::other(inner())] {
            assert_eq!(find(&wrapped), Some(&Error::DecryptError), "{wrapped:?}");
        }
        assert_eq!(explain(&io::Error::other("no TLS at all")), None);
        assert_eq!(explain(&io::Error::from(io::ErrorKind::ConnectionRefused)), None);
    }

    #[test]
    fn names_and_times_are_told_as_people_write_them() {
        let expected = ServerName::try_from("a.example").unwrap();
        let told = |names: &[&str]| {
            let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
            not_its_name(&expected, &names)
        };
        let (dns, ip) = ("DnsName(\"b.example\")", "IpAddress(10.0.0.1)");
        assert_eq!(
            told(&[dns, ip]),
            "its certificate is for b.example, 10.0.0.1, not for a.example"
        );
        assert!(told(&[]).contains("names no host"));
        assert!(told(&["Unsupported(0x01)", "DirectoryName"]).contains("names no host"));
        let told = told(&[dns; 9]);
        assert!(told.matches("b.example").count() == 5 && told.contains(" and others"), "{told}");
        let time = UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_700_000_000));
        assert_eq!(moment(time), "2023-11-14T22:13:20Z");
    }
}
