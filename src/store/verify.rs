//! Whether what is stored is what a torrent says, file by file.
//!
//! First a [`Survey`] looks at sizes. Then every piece of which no byte is missing is hashed; what
//! came of it is kept a byte a piece ([`Outcomes`]), and a [`Report`] says what that means for a file
//! when it is asked. Nothing here prints.

mod outcome;
mod report;
mod survey;

pub use outcome::{Outcome, Outcomes};
pub use report::{FileReport, Part, Report, State};
pub use survey::{Found, Note, Survey};
