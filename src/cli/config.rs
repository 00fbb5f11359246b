//! The configuration file: the long flags of a command as keys of its table.
//!
//! ```toml
//! color = "never"                      # the flags of every command
//! [publish]
//! tracker = ["http://my.tracker/announce"]
//! [profile.work.publish]               # with --profile work
//! private = true
//! ```
//!
//! What counts is checked whenever the file is read: a key that no flag has is an error, so that a
//! slip of the pen does not go unseen. A profile is checked where it is chosen: one that was written
//! for another version stops nobody else.

use super::Failure;
use clap::{Arg, Command};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// A file that was read and checked.
#[derive(Debug)]
pub struct Config {
    path: PathBuf,
    root: Table,
    /// What is wrong with profiles, by their names.
    bad: BTreeMap<String, Failure>,
}

impl Config {
    /// Reads and checks the file against the flags that there are.
    pub fn read(path: PathBuf, definition: &Command) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::InvalidData => {
                Failure::input(format_args!("{}: not UTF-8", path.display()))
            }
            _ => Failure::local(&path, &error),
        })?;
        Self::parse(path, &text, definition)
    }

    fn parse(path: PathBuf, text: &str, definition: &Command) -> Result<Self, Failure> {
        let root: Table = toml::from_str(text).map_err(|error| {
            let line = error.span().and_then(|span| text.get(..span.start));
            let line = line.map_or(1, |before| before.matches('\n').count() + 1);
            let message = error.message().lines().next().unwrap_or("not TOML").to_owned();
            Failure::input(format_args!("{}:{line}: {message}", path.display()))
        })?;
        let mut config = Self { path, root, bad: BTreeMap::new() };
        let mut plain = config.root.clone();
        if let Some(profiles) = plain.remove("profile") {
            let Value::Table(profiles) = profiles else { return Err(config.bad("profile")) };
            for (name, profile) in profiles {
                let key = format!("profile.{name}");
                let checked = match &profile {
                    Value::Table(flags) => config.check(flags, definition, &format!("{key}.")),
                    _ => Err(config.bad(&key)),
                };
                if let Err(failure) = checked {
                    config.bad.insert(name, failure);
                }
            }
        }
        config.check(&plain, definition, "")?;
        Ok(config)
    }

    /// The file, as messages name it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the file says of a flag, the profile first; `command` is none for the flags of every
    /// command. Several values are several uses of the flag.
    pub fn values(
        &self,
        profile: Option<&str>,
        command: Option<&str>,
        flag: &str,
    ) -> Option<Vec<String>> {
        let within = |table: &Table| match command {
            Some(command) => table.get(command)?.as_table()?.get(flag).cloned(),
            None => table.get(flag).cloned(),
        };
        let profile = profile.and_then(|name| self.profiles()?.get(name)?.as_table());
        let value = profile.and_then(within).or_else(|| within(&self.root))?;
        match value {
            Value::Array(values) => values.iter().map(word).collect(),
            value => Some(vec![word(&value)?]),
        }
    }

    /// Makes sure that there is a profile of this name, and that flags take what it says.
    pub fn check_profile(&self, name: &str) -> Result<(), Failure> {
        match self.bad.get(name) {
            Some(failure) => Err(failure.clone()),
            None if self.profiles().is_some_and(|profiles| profiles.contains_key(name)) => Ok(()),
            None => {
                let path = self.path.display();
                Err(Failure::usage(format_args!("profile {name}: {path} has none of that name")))
            }
        }
    }

    fn profiles(&self) -> Option<&Table> {
        self.root.get("profile")?.as_table()
    }

    fn check(&self, table: &Table, definition: &Command, at: &str) -> Result<(), Failure> {
        for (key, value) in table {
            let full = format!("{at}{key}");
            let fits = match (value, definition.find_subcommand(key)) {
                (Value::Table(flags), Some(command)) => {
                    self.check(flags, command, &format!("{full}."))?;
                    true
                }
                (Value::Table(_), None) => false,
                (value, _) => {
                    let Some(arg) = flag(definition, key) else { return Err(self.bad(&full)) };
                    fits(arg, value)
                }
            };
            if !fits {
                return Err(self.bad(&full));
            }
        }
        Ok(())
    }

    fn bad(&self, key: &str) -> Failure {
        Failure::input(format_args!("{}: {key}: no flag takes this", self.path.display()))
            .hint("the keys are the long flags of the command that their table names")
    }
}

/// The flag of this name that configuration may set.
pub fn flag<'a>(command: &'a Command, name: &str) -> Option<&'a Arg> {
    settable(command).find(|arg| arg.get_long() == Some(name))
}

/// The flags that configuration and the environment may set.
pub fn settable(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_arguments().filter(|arg| {
        let name = arg.get_long().unwrap_or("help");
        !matches!(name, "help" | "version" | "profile" | "list")
    })
}

fn fits(arg: &Arg, value: &Value) -> bool {
    use clap::ArgAction::{Append, Count, Set, SetTrue};
    match (arg.get_action(), value) {
        (SetTrue, Value::Boolean(_)) => true,
        (Count, Value::Integer(count)) => (0..=9).contains(count),
        (Append, Value::Array(values)) => values.iter().all(|value| word(value).is_some()),
        (Append | Set, value) => !value.is_bool() && word(value).is_some(),
        _ => false,
    }
}

fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Boolean(yes) => Some(yes.to_string()),
        Value::Datetime(time) => Some(time.to_string()),
        Value::Array(_) | Value::Table(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ArgAction;

    fn parse(text: &str) -> Result<Config, String> {
        let definition =
            Command::new("bt").arg(Arg::new("color").long("color").global(true)).subcommand(
                Command::new("publish")
                    .arg(Arg::new("tracker").long("tracker").action(ArgAction::Append))
                    .arg(Arg::new("private").long("private").action(ArgAction::SetTrue)),
            );
        Config::parse("c.toml".into(), text, &definition).map_err(|failure| failure.message)
    }

    #[test]
    fn a_profile_stands_before_the_rest() {
        let config = parse(
            "color='never'\n[publish]\ntracker='a'\nprivate=true\n[profile.work.publish]\ntracker=['b','c']",
        )
        .unwrap();
        let tracker = |profile| config.values(profile, Some("publish"), "tracker").unwrap();
        assert_eq!(tracker(None), ["a"]);
        assert_eq!(tracker(Some("work")), ["b", "c"]);
        assert_eq!(config.values(Some("work"), Some("publish"), "private").unwrap(), ["true"]);
        assert_eq!(config.values(None, None, "color").unwrap(), ["never"]);
        assert_eq!(config.check_profile("work"), Ok(()));
        let missing = config.check_profile("home").unwrap_err().message;
        assert_eq!(missing, "profile home: c.toml has none of that name");
    }

    #[test]
    fn what_no_flag_takes_is_named() {
        for (text, message) in [
            ("colour='x'", "c.toml: colour: no flag takes this"),
            ("[publish]\ntrackr='x'", "c.toml: publish.trackr: no flag takes this"),
            ("[publsh]\n", "c.toml: publsh: no flag takes this"),
            ("[publish]\nprivate='yes'", "c.toml: publish.private: no flag takes this"),
            ("profile=1", "c.toml: profile: no flag takes this"),
        ] {
            assert_eq!(parse(text).unwrap_err(), message, "{text}");
        }
        // A profile matters where it is chosen.
        for (text, key) in [
            ("[profile.b]\n[profile.a.publish]\nx=1", "profile.a.publish.x"),
            ("[profile.b]\n[profile.a]\nfetch={}", "profile.a.fetch"),
            ("[profile]\nb={}\na=1", "profile.a"),
        ] {
            let config = parse(text).unwrap();
            assert_eq!(config.check_profile("b"), Ok(()), "{text}");
            let message = config.check_profile("a").unwrap_err().message;
            assert_eq!(message, format!("c.toml: {key}: no flag takes this"), "{text}");
        }
        assert!(parse("\n\nx = ").unwrap_err().starts_with("c.toml:3: "));
    }
}
