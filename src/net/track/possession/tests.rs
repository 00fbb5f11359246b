use super::*;
use std::future::{pending, ready};
use tokio::io::AsyncReadExt;

fn holder(dfile: &Path) -> Holder {
    Holder { dfile: dfile.to_owned(), process: Some(std::process::id()) }
}

#[test]
fn where_the_lock_is_not_to_be_had_that_is_said_once() {
    let dir = tempfile::tempdir().unwrap();
    let mut said = Vec::new();
    let dfile = dir.path().join("dstate");
    let lock = lock::take(&dfile).unwrap();
    for dfile in [dir.path().join("no/such"), dfile.clone()] {
        let mut own = Possessions::new(Vec::new(), Some(dfile), None, &mut |_| {});
        for _ in 0..2 {
            let mut tell = |notice| match notice {
                Notice::Warning(words) => said.push(words),
                _ => panic!("a warning"),
            };
            assert!(!own.regain(&mut tell));
        }
    }
    let [none, held] = &said[..] else { panic!("{said:?}") };
    assert!(none.contains("no/such: No such file or directory; nothing is saved"), "{said:?}");
    let id = std::process::id();
    assert!(held.contains(&format!("another bt track (process {id}) has it; ")), "{said:?}");
    drop(lock);
}

#[tokio::test(start_paused = true)]
async fn one_that_says_nothing_more_is_gone_or_serves_on() {
    let dir = tempfile::tempdir().unwrap();
    let dfile = dir.path().join("dstate");
    let left = async |process| {
        let (_, stream) = tokio::net::UnixStream::pair().unwrap();
        let holder = Holder { process: Some(process), ..holder(&dfile) };
        Others { holder, predecessor: Predecessor::of(stream) }.left().await
    };
    // It has ended, or is about to.
    assert!(matches!(left(7).await, Ok(Some(_))));
    let id = std::process::id();
    let Ok(Try::Taken(lock)) = lock::take(&dfile) else { panic!("it is free") };
    let ends = async {
        sleep(GONE / 2).await;
        drop(lock);
    };
    let (taken, ()) = tokio::join!(left(id), ends);
    assert!(matches!(taken, Ok(Some(_))));
    // It has the lock still, or yet another.
    let _lock = taken;
    let refused = left(id).await.unwrap_err().to_string();
    assert!(refused.ends_with("does not hand over: this one began too late, and it serves on"));
    assert!(matches!(left(7).await, Ok(None)));
}

#[tokio::test(start_paused = true)]
async fn a_lock_that_was_removed_is_left_to_the_one_that_serves() {
    let dir = tempfile::tempdir().unwrap();
    let dfile = dir.path().join("dstate");
    // Nobody serves: nobody is waited for.
    let began = Instant::now();
    assert!(matches!(claim(Some(&dfile), true, &mut |_| {}).await, Ok((Claim::Own(_), _))));
    assert_eq!(began.elapsed(), Duration::ZERO);
    let file = dir.path().join("dstate.lock");
    let Ok(Try::Taken(lock)) = lock::take(&dfile) else { panic!("it is free") };
    let mut own = Possessions::new(Vec::new(), Some(dfile.clone()), Some(lock), &mut |_| {});
    std::fs::remove_file(&file).unwrap();
    let renews = async {
        sleep(GONE).await;
        assert!(!file.exists(), "nobody has made one meanwhile");
        own.renew_lock(&mut |_| {})
    };
    let ((), renewed) = tokio::join!(is_locked_again(&dfile), renews);
    assert!(renewed && matches!(lock::take(&dfile), Ok(Try::Held(_))));
    // One that hangs is not waited for without end.
    let _door = Door::open(&dfile).unwrap();
    std::fs::remove_file(&file).unwrap();
    is_locked_again(&dfile).await;
    assert!(matches!(lock::take(&dfile), Ok(Try::Taken(_))));
}

#[tokio::test(start_paused = true)]
async fn one_that_ends_without_a_word_leaves_the_dfile() {
    let dir = tempfile::tempdir().unwrap();
    let dfile = dir.path().join("dstate");
    let mut said = Vec::new();
    let mut waits = async |word: Option<io::ErrorKind>, ends: Duration| {
        let Ok(Try::Taken(lock)) = lock::take(&dfile) else { panic!("it is free") };
        let word = async {
            match word {
                Some(kind) => ready(Err::<(), _>(io::Error::from(kind))).await,
                None => {
                    let (ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
                    let heir = handover::give(ours, &[]).unwrap();
                    theirs.set_nonblocking(true).unwrap();
                    let mut stream = tokio::net::UnixStream::from_std(theirs).unwrap();
                    assert_eq!(stream.read_u8().await.unwrap(), b'.');
                    let mut predecessor = Predecessor::of(stream);
                    let saves = async { heir.ready().await?.rests(pending::<()>()).await };
                    tokio::try_join!(predecessor.state(), saves).map(|_| ())
                }
            }
        };
        let ends = async {
            sleep(ends).await;
            drop(lock);
        };
        let one = holder(&dfile);
        let mut tell = |words| said.push(words);
        let (came, ()) = tokio::join!(one.wait(word, &mut tell), ends);
        came
    };
    // A save that takes minutes.
    assert!(matches!(waits(None, TELL * 5 / 2).await, Ok(Came::Free(_))));
    let eof = Some(io::ErrorKind::UnexpectedEof);
    assert!(matches!(waits(eof, GONE / 2).await, Ok(Came::Free(_))));
    // It serves on, and wants no more of it.
    let refused = waits(eof, GONE * 3).await.map(|_| ()).unwrap_err();
    assert!(matches!(refused, Error::TakeOver(..)), "{refused}");
    assert_eq!(said.len(), 2, "{said:?}");
    let words = format!("still waits for the other bt track (process {})", std::process::id());
    assert!(said[0].contains(&words), "{said:?}");
    // Another that was asked for before has it now.
    let _lock = lock::take(&dfile).unwrap();
    let eof = async { Err::<(), _>(io::ErrorKind::UnexpectedEof.into()) };
    let other = Holder { process: Some(7), ..holder(&dfile) };
    let refused = other.wait(eof, &mut |_| {}).await.map(|_| ()).unwrap_err();
    assert!(refused.to_string().ends_with("does not hand over: it has just taken over itself"));
}

#[tokio::test(start_paused = true)]
async fn a_word_that_was_said_counts_though_the_lock_is_free() {
    let dir = tempfile::tempdir().unwrap();
    let word = async {
        sleep(LOOK * 2).await;
        Ok(7)
    };
    let came = holder(&dir.path().join("dstate")).wait(word, &mut |_| {}).await;
    assert!(matches!(came, Ok(Came::Said(7, Some(_)))), "with the lock");
}

#[tokio::test]
async fn without_the_lock_it_touches_nothing_until_it_has_it() {
    let dir = tempfile::tempdir().unwrap();
    let dfile = dir.path().join("dstate");
    let Ok(Try::Taken(lock)) = lock::take(&dfile) else { panic!("it is free") };
    let others = Possessions::new(Vec::new(), Some(dfile.clone()), Some(lock), &mut |_| {});
    let door = dir.path().join("dstate.handover");
    let mut own = Possessions::new(Vec::new(), Some(dfile.clone()), None, &mut |_| {});
    assert!(!own.may_save() && !own.regain(&mut |_| {}));
    // The door is the other's.
    drop(own);
    assert!(door.exists());
    own = Possessions::new(Vec::new(), Some(dfile), None, &mut |_| {});
    drop(others);
    assert!(!door.exists());
    assert!(own.regain(&mut |_| {}) && own.may_save() && !own.regain(&mut |_| {}), "it has it");
    own.open(&mut |_| {});
    assert!(door.exists());
    // Another is about to be called there, and has failed.
    let offered = own.offer(&mut |_| {}).unwrap();
    assert!(!door.exists() && own.may_save());
    drop(offered);
    own.open(&mut |_| {});
    assert!(door.exists());
    own.let_go();
    assert!(!own.may_save() && !door.exists());
    assert!(own.take_lock(&mut |_| {}) && own.may_save() && !door.exists());
    assert!(!own.take_lock(&mut |_| {}), "it has it");
    assert!(Possessions::new(Vec::new(), None, None, &mut |_| {}).may_save());
}

#[tokio::test]
async fn what_another_has_saved_since_is_kept_aside() {
    let dir = tempfile::tempdir().unwrap();
    let dfile = dir.path().join("dstate");
    std::fs::write(&dfile, "mine").unwrap();
    let Ok(Try::Taken(lock)) = lock::take(&dfile) else { panic!("it is free") };
    let mut own = Possessions::new(Vec::new(), Some(dfile.clone()), Some(lock), &mut |_| {});
    // Somebody removes the lock's file, and another tracker makes it anew.
    std::fs::remove_file(dir.path().join("dstate.lock")).unwrap();
    let Ok(Try::Taken(others)) = lock::take(&dfile) else { panic!("it is another") };
    own.keep_lock(&mut |_| {});
    assert!(!own.may_save());
    std::fs::remove_file(&dfile).unwrap();
    std::fs::write(&dfile, "of the other").unwrap();
    drop(others);
    let mut said = Vec::new();
    assert!(own.regain(&mut |notice| said.push(notice)) && own.may_save());
    let [Notice::Warning(line)] = &said[..] else { panic!("{} lines", said.len()) };
    assert!(line.contains("dstate.other"), "{line}");
    let kept = std::fs::read(dir.path().join("dstate.other")).unwrap();
    assert_eq!(kept, b"of the other");
    // Where nobody has saved nothing is kept.
    drop(own.offer(&mut |_| {}).unwrap());
    own.let_go();
    assert!(own.take_lock(&mut |_| panic!("there is nothing to keep")));
    assert!(own.may_save());
    // One that has been given the lock may save before this one has let go of it.
    let offered = own.offer(&mut |_| {}).unwrap();
    assert!(!own.is_overtaken());
    std::fs::remove_file(&dfile).unwrap();
    std::fs::write(&dfile, "of the one that takes over").unwrap();
    own.let_go();
    assert!(own.is_overtaken());
    drop(offered);
}

#[tokio::test]
async fn what_another_saves_while_one_that_takes_over_lacks_the_lock_is_kept_aside() {
    let dir = tempfile::tempdir().unwrap();
    let dfile = dir.path().join("dstate");
    std::fs::write(&dfile, "of the one before").unwrap();
    let Ok(Try::Taken(others)) = lock::take(&dfile) else { panic!("it is free") };
    let mut own = Possessions::new(Vec::new(), Some(dfile.clone()), None, &mut |_| {});
    own.lack_lock(&mut |_| {});
    std::fs::remove_file(&dfile).unwrap();
    std::fs::write(&dfile, "of the other").unwrap();
    drop(others);
    assert!(own.regain(&mut |_| {}) && own.may_save());
    let kept = std::fs::read(dir.path().join("dstate.other")).unwrap();
    assert_eq!(kept, b"of the other");
}

#[tokio::test(start_paused = true)]
async fn one_that_hangs_is_not_waited_for_without_end() {
    let dir = tempfile::tempdir().unwrap();
    let dfile = dir.path().join("dstate");
    let Ok(Try::Taken(_lock)) = lock::take(&dfile) else { panic!("it is free") };
    // The system takes the call, and nobody answers it.
    let door = std::os::unix::net::UnixListener::bind(dir.path().join("dstate.handover")).unwrap();
    let began = Instant::now();
    let silent = claim(Some(&dfile), true, &mut |_| {}).await.map(|_| ()).unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(35), "{:?}", began.elapsed());
    let id = std::process::id();
    assert!(
        matches!(&silent, Error::Silent(path, Some(process)) if (path, *process) == (&dfile, id))
    );
    assert_eq!(
        silent.to_string(),
        format!("the bt track that has it (process {id}) does not answer")
    );
    drop(door);
    // The same where it stops in the middle of it.
    for step in 0..2 {
        let (mut first, stream) = tokio::net::UnixStream::pair().unwrap();
        let mut predecessor = Predecessor::of(stream);
        let word = async {
            match step {
                0 => predecessor.state().await.map(drop),
                _ => predecessor.agreed(|_| {}).await,
            }
        };
        let one = holder(&dfile);
        let waits = one.wait(word, &mut |_| {}).await.map(|_| ());
        assert!(matches!(waits, Err(Error::Silent(..))), "{step}");
        tokio::io::AsyncWriteExt::shutdown(&mut first).await.unwrap();
    }
}

#[tokio::test]
async fn what_is_offered_is_the_lock_that_keeps_others_away() {
    let dir = tempfile::tempdir().unwrap();
    let (dfile, door) = (dir.path().join("dstate"), dir.path().join("dstate.handover"));
    let Ok(Try::Taken(lock)) = lock::take(&dfile) else { panic!("it is free") };
    let mut own = Possessions::new(Vec::new(), Some(dfile.clone()), Some(lock), &mut |_| {});
    let mut said = Vec::new();
    std::fs::remove_file(dir.path().join("dstate.lock")).unwrap();
    let offered = own.offer(&mut |notice| said.push(notice)).unwrap();
    assert!(lock::is_in_place(&offered, &dfile) && said.len() == 1 && !door.exists());
    // And none where another has made its own.
    std::fs::remove_file(dir.path().join("dstate.lock")).unwrap();
    let Ok(Try::Taken(_others)) = lock::take(&dfile) else { panic!("it is another") };
    let none = own.offer(&mut |notice| said.push(notice)).unwrap_err();
    assert_eq!(none.to_string(), "this one has not got the lock any more");
    assert!(!own.may_save() && said.len() == 2);
}
