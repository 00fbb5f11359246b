//! The only place with sockets and timers: drivers that pump bytes and time into the layers below
//! and carry out their actions.

pub mod disk;
pub mod http_client;
pub mod http_server;
pub mod track;
pub mod tracker_client;
mod web_log;
