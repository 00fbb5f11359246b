//! Where the system cannot pass sockets from one process to another: nobody calls.

use super::inherited::Inherited;
use std::io;
use std::path::Path;

pub(super) type Caller = ();

pub(super) struct Door;

impl Door {
    pub(super) fn open(_: &Path) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) async fn called(&self) -> Caller {
        std::future::pending().await
    }
}

pub(super) struct Heir;

impl Heir {
    pub(super) async fn ready(&mut self) -> io::Result<()> {
        std::future::pending().await
    }
}

pub(super) struct Predecessor;

impl Predecessor {
    pub(super) async fn ready(self) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

pub(super) fn give(_: Caller, _: &[Inherited]) -> io::Result<Heir> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(super) fn ask(_: &Path) -> io::Result<(Vec<Inherited>, Predecessor)> {
    Err(io::ErrorKind::Unsupported.into())
}
