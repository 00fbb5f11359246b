//! How words are set off on a terminal, one look for all commands' pages.

use std::fmt;

/// What a word is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tone {
    /// What a line is about.
    Key,
    /// A folder.
    Folder,
    /// A file that can be run.
    Executable,
    /// A symbolic link.
    Link,
    /// What is odd.
    Warning,
    /// What matters less.
    Aside,
}

/// Colours, or none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Paint(pub bool);

impl Paint {
    /// The text in the colour of its tone. Padding must be in the text: colours have no width.
    pub fn of<T: fmt::Display>(self, tone: Tone, text: T) -> impl fmt::Display {
        fmt::from_fn(move |f| {
            if !self.0 {
                return text.fmt(f);
            }
            // Folders, programs and links as `ls` has them.
            let code = match tone {
                Tone::Key => "1",
                Tone::Folder => "1;34",
                Tone::Executable => "32",
                Tone::Link => "36",
                Tone::Warning => "33",
                Tone::Aside => "2",
            };
            write!(f, "\x1b[{code}m{text}\x1b[0m")
        })
    }
}
