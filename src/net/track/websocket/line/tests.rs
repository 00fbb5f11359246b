use super::*;

/// One that may be silent for a minute, in second 100.
fn line() -> Line {
    let guest = Guest::new(Link { worker: 0, number: 0 });
    Line::new(guest, Rc::default(), 100, 60)
}

/// Whether it is there still, looked at in a second.
fn lives(line: &Line, second: u32) -> bool {
    line.look(second);
    line.stage() == Stage::Open
}

#[test]
fn who_is_probed_has_half_of_its_time() {
    let line = line();
    line.probe(110);
    assert!(lives(&line, 139) && !lives(&line, 140));
}

#[test]
fn who_has_answered_is_not_probed_again_for_a_while() {
    let line = line();
    line.probe(110);
    line.heard(111);
    // Now it may be silent until second 171.
    for second in 112..170 {
        line.probe(second);
        assert!(lives(&line, second), "{second}");
    }
    line.heard(170);
    line.probe(171);
    assert!(lives(&line, 200) && !lives(&line, 201));
}

#[test]
fn who_has_too_much_to_read_for_a_last_word_is_gone() {
    let line = line();
    line.close(100, GOING_AWAY);
    assert_eq!(line.stage(), Stage::Closing);
    let line = self::line();
    line.say(Opcode::Text, &vec![b'x'; ANSWERED_MOST]);
    assert_eq!(line.stage(), Stage::Open);
    line.close(100, GOING_AWAY);
    assert_eq!(line.stage(), Stage::Gone);
}
