//! The user's desktop: where downloads go, and how to say that one is there.

use super::Env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The user's download folder: `XDG_DOWNLOAD_DIR` of the environment, then of `user-dirs.dirs`,
/// then `~/Downloads` where that is there, then the home folder.
pub fn downloads(env: &Env) -> PathBuf {
    let absolute = |path: PathBuf| path.is_absolute().then_some(path);
    if let Some(folder) = env.var("XDG_DOWNLOAD_DIR").map(PathBuf::from).and_then(absolute) {
        return folder;
    }
    let Some(home) = env.var("HOME").map(PathBuf::from) else { return PathBuf::from(".") };
    let config = env.var("XDG_CONFIG_HOME").map(PathBuf::from).and_then(absolute);
    let config = config.unwrap_or_else(|| home.join(".config"));
    let said = std::fs::read(config.join("user-dirs.dirs")).ok();
    let said = said.and_then(|text| download_dir(&text, home.as_os_str().as_encoded_bytes()));
    match said.and_then(absolute) {
        Some(folder) => folder,
        None => Some(home.join("Downloads")).filter(|path| path.is_dir()).unwrap_or(home),
    }
}

/// The last `XDG_DOWNLOAD_DIR="…"` of `user-dirs.dirs`, a shell file of which only this much is
/// used: the value begins with `$HOME/` or `/`, and a backslash takes the next byte as it is.
fn download_dir(text: &[u8], home: &[u8]) -> Option<PathBuf> {
    let lines = text.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
    let value = lines.filter_map(|line| line.strip_prefix(b"XDG_DOWNLOAD_DIR=")).next_back()?;
    let value = value.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    let (mut path, rest) = match value.strip_prefix(b"$HOME") {
        Some(rest) => (home.to_vec(), rest),
        None => (Vec::new(), value),
    };
    let mut rest = rest.iter();
    while let Some(&byte) = rest.next() {
        path.push(if byte == b'\\' { *rest.next()? } else { byte });
    }
    #[cfg(unix)]
    let path: OsString = std::os::unix::ffi::OsStringExt::from_vec(path);
    #[cfg(not(unix))]
    let path = OsString::from(String::from_utf8(path).ok()?);
    Some(path.into())
}

/// Shows a notification where there is `notify-send`. It is neither waited for nor missed.
pub fn notify(env: &Env, title: &str, body: &str) {
    let path = env.var("PATH").unwrap_or_default();
    let program = std::env::split_paths(&path)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join("notify-send"))
        .find(|program| program.is_file());
    let Some(program) = program else { return };
    let child = Command::new(program)
        .args(["--app-name=bt", "--icon=folder-download", "--", title, body])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    if let Ok(mut child) = child {
        // Somebody has to wait for it, or it stays as a zombie for as long as we seed.
        std::thread::spawn(move || child.wait());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_download_folder_is_read_as_the_desktop_writes_it() {
        let of = |text: &str| download_dir(text.as_bytes(), b"/home/a");
        let file = "# made by a tool\nXDG_DESKTOP_DIR=\"$HOME/Desktop\"\n\
                    XDG_DOWNLOAD_DIR=\"$HOME/Get \\\"it\\\"\"\n";
        assert_eq!(of(file), Some(PathBuf::from("/home/a/Get \"it\"")));
        assert_eq!(of("XDG_DOWNLOAD_DIR=\"/srv\""), Some(PathBuf::from("/srv")));
        assert_eq!(of("XDG_DOWNLOAD_DIR=/srv"), None);
        assert_eq!(of("XDG_DOWNLOAD_DIR=\"/srv\\\""), None);
        assert_eq!(of("#XDG_DOWNLOAD_DIR=\"/srv\""), None);
        assert_eq!(of(""), None);
    }
}
