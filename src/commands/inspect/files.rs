//! The files of a torrent for people and for the shell: a tree with sums, or a line each.

use crate::cli::paint::{Paint, Tone};
use crate::cli::printable;
use crate::cli::units::show_size;
use crate::torrent::{File, FilePath, Metainfo};
use std::io::{self, Write};

/// The tree: what lies in a folder stands together, in the order of the names, and the folder has
/// the sum. After `most` lines the rest is only counted.
pub(super) fn tree(
    out: &mut impl Write,
    metainfo: &Metainfo,
    paint: Paint,
    most: usize,
) -> io::Result<()> {
    let mut order: Vec<(usize, File<'_>)> =
        metainfo.layout.files().enumerate().filter(|(_, file)| !file.pad).collect();
    if !metainfo.folder {
        return order.iter().try_for_each(|(at, file)| leaf(out, metainfo, paint, *at, *file, 0));
    }
    order.sort_by_key(|(_, file)| file.path);
    let root = lossy(&metainfo.name);
    folder(out, paint, &root, 0, &order)?;
    let mut lines = 1;
    let mut above = FilePath::default();
    for (shown, (at, file)) in order.iter().enumerate() {
        let Some((folders, _)) = file.path.split_last() else { continue };
        let both = std::iter::zip(folders.components(), above.components());
        let same = both.take_while(|(a, b)| a == b).count();
        above = folders;
        lines += folders.depth() - same + 1;
        if lines > most {
            let more = order.len() - shown;
            let files = if more == 1 { "file" } else { "files" };
            return writeln!(out, "{:12}and {more} more {files} (--tree has all)", "");
        }
        let rest = order.get(shown..).unwrap_or_default();
        for (depth, name) in folders.components().enumerate().skip(same) {
            let mut path = folders;
            while path.depth() > depth + 1 {
                path = path.split_last().unwrap_or_default().0;
            }
            // What lies in it stands together from here on.
            let end = rest.partition_point(|(_, file)| file.path.starts_with(path));
            folder(out, paint, &lossy(name), depth + 1, rest.get(..end).unwrap_or_default())?;
        }
        leaf(out, metainfo, paint, *at, *file, folders.depth() + 1)?;
    }
    Ok(())
}

fn folder(
    out: &mut impl Write,
    paint: Paint,
    name: &str,
    depth: usize,
    files: &[(usize, File<'_>)],
) -> io::Result<()> {
    let sum = files.iter().fold(0u64, |sum, (_, file)| sum.saturating_add(file.length));
    let name = paint.of(Tone::Folder, format!("{name}/"));
    let count = paint.of(Tone::Aside, format!("({})", files.len()));
    writeln!(out, "{:>10}  {:indent$}{name} {count}", show_size(sum), "", indent = depth * 2)
}

fn leaf(
    out: &mut impl Write,
    metainfo: &Metainfo,
    paint: Paint,
    at: usize,
    file: File<'_>,
    depth: usize,
) -> io::Result<()> {
    let name = file.path.components().next_back().map(lossy).unwrap_or_default();
    write!(out, "{:>10}  {:indent$}", show_size(file.length), "", indent = depth * 2)?;
    match metainfo.extras.get(&at).and_then(|extra| extra.symlink.as_ref()) {
        Some(to) => {
            let to = lossy(to.as_path().as_joined());
            writeln!(out, "{} -> {to}", paint.of(Tone::Link, name))
        }
        None if file.executable => writeln!(out, "{}*", paint.of(Tone::Executable, name)),
        None => writeln!(out, "{name}"),
    }
}

/// How [`list`] writes a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Line {
    /// For people: the size in the units that fit.
    Aligned,
    /// The bytes, a tab, the path on one line whatever is in it.
    Tabbed,
    /// The bytes, a tab, the path as it is, NUL.
    Null,
}

/// Each file with its length, in the order of the metainfo; paths as they are where the torrent is
/// stored, its own folder first.
pub(super) fn list(out: &mut impl Write, metainfo: &Metainfo, line: Line) -> io::Result<()> {
    let files = metainfo.layout.files().filter(|file| !file.pad);
    let folder = [&*metainfo.name, b"/"].concat();
    let folder = if metainfo.folder { &*folder } else { &[] };
    let shown = lossy(folder);
    for file in files {
        let (length, path) = (file.length, file.path.as_joined());
        match line {
            Line::Aligned => {
                writeln!(out, "{:>10}  {shown}{}", show_size(length), lossy(path))?;
            }
            Line::Tabbed => writeln!(out, "{length}\t{shown}{}", lossy(path))?,
            Line::Null => {
                write!(out, "{length}\t")?;
                [folder, path, b"\0"].iter().try_for_each(|part| out.write_all(part))?;
            }
        }
    }
    Ok(())
}

/// A name or a path on one line, with nothing in it that a terminal obeys.
pub(super) fn lossy(name: &[u8]) -> String {
    printable(&String::from_utf8_lossy(name))
}
