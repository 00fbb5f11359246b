//! A magnet link's stay: its metadata is sought in its swarm, and then its torrent begins.

use super::announcer::Announcer;
use super::hub::Hub;
use super::job::{Error, MagnetJob, Options};
use super::member::{Member, Swarms};
use super::notice::Notice;
use super::seeker::Seeker;
use super::stay::{self, CONNECTING, Patience, Stay};
use crate::swarm::MetadataConfig;
use crate::torrent::Metainfo;
use bytes::Bytes;
use std::net::SocketAddr;
use std::rc::Rc;
use tokio::sync::watch;
use tokio::task::spawn_local;
use tokio::time::{MissedTickBehavior, interval};

/// Seeks the metadata, and then stays with the torrent until its aim is reached or it is time to
/// go.
pub(super) async fn stay(
    hub: Rc<Hub>,
    swarms: Swarms,
    options: Options,
    magnet: MagnetJob,
    mut leaving: watch::Receiver<bool>,
) -> Result<(), Error> {
    let found = seek(&hub, &swarms, &options, &magnet, &mut leaving).await?;
    let Some((info, known)) = found else { return Ok(()) };
    let mut metainfo = Metainfo::from_info(info).map_err(Error::Metainfo)?;
    if metainfo.v1 != Some(magnet.info_hash) {
        return Err(Error::NotVersion1);
    }
    (metainfo.trackers, metainfo.web_seeds) = (magnet.trackers, magnet.web_seeds);
    let mut job = (magnet.begin)(metainfo)?;
    job.known = known;
    hub.tell(Notice::Metadata(&job));
    stay::stay(Stay { hub, swarms, options, job, leaving }).await
}

/// The bytes of `info` and the peers that are known by then; `None` where it was time to go first.
async fn seek(
    hub: &Rc<Hub>,
    swarms: &Swarms,
    options: &Options,
    magnet: &MagnetJob,
    leaving: &mut watch::Receiver<bool>,
) -> Result<Option<(Bytes, Vec<SocketAddr>)>, Error> {
    let config = MetadataConfig {
        info_hash: magnet.info_hash,
        peer_id: hub.peer_id,
        listen_port: Some(hub.port),
        max_peers: options.max_peers,
        max_connecting: CONNECTING,
    };
    let seeker = Seeker::new(Rc::clone(hub), config);
    let member = || Rc::clone(&seeker) as Rc<dyn Member>;
    let announcer = Announcer::new(member(), magnet.trackers.clone());
    if announcer.is_idle() && magnet.peers.is_empty() {
        return Err(Error::NobodyToAsk);
    }
    swarms.borrow_mut().insert(magnet.info_hash, member());
    let tasks = [
        spawn_local(Rc::clone(&seeker).run()),
        spawn_local(Rc::clone(&announcer).run()),
        spawn_local(stay::named_peers(member(), magnet.peers.clone())),
    ];
    let result = until_found(hub, options, &seeker, leaving).await;

    swarms.borrow_mut().remove(&magnet.info_hash);
    let known = seeker.leave();
    for task in tasks {
        task.abort();
    }
    // The torrent announces itself anew, or not at all where its data is here already.
    announcer.stop().await;
    if let Ok(None) = &result {
        hub.tell(Notice::Stopped(magnet.info_hash, &seeker.progress()));
    }
    Ok(result?.map(|info| (info, known)))
}

async fn until_found(
    hub: &Hub,
    options: &Options,
    seeker: &Seeker,
    leaving: &mut watch::Receiver<bool>,
) -> Result<Option<Bytes>, Error> {
    let mut ticks = interval(options.report_every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut patience = Patience::new(options.patience);
    loop {
        if let Some(info) = seeker.info() {
            return Ok(Some(info));
        }
        let (peers, received) = (seeker.peers(), seeker.received());
        patience.check(received).map_err(Error::NoMetadata)?;
        tokio::select! {
            _ = leaving.wait_for(|leaving| *leaving) => return Ok(None),
            () = seeker.found.notified() => {}
            _ = ticks.tick() => {
                hub.tell(Notice::Seeking { torrent: seeker.info_hash(), peers, received });
            }
        }
    }
}
