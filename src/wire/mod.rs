//! The peer protocol's bytes (BEP 3, 6, 10): handshakes, messages, and a decoder that does not
//! care how the stream was cut.

mod message;

pub use message::Message;
