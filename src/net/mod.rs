//! The only place with sockets and timers: drivers that pump bytes and time into the layers below
//! and carry out their actions.

mod accept;
mod announcer;
mod buffers;
pub mod client;
pub mod disk;
mod handshake;
pub mod http_client;
pub mod http_server;
mod hub;
pub mod job;
mod listener;
mod magnet;
mod member;
pub mod notice;
mod outbox;
mod peer;
pub mod probe;
mod seeker;
mod signals;
mod stay;
mod torrent;
pub mod track;
pub mod tracker_client;
pub mod trust;
pub mod web;
mod web_log;
