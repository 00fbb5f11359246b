//! What storage costs in processor time: a GiB through the disk threads, written and hashed as a
//! download would, then read as a seeder would, then checked. Run by `cargo bench --bench disk`; the
//! first argument that is a folder holds the data (default: the folder for temporary files; a file
//! system in memory shows the processor's part alone).

use bt::net::disk::{Completions, Disk, Done};
use bt::store::{Files, Progress, Storage, check};
use bt::swarm::PeerKey;
use bt::torrent::{BLOCK, Bitfield, BlockRequest, Layout, PieceIndex, Pieces};
use bytes::Bytes;
use sha1::{Digest, Sha1};
use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

const TOTAL: u64 = 1 << 30;
const PIECE: u32 = 1 << 20;
/// What one read from a socket brings.
const BATCH: u32 = 256 * 1024;

/// Processor time of the process and the time on the wall, in seconds.
struct Clock {
    cpu: f64,
    wall: Instant,
}

impl Clock {
    fn start() -> Self {
        Self { cpu: cpu_seconds(), wall: Instant::now() }
    }

    fn print(&self, what: &str) {
        let (cpu, wall) = (cpu_seconds() - self.cpu, self.wall.elapsed().as_secs_f64());
        println!(
            "{what:<28} {cpu:>6.2} s CPU a GiB, {wall:>6.2} s, peak memory {} KiB",
            peak_kib()
        );
    }
}

/// User and system time of all threads so far; Linux only, 0 elsewhere.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after_name.split_whitespace().skip(11).take(2);
    ticks.filter_map(|word| word.parse::<f64>().ok()).sum::<f64>() / 100.0
}

fn peak_kib() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.unwrap_or("?").trim().trim_end_matches(" kB").to_owned()
}

/// A piece, and the buffers as they come from a socket: blocks with the headers of messages between.
fn received() -> (Vec<u8>, Vec<Bytes>) {
    let mut state = 1u64;
    let piece: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 56) as u8
    })
    .take(PIECE as usize)
    .collect();
    let buffers = piece.chunks(BATCH as usize).map(|batch| {
        let blocks = batch.chunks(BLOCK as usize);
        blocks.flat_map(|block| [&[0u8; 13][..], block].concat()).collect::<Vec<u8>>().into()
    });
    let buffers = buffers.collect();
    (piece, buffers)
}

async fn write(disk: &mut Disk, done: &mut Completions, pieces: Pieces, buffers: &[Bytes]) {
    let backlog = disk.backlog();
    let mut answers = Vec::new();
    let mut verified = 0;
    for piece in pieces.iter() {
        for (buffer, begin) in buffers.iter().zip((0..).step_by(BATCH as usize)) {
            backlog.ready().await;
            for block in 0..BATCH / BLOCK {
                let at = (block * (BLOCK + 13) + 13) as usize;
                let data = buffer.slice(at..at + BLOCK as usize);
                disk.write(piece, begin + block * BLOCK, data);
            }
            disk.flush();
        }
        disk.verify(piece);
        disk.flush();
        done.take(&mut answers);
    }
    while verified < pieces.count() {
        if answers.is_empty() {
            done.next(&mut answers).await;
        }
        for answer in answers.drain(..) {
            assert!(matches!(answer, Done::Verified(_, true)), "{answer:?}");
            verified += 1;
        }
    }
}

async fn read(
    disk: &mut Disk,
    done: &mut Completions,
    pieces: Pieces,
    expected: &[u8],
) -> Result<(), Box<dyn Error>> {
    let (mut answers, mut asked, mut got) = (Vec::new(), 0u64, 0u64);
    while got < TOTAL {
        // Two runs under way, as a peer with a full pipeline has.
        while asked < TOTAL && asked - got < 2 * u64::from(BATCH) {
            let piece = PieceIndex((asked / u64::from(pieces.piece_length())) as u32);
            let begin = (asked % u64::from(pieces.piece_length())) as u32;
            disk.read(PeerKey(1), BlockRequest { piece, begin, length: BLOCK });
            asked += u64::from(BLOCK);
            if asked.is_multiple_of(u64::from(BATCH)) {
                break;
            }
        }
        disk.flush();
        done.next(&mut answers).await;
        for answer in answers.drain(..) {
            let Done::Read { block, data, .. } = answer else {
                return Err(format!("{answer:?}").into());
            };
            assert_eq!(data.first(), expected.get(block.begin as usize));
            got += data.len() as u64;
        }
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let given = std::env::args().skip(1).map(PathBuf::from).find(|path| path.is_dir());
    let folder = tempfile::tempdir_in(given.unwrap_or_else(std::env::temp_dir))?;
    let layout = Layout::of([("data", TOTAL)])?;
    let pieces = Pieces::new(TOTAL, PIECE).ok_or("pieces")?;
    let (piece, buffers) = received();
    let hashes: Bytes = Sha1::digest(&piece).repeat(pieces.count() as usize).into();
    let files = Arc::new(Files::folder(layout, folder.path().to_owned())?);
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;

    let clock = Clock::start();
    for _ in 0..pieces.count() {
        std::hint::black_box(Sha1::digest(&piece));
    }
    clock.print("SHA-1 alone");
    for threads in [1, 2] {
        let _ = std::fs::remove_file(files.path(0));
        let files = Arc::new(Files::folder(files.layout().clone(), folder.path().to_owned())?);
        let storage: Arc<dyn Storage> = files.clone();
        let (mut disk, mut done) = Disk::start(storage, pieces, hashes.clone(), threads)?;
        let clock = Clock::start();
        runtime.block_on(write(&mut disk, &mut done, pieces, &buffers));
        clock.print(&format!("write and verify, {threads} thread"));
        let clock = Clock::start();
        runtime.block_on(read(&mut disk, &mut done, pieces, &piece))?;
        clock.print(&format!("read, {threads} thread"));
    }
    let clock = Clock::start();
    let (none, cores) = (Bitfield::none(pieces.count()), std::thread::available_parallelism()?);
    let have = check(&*files, pieces, &hashes, &none, cores.get(), &Progress::default())?;
    clock.print(&format!("check, {cores} cores"));
    assert!(have.is_some_and(|have| have.is_full()));
    Ok(())
}
