//! `bt decode`

use crate::bencode::json::{Document, Style};
use crate::cli::{Cli, Failure, Format, Source, Status};
use std::ffi::OsString;
use std::io::Write;

/// Bencode to JSON
///
/// Each input must be one whole document of canonical bencode, and becomes one line of JSON, or
/// indented lines on a terminal. Nothing is lost: `bt encode` gives the same bytes back. A byte
/// string that is not UTF-8 is {"$hex":"…"}, an integer beyond 2^53 {"$int":"…"}, and a dictionary
/// that an object can't say {"$dict":[[key,value],…]}.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  bt decode a.torrent | jq -r .info.name
      One value of it.
  bt decode < a.torrent | jq '.comment = \"mine\"' | bt encode > b.torrent
      Another comment; whatever is not changed keeps its bytes, and so its info-hash.
  bt decode *.torrent | jq -r .announce | sort -u
      A line for each of several inputs.")]
pub(crate) struct Decode {
    /// Files; `-` is standard input, which is also read where none is named
    #[arg(value_name = "INPUT")]
    inputs: Vec<OsString>,
    /// Take leading zeros, negative zero, unsorted and double keys and bytes after the end, and warn
    #[arg(long)]
    lenient: bool,
}

impl Decode {
    pub(crate) fn run(self, cli: &Cli<'_>) -> Result<(), Failure> {
        let style = match cli.format {
            Format::Json => Style::Compact,
            Format::Human if cli.color => Style::Coloured,
            Format::Human => Style::Indented,
            Format::Bencode => return Err(Failure::usage("--format bencode: this writes JSON")),
        };
        let mut inputs: Vec<_> = self.inputs.into_iter().map(Source::from).collect();
        if inputs.is_empty() {
            inputs.push(Source::or_stdin(None, cli.env)?);
        }
        if let [input] = inputs.as_slice() {
            return decode(cli, input, style, self.lenient);
        }
        // One bad input must not hide what the others say.
        let mut status = Status::Done;
        for input in &inputs {
            match decode(cli, input, style, self.lenient) {
                Ok(()) => {}
                Err(end) if end.status == Status::Done => return Err(end),
                Err(failure) => {
                    cli.ui.failure(cli.env, &failure);
                    status = failure.status;
                }
            }
        }
        if status == Status::Done { Ok(()) } else { Err(Failure::silent(status)) }
    }
}

fn decode(cli: &Cli<'_>, input: &Source, style: Style, lenient: bool) -> Result<(), Failure> {
    let bytes = input.read(cli.env, u64::MAX)?;
    let bad = |error| Failure::input(format_args!("{input}: {error}"));
    let document = if lenient {
        let (document, warnings) = Document::parse_lenient(&bytes).map_err(bad)?;
        for warning in warnings {
            cli.ui.warn(cli.env, format_args!("{input}: {warning}"));
        }
        document
    } else {
        Document::parse(&bytes).map_err(|error| match error.kind.is_forgivable() {
            true => bad(error).hint("--lenient takes it"),
            false => bad(error),
        })?
    };
    let mut out = cli.env.stdout();
    let written = document.write(&mut out, style).and_then(|()| out.write_all(b"\n"));
    written.and_then(|()| out.flush()).map_err(|error| Failure::stdout(&error))
}
