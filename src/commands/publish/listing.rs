//! `bt publish --dry-run`: what would go in.

use super::place::Place;
use super::selection;
use crate::cli::text::Text;
use crate::cli::{Cli, Failure, Format, Sink, printable, units};
use crate::store::walk::{Found, Selection, Tree};
use crate::torrent::name;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::ffi::OsStr;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Lists the files of the torrent that would be made of `path`: for people a line each and one for
/// all, else a document.
pub(super) fn list(
    cli: &Cli<'_>,
    path: &Path,
    place: &Place,
    name: &[u8],
    selection: &Selection,
) -> Result<(), Failure> {
    let output = match &place.sink {
        Sink::Path(path) => Some(cli.env.resolve(path)),
        Sink::Stdout => None,
    };
    let unfit = |why| Failure::input(format_args!("{}: {why}", path.display())).hint(super::RENAME);
    name::check(name).map_err(unfit)?;
    place.fits(cli.env)?;
    let tree = Tree::select(&cli.env.resolve(path), selection, output.as_deref());
    let tree = tree.map_err(super::failure)?;
    selection::tell(cli, path, &tree.left_out);
    let mut out = BufWriter::new(cli.env.stdout());
    let written = match cli.format {
        Format::Json => document(&mut out, path, place, name, &tree),
        _ => {
            let shown: fn(&str) -> Cow<'_, str> = match cli.env.stdout_is_terminal() {
                true => |text| printable(text).into(),
                false => |text| text.into(),
            };
            lines(&mut out, path, name, &tree, shown)
        }
    };
    written.and_then(|()| out.flush()).map_err(|error| Failure::stdout(&error))
}

fn lines(
    out: &mut impl Write,
    path: &Path,
    name: &[u8],
    tree: &Tree,
    shown: fn(&str) -> Cow<'_, str>,
) -> io::Result<()> {
    for file in &tree.files {
        let below = match tree.folder {
            true => file.path.to_string_lossy(),
            false => String::from_utf8_lossy(name),
        };
        let (size, below) = (units::show_size(file.length), shown(&below));
        match &file.link {
            Some(link) => {
                writeln!(out, "{:>10}  {below} -> {}", "link", shown(&link.to_string_lossy()))?;
            }
            None => writeln!(out, "{size:>10}  {below}")?,
        }
    }
    let files = match tree.files.len() {
        1 => "1 file".to_owned(),
        count => format!("{count} files"),
    };
    let (path, total) = (path.to_string_lossy(), units::show_size(tree.total()));
    writeln!(out, "{}: {files}, {total}", shown(&path))
}

fn document(
    out: &mut impl Write,
    path: &Path,
    place: &Place,
    name: &[u8],
    tree: &Tree,
) -> io::Result<()> {
    // The lists may be long: one entry at a time.
    let head = json!({"event": "selection", "v": 1, "path": text(path.as_os_str().as_encoded_bytes()),
        "output": place.text(), "name": text(name), "total_size": tree.total(),
        "file_count": tree.files.len()});
    let head = head.to_string();
    write!(out, "{},\"files\":[", head.strip_suffix('}').unwrap_or(&head))?;
    for (at, file) in tree.files.iter().enumerate() {
        let comma = if at > 0 { "," } else { "" };
        write!(out, "{comma}{}", entry(tree, file, name))?;
    }
    write!(out, "],\"left_out\":[")?;
    for (at, left) in tree.left_out.iter().enumerate() {
        let comma = if at > 0 { "," } else { "" };
        let value = json!({"path": components(&left.path), "reason": left.why.word()});
        write!(out, "{comma}{value}")?;
    }
    writeln!(out, "]}}")
}

fn entry(tree: &Tree, file: &Found, name: &[u8]) -> Value {
    let path = match tree.folder {
        true => components(&file.path),
        false => vec![text(name)],
    };
    let mut value = json!({"path": path, "length": file.length});
    let marks = [(file.executable, "x"), (file.hidden, "h"), (file.link.is_some(), "l")];
    let attr: String = marks.iter().filter(|(is, _)| *is).map(|(_, mark)| *mark).collect();
    if let Some(object) = value.as_object_mut() {
        if !attr.is_empty() {
            object.insert("attr".into(), attr.into());
        }
        if let Some(link) = &file.link {
            object.insert("symlink".into(), components(link).into());
        }
    }
    value
}

fn components(path: &Path) -> Vec<Value> {
    path.iter().map(OsStr::as_encoded_bytes).map(text).collect()
}

/// A name as everywhere names become JSON.
fn text(name: &[u8]) -> Value {
    serde_json::to_value(Text(name)).unwrap_or_default()
}
