//! A world of its own for each scene.
//!
//! A scene is a test that starts this binary again, for that one test, inside fresh namespaces. There
//! the test is process 1: when it ends, the kernel ends whatever it started, and what it mounted
//! is gone. Should the outer process die, the inner one is killed with it.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::thread;

/// Set inside, to the scene's folder.
const INSIDE: &str = "BT_INTEROP_PLACE";
/// A skip is a failure where this is `1`.
const REQUIRE: &str = "BT_TESTS_REQUIRE_PEERS";
/// Memory, in KiB, that must be free for the data to be held there and not on the disk: four scenes at
/// once, each with a gigabyte twice, and what else they run.
const ENOUGH_MEMORY: u64 = 12 << 20;
/// Addresses of each group on the loopback interface.
const ADDRESSES: u8 = 32;

/// What a scene cannot do without.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Need {
    Aria2,
    Transmission,
    Libtorrent,
    Rtorrent,
    Opentracker,
    /// The package `bittorrent-tracker` for node, see [`javascript`].
    BittorrentTracker,
    /// Chromium without a window, see [`chromium`].
    Chromium,
}

impl Need {
    /// Why it is not there.
    fn absent(self) -> Option<String> {
        let found = match self {
            Self::Aria2 => in_path("aria2c"),
            Self::Transmission => in_path("transmission-daemon"),
            Self::Libtorrent => succeeds("/usr/bin/python3", &["-c", "import libtorrent"]),
            Self::Rtorrent => in_path("rtorrent"),
            Self::Opentracker => in_path("opentracker"),
            Self::Chromium => chromium().is_some(),
            Self::BittorrentTracker => {
                in_path("node") && javascript().join("bittorrent-tracker").exists()
            }
        };
        (!found).then(|| format!("{self:?} is not installed"))
    }
}

/// Where `tests/install-deps` puts packages for node: `tests/interop/js` says which. A script takes
/// this folder as an argument and imports from it, since node looks beside the script alone.
pub(crate) fn javascript() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("interop-js").join("node_modules")
}

/// The smallest of what there is of Chromium.
pub(crate) fn chromium() -> Option<&'static str> {
    ["chromium-headless-shell", "chromium"].into_iter().find(|name| in_path(name))
}

/// A scene's folder and addresses.
#[derive(Debug)]
pub(crate) struct Place {
    root: PathBuf,
}

impl Place {
    /// A place in this one, for one of several that play at once.
    pub(crate) fn inner(&self, name: &str) -> Self {
        Self { root: self.folder(name) }
    }

    /// Makes a folder.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        let path = self.root.join(name);
        fs::create_dir_all(&path).unwrap();
        path
    }

    /// A name for a file.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// A command that sees none of the user's settings.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root).env("HOME", &self.root).env("LC_ALL", "C.UTF-8");
        for (name, folder) in [
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_STATE_HOME", "state"),
            ("XDG_CACHE_HOME", "cache"),
        ] {
            command.env(name, self.root.join(folder));
        }
        command
    }
}

/// One of the scene's own addresses: neither loopback nor shared by two groups.
pub(crate) fn address(group: u8, number: u8) -> Ipv4Addr {
    assert!(group < 4 && (1..=ADDRESSES).contains(&number));
    Ipv4Addr::new(10, 77, group, number)
}

/// The same of IPv6. They are of the global kind: transmission has no other for UDP.
pub(crate) fn address6(group: u8, number: u8) -> Ipv6Addr {
    assert!(group < 4 && (1..=ADDRESSES).contains(&number));
    Ipv6Addr::new(0x2001, 0xdb8, 0x77, 0, 0, 0, group.into(), number.into())
}

/// Runs the scene in namespaces of its own, or says why not. The test's name is the thread's, as
/// libtest has it.
pub(crate) fn scene(needs: &[Need], play: impl FnOnce(&Place)) {
    if let Some(root) = env::var_os(INSIDE) {
        let place = Place { root: root.into() };
        furnish(&place.root);
        play(&place);
        return;
    }
    let missing = needs.iter().find_map(|need| need.absent());
    match missing.map_or_else(namespaces, Err) {
        Ok(flags) => outside(flags),
        Err(why) => skip(&why),
    }
}

fn skip(why: &str) {
    assert!(env::var_os(REQUIRE).is_none_or(|value| value != "1"), "{REQUIRE}=1, but: {why}");
    let test = thread::current().name().unwrap_or_default().to_owned();
    // The macros that print are held back where a test passes, this is not.
    let mut stderr = std::io::stderr();
    writeln!(stderr, "{test}: skipped: {why}").unwrap();
}

/// Starts the test again inside and takes over how it ends.
fn outside(flags: &[&str]) {
    let test = thread::current().name().expect("libtest names its threads").to_owned();
    assert_ne!(test, "main", "the scene's name is not known");
    let root = tempfile::Builder::new().prefix("bt-interop").tempdir().unwrap();
    let seen = env::args().any(|argument| argument == "--nocapture");
    let mut inside = unshare(flags);
    inside
        .arg(env::current_exe().unwrap())
        .args(["--exact", &test, "--nocapture", "--include-ignored"])
        .env(INSIDE, root.path())
        .stdin(Stdio::null());
    let passed = if seen {
        inside.status().unwrap().success()
    } else {
        let output = inside.output().unwrap();
        println!("{}", told(&output));
        output.status.success()
    };
    assert!(passed, "the scene failed inside, see above");
}

fn told(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes)).concat()
}

fn unshare(flags: &[&str]) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "unshare"]).args(flags).arg("--");
    command
}

/// The flags that make namespaces here, or why none can be made. Tried once a process.
fn namespaces() -> Result<&'static [&'static str], String> {
    const ROOT: &[&str] = &["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
    const USER: &[&str] = &[
        "--user",
        "--map-root-user",
        "--net",
        "--mount",
        "--pid",
        "--fork",
        "--kill-child",
        "--mount-proc",
    ];
    static TRIED: OnceLock<Result<&[&str], String>> = OnceLock::new();
    let tried = TRIED.get_or_init(|| {
        let mut why = String::new();
        for flags in [ROOT, USER] {
            let trial = "ip link set lo up && mount -t tmpfs tmpfs /mnt";
            match unshare(flags).args(["sh", "-c", trial]).stdin(Stdio::null()).output() {
                Ok(output) if output.status.success() => return Ok(flags),
                Ok(output) => why = told(&output).trim().replace('\n', "; "),
                Err(error) => why = format!("setpriv: {error}"),
            }
        }
        Err(format!("no namespaces: {why}"))
    });
    tried.clone()
}

/// Inside: addresses, and room for the data in memory where there is enough.
fn furnish(root: &Path) {
    let mut batch = "link set lo up\n".to_owned();
    for group in 0..4 {
        for number in 1..=ADDRESSES {
            let (four, six) = (address(group, number), address6(group, number));
            batch += &format!("addr add {four}/32 dev lo\naddr add {six}/128 dev lo nodad\n");
        }
    }
    let mut ip = Command::new("ip").args(["-batch", "-"]).stdin(Stdio::piped()).spawn().unwrap();
    ip.stdin.take().unwrap().write_all(batch.as_bytes()).unwrap();
    assert!(ip.wait().unwrap().success(), "ip could not add the addresses");
    if free_memory() >= ENOUGH_MEMORY {
        mount_memory(root, None);
    }
}

/// Gives hosts names, and IPv6 a way out that leads nowhere: transmission looks for one to know its
/// own address.
pub(crate) fn name_hosts(place: &Place, hosts: &[(String, IpAddr)]) {
    let lines: String = hosts.iter().map(|(name, address)| format!("{address} {name}\n")).collect();
    let file = place.file("hosts");
    fs::write(&file, "127.0.0.1 localhost\n".to_owned() + &lines).unwrap();
    let mounted = Command::new("mount").arg("--bind").arg(&file).arg("/etc/hosts").status();
    assert!(mounted.unwrap().success(), "mount failed");
    let mut route = Command::new("ip");
    route.args(["-6", "route", "add", "default", "dev", "lo"]);
    assert!(route.status().unwrap().success(), "ip could not add the route");
}

/// A file system in memory, gone with the scene; of a limited size where one is given.
pub(crate) fn mount_memory(folder: &Path, size: Option<u64>) {
    let options =
        size.map_or_else(|| "mode=755,size=90%".to_owned(), |size| format!("size={size}"));
    let mut mount = Command::new("mount");
    mount.args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(folder);
    assert!(mount.status().unwrap().success(), "mount failed");
}

/// Gives a file system of [`mount_memory`] another size.
pub(crate) fn resize_memory(folder: &Path, size: u64) {
    let mut mount = Command::new("mount");
    mount.args(["-o", &format!("remount,size={size}")]).arg(folder);
    assert!(mount.status().unwrap().success(), "mount failed");
}

/// In KiB.
fn free_memory() -> u64 {
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let line = memory.lines().find_map(|line| line.strip_prefix("MemAvailable:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(0)
}

fn in_path(program: &str) -> bool {
    env::var_os("PATH")
        .is_some_and(|path| env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

fn succeeds(program: &str, arguments: &[&str]) -> bool {
    Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success())
}

/// Any port of an address: each scene has all of them to itself.
pub(crate) fn at(address: impl Into<IpAddr>, port: u16) -> std::net::SocketAddr {
    std::net::SocketAddr::new(address.into(), port)
}
