//! `bt verify --repair-from`: the sources, and what is said of them.

use super::Work;
use super::remote::Remote;
use super::verdict::Verdict;
use crate::cli::{Failure, TorrentInput, trade};
use crate::store::verify::{Local, Source};
use crate::torrent::Metainfo;
use std::ffi::OsString;
use std::fmt::Display;
use std::path::Path;

impl Work<'_> {
    /// Mends what is wrong, and says which sources were of no use.
    pub(super) fn repair(
        &self,
        verdict: &mut Verdict<'_>,
        from: &[OsString],
    ) -> Result<(), Failure> {
        let metainfo = verdict.metainfo;
        let mut sources: Vec<Box<dyn Source + '_>> = Vec::with_capacity(from.len());
        for named in from {
            sources.push(self.source(metainfo, named)?);
        }
        let total = verdict.verification.to_repair();
        let done = self.watched("repairing", total, |watch| {
            verdict.verification.repair(verdict.files, &mut sources, &self.settings, watch)
        })?;
        let is_right = verdict.tally().right;
        let pieces = |count| if count == 1 { "1 piece".into() } else { format!("{count} pieces") };
        for (at, named) in from.iter().enumerate() {
            let named = named.display();
            let warn = |what: &dyn Display| {
                self.cli.ui.warn(self.cli.env, format_args!("{named}: {what}"));
            };
            if let Some(Some(why)) = done.gone.get(at) {
                warn(why);
                continue;
            }
            match done.refused.get(at) {
                None | Some(0) => {}
                Some(&count) => {
                    warn(&format_args!("{} there without the right hash", pieces(count)));
                }
            }
            match done.lacking.get(at) {
                None | Some(0) => {}
                Some(_) if is_right => {}
                Some(&count) => warn(&format_args!("{} not there", pieces(count))),
            }
        }
        verdict.repaired = Some(done);
        Ok(())
    }

    /// Where pieces are got from.
    fn source<'m>(
        &self,
        metainfo: &'m Metainfo,
        named: &OsString,
    ) -> Result<Box<dyn Source + 'm>, Failure> {
        if let TorrentInput::Url(url) = TorrentInput::from(named.clone()) {
            return Ok(Box::new(Remote::new(self.cli.env, &url, metainfo)?));
        }
        let named = self.cli.env.resolve(Path::new(named));
        let below = trade::below(metainfo, &named);
        let fits = |path: &Path| path.metadata().is_ok_and(|is| is.is_dir() == metainfo.folder);
        let place = match (fits(&below), named.metadata()) {
            (true, _) => below,
            (false, Ok(_)) if fits(&named) => named,
            (false, Ok(_)) => below,
            (false, Err(error)) => return Err(Failure::local(&named, &error)),
        };
        Ok(Box::new(Local(trade::files_at(metainfo, place)?)))
    }
}
