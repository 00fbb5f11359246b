//! What the process gives up before it serves, where the kernel has Landlock: from then on it writes
//! in the dfile's folder alone, runs no program, binds no TCP port, and sends no signal to others.
//!
//! It reads in that folder and in those of the files that it reads again, whatever else lies there and
//! below: a file that is replaced is another file, and its folder is all that stays. Landlock knows no
//! UDP; the metrics' look at their own health binds such a port, and any program without rights may.

#[cfg(target_os = "linux")]
pub(super) use self::landlock::restrict;
use crate::store::whole::folder;
use std::path::{Path, PathBuf};

/// Where it may still go.
#[derive(Debug, Default)]
pub(super) struct Needs<'a> {
    /// Whose folder is written in.
    pub(super) dfile: Option<&'a Path>,
    /// What is removed.
    pub(super) removes: Vec<&'a Path>,
    /// Files and folders that are read, and those that take their places.
    pub(super) reads: Vec<&'a Path>,
}

impl Needs<'_> {
    /// The folder of the dfile, the one behind links.
    fn written(&self) -> Option<PathBuf> {
        self.dfile.map(|dfile| folder(&super::state::place(dfile)).to_owned())
    }

    /// A file that is replaced has the same name and is another file, so its folder is what counts,
    /// by its own name and behind all links.
    fn read(&self) -> impl Iterator<Item = PathBuf> {
        self.reads.iter().flat_map(|path| {
            let behind = path.canonicalize().ok();
            let folders = |path: &Path| match path.is_dir() {
                true => path.to_owned(),
                false => folder(path).to_owned(),
            };
            [Some(folders(path)), behind.as_deref().map(folders)].into_iter().flatten()
        })
    }
}

/// Gives it up, for this thread and all that it begins later; in words, how far that went.
#[cfg(not(target_os = "linux"))]
pub(super) fn restrict(_: &Needs<'_>) -> Result<&'static str, String> {
    Err("this system has no Landlock".to_owned())
}

#[cfg(target_os = "linux")]
mod landlock {
    use super::Needs;
    use ::landlock::{
        ABI, Access, AccessFs, AccessNet, PathBeneath, PathFd, Ruleset, RulesetAttr,
        RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
    };

    /// Gives it up, for this thread and all that it begins later; in words, how far that went.
    pub(in super::super) fn restrict(needs: &Needs<'_>) -> Result<&'static str, String> {
        match enforce(needs) {
            Ok(RulesetStatus::FullyEnforced) => Ok("sandboxed by Landlock"),
            Ok(RulesetStatus::PartiallyEnforced) => {
                Ok("sandboxed by Landlock, as far as this kernel goes")
            }
            Ok(RulesetStatus::NotEnforced) => Err("this kernel has no Landlock".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    fn enforce(needs: &Needs<'_>) -> Result<RulesetStatus, RulesetError> {
        let abi = ABI::V6;
        let mut rules = Ruleset::default()
            .handle_access(AccessFs::from_all(abi))?
            .handle_access(AccessNet::BindTcp)?
            .scope(Scope::Signal)?
            .create()?;
        let written = AccessFs::from_read(abi) & !AccessFs::Execute
            | AccessFs::WriteFile
            | AccessFs::Truncate
            | AccessFs::MakeReg
            | AccessFs::MakeSock
            | AccessFs::RemoveFile
            | AccessFs::Refer;
        let read = AccessFs::ReadFile | AccessFs::ReadDir;
        let written = needs.written().map(|folder| (folder, written));
        let removed = needs.removes.iter();
        let removed =
            removed.map(|path| (super::folder(path).to_owned(), AccessFs::RemoveFile.into()));
        let folders = written.into_iter().chain(removed);
        for (folder, rights) in folders.chain(needs.read().map(|folder| (folder, read))) {
            // One that is not there cannot be read later either; whoever reads it says so.
            if let Ok(folder) = PathFd::new(folder) {
                rules = rules.add_rule(PathBeneath::new(folder, rights))?;
            }
        }
        Ok(rules.restrict_self()?.ruleset)
    }
}
