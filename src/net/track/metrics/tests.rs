use super::*;

/// A tracker that answers as many connects, the rest with garbage.
async fn udp(answers: usize) -> SocketAddr {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let at = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut packet = [0; 64];
        for asked in 0.. {
            let (read, from) = socket.recv_from(&mut packet).await.unwrap();
            assert_eq!((read, &packet[..12]), (16, &CONNECT[..]));
            let id = [7; 8];
            let good = [&[0; 4], &packet[12..16], &id].concat();
            let answer = if asked < answers { &good[..] } else { b"garbage" };
            socket.send_to(answer, from).await.unwrap();
        }
    });
    at
}

#[tokio::test]
async fn udp_is_well_where_it_answers_a_connect() {
    let (good, bad) = (udp(9).await, udp(0).await);
    assert!(Healthy::default().udp(&[good]).await);
    let unspecified = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), good.port());
    assert!(Healthy::default().udp(&[unspecified]).await);
    assert!(!Healthy::default().udp(&[good, bad]).await);
    // A port that nobody has: the system says so at once.
    let gone = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap().local_addr().unwrap();
    assert!(!Healthy::default().udp(&[gone]).await);
}

#[tokio::test]
async fn what_was_found_is_believed_for_a_moment() {
    let healthy = Healthy::default();
    let at = udp(1).await;
    for _ in 0..10 {
        assert!(healthy.udp(&[at]).await);
    }
}

#[test]
fn the_system_says_what_the_process_takes() {
    assert_eq!(resident("Name:\tx\nVmRSS:\t   1234 kB\nX:\n"), Some(1234 << 10));
    assert_eq!((resident(""), resident("VmRSS:\t x kB")), (None, None));
    let stat = "1 (a) b) ) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0 20";
    assert_eq!(processor(stat), Some(Duration::from_secs(2)));
    assert_eq!((processor(""), processor("1 (a) S 1")), (None, None));
    #[cfg(target_os = "linux")]
    {
        let process = Machine::new(Instant::now()).process();
        assert!(process.memory.unwrap() > 1 << 20 && process.files.unwrap() > 3);
        assert!(process.cpu.is_some());
    }
}
