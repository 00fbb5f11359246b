//! One value of a JSON document by its path, as jq writes it: `.files[0].path`, `.trackers[][]`.

#![deny(clippy::indexing_slicing)]

use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// The way from a document to a value of it, or to several.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Field(Vec<Step>);

#[derive(Clone, PartialEq, Eq, Debug)]
enum Step {
    /// `.key`
    Key(String),
    /// `[3]`; `[-1]` is the last.
    Index(i64),
    /// `[]`
    Each,
}

/// A document has no such key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NoSuchKey {
    /// The key that was asked for.
    pub key: String,
    /// Those that there are.
    pub keys: Vec<String>,
}

impl Field {
    /// The key of the document that the way begins with.
    pub fn first(&self) -> Option<&str> {
        match self.0.first() {
            Some(Step::Key(key)) => Some(key),
            _ => None,
        }
    }

    /// The values that the way leads to in this document, in order, as JSON. What is not there is
    /// `null`; `[]` gives a value for each element, so none for an empty list.
    ///
    /// # Errors
    /// Where the document itself lacks the first key: that is a slip of the pen.
    pub fn values<'a>(&self, document: &'a RawValue) -> Result<Vec<&'a RawValue>, NoSuchKey> {
        let mut values = vec![document];
        for (at, step) in self.0.iter().enumerate() {
            values = match step {
                Step::Key(key) => {
                    let mut found = Vec::with_capacity(values.len());
                    for value in values {
                        let mut members = members(value);
                        match members.remove(key) {
                            None if at == 0 && !members.is_empty() => {
                                let keys = members.into_keys().collect();
                                return Err(NoSuchKey { key: key.clone(), keys });
                            }
                            member => found.push(member.unwrap_or(RawValue::NULL)),
                        }
                    }
                    found
                }
                Step::Index(index) => values
                    .into_iter()
                    .map(|list| element(&elements(list), *index).unwrap_or(RawValue::NULL))
                    .collect(),
                Step::Each => values.into_iter().flat_map(elements).collect(),
            };
        }
        Ok(values)
    }
}

/// What an object holds; nothing, where it is none.
fn members(value: &RawValue) -> BTreeMap<String, &RawValue> {
    serde_json::from_str(value.get()).unwrap_or_default()
}

/// What an array holds; nothing, where it is none.
fn elements(value: &RawValue) -> Vec<&RawValue> {
    serde_json::from_str(value.get()).unwrap_or_default()
}

fn element<'a>(list: &[&'a RawValue], index: i64) -> Option<&'a RawValue> {
    let at = usize::try_from(index.unsigned_abs()).ok()?;
    let at = if index < 0 { list.len().checked_sub(at)? } else { at };
    list.get(at).copied()
}

impl FromStr for Field {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut steps = Vec::new();
        let mut rest = text.strip_prefix('.').unwrap_or(text);
        // `.` alone is the document; a path begins with or without its dot.
        let mut key_may_come = true;
        while !rest.is_empty() {
            if let Some(inside) = rest.strip_prefix('[') {
                let (index, after) = inside.split_once(']').ok_or("a [ without its ]")?;
                steps.push(match index {
                    "" => Step::Each,
                    number => Step::Index(
                        number.parse().map_err(|_| format!("[{number}]: a number is wanted"))?,
                    ),
                });
                rest = after;
            } else if key_may_come {
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
                let (key, after) =
                    rest.split_at_checked(end.unwrap_or(rest.len())).unwrap_or((rest, ""));
                if key.is_empty() {
                    return Err(format!("{rest:?} where a key is wanted, as in .info_hash.v1"));
                }
                steps.push(Step::Key(key.to_owned()));
                rest = after;
            } else {
                return Err(format!("{rest:?} where a dot is wanted"));
            }
            key_may_come = false;
            if let Some(after) = rest.strip_prefix('.') {
                if after.is_empty() {
                    return Err("nothing follows the last dot".into());
                }
                (rest, key_may_come) = (after, true);
            }
        }
        match steps.is_empty() && text != "." {
            true => Err("nothing is named; . is the whole document".into()),
            false => Ok(Self(steps)),
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !matches!(self.0.first(), Some(Step::Key(_))) {
            f.write_str(".")?;
        }
        self.0.iter().try_for_each(|step| match step {
            Step::Key(key) => write!(f, ".{key}"),
            Step::Index(index) => write!(f, "[{index}]"),
            Step::Each => f.write_str("[]"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DOCUMENT: &str = r#"{"name":"n","hash":{"v1":"a","v2":null},"files":[{"l":1},{"l":2,"a":"x"}],"none":[],"deep":[["p","q"],["r"]]}"#;

    fn values(path: &str) -> Result<String, String> {
        let document: &RawValue = serde_json::from_str(DOCUMENT).unwrap();
        let values = path.parse::<Field>()?.values(document).map_err(|no| no.key)?;
        Ok(values.iter().map(|value| value.get()).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn a_path_leads_to_its_values() {
        for (path, expected) in [
            (".", DOCUMENT),
            (".name", r#""n""#),
            ("name", r#""n""#),
            (".hash.v1", r#""a""#),
            (".hash.v2", "null"),
            (".hash.v3", "null"),
            (".files[1]", r#"{"l":2,"a":"x"}"#),
            (".files[-1].l", "2"),
            (".files.[0].l", "1"),
            (".files[2].l", "null"),
            (".files[-3].l", "null"),
            (".files[].a", r#"null "x""#),
            (".none[]", ""),
            (".deep[][]", r#""p" "q" "r""#),
            (".deep[][0]", r#""p" "r""#),
            (".name[]", ""),
            (".name.x[0]", "null"),
        ] {
            assert_eq!(values(path).as_deref(), Ok(expected), "{path}");
        }
        assert_eq!(values(".nam"), Err("nam".into()));
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for path in [
            "",
            "..",
            ".a.",
            ".a..b",
            "a b",
            ".a[",
            ".a[x]",
            ".a[0]b",
            ".a[99999999999999999999]",
            ".ä",
        ] {
            assert!(path.parse::<Field>().is_err(), "{path}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_path_or_is_not(text in ".*") {
            if let Ok(field) = text.parse::<Field>() {
                prop_assert_eq!(field.to_string().parse::<Field>(), Ok(field));
            }
        }

        #[test]
        fn paths_survive_being_shown(text in r"\.?([a-z_]{1,3}|\[(-?[0-9]{0,3})?\])(\.[a-z0-9]{1,3}|\[[0-9]{0,3}\]|\.\[\]){0,5}") {
            prop_assume!(!text.contains("[-]"));
            let field: Field = text.parse().unwrap();
            prop_assert_eq!(field.to_string().parse::<Field>(), Ok(field.clone()));
            let document: &RawValue = serde_json::from_str(DOCUMENT).unwrap();
            if let Ok(values) = field.values(document) {
                for value in values {
                    prop_assert!(serde_json::from_str::<serde_json::Value>(value.get()).is_ok());
                }
            }
        }
    }
}
