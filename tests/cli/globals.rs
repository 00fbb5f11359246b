//! What holds for every command.

use crate::harness::Bt;

#[test]
fn version_and_help_stand_alone() {
    let bt = Bt::new();
    let version = bt.args(["--version"]).run();
    assert_eq!(version.status, 0, "{version}");
    assert_eq!(version.text(), concat!("bt ", env!("CARGO_PKG_VERSION"), "\n"));
    let help = bt.args(["--help"]).on_terminal();
    assert!(help.status == 0 && help.text().contains("publish"), "{help}");
    let help = bt.args(["help", "publish"]).run();
    assert!(help.status == 0 && help.text().contains("Usage: bt publish"), "{help}");
}

#[test]
fn help_in_front_of_a_command_is_that_of_all() {
    let bt = Bt::new();
    let all = bt.args(["--help"]).run().text();
    for words in [&["--help", "decode"][..], &["-q", "--help", "decode"]] {
        assert_eq!(bt.args(words).run().text(), all);
    }
    let short = bt.args(["-h"]).run().text();
    assert!(short.contains("publish"));
    assert_eq!(bt.args(["-h", "decode"]).run().text(), short);
    assert_ne!(bt.args(["decode", "-h"]).run().text(), short);
}

#[test]
fn nothing_to_do_shows_the_help() {
    let out = Bt::new().args([""; 0]).run();
    assert_eq!(out.status, 2, "{out}");
    assert!(out.stdout.is_empty() && out.stderr.contains("Usage: bt"), "{out}");
}

#[test]
fn the_list_is_what_help_knows() {
    let bt = Bt::new();
    let list = bt.args(["--list"]).run();
    assert_eq!(list.status, 0, "{list}");
    for name in ["decode", "encode", "fetch", "inspect", "man", "open", "publish", "seed", "track"]
    {
        assert!(list.text().lines().any(|line| line == name), "{name}: {list}");
    }
    for name in list.text().lines() {
        let help = bt.args([name, "--help"]).run();
        assert!(help.status == 0 && help.stderr.is_empty(), "{help}");
        let link = bt.called(&format!("bt-{name}")).arg("--help").run();
        assert_eq!(link.text(), help.text());
    }
}

#[test]
fn a_wrong_word_is_told_in_one_line_and_a_hint() {
    let bt = Bt::new();
    bt.args(["publsh"]).run().fails(
        2,
        "bt: unrecognized subcommand 'publsh'\nhint: a similar subcommand exists: 'publish'\n",
    );
    bt.args(["man", "--colour", "x"]).run().fails(
        2,
        "bt man: unexpected argument '--colour' found\nhint: a similar argument exists: '--color'\n",
    );
    bt.args(["man", "--color", "x"]).run().fails(
        2,
        "bt man: invalid value 'x' for '--color <WHEN>' [possible values: auto, always, never]\n\
         hint: bt man --help tells more\n",
    );
}

#[test]
fn flags_of_every_command_stand_on_either_side() {
    let bt = Bt::new();
    for line in [["--quiet", "man", "track"], ["man", "--quiet", "track"], ["man", "track", "-q"]] {
        let out = bt.args(line).run();
        assert!(out.status == 0 && out.text().contains(".SH SYNOPSIS"), "{out}");
    }
    let out = bt.args(["-q", "man", "-v"]).run();
    assert_eq!(out.status, 2, "{out}");
}

#[test]
fn the_environment_stands_behind_the_flag_and_before_the_file() {
    let bt = Bt::new();
    bt.write(".home/.config/bt/config.toml", "color = 'file'\n");
    let value = |out: crate::harness::Output| {
        assert_eq!(out.status, 2, "{out}");
        out.stderr.split('\'').nth(1).unwrap().to_owned()
    };
    let call = || bt.args(["decode"]);
    assert_eq!(value(call().env("BT_COLOR", "variable").args(["--color", "flag"]).run()), "flag");
    let by_variable = call().env("BT_COLOR", "variable").run();
    assert!(by_variable.stderr.ends_with("hint: --color comes from BT_COLOR\n"), "{by_variable}");
    assert_eq!(value(by_variable), "variable");
    let by_file = call().run();
    assert!(by_file.stderr.ends_with("bt/config.toml\n"), "{by_file}");
    assert_eq!(value(by_file), "file");
}

#[test]
fn a_profile_is_chosen_by_name() {
    let bt = Bt::new();
    let file = bt.write(".home/.config/bt/config.toml", "[profile.work]\ncolor = 'work'\n");
    let out = bt.args(["decode", "--profile", "work"]).run();
    assert!(out.stderr.contains("'work'"), "{out}");
    bt.args(["decode", "--profile", "home"])
        .run()
        .fails(2, &format!("bt decode: profile home: {} has none of that name\n", file.display()));
}

#[test]
fn a_profile_that_is_not_chosen_stops_nobody() {
    let bt = Bt::new();
    let text = "[profile.new.publish]\nfuture = 1\n[profile.good.publish]\nprivate = true\n";
    let file = bt.write(".home/.config/bt/config.toml", text);
    for args in [&["encode"][..], &["encode", "--profile", "good"]] {
        let out = bt.args(args).stdin("1").run();
        assert_eq!((out.status, out.stdout.as_slice(), out.stderr.as_str()), (0, &b"i1e"[..], ""));
    }
    let chosen = format!(
        "bt encode: {}: profile.new.publish.future: no flag takes this\n\
         hint: the keys are the long flags of the command that their table names\n",
        file.display()
    );
    bt.args(["encode", "--profile", "new"]).stdin("1").run().fails(3, &chosen);
    bt.args(["encode"]).env("BT_PROFILE", "new").stdin("1").run().fails(3, &chosen);
}

#[test]
fn a_garbled_configuration_is_named_and_help_still_works() {
    let bt = Bt::new();
    let file = bt.write(".home/.config/bt/config.toml", "[publish]\nfoo = 1\n");
    bt.args(["decode"]).run().fails(
        3,
        &format!(
            "bt decode: {}: publish.foo: no flag takes this\n\
             hint: the keys are the long flags of the command that their table names\n",
            file.display()
        ),
    );
    assert_eq!(bt.args(["decode", "--help"]).run().status, 0);
    assert_eq!(bt.args(["man", "decode"]).run().status, 0);
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let bt = Bt::new();
    for line in [&["man", "fetch"][..], &["--help"], &["--list"], &["completions", "bash"]] {
        let out = bt.args(line).into_closed_pipe();
        assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{line:?}");
    }
}

#[test]
fn help_has_colours_only_where_wanted() {
    let bt = Bt::new();
    let coloured = |out: crate::harness::Output| out.text().contains("\x1b[");
    assert!(coloured(bt.args(["--help"]).on_terminal()));
    assert!(!coloured(bt.args(["--help"]).run()));
    assert!(coloured(bt.args(["--color", "always", "--help"]).run()));
    assert!(!coloured(bt.args(["--color", "never", "--help"]).on_terminal()));
    assert!(!coloured(bt.args(["--help"]).env("NO_COLOR", "1").on_terminal()));
    assert!(!coloured(bt.args(["--help"]).env("TERM", "dumb").on_terminal()));
}

#[test]
fn historical_names_take_historical_options() {
    let bt = Bt::new();
    let out = bt.called("btdownloadheadless.py").args(["--max_rate", "1"]).run();
    out.fails(2, "bt: --max_rate: may be --max-rate-recalculate-interval or --max-rate-period\n");
    let out = bt.called("bttrack").args(["--nonsense=1"]).run();
    assert!(out.status == 2 && out.stderr.starts_with("bt track: "), "{out}");
    assert!(out.stderr.contains("--nonsense"), "{out}");
}

#[test]
fn what_is_said_of_a_name_does_not_steer_the_terminal() {
    let out = Bt::new().args(["decode", "a\x1b]0;x\x07\n\u{9b}\u{202e}b"]).run();
    out.fails(
        4,
        "bt decode: a\\u{1b}]0;x\\u{7}\\u{a}\\u{9b}\\u{202e}b: No such file or directory\n",
    );
}
