//! `bt encode`

use crate::bencode::json;
use crate::cli::{Cli, Failure, Sink, Source};
use std::ffi::OsString;

/// JSON to bencode
///
/// Reads one JSON document as `bt decode` writes it, or as a person or jq does, and writes
/// canonical bencode: keys sorted, each once. What bencode can't say (floats, null, booleans) is
/// refused.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  echo '{\"b\":[1,\"two\"],\"a\":{\"$hex\":\"ff\"}}' | bt encode | bt decode
      Keys come out in order.
  bt decode a.torrent | jq 'del(.comment)' | bt encode -o c.torrent
      Without the comment; the file is written whole or not at all.")]
pub(crate) struct Encode {
    /// A file; `-` is standard input, which is also read where none is named
    #[arg(value_name = "INPUT")]
    input: Option<OsString>,
    /// Where to write; `-` is standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    output: OsString,
    /// Write over an existing file, and raw bencode to a terminal
    #[arg(long)]
    force: bool,
}

impl Encode {
    pub(crate) fn run(self, cli: &Cli<'_>) -> Result<(), Failure> {
        let input = Source::or_stdin(self.input.map(Source::from), cli.env)?;
        let sink = Sink::from(self.output);
        if sink == Sink::Stdout && cli.env.stdout_is_terminal() && !self.force {
            return Err(Failure::usage("bencode is not written to a terminal")
                .hint("-o FILE or a pipe takes it, --force writes it all the same"));
        }
        let bencode = json::read(&input.read(cli.env, u64::MAX)?)
            .map_err(|error| Failure::input(format_args!("{input}: {error}")))?;
        sink.write(cli.env, &bencode, self.force)
    }
}
