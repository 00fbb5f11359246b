//! The command line from outside: the real binary, one file a command.
#![cfg(unix)]
#![allow(missing_docs)]

mod harness;

mod globals;
