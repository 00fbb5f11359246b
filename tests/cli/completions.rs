//! The completions: committed as they are generated, and each loads in its shell.

use crate::harness::{Bt, have, project};
use crate::man::same;

const SHELLS: [&str; 5] = ["bash", "zsh", "fish", "elvish", "powershell"];

#[test]
fn what_is_committed_is_what_is_generated() {
    let bt = Bt::new();
    for shell in SHELLS {
        let folder = format!("completions/{shell}");
        let out = bt.args(["completions", shell, "--out", &folder]).run();
        assert_eq!(out.status, 0, "{out}");
        same(&project().join(&folder), &bt.path(&folder));
    }
    assert_eq!(bt.args(["completions", "bash"]).run().stdout, bt.read("completions/bash/bt"));
}

#[test]
fn bash_completes() {
    if !have("bash") {
        return;
    }
    let bt = Bt::new();
    bt.write("bt.bash", bt.args(["completions", "bash"]).run().stdout);
    let script = r#"
        set -eu
        . ./bt.bash
        COMP_WORDS=(bt pub); COMP_CWORD=1
        _bt bt pub bt
        echo "${COMPREPLY[@]}"
        COMP_WORDS=(bt --col); COMP_CWORD=1
        _bt bt --col bt
        echo "${COMPREPLY[@]}"
        for file in links/*; do . "$file"; complete -p "${file##*/}"; done
    "#;
    assert_eq!(bt.args(["completions", "bash", "--out", "links"]).run().status, 0);
    bt.write("test.bash", script);
    let out = bt.shell("bash test.bash").run();
    assert!(out.status == 0 && out.stderr.is_empty(), "{out}");
    assert!(out.text().starts_with("publish\n--color\n"), "{out}");
    assert!(out.text().contains(" bt-track\n"), "{out}");
}

#[test]
fn zsh_completes() {
    if !have("zsh") {
        return;
    }
    let bt = Bt::new();
    assert_eq!(bt.args(["completions", "zsh", "--out", "functions"]).run().status, 0);
    // Each is loaded by the completion system; the list of commands is asked from its function.
    let script = r#"
        set -e
        fpath=($PWD/functions $fpath)
        autoload -Uz compinit
        compinit -u -d $PWD/dump
        [[ $_comps[bt] = _bt && $_comps[bt-track] = _bt-track ]]
        for file in functions/*; do zsh -n $file; done
        autoload -Uz +X _bt
        _describe() { print -rl -- ${(P)4}; }
        source functions/_bt 2>/dev/null || true
        _bt_commands
    "#;
    bt.write("test.zsh", script);
    let out = bt.shell("zsh -f test.zsh").run();
    assert_eq!(out.status, 0, "{out}");
    assert!(out.text().contains("publish:"), "{out}");
}

#[test]
fn fish_completes() {
    if !have("fish") {
        return;
    }
    let bt = Bt::new();
    assert_eq!(bt.args(["completions", "fish", "--out", "links"]).run().status, 0);
    let script =
        "for file in links/*; source $file; end; complete -C 'bt '; complete -C 'bt-man --o'";
    bt.write("test.fish", script);
    let out = bt.shell("fish --no-config test.fish").run();
    assert_eq!(out.status, 0, "{out}");
    assert!(out.text().contains("publish\t"), "{out}");
    assert!(out.text().contains("--out"), "{out}");
}
