//! `bt edit`

mod changes;
mod report;

use super::signing::{self, Signing};
use crate::bencode::{Draft, Limits};
use crate::cli::{Authority, Bounds, Cli, Failure, Format, Sink, Status, TorrentInput};
use crate::store::whole::{self, Existing};
use crate::torrent::edit::{Change, Found, differences};
use crate::torrent::signature::{self, Signer, Verdict};
use crate::torrent::{Magnet, Metainfo};
use bytes::Bytes;
use changes::Changes;
use report::Report;
use std::ffi::OsString;
use std::io::Write;
use std::path::Path;

/// Changes metainfo and leaves all else byte for byte
///
/// Reads metainfo from TORRENT, or from standard input where that is a pipe, and writes it, changed,
/// to standard output or -o. With -i each TORRENT is changed in its place, and one that
/// is as wanted already is not touched; where one fails, that is said and the others are
/// still changed. All that no flag names stays as it is, unknown keys and odd order included.
/// What comes out must read as metainfo, or nothing is written.
///
/// What stands inside `info` makes the info-hash. A change there makes another torrent, which
/// peers of the old one are not part of: it is refused without --change-info-hash.
///
/// PATTERN is a part of a URL; one with a * in it, which stands for any run of characters, is all
/// of the URL. Trackers are removed first, then replaced, then added, and so are web seeds
/// and nodes; --unset and --set come last.
#[derive(clap::Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Edit {
    /// .torrent files, URLs of such, or - for standard input
    #[arg(value_name = "TORRENT")]
    input: Vec<OsString>,
    /// Change the files in their places
    #[arg(short, long, conflicts_with = "output")]
    in_place: bool,
    /// Write nothing, but show what would change
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Where to write; - is standard output [default: -]
    #[arg(short, long, value_name = "FILE")]
    output: Option<OsString>,
    /// Write over an existing file; write metainfo to a terminal
    #[arg(short, long)]
    force: bool,
    /// Take changes inside `info`, and tell the old and the new info-hash
    #[arg(long)]
    change_info_hash: bool,
    #[command(flatten)]
    authority: Authority,
    #[command(flatten)]
    changes: Changes,
    #[command(flatten)]
    signing: Signing,
    #[command(flatten)]
    bounds: Bounds,
}

const EXAMPLES: &str = "\
JSON:
  With -i, -o or -n standard output has one line for each input, with these keys in this order: event
  (\"edited\"), v, input, output (null with -n), dry_run, changed, changes [{key, old, new}],
  info_hash {v1, v2}, old_info_hash {v1, v2}. A key is a path as --set takes it, its values are as
  `bt decode` has them, and null where there is none. With --json that line goes to standard error
  where standard output has the metainfo.

Exit status:
  1
      A PATTERN or a path to remove or replace was in none of the inputs. What else was to be
      done is done.

Examples:
  See what would change, then change it, in many files:
    bt edit -n *.torrent --replace-tracker http://old.example/ https://new.example/ || true
    bt edit -i *.torrent --replace-tracker http://my.tracker https://your.tracker

  Each tracker on another host, with the path that it has:
    bt edit a.torrent --replace-tracker 'http://*/*' 'https://new.example/*' > b.torrent

  A backup tracker behind the others, and a web seed:
    bt edit -i a.torrent --add-tracker udp://b.example:6969 --add-web-seed http://w.example/

  In a pipeline:
    bt edit --no-comment --no-date < a.torrent | bt inspect --json | jq .comment

  Any key, as JSON, and one more element of a list, which is made where it is missing:
    bt edit -i a.torrent --set '/x-build={\"commit\":\"f00\",\"run\":7}' --set '/x-tags/-=\"new\"'

  Another torrent of the same files, for a private tracker:
    bt edit a.torrent -o c.torrent --private --source TRK --change-info-hash

  Signed; the certificate's common name says by whom:
    bt edit -i *.torrent --sign key.pem --certificate cert.pem

  Only trackers that are named here:
    bt edit -i *.torrent --clear-trackers --add-tracker http://a.example/announce
";

/// What was made of one input.
struct Edited {
    before: Bytes,
    after: Bytes,
    /// `None` where the metainfo is only good after the change.
    old: Option<Metainfo>,
    new: Metainfo,
}

impl Edited {
    fn changed(&self) -> bool {
        self.before != self.after
    }

    fn other_hash(&self) -> bool {
        self.old.as_ref().is_none_or(|old| old.info != self.new.info)
    }
}

impl Edit {
    pub(crate) fn run(self, cli: &Cli<'_>) -> Result<(), Failure> {
        let env = self.authority.in_env(cli.env)?;
        let cli = &cli.within(&env);
        let changes = self.changes.list(cli.env)?;
        if changes.is_empty() && !self.signing.is_wanted() {
            return Err(Failure::usage("no change was named")
                .hint("bt edit --help has the changes that there are"));
        }
        let mut inputs: Vec<_> = self.input.iter().cloned().map(TorrentInput::from).collect();
        if inputs.is_empty() {
            inputs.push(TorrentInput::or_stdin(None, cli.env)?);
        }
        let many = inputs.len() > 1;
        if many && !self.in_place && !self.dry_run {
            return Err(Failure::usage("several TORRENTs")
                .hint("-i changes them in their places, -n shows what would change"));
        }
        if let (true, Some(other)) =
            (self.in_place, inputs.iter().find(|input| input.path().is_none()))
        {
            return Err(Failure::usage(format_args!("-i: {other} is not a file")));
        }
        if self.writes_to_stdout() && cli.env.stdout_is_terminal() && !self.force {
            return Err(Failure::usage("metainfo is not for a terminal")
                .hint("name a file with -o, send it into a pipe, or add --force"));
        }
        if cli.format == Format::Bencode && !self.writes_to_stdout() {
            return Err(Failure::usage("--format bencode: the report is human or json"));
        }
        let signer = self.signing.signer(cli)?;
        let mut found = vec![Found::Nothing; changes.len()];
        let mut last = None;
        for input in &inputs {
            match self.one(cli, input, &changes, signer.as_ref(), &mut found) {
                Ok(()) => {}
                // Nobody reads the reports any more; the files are still wanted.
                Err(failure) if many && failure.status == Status::Done => {}
                Err(failure) if many => {
                    cli.ui.failure(cli.env, &failure);
                    last = Some(Failure::silent(failure.status));
                }
                Err(failure) => return Err(failure),
            }
        }
        if let Some(last) = last {
            return Err(last);
        }
        let unmet = changes.iter().zip(&found).find(|(_, found)| **found == Found::Nothing);
        unmet.map_or(Ok(()), |(change, _)| Err(Failure::no(nothing_matched(change))))
    }

    /// Whether standard output is for the metainfo.
    fn writes_to_stdout(&self) -> bool {
        let stdout = self.output.as_ref().is_none_or(|output| output == "-");
        stdout && !self.in_place && !self.dry_run
    }

    fn one(
        &self,
        cli: &Cli<'_>,
        input: &TorrentInput,
        changes: &[Change],
        signer: Option<&Signer>,
        found: &mut [Found],
    ) -> Result<(), Failure> {
        let edited = self.edit(cli, input, changes, signer, found)?;
        let sink = self.sink(input);
        match &sink {
            None => {}
            Some(_) if self.in_place && !edited.changed() => {}
            Some(Sink::Path(path)) if self.in_place => {
                whole::write(&cli.env.resolve(path), &edited.after, Existing::Replace)
                    .map_err(|error| Failure::local(path, &error.source))?;
            }
            Some(sink) => sink.write(cli.env, &edited.after, self.force)?,
        }
        self.tell(cli, input, sink.as_ref(), &edited)
    }

    /// Where the metainfo goes; `None` where it goes nowhere.
    fn sink(&self, input: &TorrentInput) -> Option<Sink> {
        match (self.dry_run, self.in_place) {
            (true, _) => None,
            (false, true) => input.path().map(Path::to_owned).map(Sink::Path),
            (false, false) => Some(self.output.clone().map_or(Sink::Stdout, Sink::from)),
        }
    }

    /// Makes the changes and judges what comes of them.
    fn edit(
        &self,
        cli: &Cli<'_>,
        input: &TorrentInput,
        changes: &[Change],
        signer: Option<&Signer>,
        found: &mut [Found],
    ) -> Result<Edited, Failure> {
        let bad = |why: &dyn std::fmt::Display| Failure::input(format_args!("{input}: {why}"));
        let bounds = self.bounds.of_metainfo();
        let before = input.read_within(cli.env, bounds)?;
        if std::str::from_utf8(&before).is_ok_and(|text| text.parse::<Magnet>().is_ok()) {
            return Err(bad(&"a magnet link, but the metainfo itself is needed"));
        }
        let old = Metainfo::parse_within(before.clone(), bounds);
        let draft = Draft::parse(before.to_vec(), Limits::default());
        let (mut draft, _) = draft.map_err(|why| bad(&format_args!("not metainfo: {why}")))?;
        let info = |draft: &Draft| draft.value().get(b"info").map(|info| info.raw().to_vec());
        let is = info(&draft);
        for (change, found) in changes.iter().zip(found) {
            let here = change.make(&mut draft).map_err(|why| bad(&why))?;
            if here == Found::Yes {
                *found = here;
            }
        }
        // Where there was none, or none is left, no torrent becomes another.
        if let (Some(old), Some(new)) = (is, info(&draft))
            && !self.change_info_hash
            && old != new
        {
            return Err(Failure::usage(format_args!(
                "{input}: this changes `info`, and with it the info-hash"
            ))
            .hint("--change-info-hash makes it another torrent"));
        }
        if let Some(signer) = signer {
            signing::sign(signer, &mut draft)?;
        }
        let after = Bytes::from(draft.into_bytes());
        let new = Metainfo::parse_within(after.clone(), bounds);
        let edited = Edited { before, after, old: old.ok(), new: new.map_err(|why| bad(&why))? };
        for warning in self.warnings(&edited) {
            cli.ui.warn(cli.env, format_args!("{input}: {warning}"));
        }
        Ok(edited)
    }

    /// What is odd about the new metainfo and was not about the old.
    fn warnings(&self, edited: &Edited) -> Vec<String> {
        let old = edited.old.as_ref().map_or(&[][..], |old| &old.warnings);
        let mut old: Vec<_> = old.iter().map(|warning| without_place(warning)).collect();
        let mut is_new = |warning: &&String| {
            let at = old.iter().position(|old| *old == without_place(warning));
            at.map(|at| old.swap_remove(at)).is_none()
        };
        let mut warnings: Vec<_> =
            edited.new.warnings.iter().filter(|warning| is_new(warning)).cloned().collect();
        if let (true, Some(signatures)) = (edited.other_hash(), &edited.new.signatures) {
            for signature in signature::check(signatures, &edited.new.info) {
                if signature.verdict == Verdict::Bad {
                    let identity = String::from_utf8_lossy(&signature.identity);
                    warnings.push(format!("the signature of {identity} does not hold any more"));
                }
            }
        }
        warnings
    }

    fn tell(
        &self,
        cli: &Cli<'_>,
        input: &TorrentInput,
        sink: Option<&Sink>,
        edited: &Edited,
    ) -> Result<(), Failure> {
        let (old, new) = match (
            Limits::default().parse_lenient(&edited.before),
            Limits::default().parse_lenient(&edited.after),
        ) {
            (Ok((old, _)), Ok((new, _))) if edited.changed() => (old, new),
            (Ok((same, _)), _) => (same, same),
            (Err(why), _) => return Err(Failure::input(format_args!("{input}: {why}"))),
        };
        let changes = differences(old, new);
        let report = Report::new(input, sink, &changes, edited.old.as_ref(), &edited.new);
        let hash = edited.other_hash() && edited.old.is_some();
        let mut err = cli.env.stderr();
        let mut out = cli.env.stdout();
        let text = match (cli.format, self.writes_to_stdout()) {
            (_, true) if cli.json => {
                let _ = err.write_all(report.line().as_bytes());
                return Ok(());
            }
            (_, true) => {
                if hash && cli.ui.level >= 0 {
                    let _ = err.write_all(report.hashes(&cli.ui.name).as_bytes());
                }
                return Ok(());
            }
            (Format::Json, false) => report.line(),
            (_, false) if cli.ui.level < 0 => return Ok(()),
            (_, false) => report.page(cli.color),
        };
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        written.map_err(|error| Failure::stdout(&error))
    }
}

/// A warning without the byte that it is about, which another change may have moved.
fn without_place(warning: &str) -> &str {
    match warning.strip_prefix("byte ").and_then(|rest| rest.split_once(": ")) {
        Some((_, what)) => what,
        None => warning,
    }
}

fn nothing_matched(change: &Change) -> String {
    match change {
        Change::RemoveTracker(pattern) => format!("no tracker matches \"{pattern}\""),
        Change::ReplaceTracker(new) => format!("no tracker matches \"{}\"", new.old()),
        Change::RemoveSeed(_, pattern) => format!("no web seed matches \"{pattern}\""),
        Change::ReplaceSeed(_, new) => format!("no web seed matches \"{}\"", new.old()),
        Change::RemoveNode(pattern) => format!("no node matches \"{pattern}\""),
        Change::Unset(path) => format!("{path}: not there"),
        _ => "nothing matched".to_owned(),
    }
}
