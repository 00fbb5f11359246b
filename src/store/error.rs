//! What goes wrong with files, in the words that other Unix tools have for it.

use std::io::{self, ErrorKind};
use std::path::PathBuf;

/// A local file or folder failed: never a peer's fault.
#[derive(Debug, thiserror::Error)]
#[error("{}: {}", path.display(), words(source))]
pub struct Error {
    /// Which file.
    pub path: PathBuf,
    /// Why.
    #[source]
    pub source: io::Error,
}

/// What the system says of the error: without Rust's ` (os error 2)`, and in the system's words
/// also where the error was made without it.
pub fn words(error: &io::Error) -> String {
    if error.raw_os_error().is_none() && error.get_ref().is_none() {
        let known = match error.kind() {
            ErrorKind::AlreadyExists => Some("File exists"),
            ErrorKind::FileTooLarge => Some("File too large"),
            ErrorKind::InvalidInput => Some("Invalid argument"),
            ErrorKind::IsADirectory => Some("Is a directory"),
            ErrorKind::NotADirectory => Some("Not a directory"),
            ErrorKind::NotFound => Some("No such file or directory"),
            ErrorKind::PermissionDenied => Some("Permission denied"),
            ErrorKind::StorageFull | ErrorKind::WriteZero => Some("No space left on device"),
            ErrorKind::TimedOut => Some("Connection timed out"),
            ErrorKind::UnexpectedEof => Some("shorter than expected"),
            ErrorKind::Unsupported => Some("Operation not supported"),
            _ => None,
        };
        if let Some(known) = known {
            return known.to_owned();
        }
    }
    let text = error.to_string();
    match text.find(" (os error ") {
        Some(at) => text.split_at(at).0.to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_that_the_system_did_not_make_has_its_words() {
        let missing = std::fs::read("/no/such/file").unwrap_err();
        assert_eq!(words(&missing), "No such file or directory");
        assert_eq!(words(&ErrorKind::NotFound.into()), words(&missing));
        let file = tempfile::NamedTempFile::new().unwrap();
        let below = std::fs::read(file.path().join("x")).unwrap_err();
        assert_eq!(words(&ErrorKind::NotADirectory.into()), words(&below));
        let taken = std::fs::create_dir(file.path()).unwrap_err();
        assert_eq!(words(&ErrorKind::AlreadyExists.into()), words(&taken));
        assert_eq!(words(&io::Error::new(ErrorKind::AlreadyExists, "too long")), "too long");
        let error = Error { path: "a/b".into(), source: taken };
        assert_eq!(error.to_string(), "a/b: File exists");
    }
}
