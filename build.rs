//! How the program is linked.

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if static_unwinder() {
        println!("cargo::rustc-link-lib=static:-bundle=gcc_eh");
    }
}

/// Whether the unwinder can be taken into the program, where else each start would look for its
/// library and load it: some systems do not have the archive.
fn static_unwinder() -> bool {
    let var = |name: &str| env::var(name).unwrap_or_default();
    let gnu = var("CARGO_CFG_TARGET_OS") == "linux" && var("CARGO_CFG_TARGET_ENV") == "gnu";
    let native = var("HOST") == var("TARGET");
    // With `crt-static` all libraries are taken in.
    let dynamic =
        !var("CARGO_CFG_TARGET_FEATURE").split(',').any(|feature| feature == "crt-static");
    if !gnu || !native || !dynamic {
        return false;
    }
    let linker = env::var("RUSTC_LINKER").unwrap_or_else(|_| "cc".to_owned());
    let answer = Command::new(linker).arg("-print-file-name=libgcc_eh.a").output();
    // What it does not find it names as it was asked.
    answer
        .is_ok_and(|answer| Path::new(String::from_utf8_lossy(&answer.stdout).trim()).is_absolute())
}
