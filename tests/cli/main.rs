//! The command line from outside: the real binary, one file a command.
#![cfg(unix)]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

mod announce;
mod asking;
mod completions;
mod decode;
mod edit;
mod encode;
mod fetch;
mod globals;
mod inspect;
mod inspect_show;
mod install;
mod magnet;
mod magnet_link;
mod man;
mod open;
mod pipeline;
mod publish;
mod publish_selection;
mod publish_web_seeds;
mod quickstart;
mod scrape;
mod seed;
mod swarm;
mod track;
mod track_care;
mod track_heir;
mod track_hostile;
mod track_http;
mod track_operation;
mod track_pages;
mod track_policy;
mod track_predecessor;
mod track_state;
mod track_take_over;
mod track_udp;
mod track_upgrade;
mod track_websocket;
mod tracker_stub;
mod verify;
mod verify_find;
mod verify_repair;
mod web_server;
