use super::*;
use std::sync::mpsc::{Receiver, Sender, channel};

/// Tells what is written, and waits for leave to write it.
struct Out(Sender<String>, Receiver<()>);

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.1.recv().map_err(|_| io::ErrorKind::BrokenPipe)?;
        let _ = self.0.send(String::from_utf8(bytes.to_vec()).unwrap());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn entry(target: &str) -> Entry<'_> {
    Entry {
        host: IpAddr::from([127, 0, 0, 1]),
        method: "GET",
        target,
        protocol: "HTTP/1.1",
        status: 200,
        bytes: 9,
        user_agent: Some("x\"\u{9b}\u{202e}\u{7f}".as_bytes()),
        took: Duration::from_micros(1500),
    }
}

#[test]
fn lines_look_as_asked_for_and_hold_nothing_that_steers() {
    let now = Timestamp::from_second(0).unwrap();
    for (format, wanted) in [
        (
            LogFormat::Common,
            "127.0.0.1 - - [01/Jan/1970:00:00:00 +0000] \"GET /%22%5C%1B HTTP/1.1\" 200 9\n",
        ),
        (
            LogFormat::Json,
            "{\"event\":\"request\",\"v\":1,\"time\":\"1970-01-01T00:00:00Z\",\
             \"host\":\"127.0.0.1\",\"method\":\"GET\",\"target\":\"/%22%5C%1B\",\
             \"protocol\":\"HTTP/1.1\",\"status\":200,\"bytes\":9,\
             \"user_agent\":\"x\\\"\\u009b\\u202e\\u007f\",\"took\":0.001500}\n",
        ),
    ] {
        let (sender, written) = channel();
        let (leave, wait) = channel();
        let writer = LogWriter::start(format, Box::new(Out(sender, wait)));
        leave.send(()).unwrap();
        writer.log().write(now, &entry("/\"\\\x1b"));
        writer.finish();
        assert_eq!(written.recv().unwrap(), wanted);
    }
}

#[test]
fn a_reader_who_is_stuck_costs_lines_and_no_memory() {
    let (sender, written) = channel();
    let (leave, wait) = channel();
    let writer = LogWriter::start(LogFormat::Common, Box::new(Out(sender, wait)));
    let mut log = writer.log();
    let long = "x".repeat(1 << 20);
    for _ in 0..50 {
        log.write(Timestamp::UNIX_EPOCH, &entry(&long));
    }
    let Lost { slow: lost, failed } = writer.lost();
    assert!((44..50).contains(&lost) && failed == 0, "{lost}, {failed}");
    assert_eq!(writer.lost(), Lost::default(), "told once");
    (0..50).for_each(|_| leave.send(()).unwrap());
    drop(log);
    writer.finish();
    let lines: usize = written.try_iter().map(|text| text.lines().count()).sum();
    assert_eq!(u64::try_from(lines).unwrap() + lost, 50);
}

#[test]
fn a_reader_who_is_gone_costs_nothing() {
    let (sender, written) = channel();
    let (leave, wait) = channel();
    drop(leave);
    let writer = LogWriter::start(LogFormat::Common, Box::new(Out(sender, wait)));
    let mut log = writer.log();
    log.write(Timestamp::UNIX_EPOCH, &entry("/"));
    log.flush();
    // The thread ends, and with it what it would write to.
    assert!(written.recv().is_err());
    writer.finish();
    drop(log);
}

/// A disk that is full at every second look.
struct Full(bool, std::sync::mpsc::Sender<()>);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let _ = self.1.send(());
        self.0 = !self.0;
        if self.0 { Err(io::ErrorKind::StorageFull.into()) } else { Ok(bytes.len()) }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn lines_that_cannot_be_written_are_told_of_and_the_next_are_tried() {
    let (sender, tried) = channel();
    let writer = LogWriter::start(LogFormat::Common, Box::new(Full(false, sender)));
    let mut log = writer.log();
    for _ in 0..3 {
        log.write(Timestamp::UNIX_EPOCH, &entry("/"));
        log.flush();
        tried.recv().unwrap();
    }
    drop(log);
    // What was told first: the third was lost as well, after the second was not.
    let fault = loop {
        match writer.fault() {
            Some(fault) => break fault,
            None => std::thread::yield_now(),
        }
    };
    assert_eq!(fault.kind(), io::ErrorKind::StorageFull);
    let Lost { slow, failed } = writer.lost();
    assert!(slow == 0 && (1..=2).contains(&failed), "{slow}, {failed}");
    writer.finish();
    assert!(tried.recv().is_err(), "the thread has ended");
}
