//! What hashing costs: one large file and many small ones, as v1, v2 and both, published and
//! verified. Run by `cargo bench --bench engine`; arguments: a folder for the data (default: the one
//! for temporary files; a file system in memory shows the processor's part alone), and the MiB of
//! the large file (default 1024).

use bt::store::hash::{self, Settings, Wanted, Work};
use bt::store::published::Published;
use bt::store::walk::Tree;
use bt::store::{Files, Stored};
use bt::torrent::{Layout, LayoutBuilder, Pieces};
use std::error::Error;
use std::fs;
use std::io::Write;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::time::Instant;

const PIECE: u32 = 1 << 20;
const SMALL: u32 = 20_000;

/// Processor time of the process, in user and system mode, and the time on the wall, in seconds.
struct Clock {
    cpu: (f64, f64),
    wall: Instant,
}

impl Clock {
    fn start() -> Self {
        Self { cpu: cpu_seconds(), wall: Instant::now() }
    }

    fn print(&self, what: &str, bytes: u64) {
        let (now, wall) = (cpu_seconds(), self.wall.elapsed().as_secs_f64());
        let (user, system) = (now.0 - self.cpu.0, now.1 - self.cpu.1);
        let gib = bytes as f64 / f64::from(1 << 30);
        println!(
            "{what:<24} {wall:>6.2} s {:>6.2} GiB/s, CPU {user:>5.2} + {system:>5.2} s, {:>5.3} s a GiB, peak {}",
            gib / wall,
            (user + system) / gib,
            peak()
        );
    }
}

/// Of all threads so far; Linux only, 0 elsewhere.
fn cpu_seconds() -> (f64, f64) {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let mut ticks = after_name.split_whitespace().skip(11).map(|word| word.parse().unwrap_or(0.0));
    let mut next = || ticks.next().unwrap_or(0.0) / 100.0;
    (next(), next())
}

/// Anonymous memory at its peak is not told; this is all that was resident.
fn peak() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.unwrap_or("?").trim().to_owned()
}

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 20
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        std::iter::repeat_with(|| self.next().to_le_bytes()).flatten().take(length).collect()
    }
}

fn large(path: &Path, mib: u64) -> Result<(), Box<dyn Error>> {
    let mut random = Random(1);
    let mut file = fs::File::create(path)?;
    let block = random.bytes(1 << 20);
    for _ in 0..mib {
        let cut = (random.next() % (1 << 20)) as usize;
        file.write_all(&block[cut..])?;
        file.write_all(&block[..cut])?;
    }
    Ok(())
}

fn small(folder: &Path) -> Result<(), Box<dyn Error>> {
    let mut random = Random(2);
    let block = random.bytes(1 << 20);
    for number in 0..SMALL {
        let below = folder.join(format!("{:03}", number / 100));
        fs::create_dir_all(&below)?;
        let (length, cut) = (random.next() % (64 << 10) + 1, random.next() % (1 << 19));
        let (length, cut) = (length as usize, cut as usize);
        fs::write(below.join(number.to_string()), &block[cut..cut + length])?;
    }
    Ok(())
}

fn aligned(layout: &Layout) -> Result<Layout, Box<dyn Error>> {
    let mut builder = LayoutBuilder::new();
    for file in layout.files() {
        builder.push_path(file.path, file.length, Default::default())?;
        let pad = file.length.next_multiple_of(PIECE.into()) - file.length;
        if pad > 0 {
            builder.push_pad(pad)?;
        }
    }
    Ok(builder.build())
}

fn run(name: &str, path: &Path, threads: NonZero<usize>) -> Result<(), Box<dyn Error>> {
    let settings = Settings::threads(threads);
    let walk = Clock::start();
    let tree = Tree::walk(path, None)?;
    let plain = tree.layout(b"x")?;
    walk.print(&format!("{name} walk"), plain.total());
    let aligned = aligned(&plain)?;
    let kinds = [
        ("v1", Wanted::V1, &plain),
        ("hybrid", Wanted::Hybrid(&aligned), &aligned),
        ("v2", Wanted::V2(&aligned), &aligned),
    ];
    for (kind, wanted, layout) in kinds {
        let pieces = Pieces::new(layout.total(), PIECE).ok_or("no pieces")?;
        let work = Work { pieces, wanted, files: None };
        let clock = Clock::start();
        let published = Published::new(&tree, layout);
        let made = hash::all(&work, &settings, || published.reader(), |_, _| {})?;
        clock.print(&format!("{name} publish {kind}"), plain.total());
        let files = match tree.folder {
            true => Files::folder(layout.clone(), path.to_owned())?,
            false => Files::file(layout.clone(), path.to_owned())?,
        };
        let clock = Clock::start();
        let seen = hash::all(&work, &settings, || Stored::new(&files, layout), |_, _| {})?;
        clock.print(&format!("{name} verify  {kind}"), plain.total());
        assert!(made == seen, "not the same");
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let folder = arguments.iter().map(PathBuf::from).find(|path| path.is_dir());
    let mib = arguments.iter().find_map(|text| text.parse().ok()).unwrap_or(1024);
    let folder = tempfile::tempdir_in(folder.unwrap_or_else(std::env::temp_dir))?;
    let threads = std::thread::available_parallelism()?;
    let path = folder.path().join("large");
    large(&path, mib)?;
    run("large", &path, threads)?;
    fs::remove_file(&path)?;
    let path = folder.path().join("small");
    small(&path)?;
    run("small", &path, threads)
}
