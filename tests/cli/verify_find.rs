//! `bt verify --find`: files that were renamed and moved.

use crate::harness::Bt;
use crate::verify::{bytes, damage, publish, states, tree};
use serde_json::json;
use std::fs;
use std::os::unix::fs::MetadataExt;

/// Moves a file, making its folder.
fn mv(bt: &Bt, from: &str, to: &str) {
    let to = bt.path(to);
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    fs::rename(bt.path(from), to).unwrap();
}

#[test]
fn renamed_and_moved_files_are_found_by_what_they_hold() {
    let bt = Bt::new();
    tree(&bt);
    mv(&bt, "tree/a", "else/where/x1");
    mv(&bt, "tree/d/b", "else/b");
    mv(&bt, "tree/z", "else/deep/er/z");
    let out = bt.args(["verify", "tree.torrent"]).run();
    assert_eq!(
        (out.status, states(&out)),
        (1, "a missing\nd/b missing\nempty ok\nz missing\n".into())
    );
    let out = bt.args(["verify", "tree.torrent", "--find", "else"]).run();
    assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
    assert_eq!(states(&out), "a found\nd/b found\nempty ok\nz found\n");
    let files = &out.json()["files"];
    assert_eq!(files[0]["found"], "else/where/x1");
    assert_eq!(files[1]["found"], "else/b");
    assert_eq!(files[3]["found"], "else/deep/er/z");
    assert_eq!(out.json()["ok"], true);
    let human = bt.args(["verify", "--format", "human", "tree.torrent", "--find", "else"]).run();
    assert!(human.text().contains("found      tree/a: at else/where/x1\n"), "{human}");
    assert!(human.text().contains("all right; 3 found elsewhere"), "{human}");
}

#[test]
fn nothing_has_to_be_in_its_place() {
    let bt = Bt::new();
    tree(&bt);
    mv(&bt, "tree", "old/photos");
    let out = bt.args(["verify", "tree.torrent", "--find", "old"]).run();
    assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
    assert_eq!(states(&out), "a found\nd/b found\nempty found\nz found\n");
}

#[test]
fn a_candidate_of_the_right_size_and_wrong_content_is_passed_over() {
    let bt = Bt::new();
    tree(&bt);
    mv(&bt, "tree/a", "else/renamed");
    // The same name and size, damaged in the piece that is shared, and one all different.
    bt.write("else/a", bt.read("else/renamed"));
    damage(&bt, "else/a", 40_000);
    bt.write("else/0/a", bytes(9, 40_960));
    mv(&bt, "tree/d/b", "else/0/b");
    bt.write("else/b", bytes(8, 4096));
    let out = bt.args(["verify", "tree.torrent", "--find", "else"]).run();
    assert_eq!(out.status, 0, "{out}");
    let files = &out.json()["files"];
    assert_eq!(
        (&files[0]["found"], &files[1]["found"]),
        (&json!("else/renamed"), &json!("else/0/b"))
    );
}

#[test]
fn what_is_not_there_is_not_found() {
    let bt = Bt::new();
    tree(&bt);
    mv(&bt, "tree/a", "else/a");
    fs::remove_file(bt.path("tree/d/b")).unwrap();
    bt.write("else/b", bytes(8, 4096));
    let out = bt.args(["verify", "tree.torrent", "--find", "else"]).run();
    assert_eq!(out.status, 1, "{out}");
    // a's own two pieces are right; what it shares with b can't be checked.
    assert_eq!(states(&out), "a unchecked\nd/b missing\nempty ok\nz unchecked\n");
    assert_eq!(out.json()["files"][0]["found"], "else/a");
    assert!(out.json()["files"][1].get("found").is_none());
    let out = bt.args(["verify", "tree.torrent", "--find", "gone"]).run();
    out.fails(4, "bt verify: gone: No such file or directory\n");
}

#[test]
fn many_small_files_are_found_by_the_pieces_that_they_share() {
    let bt = Bt::new();
    for number in 0..40u32 {
        // Several of each size.
        bt.write(format!("small/{number:02}"), bytes(number, 700 + 100 * (number as usize % 9)));
    }
    publish(&bt, "small");
    for number in 0..40u32 {
        mv(&bt, &format!("small/{number:02}"), &format!("else/{}/{number:02}", number % 3));
    }
    // Two of one size have changed their names.
    mv(&bt, "else/0/03", "else/0/x");
    mv(&bt, "else/0/12", "else/0/03");
    mv(&bt, "else/0/x", "else/0/12");
    let out = bt.args(["verify", "small.torrent", "--find", "else"]).run();
    assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
    let files = &out.json()["files"];
    assert_eq!(
        (&files[3]["found"], &files[12]["found"]),
        (&json!("else/0/12"), &json!("else/0/03"))
    );
}

#[test]
fn files_of_one_size_are_told_apart_under_any_names() {
    for version in ["--v2", "--hybrid"] {
        let bt = Bt::new();
        const COUNT: u32 = 300;
        for number in 0..COUNT {
            bt.write(format!("same/{number:03}"), bytes(number, 20_000));
        }
        let made = bt.args(["publish", "-q", version, "-l", "16KiB", "same"]).run();
        assert_eq!(made.status, 0, "{made}");
        // One goes, one is doubled, one is another, and none keeps its name.
        fs::remove_file(bt.path("same/007")).unwrap();
        bt.write("same/extra", bytes(8, 20_000));
        bt.write("same/009", bytes(COUNT, 20_000));
        for number in (0..COUNT).filter(|number| *number != 7) {
            mv(&bt, &format!("same/{number:03}"), &format!("else/x{:03}", number * 7 % COUNT));
        }
        mv(&bt, "same/extra", "else/extra");
        let out = bt.args(["verify", "same.torrent", "--find", "else"]).run();
        assert_eq!((out.status, out.stderr.as_str()), (1, ""), "{out}");
        assert_eq!(out.json()["states"], json!({"found": COUNT - 2, "missing": 2}));
        let files = out.json()["files"].clone();
        for number in (0..COUNT).filter(|number| ![7, 8, 9].contains(number)) {
            let place = format!("else/x{:03}", number * 7 % COUNT);
            assert_eq!(files[number as usize]["found"], json!(place), "{version} {number}");
        }
    }
}

#[test]
fn a_piece_of_very_many_files_is_given_up() {
    for (count, state) in [(40, "found"), (600, "missing")] {
        let bt = Bt::new();
        for number in 0..count {
            bt.write(format!("small/{number:03}"), bytes(number, 20));
        }
        publish(&bt, "small");
        // The likeliest one is another.
        let name = format!("{:03}", count - 3);
        mv(&bt, &format!("small/{name}"), "else/renamed");
        bt.write(format!("else/{name}"), bytes(9, 20));
        let out = bt.args(["verify", "small.torrent", "--find", "else"]).run();
        assert_eq!(out.status, i32::from(state == "missing"));
        assert_eq!(out.json()["files"][count as usize - 3]["state"], state);
    }
}

#[test]
fn the_tree_is_put_together_from_links_or_copies() {
    for copy in [false, true] {
        let bt = Bt::new();
        tree(&bt);
        mv(&bt, "tree/a", "else/x");
        let mut args = vec!["verify", "tree.torrent", "--find", "else", "--link-into", "new"];
        args.extend(copy.then_some("--copy"));
        let out = bt.args(&args).run();
        assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
        let how = if copy { "copy" } else { "hard link" };
        for file in out.json()["files"].as_array().unwrap() {
            assert_eq!(file["placed"], how);
        }
        let again = bt.args(["verify", "--strict", "tree.torrent", "new"]).run();
        assert_eq!((again.status, states(&again)), (0, "a ok\nd/b ok\nempty ok\nz ok\n".into()));
        let inode = |name: &str| bt.path(name).metadata().unwrap().ino();
        assert_eq!(inode("else/x") == inode("new/tree/a"), !copy);
        assert_eq!(inode("tree/z") == inode("new/tree/z"), !copy);
        // Once more: all is there already.
        if !copy {
            let out = bt.args(&args).run();
            assert_eq!((out.status, &out.json()["files"][0]["placed"]), (0, &json!("there")));
        }
    }
}

#[test]
fn links_go_where_files_are_missing_and_nothing_is_written_over() {
    let bt = Bt::new();
    tree(&bt);
    mv(&bt, "tree/a", "else/x");
    mv(&bt, "tree/z", "else/y");
    bt.write("tree/z", "mine");
    let out = bt.args(["verify", "tree.torrent", "--find", "else", "--link-into", "."]).run();
    assert_eq!(out.status, 1, "{out}");
    let files = &out.json()["files"];
    let placed: Vec<_> = (0..4).map(|at| files[at]["placed"].clone()).collect();
    assert_eq!(placed, ["hard link", "there", "there", "in the way"]);
    assert_eq!(bt.read("tree/z"), b"mine");
    fs::remove_file(bt.path("tree/z")).unwrap();
    let out = bt.args(["verify", "tree.torrent", "--find", "else", "--link-into", "."]).run();
    assert_eq!(out.status, 0, "{out}");
    assert_eq!(bt.args(["verify", "tree.torrent"]).run().status, 0);
}

#[test]
fn no_link_leads_the_tree_out_of_its_folder() {
    let bt = Bt::new();
    tree(&bt);
    fs::create_dir_all(bt.path("new/tree")).unwrap();
    fs::create_dir(bt.path("outside")).unwrap();
    std::os::unix::fs::symlink("../../outside", bt.path("new/tree/d")).unwrap();
    let out = bt.args(["verify", "tree.torrent", "--link-into", "new"]).run();
    out.fails(4, "bt verify: new/tree/d/b: Not a directory\n");
    assert_eq!(fs::read_dir(bt.path("outside")).unwrap().count(), 0);
}

#[test]
fn version_2_finds_each_file_by_its_own_hashes() {
    let bt = Bt::new();
    tree(&bt);
    let made = bt.args(["publish", "-qf", "--v2", "tree"]).run();
    assert_eq!(made.status, 0, "{made}");
    mv(&bt, "tree/a", "else/x");
    mv(&bt, "tree/z", "else/y");
    fs::remove_file(bt.path("tree/d/b")).unwrap();
    bt.write("else/b", bytes(8, 4096));
    let out = bt.args(["verify", "tree.torrent", "--find", "else"]).run();
    assert_eq!((out.status, states(&out)), (1, "a found\nd/b missing\nempty ok\nz found\n".into()));
}

#[test]
fn an_empty_file_that_is_nowhere_is_made() {
    let bt = Bt::new();
    tree(&bt);
    mv(&bt, "tree/a", "else/1");
    mv(&bt, "tree/d/b", "else/2");
    mv(&bt, "tree/z", "else/3");
    fs::remove_file(bt.path("tree/empty")).unwrap();
    let put = ["verify", "tree.torrent", "--find", "else", "--link-into", "new"];
    let out = bt.args(["verify", "tree.torrent", "--find", "else"]).run();
    assert_eq!(
        (out.status, states(&out)),
        (1, "a found\nd/b found\nempty missing\nz found\n".into())
    );
    for placed in ["made", "there"] {
        let out = bt.args(put).run();
        assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
        let empty = &out.json()["files"][2];
        assert_eq!((&empty["state"], &empty["placed"]), (&json!("found"), &json!(placed)));
        assert_eq!(empty["found"], "new/tree/empty");
    }
    let out = bt.args(["verify", "tree.torrent", "new"]).run();
    assert_eq!((out.status, states(&out)), (0, "a ok\nd/b ok\nempty ok\nz ok\n".into()));
    // What is not empty stays, and is in the way.
    bt.write("new/tree/empty", "something");
    let out = bt.args(put).run();
    assert_eq!((out.status, &out.json()["files"][2]["placed"]), (1, &json!("in the way")));
    assert_eq!(bt.read("new/tree/empty"), b"something");
}
