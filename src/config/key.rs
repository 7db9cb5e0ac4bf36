//! Keys as the console knows them, and how they are written in the settings file and in `--keys`.

use std::fmt;
use std::str::FromStr;

/// A key without its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyCode {
    /// A printable character, with Shift already applied.
    Char(char),
    /// Enter or Return.
    Enter,
    /// Escape.
    Esc,
    /// Tab.
    Tab,
    /// Shift and Tab.
    BackTab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// Home.
    Home,
    /// End.
    End,
    /// F1 to F12.
    F(u8),
}

/// A key press.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Which key.
    pub code: KeyCode,
    /// Whether Ctrl was held.
    pub ctrl: bool,
    /// Whether Alt was held.
    pub alt: bool,
}

impl Key {
    /// A key without modifiers.
    #[must_use]
    pub const fn plain(code: KeyCode) -> Self {
        Self { code, ctrl: false, alt: false }
    }

    /// A printable character.
    #[must_use]
    pub const fn char(c: char) -> Self {
        Self::plain(KeyCode::Char(c))
    }

    /// The character this key types into a text field, if it types one.
    #[must_use]
    pub fn typed(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if !self.ctrl && !self.alt => Some(c),
            _ => None,
        }
    }

    /// As it is shown to a person whose terminal or screen reader has no signs: `Enter`, `Up`.
    #[must_use]
    pub fn in_ascii(self) -> String {
        let sign = match self.code {
            KeyCode::Enter => "Enter",
            KeyCode::Up => "Up",
            KeyCode::Down => "Down",
            KeyCode::Left => "Left",
            KeyCode::Right => "Right",
            _ => return self.to_string(),
        };
        let (ctrl, alt) = (if self.ctrl { "^" } else { "" }, if self.alt { "A-" } else { "" });
        format!("{ctrl}{alt}{sign}")
    }
}

/// Why a text names no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' is no key: write a character, or one of enter, esc, tab, s-tab, space, bs, del, up, down, left, right, pgup, pgdn, home, end, f1 to f12, with c- for Ctrl and a- for Alt"
)]
pub struct NotAKey(String);

const NAMES: &[(&str, KeyCode)] = &[
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("s-tab", KeyCode::BackTab),
    ("bs", KeyCode::Backspace),
    ("del", KeyCode::Delete),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("pgup", KeyCode::PageUp),
    ("pgdn", KeyCode::PageDown),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("space", KeyCode::Char(' ')),
    ("lt", KeyCode::Char('<')),
];

impl FromStr for Key {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let mut rest = text;
        let (mut ctrl, mut alt) = (false, false);
        loop {
            let lower = rest.get(..2).map(str::to_ascii_lowercase);
            match lower.as_deref() {
                Some("c-") if rest.len() > 2 => ctrl = true,
                Some("a-") if rest.len() > 2 => alt = true,
                _ => break,
            }
            rest = &rest[2..];
        }
        let named = NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(rest)).map(|(_, code)| *code);
        let mut chars = rest.chars();
        let code = match (named, chars.next(), chars.next()) {
            (Some(code), ..) => code,
            (None, Some(c), None) if !c.is_control() => KeyCode::Char(c),
            (None, Some('f' | 'F'), Some(_)) => match rest[1..].parse::<u8>() {
                Ok(n @ 1..=12) => KeyCode::F(n),
                _ => return Err(NotAKey(text.to_owned())),
            },
            _ => return Err(NotAKey(text.to_owned())),
        };
        let code = match code {
            KeyCode::Char(c) if ctrl => KeyCode::Char(c.to_ascii_lowercase()),
            other => other,
        };
        Ok(Self { code, ctrl, alt })
    }
}

impl fmt::Display for Key {
    /// As it is shown to a person: `⏎`, `Esc`, `^d`, `A-x`, `/`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ctrl {
            f.write_str("^")?;
        }
        if self.alt {
            f.write_str("A-")?;
        }
        match self.code {
            KeyCode::Char(' ') => f.write_str("Space"),
            KeyCode::Char(c) => write!(f, "{c}"),
            KeyCode::Enter => f.write_str("⏎"),
            KeyCode::Esc => f.write_str("Esc"),
            KeyCode::Tab => f.write_str("Tab"),
            KeyCode::BackTab => f.write_str("S-Tab"),
            KeyCode::Backspace => f.write_str("Bs"),
            KeyCode::Delete => f.write_str("Del"),
            KeyCode::Up => f.write_str("↑"),
            KeyCode::Down => f.write_str("↓"),
            KeyCode::Left => f.write_str("←"),
            KeyCode::Right => f.write_str("→"),
            KeyCode::PageUp => f.write_str("PgUp"),
            KeyCode::PageDown => f.write_str("PgDn"),
            KeyCode::Home => f.write_str("Home"),
            KeyCode::End => f.write_str("End"),
            KeyCode::F(n) => write!(f, "F{n}"),
        }
    }
}

/// Reads what `--keys` was given: characters press themselves, names stand between `<` and `>`.
///
/// # Errors
/// When a name between brackets is no key, or a bracket is not closed.
pub fn parse_script(script: &str) -> Result<Vec<Key>, NotAKey> {
    let mut keys = Vec::new();
    let mut rest = script;
    while let Some(c) = rest.chars().next() {
        if c == '<' {
            let end = rest.find('>').ok_or_else(|| NotAKey(rest.to_owned()))?;
            keys.push(rest[1..end].parse()?);
            rest = &rest[end + 1..];
        } else {
            keys.push(Key::char(c));
            rest = &rest[c.len_utf8()..];
        }
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_characters_names_and_modifiers() {
        for (text, key) in [
            ("j", Key::char('j')),
            ("G", Key::char('G')),
            ("enter", Key::plain(KeyCode::Enter)),
            ("S-Tab", Key::plain(KeyCode::BackTab)),
            ("c-D", Key { code: KeyCode::Char('d'), ctrl: true, alt: false }),
            ("a-x", Key { code: KeyCode::Char('x'), ctrl: false, alt: true }),
            ("f12", Key::plain(KeyCode::F(12))),
            ("-", Key::char('-')),
            ("c", Key::char('c')),
            ("space", Key::char(' ')),
        ] {
            assert_eq!(text.parse::<Key>(), Ok(key), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_key_with_the_text() {
        for text in ["", "enterr", "f13", "c-", "ctrl-x", "f\u{e9}"] {
            assert!(text.parse::<Key>().unwrap_err().to_string().contains(text), "{text}");
        }
    }

    #[test]
    fn a_script_types_characters_and_presses_names() {
        let keys = parse_script("/ab<enter><lt>é").unwrap();
        assert_eq!(keys.len(), 6);
        assert_eq!(keys[3], Key::plain(KeyCode::Enter));
        assert_eq!(keys[4], Key::char('<'));
        assert!(parse_script("a<ent").is_err());
    }
}
