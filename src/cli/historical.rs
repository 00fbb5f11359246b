//! The options of the programs of 2002, told in today's.
//!
//! Long options may be spelt with `_` or `-` and cut short where that is unique, a value is the
//! next word or follows `=`, as getopt had it. Today's options are taken too. One that means
//! nothing today (`display_interval`) is taken with its value and has no effect.

use super::Failure;
use std::ffi::{OsStr, OsString};

/// What becomes of a historical option.
#[derive(Clone, Copy, Debug)]
enum Now {
    /// It is this flag today.
    Flag(&'static str),
    /// A switch: the flag where the value is not 0.
    Switch(&'static str),
    /// The lower end of `--port`.
    FirstPort,
    /// The upper end of `--port`.
    LastPort,
    /// The metainfo.
    Metainfo,
    /// Nothing.
    Nothing,
}

/// One program of 2002.
#[derive(Debug)]
pub struct Historical {
    command: &'static str,
    /// What the old program did without being told, where no option says otherwise.
    implied: &'static [(&'static str, Option<&'static str>)],
    options: &'static [(&'static str, Option<char>, Now)],
}

/// `bttrack`
pub const TRACK: Historical = Historical {
    command: "track",
    implied: &[("port", Some("80"))],
    options: &[
        ("port", Some('p'), Now::Flag("port")),
        ("dfile", Some('d'), Now::Flag("dfile")),
        ("bind", None, Now::Flag("bind")),
        ("socket-timeout", None, Now::Flag("socket-timeout")),
        ("save-dfile-interval", None, Now::Flag("save-interval")),
        ("timeout-downloaders-interval", None, Now::Flag("timeout-downloaders")),
        ("reannounce-interval", None, Now::Flag("interval")),
        ("response-size", None, Now::Flag("response-size")),
        ("timeout-check-interval", None, Now::Nothing),
        ("nat-check", None, Now::Switch("nat-check")),
        ("min-time-between-log-flushes", None, Now::Flag("log-flush")),
    ],
};

/// `btpublish`
pub const PUBLISH: Historical =
    Historical { command: "publish", implied: &[("piece-length", Some("1MiB"))], options: &[] };

/// `btdownloadheadless`
pub const HEADLESS: Historical =
    Historical { command: "fetch", implied: &[("keep-seeding", None)], options: &DOWNLOADER };

/// `btdownloadprefetched`
pub const PREFETCHED: Historical =
    Historical { command: "open", implied: &[], options: &DOWNLOADER };

const DOWNLOADER: [(&str, Option<char>, Now); 23] = [
    ("max-uploads", None, Now::Flag("max-uploads")),
    ("keepalive-interval", None, Now::Nothing),
    ("download-slice-size", None, Now::Nothing),
    ("request-backlog", None, Now::Nothing),
    ("max-message-length", None, Now::Nothing),
    ("ip", Some('i'), Now::Nothing),
    ("minport", None, Now::FirstPort),
    ("maxport", None, Now::LastPort),
    ("responsefile", None, Now::Metainfo),
    ("url", None, Now::Metainfo),
    ("saveas", None, Now::Flag("save-as")),
    // It was how long a silent connection was kept, which `fetch --timeout` is not.
    ("timeout", None, Now::Nothing),
    ("timeout-check-interval", None, Now::Nothing),
    ("max-slice-length", None, Now::Nothing),
    ("max-rate-recalculate-interval", None, Now::Nothing),
    ("max-rate-period", None, Now::Nothing),
    ("bind", None, Now::Flag("bind")),
    ("upload-rate-fudge", None, Now::Nothing),
    ("display-interval", None, Now::Nothing),
    ("rerequest-interval", None, Now::Nothing),
    ("min-peers", None, Now::Nothing),
    ("http-timeout", None, Now::Nothing),
    ("max-initiate", None, Now::Nothing),
];

/// Today's command line, `bt` first, for the old program's arguments. `define` gives the definition
/// with one command.
pub fn translate(
    program: &Historical,
    define: impl Fn(&str) -> Option<clap::Command>,
    args: &[OsString],
) -> Result<Vec<OsString>, Failure> {
    let definition = &define(program.command);
    let Some((definition, command)) = definition
        .as_ref()
        .and_then(|definition| Some((definition, definition.find_subcommand(program.command)?)))
    else {
        return Err(Failure::usage(format_args!("no command {}", program.command)));
    };
    let mut told = Told { program, command, definition, words: Vec::new(), ports: [None, None] };
    let mut rest = args.iter();
    while let Some(word) = rest.next() {
        if word == "--" {
            told.words.push(word.clone());
            told.words.extend(rest.by_ref().cloned());
        } else {
            told.word(word, &mut rest)?;
        }
    }
    Ok(told.finish())
}

struct Told<'a> {
    program: &'a Historical,
    command: &'a clap::Command,
    definition: &'a clap::Command,
    words: Vec<OsString>,
    ports: [Option<OsString>; 2],
}

impl Told<'_> {
    fn word<'w>(
        &mut self,
        word: &OsStr,
        rest: &mut impl Iterator<Item = &'w OsString>,
    ) -> Result<(), Failure> {
        let bytes = word.as_encoded_bytes();
        let Some((option, value)) = split(word) else {
            // A letter, or a plain word.
            let known = |option: &&(&str, Option<char>, Now)| {
                let letter = option.1.and_then(|letter| u8::try_from(letter).ok());
                letter.is_some() && bytes.first() == Some(&b'-') && bytes.get(1) == letter.as_ref()
            };
            match self.program.options.iter().find(known) {
                Some((_, _, now)) if bytes.len() == 2 => {
                    let value = rest.next().ok_or_else(|| missing(word))?;
                    self.take(*now, value);
                }
                Some((_, _, now)) => {
                    // The letter is ASCII, so what follows is a string of its own.
                    let value = after(word, 2);
                    self.take(*now, &value);
                }
                None => self.words.push(word.to_owned()),
            }
            return Ok(());
        };
        let name = option.replace('_', "-");
        if let Some(now) = self.find(&name, word)? {
            let value = match value {
                Some(value) => value,
                None => rest.next().ok_or_else(|| missing(word))?.clone(),
            };
            self.take(now, &value);
            return Ok(());
        }
        // One of today's, or none at all, which the parser will say.
        self.words.push(word.to_owned());
        let takes_value = self.today(&name).is_some_and(|arg| arg.get_action().takes_values());
        if takes_value && value.is_none() {
            self.words.extend(rest.next().cloned());
        }
        Ok(())
    }

    fn find(&self, name: &str, word: &OsStr) -> Result<Option<Now>, Failure> {
        let options = self.program.options;
        if let Some((_, _, now)) = options.iter().find(|(known, ..)| *known == name) {
            return Ok(Some(*now));
        }
        if self.today(name).is_some() {
            return Ok(None);
        }
        let mut fit = options.iter().filter(|(known, ..)| known.starts_with(name));
        match (fit.next(), fit.next()) {
            (Some((_, _, now)), None) => Ok(Some(*now)),
            (Some((first, ..)), Some((second, ..))) => Err(Failure::usage(format_args!(
                "{}: may be --{first} or --{second}",
                word.display()
            ))),
            _ => Ok(None),
        }
    }

    fn today(&self, name: &str) -> Option<&clap::Arg> {
        let globals = self.definition.get_arguments().filter(|arg| arg.is_global_set());
        self.command.get_arguments().chain(globals).find(|arg| arg.get_long() == Some(name))
    }

    fn take(&mut self, now: Now, value: &OsStr) {
        match now {
            Now::Flag(flag) => self.push(flag, Some(value)),
            Now::Switch(flag) if value != "0" => self.push(flag, None),
            Now::Metainfo => self.words.push(value.to_owned()),
            Now::FirstPort => self.ports = [Some(value.to_owned()), self.ports[1].take()],
            Now::LastPort => self.ports = [self.ports[0].take(), Some(value.to_owned())],
            Now::Switch(_) | Now::Nothing => {}
        }
    }

    /// A flag that the command has not means nothing to it.
    fn push(&mut self, flag: &str, value: Option<&OsStr>) {
        let Some(arg) = self.today(flag) else { return };
        let takes_value = arg.get_action().takes_values();
        let mut word = OsString::from(format!("--{flag}"));
        if let Some(value) = value.filter(|_| takes_value) {
            word.push("=");
            word.push(value);
        }
        self.words.push(word);
    }

    fn finish(mut self) -> Vec<OsString> {
        if self.ports.iter().any(Option::is_some) {
            let [first, last] = std::mem::take(&mut self.ports);
            let mut ports = first.unwrap_or_else(|| "6881".into());
            ports.push("-");
            ports.push(last.unwrap_or_else(|| "6889".into()));
            self.push("port", Some(&ports));
        }
        for (flag, value) in self.program.implied {
            let told = self.words.iter().any(|word| {
                split(word).is_some_and(|(name, _)| name == *flag)
                    || (*flag == "port" && word.as_encoded_bytes().starts_with(b"-p"))
            });
            if !told {
                let end = self.words.iter().position(|word| word == "--");
                let tail = self.words.split_off(end.unwrap_or(self.words.len()));
                self.push(flag, value.map(OsStr::new));
                self.words.extend(tail);
            }
        }
        let mut full: Vec<OsString> = vec!["bt".into(), self.program.command.into()];
        full.append(&mut self.words);
        full
    }
}

fn missing(word: &OsStr) -> Failure {
    Failure::usage(format_args!("{}: a value must follow", word.display()))
}

/// The name and value of `--name` or `--name=value`.
fn split(word: &OsStr) -> Option<(&str, Option<OsString>)> {
    let bytes = word.as_encoded_bytes();
    let end = bytes.iter().position(|byte| *byte == b'=').unwrap_or(bytes.len());
    let name = std::str::from_utf8(bytes.get(2..end)?).ok()?;
    (bytes.starts_with(b"--") && !name.is_empty())
        .then(|| (name, (end < bytes.len()).then(|| after(word, end + 1))))
}

/// What stands behind the first `at` bytes, which are UTF-8.
#[cfg(unix)]
fn after(word: &OsStr, at: usize) -> OsString {
    use std::os::unix::ffi::OsStrExt;
    OsStr::from_bytes(word.as_bytes().get(at..).unwrap_or_default()).to_owned()
}

/// What stands behind the first `at` bytes, which are UTF-8.
#[cfg(not(unix))]
fn after(word: &OsStr, at: usize) -> OsString {
    word.to_string_lossy().get(at..).unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Arg, ArgAction, Command};

    fn definition() -> Command {
        let value = |name: &'static str| Arg::new(name).long(name).action(ArgAction::Set);
        let flag = |name: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue);
        Command::new("bt").arg(flag("quiet").global(true)).subcommands([
            Command::new("track")
                .args(["port", "dfile", "save-interval", "interval"].map(value))
                .arg(flag("nat-check")),
            Command::new("publish").args(["piece-length"].map(value)),
            Command::new("fetch")
                .args(["port", "save-as", "max-uploads", "timeout", "max-peers"].map(value))
                .arg(flag("keep-seeding")),
            Command::new("open"),
        ])
    }

    fn told(program: &Historical, words: &str) -> Result<String, String> {
        let args: Vec<OsString> = words.split_whitespace().map(OsString::from).collect();
        translate(program, |_| Some(definition()), &args)
            .map(|words| {
                let words: Vec<_> =
                    words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
                words.join(" ")
            })
            .map_err(|failure| failure.message)
    }

    #[test]
    fn old_options_are_todays() {
        for (program, old, new) in [
            (&TRACK, "--port 8080 --dfile dstate", "bt track --port=8080 --dfile=dstate"),
            (&TRACK, "-p 8080 -d dstate", "bt track --port=8080 --dfile=dstate"),
            (&TRACK, "-p8080 -ddstate", "bt track --port=8080 --dfile=dstate"),
            (&TRACK, "--df=x", "bt track --dfile=x --port=80"),
            (&TRACK, "--po 1 --reannounce_interval=9", "bt track --port=1 --interval=9"),
            (&TRACK, "--po 1 --save_d 5", "bt track --port=1 --save-interval=5"),
            (&TRACK, "--po 1 --nat_check 0", "bt track --port=1"),
            (&TRACK, "--po 1 --nat-check=1", "bt track --port=1 --nat-check"),
            (&TRACK, "--po 1 --timeout-check-interval 5", "bt track --port=1"),
            (
                &TRACK,
                "--po 1 --save-interval 7 --quiet",
                "bt track --port=1 --save-interval 7 --quiet",
            ),
            (&TRACK, "--po 1 -- --port", "bt track --port=1 -- --port"),
            (
                &PUBLISH,
                "myfile.ext http://my.tracker/announce",
                "bt publish myfile.ext http://my.tracker/announce --piece-length=1MiB",
            ),
            (&PUBLISH, "x --piece-length 16KiB", "bt publish x --piece-length 16KiB"),
            (
                &HEADLESS,
                "--saveas myfile.ext --responsefile myfile.ext.torrent",
                "bt fetch --save-as=myfile.ext myfile.ext.torrent --keep-seeding",
            ),
            (
                &HEADLESS,
                "--url http://x/y.torrent --minport 7000",
                "bt fetch http://x/y.torrent --port=7000-6889 --keep-seeding",
            ),
            (&HEADLESS, "--minport 1 --maxport 2 x", "bt fetch x --port=1-2 --keep-seeding"),
            (
                &HEADLESS,
                "--max_uploads 7 --display_interval .5 -i 1.2.3.4 x",
                "bt fetch --max-uploads=7 x --keep-seeding",
            ),
            (&HEADLESS, "--timeout 300 x", "bt fetch x --keep-seeding"),
            (&HEADLESS, "--max-peers 9 x", "bt fetch --max-peers 9 x --keep-seeding"),
            (&HEADLESS, "--nonsense x", "bt fetch --nonsense x --keep-seeding"),
            (&PREFETCHED, "x.torrent --saveas y", "bt open x.torrent"),
        ] {
            assert_eq!(told(program, old).as_deref(), Ok(new), "{old}");
        }
    }

    #[test]
    fn what_is_not_unique_is_refused() {
        assert_eq!(
            told(&HEADLESS, "--max_rate 1"),
            Err("--max_rate: may be --max-rate-recalculate-interval or --max-rate-period".into())
        );
        assert_eq!(told(&TRACK, "--dfile"), Err("--dfile: a value must follow".into()));
        assert_eq!(told(&TRACK, "-d"), Err("-d: a value must follow".into()));
    }
}
