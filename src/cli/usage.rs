//! A command line that makes no sense, told in one line as all failures are.

use super::Failure;
use crate::torrent::announce_url;
use clap::error::ContextValue;
use std::ffi::OsString;

/// Has each flag that takes a value take `-1` for one, so that its own words say why it cannot be.
pub fn with_negative_values(command: clap::Command) -> clap::Command {
    let taking = |arg: clap::Arg| match arg.get_action().takes_values() && !arg.is_positional() {
        true => arg.allow_negative_numbers(true),
        false => arg,
    };
    command.mut_args(taking).mut_subcommands(with_negative_values)
}

/// Joins what begins like a negative number and is more, as `-5m` or `-1/s`, to the long flag in front
/// of it that takes a value: apart, the parser would take it for flags. The words up to the command's name,
/// which stands `at` there, stay as they are.
pub fn joined(
    words: Vec<OsString>,
    at: Option<usize>,
    definition: &clap::Command,
) -> Vec<OsString> {
    let Some(at) = at else { return words };
    let mut out: Vec<OsString> = Vec::with_capacity(words.len());
    let mut words = words.into_iter();
    out.extend(words.by_ref().take(at.saturating_add(1)));
    while let Some(word) = words.next() {
        let flag = word.to_str().and_then(|word| word.strip_prefix("--"));
        let ends = flag == Some("");
        let takes = flag.is_some_and(|flag| takes_value(definition, flag));
        out.push(word);
        if ends {
            break;
        }
        if !takes {
            continue;
        }
        // A value, whatever it looks like.
        let Some(value) = words.next() else { break };
        match out.last_mut().filter(|_| value.to_str().is_some_and(is_negative)) {
            Some(flag) => {
                flag.push("=");
                flag.push(value);
            }
            None => out.push(value),
        }
    }
    out.extend(words);
    out
}

/// Whether it begins as a negative number does.
fn is_negative(text: &str) -> bool {
    text.strip_prefix('-').is_some_and(|rest| rest.starts_with(|it: char| it.is_ascii_digit()))
}

/// Whether a flag of this name takes a value, in this command or one of its own.
fn takes_value(command: &clap::Command, long: &str) -> bool {
    let named = |arg: &&clap::Arg| {
        let mut others = arg.get_all_aliases().unwrap_or_default().into_iter();
        arg.get_long() == Some(long) || others.any(|other| other == long)
    };
    let arg = command.get_arguments().find(named);
    arg.is_some_and(|arg| {
        let needs = arg.get_num_args().is_none_or(|many| many.min_values() > 0);
        needs && arg.get_action().takes_values()
    }) || command.get_subcommands().any(|inner| takes_value(inner, long))
}

/// The parser's complaint as a failure; `name` is the command that help is about.
pub fn failure(error: &clap::Error, name: &str) -> Failure {
    let mut text = error.render().to_string();
    for (_, value) in error.context() {
        let values = match value {
            ContextValue::String(value) => std::slice::from_ref(value),
            ContextValue::Strings(values) => values,
            _ => continue,
        };
        for url in values.iter().filter(|value| value.contains("://")) {
            text = text.replace(url, &announce_url::masked_tier(url));
        }
    }
    shortened(&text, name)
}

/// The parser writes a paragraph, then tips, then the usage.
fn shortened(text: &str, name: &str) -> Failure {
    let mut message = String::new();
    let mut tip = None;
    for line in text.lines().map(str::trim) {
        let line = line.strip_prefix("error: ").unwrap_or(line);
        if line.starts_with("Usage:") || line.starts_with("For more information") {
            break;
        }
        if let Some(text) = line.strip_prefix("tip: ") {
            tip.get_or_insert_with(|| text.to_owned());
        } else if !line.is_empty() && tip.is_none() {
            if !message.is_empty() {
                message.push(' ');
            }
            message.push_str(line);
        }
    }
    Failure::usage(in_words(message))
        .hint(tip.unwrap_or_else(|| format!("{name} --help tells more")))
}

/// What the language says of numbers, as people do.
fn in_words(message: String) -> String {
    const WORDS: [(&str, &str); 3] = [
        ("invalid digit found in string", "a whole number is wanted, 0 or more"),
        ("cannot parse integer from empty string", "a whole number is wanted, 0 or more"),
        ("number too large to fit in target type", "too large a number"),
    ];
    for (theirs, ours) in WORDS {
        if let Some(before) = message.strip_suffix(theirs) {
            return format!("{before}{ours}");
        }
    }
    // "-1 is not in 0..=65535"
    if let Some((before, range)) = message.rsplit_once(" is not in ")
        && let Some((least, most)) = range.split_once("..")
        && let Some((said, _)) = before.rsplit_once(": ")
    {
        let most = most.strip_prefix('=').unwrap_or(most);
        return format!("{said}: a number from {least} to {most} is wanted");
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_are_none_are_told_in_words() {
        for (theirs, ours) in [
            (
                "for '-n': invalid digit found in string",
                "for '-n': a whole number is wanted, 0 or more",
            ),
            ("for '-n': number too large to fit in target type", "for '-n': too large a number"),
            ("for '-n': -1 is not in 0..=50", "for '-n': a number from 0 to 50 is wanted"),
            ("a is not in b", "a is not in b"),
        ] {
            assert_eq!(shortened(&format!("error: {theirs}\n"), "bt x").message, ours);
        }
    }

    #[test]
    fn a_negative_number_with_a_unit_is_a_value() {
        use clap::{Arg, ArgAction, Command};
        let mut command =
            Command::new("x").arg(Arg::new("quiet").long("quiet").action(ArgAction::SetTrue));
        command = command.arg(Arg::new("color").long("color").num_args(0..=1));
        let inner = Command::new("y").arg(Arg::new("pause").long("pause"));
        let command =
            command.subcommand(inner.arg(Arg::new("zero").short('0').action(ArgAction::SetTrue)));
        for (words, wanted) in [
            ("x y --pause -5m", "x y --pause=-5m"),
            ("x y --pause -1/s -0", "x y --pause=-1/s -0"),
            ("x y --pause=5m -0", "x y --pause=5m -0"),
            ("x y --pause --pause -0", "x y --pause --pause -0"),
            ("x y --pause -m", "x y --pause -m"),
            ("x y --quiet -0 --color -0", "x y --quiet -0 --color -0"),
            ("x y -- --pause -5m", "x y -- --pause -5m"),
            ("x y --pause", "x y --pause"),
        ] {
            let words = words.split(' ').map(OsString::from).collect();
            let joined: Vec<_> = joined(words, Some(1), &command)
                .into_iter()
                .map(|word| word.into_string().unwrap())
                .collect();
            assert_eq!(joined.join(" "), wanted);
        }
    }

    #[test]
    fn no_key_of_a_url_is_shown() {
        let refuse = |_: &str| Err::<String, _>("no tracker");
        let tracker = clap::Arg::new("tracker").short('t').value_parser(refuse);
        let command = with_negative_values(clap::Command::new("x").arg(tracker));
        for args in [
            ["x", "-t", "ftp://h/announce?passkey=hushhush"].as_slice(),
            &["x", "-tftp://me:hushhush@h,http://h?k=1,hushhush"],
            &["x", "http://h/announce?passkey=hushhush"],
            &["x", "--key=http://h/announce?passkey=hushhush"],
        ] {
            let error = command.clone().try_get_matches_from(args).unwrap_err();
            let message = failure(&error, "x").message;
            assert!(!message.contains("hushhush"), "{message}");
        }
        let error = command.try_get_matches_from(["x", "-t", "ftp://h/?passkey=1"]).unwrap_err();
        let wanted = "invalid value 'ftp://h/?passkey=\u{2026}' for '-t <tracker>': no tracker";
        assert_eq!(failure(&error, "x").message, wanted);
    }

    #[test]
    fn a_paragraph_becomes_a_line() {
        let missing = "error: the following required arguments were not provided:\n  <A>\n  <B>\n\nUsage: bt x <A> <B>\n\nFor more information, try '--help'.\n";
        assert_eq!(
            shortened(missing, "bt x"),
            Failure::usage("the following required arguments were not provided: <A> <B>")
                .hint("bt x --help tells more")
        );
        let wrong = "error: unexpected argument '--colour' found\n\n  tip: a similar argument exists: '--color'\n\nUsage: bt\n";
        assert_eq!(
            shortened(wrong, "bt"),
            Failure::usage("unexpected argument '--colour' found")
                .hint("a similar argument exists: '--color'")
        );
    }
}
