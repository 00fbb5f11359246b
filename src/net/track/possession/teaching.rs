//! One who is to take over, and is being told all; beside all else that this tracker does.

use super::Shared;
use crate::net::track::handover::Heir;
use crate::net::track::lock::Lock;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use tokio::sync::oneshot::{Sender, channel};

/// How far it is with that one, if there is one.
#[derive(Default)]
pub(in crate::net::track) enum Teaching {
    #[default]
    Nobody,
    /// It is told all.
    Teaches(Under),
    /// It knows all.
    Knows(Heir),
    /// It may begin; whom to tell where that is not to be waited for.
    Begins(Under, Option<Sender<()>>),
    /// It serves.
    Serves(Heir, Option<Sender<()>>),
    /// It is told that the dfile is its own.
    Gives(Under, Option<Sender<()>>),
}

type Under = Pin<Box<dyn Future<Output = io::Result<Heir>>>>;

/// What it has come to.
pub(in crate::net::track) enum Step {
    /// It knows all, or serves, and waits.
    Waits,
    /// It serves, and the dfile is its own.
    Serves(Heir),
}

impl Teaching {
    /// Whether there is none.
    pub(in crate::net::track) fn idle(&self) -> bool {
        matches!(self, Self::Nobody)
    }

    /// Whether it knows all, and waits for leave to begin.
    pub(in crate::net::track) fn waits(&self) -> bool {
        matches!(self, Self::Knows(_))
    }

    /// Whether it serves, and waits for the lock.
    pub(in crate::net::track) fn serves(&self) -> bool {
        matches!(self, Self::Serves(..))
    }

    /// Whether it may have the lock at any moment, or is about to: nothing new is to be written.
    pub(in crate::net::track) fn knows(&self) -> bool {
        !matches!(self, Self::Nobody | Self::Teaches(_))
    }

    /// Begins to tell it.
    pub(in crate::net::track) fn start(&mut self, heir: Heir, shared: &Arc<Shared>) {
        let shared = Arc::clone(shared);
        *self = Self::Teaches(Box::pin(async move { heir.teach(shared.service.swarms()).await }));
    }

    /// Has one that knows all begin.
    pub(in crate::net::track) fn begin(&mut self, shared: &Arc<Shared>) {
        let Self::Knows(mut heir) = std::mem::take(self) else { return };
        let (shared, (hurry, hurried)) = (Arc::clone(shared), channel());
        let begins = async move {
            let hurried = async { drop(hurried.await) };
            heir.begins(shared.service.swarms(), hurried).await.map(|()| heir)
        };
        *self = Self::Begins(Box::pin(begins), Some(hurry));
    }

    /// Gives one that serves the dfile; without the lock where that is not to be had any more.
    pub(in crate::net::track) fn give(&mut self, lock: Option<Lock>) {
        let Self::Serves(heir, hurry) = std::mem::take(self) else { return };
        let gives = async move { heir.give(lock.as_ref()).await.map(|()| heir) };
        *self = Self::Gives(Box::pin(gives), hurry);
    }

    /// Waits for the next step; for ever, where there is none. An error: it does not take over.
    pub(in crate::net::track) async fn step(&mut self) -> io::Result<Step> {
        let came = match self {
            Self::Nobody | Self::Knows(_) | Self::Serves(..) => {
                return std::future::pending().await;
            }
            Self::Teaches(under) => under.await.map(|heir| (Self::Knows(heir), None)),
            Self::Begins(under, hurry) => {
                under.await.map(|heir| (Self::Serves(heir, hurry.take()), None))
            }
            Self::Gives(under, _) => under.await.map(|heir| (Self::Nobody, Some(heir))),
        };
        *self = Self::Nobody;
        let (next, serves) = came?;
        *self = next;
        Ok(serves.map_or(Step::Waits, Step::Serves))
    }

    /// This tracker is to end: one that may begin has to serve, and is no longer waited for. False where
    /// there is none, or it has been said.
    pub(in crate::net::track) fn hurry(&mut self) -> bool {
        match self {
            // One that serves already is not waited for.
            Self::Begins(_, hurry) | Self::Serves(_, hurry) | Self::Gives(_, hurry) => {
                hurry.take().map(|hurry| hurry.send(())).is_some()
            }
            _ => false,
        }
    }
}
