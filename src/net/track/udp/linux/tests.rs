use super::*;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

/// Clients, and a socket that has a packet of each of them.
struct Asked<A: Address> {
    batch: Batch<A>,
    clients: Vec<UdpSocket>,
}

impl<A: Address> Asked<A> {
    /// Of a runtime that is there.
    fn new(bind: IpAddr, clients: usize) -> Self {
        let socket = UdpSocket::bind((bind, 0)).unwrap();
        socket.set_nonblocking(true).unwrap();
        let wild = bind.is_unspecified();
        if wild {
            match bind {
                IpAddr::V4(_) => setsockopt(&socket, sockopt::Ipv4PacketInfo, &true).unwrap(),
                IpAddr::V6(_) => setsockopt(&socket, sockopt::Ipv6RecvPacketInfo, &true).unwrap(),
            }
        }
        let here: IpAddr = match bind {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        };
        let client = |_| {
            let client = UdpSocket::bind((here, 0)).unwrap();
            client.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            client
        };
        Self {
            batch: Batch::new(socket, wild).unwrap(),
            clients: (0..clients).map(client).collect(),
        }
    }

    /// Has the first of them ask, all in one batch; says by how many clients each number was asked.
    fn ask(&mut self, many: usize) {
        self.batch.room = BATCH;
        let mut to = self.batch.socket.get_ref().local_addr().unwrap();
        if to.ip().is_unspecified() {
            to.set_ip(self.clients[0].local_addr().unwrap().ip());
        }
        for (number, client) in self.clients[..many].iter().enumerate() {
            client.send_to(&[number as u8, 0], to).unwrap();
        }
        while self.batch.receive().unwrap() == 0 {
            std::thread::yield_now();
        }
        assert_eq!(self.batch.packets.len(), many);
    }

    /// Answers what was asked; says how many answers were not taken.
    fn answer(&mut self) -> u64 {
        self.batch.answer(|_, buffer, length| {
            buffer[1] = buffer[0] + 100;
            Some(length)
        })
    }

    fn assert_answered(&self, number: usize) {
        let mut answer = [0; 9];
        let length = self.clients[number].recv(&mut answer).unwrap();
        assert_eq!(answer[..length], [number as u8, number as u8 + 100]);
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// One at an address that nobody can be sent to costs nobody else an answer.
fn one_that_cannot_be_sent<A: Address>(bind: IpAddr, nowhere: A) {
    let runtime = runtime();
    let _inside = runtime.enter();
    let mut asked = Asked::<A>::new(bind, 6);
    // At the start, where the headers have yet to be those of so large a batch, and afterwards.
    for many in [6, 2, 6] {
        for bad in [vec![], vec![0], vec![1], vec![many - 1], vec![0, 1]] {
            asked.ask(many);
            for &bad in &bad {
                let packet = asked.batch.packets.iter_mut().find(|packet| packet.at == bad);
                packet.unwrap().from = nowhere;
            }
            // Those that were asked come in the order in which they were sent.
            assert_eq!(asked.answer(), bad.len() as u64, "{bad:?} of {many}");
            (0..many).filter(|at| !bad.contains(at)).for_each(|at| asked.assert_answered(at));
        }
    }
}

#[test]
fn an_answer_that_cannot_be_sent_costs_no_other() {
    let v4 = SockaddrIn::from("127.0.0.1:0".parse::<std::net::SocketAddrV4>().unwrap());
    one_that_cannot_be_sent(Ipv4Addr::LOCALHOST.into(), v4);
    one_that_cannot_be_sent(Ipv4Addr::UNSPECIFIED.into(), v4);
    let v6 = SockaddrIn6::from("[::1]:0".parse::<std::net::SocketAddrV6>().unwrap());
    one_that_cannot_be_sent(Ipv6Addr::LOCALHOST.into(), v6);
    one_that_cannot_be_sent(Ipv6Addr::UNSPECIFIED.into(), v6);
}

#[test]
fn where_many_are_answered_the_headers_that_tell_are_as_many() {
    let runtime = runtime();
    let _inside = runtime.enter();
    let mut asked = Asked::<SockaddrIn>::new(Ipv4Addr::UNSPECIFIED.into(), BATCH);
    for (many, telling) in [(1, 1), (5, 5), (3, 5), (BATCH, BATCH), (2, BATCH)] {
        asked.ask(many);
        assert_eq!(asked.batch.telling, telling);
        assert_eq!(asked.answer(), 0);
        (0..many).for_each(|number| asked.assert_answered(number));
    }
}

#[test]
fn room_is_made_for_as_many_as_come() {
    let runtime = runtime();
    let _inside = runtime.enter();
    let Asked { mut batch, clients } = Asked::<SockaddrIn>::new(Ipv4Addr::LOCALHOST.into(), 1);
    let to = batch.socket.get_ref().local_addr().unwrap();
    let mut asked = |many: usize| {
        (0..many).for_each(|_| assert_eq!(clients[0].send_to(b"x", to).unwrap(), 1));
        let came = std::iter::from_fn(|| Some(batch.receive().unwrap()));
        // All have come before the first is taken: there is no network in between.
        let came: Vec<usize> = came.take_while(|&came| came > 0).collect();
        assert_eq!(came.iter().sum::<usize>(), many);
        came
    };
    assert_eq!(asked(100), [8, 32, 60]);
    assert_eq!(asked(64), [64]);
    // The pause behind each makes room for fewer.
    for many in [1, 1, 1, 1, 1] {
        assert_eq!(asked(many), [many]);
    }
    assert_eq!(asked(9), [8, 1]);
    // One has made room for fewer again.
    assert_eq!(asked(40), [16, 24]);
}
