//! Where the system cannot pass sockets from one process to another: nobody calls.

use super::inherited::Inherited;
use super::lock::Lock;
use crate::tracker::changes::{Change, Epoch};
use crate::tracker::swarms::Swarms;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

pub(super) type Caller = ();

pub(super) struct Door;

impl Door {
    pub(super) fn open(_: &Path) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn abandon(self) {}

    pub(super) async fn called(&self) -> Caller {
        std::future::pending().await
    }
}

pub(super) fn answers(_: &Path) -> bool {
    false
}

pub(super) struct Heir;

pub(super) const TAKES_WITHIN: Duration = Duration::ZERO;
pub(super) const HURRY: Duration = Duration::ZERO;

impl Heir {
    pub(super) async fn ready(self) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) async fn rests<T>(&mut self, until: impl Future<Output = T>) -> io::Result<T> {
        Ok(until.await)
    }

    pub(super) async fn waits<T>(
        &mut self,
        _: &Swarms,
        until: impl Future<Output = T>,
    ) -> io::Result<T> {
        Ok(until.await)
    }

    pub(super) async fn teach(self, _: &Swarms) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) async fn begins(
        &mut self,
        _: &Swarms,
        _: impl Future<Output = ()>,
    ) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) async fn give(
        &self,
        _: Option<&Lock>,
        _: impl Future<Output = ()>,
    ) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) async fn tell_until(
        &mut self,
        _: &Swarms,
        end: impl Future<Output = ()>,
        _: Duration,
    ) -> io::Result<()> {
        end.await;
        Err(io::ErrorKind::Unsupported.into())
    }
}

pub(super) struct Predecessor;

impl Predecessor {
    pub(super) async fn state(&mut self) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) async fn agreed(&mut self, _: impl FnMut(&Change)) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) async fn serves(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn epoch(&self) -> Epoch {
        Epoch::new(Instant::now(), 0)
    }

    pub(super) async fn tells(&mut self, _: impl FnMut(&Change)) -> io::Result<Told> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[allow(dead_code, reason = "nobody tells anything here")]
pub(super) enum Told {
    Changes,
    Yours(Option<Lock>),
    Nothing,
}

pub(super) fn give(_: Caller, _: &[Inherited]) -> io::Result<Heir> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(super) async fn ask(_: &Path) -> io::Result<(Vec<Inherited>, Predecessor)> {
    Err(io::ErrorKind::Unsupported.into())
}
