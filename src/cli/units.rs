//! Sizes, rates, durations and port ranges as people write and read them.
//!
//! The parsers are for clap's `value_parser`; their errors are the sentence that follows the value.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Suffixes of sizes: powers of 1024 with an `i`, powers of 1000 without.
const UNITS: [(&str, u64); 17] = [
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
    ("tib", 1 << 40),
    ("ki", 1 << 10),
    ("mi", 1 << 20),
    ("gi", 1 << 30),
    ("ti", 1 << 40),
    ("kb", 1_000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("tb", 1_000_000_000_000),
    ("k", 1_000),
    ("m", 1_000_000),
    ("g", 1_000_000_000),
    ("t", 1_000_000_000_000),
    ("b", 1),
];

/// Bytes: `16KiB`, `1MiB`, `10MB`, `1.5GiB`, `4096`.
pub fn size(text: &str) -> Result<u64, String> {
    const WANT: &str = "a size is a number of bytes, or one with KiB, MiB, GiB, kB, MB, GB";
    let lower = text.trim().to_ascii_lowercase();
    let (number, unit) = UNITS
        .iter()
        .find_map(|(suffix, unit)| Some((lower.strip_suffix(suffix)?, *unit)))
        .unwrap_or((&lower, 1));
    let number = number.trim_end();
    let (whole, fraction) = match number.split_once('.') {
        // A part of a byte is none.
        Some((whole, fraction)) if unit > 1 => (whole, fraction),
        Some(_) => return Err(WANT.into()),
        None => (number, ""),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) || fraction.len() > 9 {
        return Err(WANT.into());
    }
    let too_large = || "larger than any file can be".to_owned();
    let whole: u128 = whole.parse().map_err(|_| too_large())?;
    let mut total = whole.checked_mul(u128::from(unit)).ok_or_else(too_large)?;
    if !fraction.is_empty() {
        let scale = 10u128.pow(u32::try_from(fraction.len()).unwrap_or(9));
        let part: u128 = fraction.parse().map_err(|_| WANT.to_owned())?;
        total = total.saturating_add(part * u128::from(unit) / scale);
    }
    u64::try_from(total).ok().filter(|bytes| *bytes <= i64::MAX as u64).ok_or_else(too_large)
}

/// Bytes a second: a size, `/s` optional.
pub fn rate(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let bytes = text.strip_suffix("/s").or_else(|| text.strip_suffix("/S")).unwrap_or(text);
    size(bytes).map_err(|error| match error.strip_prefix("a size") {
        Some(rest) => format!("a rate{rest}, /s optional"),
        None => error,
    })
}

/// A [`duration`] to wait for something.
pub fn patience(text: &str) -> Result<Duration, String> {
    duration(text)
        .and_then(|time| if time.is_zero() { Err("no time at all".into()) } else { Ok(time) })
}

/// A [`duration`] from one time to the next.
pub fn pause(text: &str) -> Result<Duration, String> {
    let least = Duration::from_secs(1);
    duration(text)
        .and_then(|time| if time < least { Err("a second at least".into()) } else { Ok(time) })
}

/// A length of time: `90` (seconds), `90s`, `5m`, `1h30m`, `2d`, `500ms`.
pub fn duration(text: &str) -> Result<Duration, String> {
    let want = || "a duration is seconds, or numbers with d, h, m, s, ms, such as 1h30m".to_owned();
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(want());
    }
    let mut total = Duration::ZERO;
    let mut last = u64::MAX;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (number, tail) = rest.split_at(end);
        let number: u64 = number.parse().map_err(|_| want())?;
        let end = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(end);
        let millis: u64 = match unit {
            "d" => 86_400_000,
            "h" => 3_600_000,
            "m" | "min" => 60_000,
            "s" => 1_000,
            "ms" => 1,
            "" if last == u64::MAX => 1_000,
            _ => return Err(want()),
        };
        if millis >= last {
            return Err(want());
        }
        last = millis;
        let part = number.checked_mul(millis).ok_or_else(want)?;
        total = total.checked_add(Duration::from_millis(part)).ok_or_else(want)?;
        rest = tail;
    }
    // What is added to a clock must not leave it.
    if total > Duration::from_secs(100 * 366 * 86_400) {
        return Err("longer than a hundred years".into());
    }
    Ok(total)
}

/// TCP or UDP ports from the first to the last, tried in that order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ports {
    /// The first.
    pub first: u16,
    /// The last, not smaller.
    pub last: u16,
}

impl Ports {
    /// Each of them in order.
    pub fn iter(self) -> impl Iterator<Item = u16> {
        self.first..=self.last
    }
}

impl FromStr for Ports {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let want = || "a port is 0 to 65535, a range two of them: 6881-6889".to_owned();
        let port = |text: &str| text.trim().parse::<u16>().map_err(|_| want());
        let (first, last) = match text.split_once('-') {
            Some((first, last)) => (port(first)?, port(last)?),
            None => (port(text)?, port(text)?),
        };
        if first > last { Err(want()) } else { Ok(Self { first, last }) }
    }
}

impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.first == self.last {
            true => write!(f, "{}", self.first),
            false => write!(f, "{}-{}", self.first, self.last),
        }
    }
}

/// Bytes for people: `0 B`, `1023 B`, `1.5 KiB`, `12.0 GiB`.
pub fn show_size(bytes: u64) -> String {
    const NAMES: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut names = NAMES.iter();
    let mut name = names.next().unwrap_or(&"");
    // What would round to 1024.0 is 1.0 of the next.
    while value >= 1023.95 {
        match names.next() {
            Some(next) => (value, name) = (value / 1024.0, next),
            None => break,
        }
    }
    format!("{value:.1} {name}")
}

/// Bytes a second for people: `1.5 MiB/s`.
pub fn show_rate(bytes_per_second: u64) -> String {
    show_size(bytes_per_second) + "/s"
}

/// A length of time for people: `0.4 s`, `59 s`, `5 min 03 s`, `1 h 30 min`, `3 d 4 h`.
pub fn show_duration(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{} h {:02} min", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds / 3_600 % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sizes() {
        for (text, bytes) in [
            ("0", 0),
            ("4096", 4096),
            ("16KiB", 16_384),
            ("16 kib", 16_384),
            ("1MiB", 1 << 20),
            ("1Mi", 1 << 20),
            ("10MB", 10_000_000),
            ("10m", 10_000_000),
            ("1.5GiB", 3 << 29),
            ("0.25kB", 250),
            ("7B", 7),
        ] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for text in
            ["", "KiB", "-1", "1.5", "1x", "1.KiB.", "0x10", "1e3", "99999999999999999999TiB"]
        {
            assert!(size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn rates() {
        assert_eq!(rate("1MiB/s"), Ok(1 << 20));
        assert_eq!(rate("500kB"), Ok(500_000));
        assert!(rate("/s").unwrap_err().starts_with("a rate is"));
    }

    #[test]
    fn durations() {
        for (text, seconds) in
            [("0", 0), ("90", 90), ("90s", 90), ("5m", 300), ("1h30m", 5400), ("1d1s", 86_401)]
        {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        for text in ["", "s", "1m1h", "1m1m", "1h30", "-5", "1.5s", "5y", "99999999999999999999"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn ports() {
        let range = Ports { first: 6881, last: 6889 };
        assert_eq!("6881-6889".parse(), Ok(range));
        assert_eq!(range.to_string(), "6881-6889");
        assert_eq!(range.iter().count(), 9);
        assert_eq!("80".parse::<Ports>().map(|ports| ports.to_string()), Ok("80".into()));
        for text in ["", "-", "2-1", "65536", "1-2-3", "http"] {
            assert!(text.parse::<Ports>().is_err(), "{text}");
        }
    }

    #[test]
    fn shown() {
        assert_eq!(show_size(1023), "1023 B");
        assert_eq!(show_size(1536), "1.5 KiB");
        assert_eq!(show_size((1 << 20) - 1), "1.0 MiB");
        assert_eq!(show_size(u64::MAX), "16.0 EiB");
        assert_eq!(show_rate(0), "0 B/s");
        assert_eq!(show_duration(Duration::from_millis(420)), "0.4 s");
        assert_eq!(show_duration(Duration::from_secs(303)), "5 min 03 s");
        assert_eq!(show_duration(Duration::from_secs(5_400)), "1 h 30 min");
        assert_eq!(show_duration(Duration::from_secs(100_000)), "1 d 3 h");
    }

    proptest! {
        #[test]
        fn any_text_is_taken_or_refused(text in ".{0,24}") {
            let _ = (size(&text), rate(&text), duration(&text), text.parse::<Ports>());
        }

        #[test]
        fn plain_bytes_are_themselves(bytes in 0..=i64::MAX as u64) {
            prop_assert_eq!(size(&bytes.to_string()), Ok(bytes));
        }
    }
}
