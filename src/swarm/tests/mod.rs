//! Torrents against each other and against strangers.

mod hostile;
mod net;
mod swarms;
