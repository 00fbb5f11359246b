//! `bt` among strangers: real transfers between `bt` and the programs that people already run,
//! and the rough days of a transfer (killed, lied to, out of room).
//!
//! Each scene runs in network, mount and process namespaces of its own (see [`namespace`]): fixed
//! addresses and ports meet nobody, peers that refuse loopback work, and nothing is left when a
//! scene ends, however it ends. As root plain namespaces are made, else a user namespace.
//!
//! Needed for all of them, as Debian packages: `transmission-daemon`, `aria2`,
//! `python3-libtorrent`, `rtorrent`, `opentracker`, `iproute2`, `util-linux`, `chromium-headless-shell`, `nodejs` and `npm`; the packages for
//! node of which `js` has the list. `tests/install-deps` installs all that. A scene whose programs are
//! absent, or that may not make namespaces, says `skipped: WHY` on standard error and passes; with
//! `BT_TESTS_REQUIRE_PEERS=1` it fails.
//!
//! ```text
//! cargo test --test interop                                  # all of them
//! cargo test --test interop matrix::                         # one file's
//! cargo test --test interop matrix::file_from_bt_to_aria2 -- --nocapture   # one, with what is said
//! ```
//!
//! Nothing here sleeps to let something happen: a scene waits for a line that a program prints, for
//! its end, or for bytes, each with a deadline.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(target_os = "linux")]

mod announces;
mod bt;
mod data;
mod hostile;
mod javascript;
mod leechers;
mod matrix;
mod metainfo;
mod namespace;
mod odd;
mod pages;
mod peers;
mod process;
mod resume;
mod swarm;
mod trackers;
mod way;
mod websocket;
mod wire;
