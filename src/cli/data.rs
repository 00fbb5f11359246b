//! Where the data of a torrent lies.

use super::{Env, Failure, TorrentInput, trade};
use crate::torrent::Metainfo;
use std::io;
use std::path::{Path, PathBuf};

/// The places where the data may lie, the likeliest first: NAME below `data` and `data` itself;
/// where none was named NAME beside the .torrent file and here.
pub fn places(data: Option<&Path>, torrent: &TorrentInput, metainfo: &Metainfo) -> [PathBuf; 2] {
    let beside = torrent.path().and_then(Path::parent);
    match data {
        Some(path) => [trade::below(metainfo, path), path.to_owned()],
        None => [
            trade::below(metainfo, beside.unwrap_or(Path::new(""))),
            trade::below(metainfo, Path::new("")),
        ],
    }
}

/// The first of the places where something of the right kind is, as seen from the working folder.
pub fn find(
    env: &Env,
    data: Option<&Path>,
    torrent: &TorrentInput,
    metainfo: &Metainfo,
) -> Result<PathBuf, Failure> {
    let places = places(data, torrent, metainfo);
    let fits = |path: &&PathBuf| {
        let found = env.resolve(path).metadata();
        found.is_ok_and(|found| found.is_dir() == metainfo.folder)
    };
    match places.iter().find(fits) {
        Some(path) => Ok(env.resolve(path)),
        None => {
            let [first, _] = &places;
            let error = match env.resolve(first).metadata() {
                Err(error) => error,
                Ok(_) => io::Error::other(match metainfo.folder {
                    true => "the torrent is of a folder, and this is none",
                    false => "the torrent is of a file, and this is none",
                }),
            };
            Err(Failure::local(first, &error).hint("--data says where the data lies"))
        }
    }
}
