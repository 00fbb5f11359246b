use super::*;
use rand::SeedableRng;

struct Table {
    picker: Picker,
    rng: StdRng,
    pieces: Pieces,
}

const KEY: PeerKey = PeerKey(1);

impl Table {
    fn new(count: u32, blocks: u32) -> Self {
        let length = blocks * BLOCK;
        let pieces = Pieces::new(u64::from(count) * u64::from(length), length).unwrap();
        let mut rng = StdRng::seed_from_u64(7);
        let picker = Picker::new(pieces, &Bitfield::none(count), &mut rng);
        Self { picker, rng, pieces }
    }

    fn pick(
        &mut self,
        key: PeerKey,
        have: &Bitfield,
        alone: bool,
        count: usize,
    ) -> Vec<BlockRequest> {
        let (mut out, asked) = (vec![], VecDeque::new());
        let taker = Taker { key, have, alone, asked: &asked };
        self.picker.pick(taker, count, &mut self.rng, &mut out);
        out
    }

    fn all(&self) -> Bitfield {
        Bitfield::all(self.pieces.count())
    }

    fn receive(&mut self, key: u64, request: BlockRequest) -> Received {
        let source = (PeerKey(key), SocketAddr::from(([10, 0, 0, key as u8], 1)));
        self.picker.receive(request, source, true)
    }

    /// Makes one piece whole, so that rarity counts.
    fn first_piece(&mut self) -> PieceIndex {
        let blocks = self.pieces.blocks(PieceIndex(0)) as usize;
        let picked = self.pick(KEY, &self.all(), false, blocks);
        picked.iter().for_each(|&request| {
            self.receive(1, request);
        });
        self.picker.verified(picked[0].piece, true, &mut self.rng);
        picked[0].piece
    }
}

#[test]
fn begun_pieces_come_first_then_the_rarest() {
    let mut table = Table::new(10, 4);
    let done = table.first_piece();
    let rare = PieceIndex((done.0 + 3) % 10);
    for piece in table.pieces.iter().filter(|&piece| piece != rare) {
        table.picker.rise(piece, &mut table.rng);
    }
    let first = table.pick(KEY, &table.all(), false, 2);
    assert!(first.iter().all(|request| request.piece == rare), "{first:?}");
    let second = table.pick(PeerKey(2), &table.all(), false, 3);
    assert_eq!(second.iter().filter(|request| request.piece == rare).count(), 2);
    assert_eq!(second[0].begin, 2 * BLOCK);
    assert_eq!(table.picker.rarest(), 0);
}

#[test]
fn before_the_first_piece_the_choice_is_random() {
    let firsts: std::collections::HashSet<u32> = (0..40)
        .map(|seed| {
            let mut table = Table::new(50, 1);
            table.rng = StdRng::seed_from_u64(seed);
            // One piece is rarest: it must not be everybody's first.
            (1..50).for_each(|piece| table.picker.rise(PieceIndex(piece), &mut table.rng));
            table.pick(KEY, &table.all(), false, 1)[0].piece.0
        })
        .collect();
    assert!(firsts.len() > 15, "{firsts:?}");
}

#[test]
fn nothing_is_asked_twice_before_the_endgame_and_a_block_thrice_in_it() {
    let mut table = Table::new(3, 5);
    let picked = table.pick(KEY, &table.all(), false, 100);
    let distinct: std::collections::HashSet<_> = picked.iter().collect();
    assert_eq!((picked.len(), distinct.len()), (15, 15));
    assert!(table.picker.endgame());
    let have = table.all();
    let mut again = |key, asked: &VecDeque<BlockRequest>| {
        let mut out = vec![];
        let taker = Taker { key: PeerKey(key), have: &have, alone: false, asked };
        table.picker.pick_again(taker, 100, &mut out);
        out.len()
    };
    assert_eq!(again(1, &picked.iter().copied().collect()), 0);
    assert_eq!(again(2, &VecDeque::new()), 15);
    assert_eq!(again(3, &VecDeque::new()), 15);
    assert_eq!(again(4, &VecDeque::new()), 0);
    assert_eq!(table.receive(2, picked[0]), Received::New { whole: false, others: 2 });
    assert_eq!(table.receive(3, picked[0]), Received::Again);
}

#[test]
fn what_is_given_back_is_asked_for_again() {
    let mut table = Table::new(2, 4);
    let picked = table.pick(KEY, &table.all(), false, 8);
    let seen = table.picker.openings();
    assert!(table.pick(PeerKey(2), &table.all(), false, 1).is_empty());
    table.receive(1, picked[0]);
    picked[1..].iter().for_each(|&request| table.picker.give_back(request, &mut table.rng));
    assert!(table.picker.openings() > seen && !table.picker.endgame());
    let mut again = table.pick(PeerKey(2), &table.all(), false, 100);
    again.sort();
    let mut wanted = picked[1..].to_vec();
    wanted.sort();
    assert_eq!(again, wanted);
}

#[test]
fn a_peer_is_only_asked_for_what_it_has() {
    let mut table = Table::new(9, 2);
    let mut have = Bitfield::none(9);
    have.insert(PieceIndex(4));
    table.pick(KEY, &table.all(), false, 1);
    let picked = table.pick(PeerKey(2), &have, false, 100);
    assert!(!picked.is_empty() && picked.iter().all(|request| request.piece == PieceIndex(4)));
}

#[test]
fn a_suspect_shares_no_piece() {
    let mut table = Table::new(4, 4);
    let shared = table.pick(KEY, &table.all(), false, 1)[0].piece;
    let own = table.pick(PeerKey(2), &table.all(), true, 2);
    assert!(own[0].piece != shared && own[0].piece == own[1].piece);
    let rest = table.pick(KEY, &table.all(), false, 100);
    assert!(rest.len() == 11 && rest.iter().all(|request| request.piece != own[0].piece));
    let more = table.pick(PeerKey(2), &table.all(), true, 100);
    assert_eq!(more.len(), 2);
    assert!(matches!(table.receive(2, own[0]), Received::New { .. }));
    table.picker.leave(PeerKey(2), &mut table.rng);
    assert_eq!(table.pick(KEY, &table.all(), false, 100).len(), 4);
}

#[test]
fn a_failed_piece_names_its_sources_and_is_begun_anew() {
    let mut table = Table::new(1, 3);
    let picked = table.pick(KEY, &table.all(), false, 3);
    table.receive(1, picked[0]);
    table.receive(2, picked[1]);
    assert!(!table.picker.is_complete(PieceIndex(0)));
    assert_eq!(table.receive(1, picked[2]), Received::New { whole: true, others: 0 });
    assert!(table.picker.is_complete(PieceIndex(0)));
    let sources = table.picker.verified(PieceIndex(0), false, &mut table.rng);
    assert_eq!(sources.iter().map(|(key, _)| key.0).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(table.pick(KEY, &table.all(), false, 100), picked);
}
