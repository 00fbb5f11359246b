//! The flags that say which files `bt publish` takes.

use super::place;
use crate::cli::{Cli, Failure, Source};
use crate::store;
use crate::store::walk::{self, Attributes, Fault, Globs, Links, Order, Selection, Tree, Why};
use clap::ValueEnum;
use std::num::NonZero;
use std::path::{Path, PathBuf};

/// The longest list of files, in bytes.
const LIST_MOST: u64 = 1 << 30;

/// Which files of a directory are taken.
#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Which files")]
pub(super) struct SelectionArgs {
    /// Only files that match, or whose directory does; may be repeated
    ///
    /// A GLOB without a slash is for names at any depth, any other for paths from PATH on: *.jpg,
    /// 2024/**/*.jpg, /top.txt. One that ends in a slash is for directories only. * and ? stay
    /// within a name, ** goes through directories; [a-z] and {a,b} are as in a shell. What another
    /// rule leaves out stays out.
    #[arg(long, value_name = "GLOB")]
    include: Vec<String>,
    /// Neither files nor directories that match; may be repeated
    ///
    /// GLOB is as with --include, and the stronger of the two. A directory that matches is not
    /// entered.
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,
    /// Leave out what .gitignore and .ignore say
    ///
    /// The rules of these files in PATH and below hold as in git, those nearer to a file before
    /// others, those of .ignore before those of .gitignore. A directory called .git is left out as
    /// well.
    #[arg(long, conflicts_with = "files_from")]
    ignore_files: bool,
    /// Names that begin with a dot
    #[arg(long, value_name = "CHOICE", default_value = "include")]
    hidden: Take,
    /// What systems leave behind in directories: Thumbs.db, .DS_Store and the like
    ///
    /// These change when somebody looks into the directory, and damage the data around them. Case
    /// does not count: Thumbs.db, ehthumbs.db, ehthumbs_vista.db, desktop.ini, $RECYCLE.BIN, System
    /// Volume Information, .DS_Store, ._*, .AppleDouble, .apdisk, .DocumentRevisions-V100,
    /// .fseventsd, .LSOverride, .Spotlight-V100, .TemporaryItems, .Trashes, .directory, .nfs0*,
    /// .Trash-*, @eaDir, lost+found.
    #[arg(long, value_name = "CHOICE", default_value = "skip")]
    junk: Take,
    /// Files and directories called CVS or core
    #[arg(long, value_name = "CHOICE", default_value = "skip")]
    cvs_core: Take,
    /// What becomes of symbolic links in a directory
    ///
    /// A link that is stored (BEP 47) must lead to something in PATH; one that leads outside is an
    /// error. So is a link that is followed and leads nowhere, or back to a directory that it is
    /// in. PATH itself may be a link and is always followed.
    #[arg(long, value_name = "CHOICE", default_value = "follow")]
    links: LinkChoice,
    /// Mark files as executable or hidden (BEP 47)
    ///
    /// Executable is what its owner may run. Metainfo without marks is the same whatever the
    /// permissions of the files.
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "none")]
    attributes: Vec<Attribute>,
    /// Take the files that FILE names, or standard input with -, one a line
    ///
    /// Where FILE has NUL bytes in it, they end the names in place of line ends, as find -print0
    /// writes them. Paths are relative to the current directory, as find PATH and tar --files-from
    /// have them, and lie in PATH. Their order does not count, and each is taken once. A directory
    /// stands for itself only, so for nothing; with a slash at its end, for all that is in it. What
    /// is named is taken even if it is junk or called CVS or core; --include, --exclude and --hidden
    /// hold.
    #[arg(long, value_name = "FILE")]
    files_from: Option<Source>,
    /// The order of the files
    ///
    /// Players and previews want what comes first. Only version 1 has a choice: in version 2, and
    /// so in a hybrid, the order is that of the names.
    #[arg(long, value_name = "ORDER", default_value = "name")]
    sort: Sort,
    /// Make a torrent of each entry of the directory PATH
    ///
    /// As if each was named, without its .torrent files. The flags above choose among the entries
    /// as well as the files in them, where GLOBs are for paths from the entry on.
    #[arg(long, conflicts_with_all = ["files_from", "name"])]
    pub(super) each: bool,
    /// Show what would go in, and make nothing
    ///
    /// With -v also what would not, and why.
    #[arg(long)]
    pub(super) dry_run: bool,
}

/// Whether things of a kind are taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Take {
    /// They are taken
    Include,
    /// They are left out
    Skip,
}

impl From<Take> for walk::Take {
    fn from(take: Take) -> Self {
        match take {
            Take::Include => Self::Include,
            Take::Skip => Self::Skip,
        }
    }
}

/// What becomes of symbolic links.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum LinkChoice {
    /// What they lead to is taken in their place, wherever it is
    Follow,
    /// They are stored as links
    Store,
    /// They are left out
    Skip,
}

/// What is told of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Attribute {
    /// No marks
    None,
    /// That its owner may run it
    Executable,
    /// That its name begins with a dot
    Hidden,
}

/// The order of the files.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Sort {
    /// By the bytes of the names, directory by directory
    Name,
    /// By names, with numbers by their value: a2 before a10
    Natural,
    /// The smallest first
    Smallest,
    /// The largest first
    Largest,
    /// What was written last comes last
    Oldest,
    /// What was written last comes first
    Newest,
}

impl SelectionArgs {
    /// The selection that the flags mean; reads the list of files.
    pub(super) fn selection(
        &self,
        cli: &Cli<'_>,
        threads: NonZero<usize>,
    ) -> Result<Selection, Failure> {
        let globs = |patterns: &[String], flag: &str| {
            let each = patterns.iter().map(|pattern| {
                // One by one first, to name the one that is wrong.
                let usage = |why| Failure::usage(format_args!("{flag} {pattern}: {why}"));
                Globs::new([pattern]).map(|_| pattern).map_err(usage)
            });
            let patterns = each.collect::<Result<Vec<_>, _>>()?;
            Globs::new(patterns).map_err(|why| Failure::usage(format_args!("{flag}: {why}")))
        };
        let has = |attribute| self.attributes.contains(&attribute);
        Ok(Selection {
            include: globs(&self.include, "--include")?,
            exclude: globs(&self.exclude, "--exclude")?,
            ignore_files: self.ignore_files,
            hidden: self.hidden.into(),
            junk: self.junk.into(),
            historical: self.cvs_core.into(),
            links: match self.links {
                LinkChoice::Follow => Links::Follow,
                LinkChoice::Store => Links::Store,
                LinkChoice::Skip => Links::Skip,
            },
            attributes: Attributes {
                executable: has(Attribute::Executable),
                hidden: has(Attribute::Hidden),
            },
            list: self.files_from.as_ref().map(|source| list(source, cli)).transpose()?,
            order: match self.sort {
                Sort::Name => Order::Name,
                Sort::Natural => Order::Natural,
                Sort::Smallest => Order::Smallest,
                Sort::Largest => Order::Largest,
                Sort::Oldest => Order::Oldest,
                Sort::Newest => Order::Newest,
            },
            threads,
        })
    }

    /// What is found out before anything is read: flags that make no sense together.
    pub(super) fn check(&self, paths: &[&Path], v2: bool) -> Result<(), Failure> {
        if v2 && self.sort != Sort::Name {
            return Err(Failure::usage("--sort is for version 1")
                .hint("in version 2 the files are in the order of their names"));
        }
        if self.files_from.is_some() && paths.len() > 1 {
            return Err(Failure::usage("--files-from is for one PATH"));
        }
        if self.each && paths.iter().any(|path| place::is_stdin(path)) {
            return Err(Failure::usage("--each is for directories"));
        }
        Ok(())
    }

    /// The paths that become torrents: those that were named or, with `--each`, their entries.
    pub(super) fn paths(
        &self,
        named: &[&Path],
        selection: &Selection,
        cli: &Cli<'_>,
    ) -> Result<Vec<PathBuf>, Failure> {
        if !self.each {
            return Ok(named.iter().map(|path| path.to_path_buf()).collect());
        }
        // What is published may be a link itself; those in it are another matter.
        let links = match selection.links {
            Links::Store => Links::Follow,
            links => links,
        };
        let selection = &Selection { links, ..selection.clone() };
        let mut paths = Vec::new();
        for &folder in named {
            let (entries, left_out) =
                Tree::entries(&cli.env.resolve(folder), selection).map_err(super::failure)?;
            tell(cli, folder, &left_out);
            if entries.is_empty() {
                let message = format!("{}: no entries to publish", folder.display());
                return Err(match selection.left_out(&left_out) {
                    true => Failure::no(message),
                    false => Failure::input(message),
                });
            }
            paths.extend(entries);
        }
        Ok(paths)
    }
}

/// The paths in a list of files.
fn list(source: &Source, cli: &Cli<'_>) -> Result<Vec<PathBuf>, Failure> {
    if *source == Source::Stdin && cli.env.stdin_is_terminal() {
        return Err(Failure::usage("--files-from -: a list is read from a pipe"));
    }
    let bytes = source.read(cli.env, LIST_MOST)?;
    let garbled = |error| Failure::local(Path::new(&source.to_string()), &error);
    let paths = walk::parse_list(&bytes).map_err(garbled)?;
    match paths.is_empty() {
        true => Err(Failure::input(format_args!("{source}: no file in the list"))),
        false => Ok(paths.iter().map(|path| cli.env.resolve(path)).collect()),
    }
}

/// A walk that failed, with what may be done about it.
pub(super) fn failure(error: &store::Error) -> Failure {
    let failure = Failure::local(&error.path, &error.source);
    let fault = error.source.get_ref().and_then(|inner| inner.downcast_ref());
    match fault {
        Some(Fault::NothingSelected) => Failure::no(error),
        Some(Fault::LinkOutside | Fault::LinkToRoot) => {
            failure.hint("--links follow takes what it leads to, --links skip leaves it out")
        }
        Some(Fault::LinkAbove | Fault::TooMuchBehindLinks(_)) => {
            failure.hint("--links store keeps links as they are, --links skip leaves them out")
        }
        Some(Fault::ListedOutside(_)) => {
            failure.hint("the paths in a list are relative to the current directory")
        }
        Some(Fault::ListForFile) | None => failure,
    }
}

/// Says on standard error what was left out of the tree at `root`: what nobody asked to leave out
/// as a warning or in one line, all else only with `-v`.
pub(super) fn tell(cli: &Cli<'_>, root: &Path, left_out: &[walk::LeftOut]) {
    let mut unasked = 0usize;
    for left in left_out {
        let path = root.join(&left.path);
        let path = path.display();
        match left.why {
            Why::Special => cli.ui.warn(cli.env, format_args!("{path}: left out, not a file")),
            why => cli.ui.note(cli.env, 1, format_args!("{path}: left out, {why}")),
        }
        unasked += usize::from(matches!(left.why, Why::Junk | Why::Historical));
    }
    if unasked > 0 && cli.ui.level == 0 {
        let what = if unasked == 1 { "1 entry" } else { &format!("{unasked} entries") };
        let root = root.display();
        let why = "junk, or called CVS or core; -v lists what";
        cli.ui.note(cli.env, 0, format_args!("{root}: {what} left out ({why})"));
    }
}
