//! A command line that makes no sense, told in one line as all failures are.

use super::Failure;

/// The parser's complaint as a failure; `name` is the command that help is about.
pub fn failure(error: &clap::Error, name: &str) -> Failure {
    shortened(&error.render().to_string(), name)
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
    Failure::usage(message).hint(tip.unwrap_or_else(|| format!("{name} --help tells more")))
}

#[cfg(test)]
mod tests {
    use super::*;

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
