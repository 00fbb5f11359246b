//! A web server as a source of pieces (BEP 19).

use crate::cli::{Env, Failure};
use crate::net::http_client;
use crate::net::web::{Fault, Web};
use crate::store::verify::{Source, SourceError};
use crate::torrent::{Metainfo, web_seed};

/// The files of a torrent on a web server.
pub(super) struct Remote<'a> {
    web: Web,
    url: String,
    metainfo: &'a Metainfo,
}

impl<'a> Remote<'a> {
    /// The server's `url` is that of the file, or of the folder that holds what the torrent names.
    pub(super) fn new(env: &Env, url: &str, metainfo: &'a Metainfo) -> Result<Self, Failure> {
        let web = Web::new(env.authorities().clone()).map_err(Failure::network)?;
        Ok(Self { web, url: url.to_owned(), metainfo })
    }
}

impl Source for Remote<'_> {
    fn read(&mut self, file: usize, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError> {
        let name = &self.metainfo.name;
        let path = self.metainfo.layout.file(file).filter(|_| self.metainfo.folder);
        let url = web_seed::url(&self.url, name, path.map(|file| file.path.components()));
        let range = offset..offset.saturating_add(buffer.len() as u64);
        match self.web.read(&url, range) {
            Ok(bytes) if bytes.len() == buffer.len() => {
                buffer.copy_from_slice(&bytes);
                Ok(())
            }
            Ok(_)
            | Err(Fault::Shorter | Fault::Http(http_client::Error::Status(403 | 404 | 410))) => {
                Err(SourceError::Missing)
            }
            Err(fault) if fault.is_network() => Err(SourceError::Unreachable(fault.to_string())),
            Err(fault) => Err(SourceError::Gone(fault.to_string())),
        }
    }
}
