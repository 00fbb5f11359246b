//! One who is to take over, and is being told all; beside all else that this tracker does.

use super::Shared;
use crate::net::track::handover::Heir;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use tokio::sync::oneshot::{Sender, channel};

/// How far it is with that one, if there is one.
#[derive(Default)]
pub(in crate::net::track) enum Teaching {
    #[default]
    Nobody,
    /// It is told all, and that it is agreed.
    Teaches(Under),
    /// It is about to serve; whom to tell where that is not to be waited for.
    Awaits(Under, Option<Sender<()>>),
}

type Under = Pin<Box<dyn Future<Output = io::Result<Heir>>>>;

/// What it has come to.
pub(in crate::net::track) enum Step {
    /// It knows all, and the dfile is its own.
    Agreed,
    /// It serves.
    Serves(Heir),
}

impl Teaching {
    /// Whether there is none.
    pub(in crate::net::track) fn idle(&self) -> bool {
        matches!(self, Self::Nobody)
    }

    /// Whether the dfile is that one's.
    pub(in crate::net::track) fn agreed(&self) -> bool {
        matches!(self, Self::Awaits(..))
    }

    /// Begins to tell it.
    pub(in crate::net::track) fn start(&mut self, heir: Heir, shared: &Arc<Shared>) {
        let shared = Arc::clone(shared);
        *self = Self::Teaches(Box::pin(async move {
            let swarms = shared.service.swarms();
            let mut heir = heir.teach(swarms).await?;
            heir.agree(swarms).await.map(|()| heir)
        }));
    }

    /// Waits for the next step; for ever, where there is none. An error: it does not take over.
    pub(in crate::net::track) async fn step(&mut self, shared: &Arc<Shared>) -> io::Result<Step> {
        let (under, agreed) = match self {
            Self::Nobody => return std::future::pending().await,
            Self::Teaches(under) => (under, false),
            Self::Awaits(under, _) => (under, true),
        };
        let heir = under.await;
        *self = Self::Nobody;
        let mut heir = heir?;
        if agreed {
            return Ok(Step::Serves(heir));
        }
        let (shared, (hurry, hurried)) = (Arc::clone(shared), channel());
        let begins = async move {
            let hurried = async { drop(hurried.await) };
            heir.begins(shared.service.swarms(), hurried).await.map(|()| heir)
        };
        *self = Self::Awaits(Box::pin(begins), Some(hurry));
        Ok(Step::Agreed)
    }

    /// This tracker is to end: where it is agreed, that one has to serve, and is no longer waited for.
    /// False where it is not, or has been said.
    pub(in crate::net::track) fn hurry(&mut self) -> bool {
        match self {
            Self::Awaits(_, hurry) => hurry.take().is_some_and(|hurry| hurry.send(()).is_ok()),
            _ => false,
        }
    }
}
