//! The only place with sockets and timers: drivers that pump bytes and time into the layers below
//! and carry out their actions.

pub mod disk;
