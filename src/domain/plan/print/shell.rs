//! What `az` makes of the words of a command. Whatever is printed as commands goes through here.

pub use crate::azure::shell::{flag_words, line, quote};

/// Whether `az` takes a word as it stands: one that begins with `@`, alone or behind an equals sign, it reads from a file.
#[must_use]
pub fn is_plain(word: &str) -> bool {
    !word.starts_with('@') && !word.contains("=@")
}

/// A tag as `az` takes it, `name=value`; none where it would be read as something else: a name with an equals sign or
/// a leading hyphen, a value that is taken for a file.
#[must_use]
pub fn tag(name: &str, value: &str) -> Option<String> {
    let pair = format!("{name}={value}");
    (!name.contains('=') && !pair.starts_with('-') && is_plain(&pair)).then_some(pair)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_that_az_would_read_otherwise_has_no_word() {
        assert_eq!(tag("owner", "ml team").as_deref(), Some("owner=ml team"));
        assert_eq!(tag("owner", "-x").as_deref(), Some("owner=-x"));
        for (name, value) in [("owner", "@team"), ("@owner", "x"), ("-x", "y"), ("a=b", "c"), ("a", "b=@c")] {
            assert_eq!(tag(name, value), None, "{name} {value}");
        }
    }
}
