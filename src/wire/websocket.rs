//! WebSocket's bytes (RFC 6455), both ways: frames that come cut anyhow, messages that come in
//! fragments, and the proof in the handshake. No extension is spoken, so nothing is compressed and
//! what a message takes is what it says.

mod handshake;

pub use handshake::{accept, key};

/// The longest payload of a control frame.
const CONTROL_MOST: usize = 125;
/// The longest head: two bytes, eight of the length, four of the mask.
const HEAD_MOST: usize = 14;
/// Frames of one message. Its bytes are bounded, but a frame may have none.
const FRAMES_MOST: u32 = 1024;

/// Who is read from. A client masks what it sends, a server does not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Peer {
    /// It masks.
    Client,
    /// It does not.
    Server,
}

/// What a frame is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Opcode {
    /// More of the message before.
    Continuation,
    /// A message in UTF-8.
    Text,
    /// A message of any bytes.
    Binary,
    /// The end.
    Close,
    /// Asks for a pong with the same payload.
    Ping,
    /// Answers a ping, or just says that somebody is there.
    Pong,
}

impl Opcode {
    fn of(bits: u8) -> Option<Self> {
        Some(match bits {
            0 => Self::Continuation,
            1 => Self::Text,
            2 => Self::Binary,
            8 => Self::Close,
            9 => Self::Ping,
            10 => Self::Pong,
            _ => return None,
        })
    }

    fn bits(self) -> u8 {
        match self {
            Self::Continuation => 0,
            Self::Text => 1,
            Self::Binary => 2,
            Self::Close => 8,
            Self::Ping => 9,
            Self::Pong => 10,
        }
    }

    fn is_control(self) -> bool {
        self.bits() >= 8
    }
}

/// What came.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// A whole message. One of text is UTF-8.
    Message(Vec<u8>),
    /// To be answered with the same payload.
    Ping(Vec<u8>),
    /// Somebody is there.
    Pong,
    /// The end, with its code where one was said, which may be sent as well. To be answered with a close, unless one was sent.
    Close(Option<u16>),
}

/// Why a connection is given up.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Fault {
    /// Against the protocol.
    #[error("{0}")]
    Protocol(&'static str),
    /// A message of text is not UTF-8.
    #[error("text that is not UTF-8")]
    NotText,
    /// A message is longer than is taken.
    #[error("too long a message")]
    TooLong,
    /// A message comes in more fragments than are taken.
    #[error("a message in too many fragments")]
    TooManyFrames,
}

impl Fault {
    /// What the close frame says.
    pub fn code(self) -> u16 {
        match self {
            Self::Protocol(_) => 1002,
            Self::NotText => 1007,
            Self::TooLong => 1009,
            Self::TooManyFrames => POLICY,
        }
    }
}

/// The other side goes away, as a server that ends.
pub const GOING_AWAY: u16 = 1001;
/// The other side did what is not allowed here.
pub const POLICY: u16 = 1008;

/// A frame whose head was read.
#[derive(Clone, Copy, Debug)]
struct Frame {
    opcode: Opcode,
    is_last: bool,
    mask: [u8; 4],
    /// Bytes of the payload read so far, and in all.
    read: usize,
    length: usize,
}

/// Reads frames and joins them to messages. Between messages it owns no memory.
#[derive(Debug)]
pub struct Reader {
    peer: Peer,
    most: usize,
    head: [u8; HEAD_MOST],
    /// Bytes of it.
    have: usize,
    frame: Option<Frame>,
    control: Vec<u8>,
    /// The message under way; `None`: none is.
    message: Option<(Opcode, Vec<u8>)>,
    /// Its frames so far.
    frames: u32,
}

impl Reader {
    /// One that takes messages of `most` bytes.
    pub fn new(peer: Peer, most: usize) -> Self {
        let head = [0; HEAD_MOST];
        let control = Vec::new();
        Self { peer, most, head, have: 0, frame: None, control, message: None, frames: 0 }
    }

    /// Whether a message has begun, between whose parts others may come that are whole.
    pub fn is_within_message(&self) -> bool {
        self.message.is_some()
    }

    /// Bytes of memory that the message under way takes.
    pub fn kept(&self) -> usize {
        self.message.as_ref().map_or(0, |(_, message)| message.capacity())
    }

    /// Whether nothing is under way.
    pub fn is_between(&self) -> bool {
        self.have == 0 && self.frame.is_none() && self.message.is_none()
    }

    /// Reads on, up to the end of what is told of; `input` is moved behind it. `None`: all was read.
    ///
    /// # Errors
    /// After a fault there is nothing to be read any more.
    pub fn read(&mut self, input: &mut &[u8]) -> Result<Option<Event>, Fault> {
        loop {
            let mut frame = match self.frame {
                Some(frame) => frame,
                None => match self.read_head(input)? {
                    Some(frame) => frame,
                    None => return Ok(None),
                },
            };
            let wanted = frame.length.saturating_sub(frame.read);
            let (some, rest) = input.split_at_checked(wanted).unwrap_or((*input, &[]));
            *input = rest;
            let into = match &mut self.message {
                Some((_, message)) if !frame.opcode.is_control() => message,
                _ => &mut self.control,
            };
            let mask = frame.mask.iter().cycle().skip(frame.read % 4);
            into.extend(some.iter().zip(mask).map(|(byte, mask)| byte ^ mask));
            frame.read = frame.read.saturating_add(some.len());
            self.frame = (frame.read < frame.length).then_some(frame);
            if self.frame.is_some() {
                return Ok(None);
            }
            if let Some(event) = self.end(frame)? {
                return Ok(Some(event));
            }
        }
    }

    /// Reads a head, once all of it is there.
    fn read_head(&mut self, input: &mut &[u8]) -> Result<Option<Frame>, Fault> {
        loop {
            let [first, second, rest @ ..] = self.head;
            let extended = match second & 0x7f {
                126 => 2,
                127 => 8,
                _ => 0,
            };
            let masked = second & 0x80 != 0;
            let wanted = if self.have < 2 { 2 } else { 2 + extended + if masked { 4 } else { 0 } };
            if self.have == wanted {
                self.have = 0;
                let (length, mask) = rest.split_at_checked(extended).unwrap_or_default();
                let length = match extended {
                    0 => u64::from(second & 0x7f),
                    _ => length.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
                };
                let mask = match (masked, mask.first_chunk()) {
                    (true, Some(mask)) => *mask,
                    _ => [0; 4],
                };
                let least = match extended {
                    0 => 0,
                    2 => 126,
                    _ => 1 << 16,
                };
                if length < least {
                    return Err(Fault::Protocol("a length in more bytes than it needs"));
                }
                let length = usize::try_from(length).map_err(|_| Fault::TooLong)?;
                return self.begin(first, masked, mask, length).map(Some);
            }
            let Some((byte, rest)) = input.split_first() else { return Ok(None) };
            *input = rest;
            if let Some(place) = self.head.get_mut(self.have) {
                *place = *byte;
            }
            self.have = self.have.saturating_add(1);
        }
    }

    /// Judges a head.
    fn begin(
        &mut self,
        first: u8,
        masked: bool,
        mask: [u8; 4],
        length: usize,
    ) -> Result<Frame, Fault> {
        if masked != (self.peer == Peer::Client) {
            return Err(Fault::Protocol("a frame that should be masked, or should not"));
        }
        if first & 0x70 != 0 {
            return Err(Fault::Protocol("an extension that was not agreed on"));
        }
        let opcode = Opcode::of(first & 0x0f).ok_or(Fault::Protocol("an unknown opcode"))?;
        let is_last = first & 0x80 != 0;
        if opcode.is_control() {
            if !is_last || length > CONTROL_MOST {
                return Err(Fault::Protocol("a control frame that is long or in fragments"));
            }
        } else {
            match (&self.message, opcode) {
                (Some((_, message)), Opcode::Continuation) => {
                    if length > self.most.saturating_sub(message.len()) {
                        return Err(Fault::TooLong);
                    }
                    if self.frames >= FRAMES_MOST {
                        return Err(Fault::TooManyFrames);
                    }
                    self.frames = self.frames.saturating_add(1);
                }
                (None, Opcode::Text | Opcode::Binary) if length > self.most => {
                    return Err(Fault::TooLong);
                }
                (None, Opcode::Text | Opcode::Binary) => {
                    (self.message, self.frames) = (Some((opcode, Vec::new())), 1);
                }
                _ => return Err(Fault::Protocol("a message within another, or without a start")),
            }
        }
        Ok(Frame { opcode, is_last, mask, read: 0, length })
    }

    /// All of a frame is there.
    fn end(&mut self, frame: Frame) -> Result<Option<Event>, Fault> {
        if !frame.opcode.is_control() {
            if !frame.is_last {
                return Ok(None);
            }
            let Some((opcode, message)) = self.message.take() else { return Ok(None) };
            if opcode == Opcode::Text && str::from_utf8(&message).is_err() {
                return Err(Fault::NotText);
            }
            return Ok(Some(Event::Message(message)));
        }
        let payload = std::mem::take(&mut self.control);
        Ok(Some(match (frame.opcode, payload.as_slice()) {
            (Opcode::Ping, _) => Event::Ping(payload),
            (Opcode::Pong, _) => Event::Pong,
            (_, []) => Event::Close(None),
            (_, [high, low, reason @ ..])
                if str::from_utf8(reason).is_ok() && may_be_sent([*high, *low]) =>
            {
                Event::Close(Some(u16::from_be_bytes([*high, *low])))
            }
            _ => return Err(Fault::Protocol("a close frame that makes no sense")),
        }))
    }
}

/// Whether a close frame may have this code (RFC 6455, section 7.4): one that is registered, or that
/// libraries and applications give a meaning. Others stand for a close without a code or none at all.
fn may_be_sent(code: [u8; 2]) -> bool {
    matches!(u16::from_be_bytes(code), 1000..=1003 | 1007..=1014 | 3000..=4999)
}

/// Writes a frame that is a whole message, or a control frame; a client gives a mask that nobody can
/// foretell.
pub fn write(out: &mut Vec<u8>, opcode: Opcode, payload: &[u8], mask: Option<[u8; 4]>) {
    out.push(0x80 | opcode.bits());
    let masked = if mask.is_some() { 0x80 } else { 0 };
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(length @ ..126), _) => out.push(masked | length),
        (_, Ok(length)) => {
            out.push(masked | 126);
            out.extend_from_slice(&length.to_be_bytes());
        }
        _ => {
            out.push(masked | 127);
            let length = u64::try_from(payload.len()).unwrap_or(u64::MAX);
            out.extend_from_slice(&length.to_be_bytes());
        }
    }
    match mask {
        None => out.extend_from_slice(payload),
        Some(mask) => {
            out.extend_from_slice(&mask);
            out.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        }
    }
}

/// Writes a close frame with a code.
pub fn write_close(out: &mut Vec<u8>, code: u16, mask: Option<[u8; 4]>) {
    write(out, Opcode::Close, &code.to_be_bytes(), mask);
}

#[cfg(test)]
mod tests;
