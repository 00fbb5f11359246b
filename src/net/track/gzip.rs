//! Bodies packed by gzip (RFC 1952).

use flate2::{Compress, Compression, Crc, FlushCompress, Status};

/// Shorter bodies go out as they are: with its head, one fits into a packet.
pub(super) const LEAST: usize = 1200;

/// Packs one body after the other. Its memory, a third of a MiB, is taken with the first of them.
#[derive(Default)]
pub(super) struct Packer {
    state: Option<Compress>,
}

impl Packer {
    /// A body, packed; none where that fails, which it has no reason to.
    pub(super) fn pack(&mut self, body: &[u8]) -> Option<Vec<u8>> {
        let state = self.state.get_or_insert_with(|| Compress::new(Compression::fast(), false));
        state.reset();
        // No name, no time; the fastest way; of an unknown system.
        let mut out = Vec::with_capacity(body.len() / 3 + 64);
        out.extend_from_slice(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 0xff]);
        loop {
            let read = usize::try_from(state.total_in()).ok()?;
            let rest = body.get(read..)?;
            match state.compress_vec(rest, &mut out, FlushCompress::Finish).ok()? {
                Status::StreamEnd => break,
                Status::Ok | Status::BufError => out.reserve(out.capacity().max(1024)),
            }
        }
        let mut crc = Crc::new();
        crc.update(body);
        out.extend_from_slice(&crc.sum().to_le_bytes());
        out.extend_from_slice(&crc.amount().to_le_bytes());
        Some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::GzDecoder;
    use proptest::prelude::*;
    use std::io::Read;

    proptest! {
        #[test]
        fn what_is_packed_is_unpacked_however_many_came_before(
            bodies in proptest::collection::vec((any::<u8>(), 0..50_000_usize, any::<bool>()), 1..5)
        ) {
            let mut packer = Packer::default();
            for (seed, length, dull) in bodies {
                let byte = |at: usize| match dull {
                    true => seed,
                    false => seed.wrapping_add((at.wrapping_mul(at) >> 7) as u8),
                };
                let body: Vec<u8> = (0..length).map(byte).collect();
                let packed = packer.pack(&body).unwrap();
                let mut unpacked = Vec::new();
                GzDecoder::new(&packed[..]).read_to_end(&mut unpacked).unwrap();
                prop_assert!(unpacked == body);
            }
        }
    }
}
