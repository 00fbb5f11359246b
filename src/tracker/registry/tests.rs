use super::peers::{Peers, Shape};
use super::standing::{Board, Boards};
use super::*;

impl Registry {
    /// Torrents, peers and bytes as they are, and fails where that is not what it remembers.
    pub(in crate::tracker) fn audit(&self, rules: &Rules) -> (usize, usize, usize) {
        let mut sum = Size::default();
        for torrent in &self.torrents {
            assert!(torrent.len() > 0 || self.kept.contains(torrent.hash), "forgotten");
            let size = torrent.size();
            audit_partial(&torrent.v4);
            torrent.v6().into_iter().for_each(audit_partial);
            sum = Size { peers: sum.peers + size.peers, bytes: sum.bytes + size.bytes };
            let lost =
                torrent.more.as_ref().is_some_and(|more| more.ids.is_none() && more.v6.len() == 0);
            assert!(!lost, "given back");
        }
        assert_eq!(sum.peers, self.peers);
        self.audit_standing(rules);
        (self.torrents.len(), sum.peers, sum.bytes + self.torrents.len() * rules::TORRENT_BYTES)
    }

    /// Who may make way is counted, and the others know where there is one.
    fn audit_standing(&self, rules: &Rules) {
        let (kept, standing) = (Arc::clone(&self.kept), self.standing);
        let mut counted = Standing::new(standing.shard);
        let may = |torrent: &&Torrent| !kept.contains(torrent.hash);
        let boards = Boards::default();
        for torrent in self.torrents.iter().filter(may) {
            counted.come(&boards, torrent.past.has_returned());
        }
        assert_eq!(standing, counted);
        let on = |board: &Board| board.from(&mut Luck::new(1)).any(|at| at == standing.shard);
        let all = [&rules.boards, &boards].map(|of| (on(&of.passing), on(&of.settled)));
        assert_eq!(all[0], all[1]);
    }
}

/// Partial seeds are as many as say so, and stand among the seeds.
fn audit_partial<E: Entry>(peers: &Peers<E>) {
    let partial = |row: &[E]| row.iter().filter(|entry| entry.is_partial()).count();
    let found = match peers.shape() {
        Shape::Row(seeds, leechers) => (partial(seeds), partial(leechers)),
        Shape::Sets(seeds, leechers) => {
            (seeds.rows().map(partial).sum(), leechers.rows().map(partial).sum())
        }
    };
    assert_eq!(found, (peers.partial(), 0));
}

#[test]
fn a_torrent_is_small() {
    assert_eq!(size_of::<Torrent>(), 56);
    assert_eq!((size_of::<V4>(), size_of::<V6>()), (8, 20));
}

#[test]
fn a_count_of_downloads_ends_where_it_can_rise_no_more() {
    let mut past = Past::new(u32::MAX);
    past.complete();
    assert_eq!((past.downloaded(), past.has_returned()), (u32::MAX / 2, false));
    past.note_return();
    past.complete();
    assert_eq!((past.downloaded(), past.has_returned()), (u32::MAX / 2, true));
}
