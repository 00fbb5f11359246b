use super::*;
use std::future::{pending, ready};

fn holder(dfile: &Path) -> Holder {
    Holder { dfile: dfile.to_owned(), process: Some(7) }
}

#[tokio::test(start_paused = true)]
async fn where_the_lock_is_not_to_be_had_it_serves_without_and_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let dfile = dir.path().join("no/such");
    let mut said = Vec::new();
    let began = Instant::now();
    assert!(holder(&dfile).gone(&mut |words| said.push(words)).await.is_none());
    assert!(began.elapsed() > GONE);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("no/such: No such file or directory; nothing is saved"), "{said:?}");
    // Another was quicker.
    let dfile = dir.path().join("dstate");
    let _lock = lock::take(&dfile).unwrap();
    assert!(holder(&dfile).gone(&mut |words| said.push(words)).await.is_none());
    let (words, id) = (&said[1], std::process::id());
    assert!(words.contains(&format!("another bt track (process {id}) has it; ")), "{said:?}");
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
                None => pending().await,
            }
        };
        let ends = async {
            sleep(ends).await;
            drop(lock);
        };
        let mut one = holder(&dfile);
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
    assert!(matches!(refused, Error::TakeOver(_, Some(7), _)), "{refused}");
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].contains("still waits for the other bt track (process 7)"), "{said:?}");
}

#[tokio::test(start_paused = true)]
async fn a_word_that_was_said_counts_though_the_lock_is_free() {
    let dir = tempfile::tempdir().unwrap();
    let word = async {
        sleep(LOOK * 2).await;
        Ok(7)
    };
    let came = holder(&dir.path().join("dstate")).wait(word, &mut |_| {}).await;
    assert!(matches!(came, Ok(Came::Said(7))));
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
    assert!(own.regain(&mut |_| {}) && own.may_save() && door.exists());
    assert!(!own.regain(&mut |_| {}), "it has it");
    own.let_go();
    assert!(!own.may_save() && !door.exists());
    assert!(own.take_lock() && own.may_save() && !door.exists());
    assert!(Possessions::new(Vec::new(), None, None, &mut |_| {}).may_save());
}
