//! Colours by meaning. A theme is a file in `assets/themes`: roles, not places on the screen.
//!
//! Colour never carries a meaning alone: every state has a sign or a word beside it, so the `mono`
//! theme, which `NO_COLOR` chooses, loses nothing.

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

/// The styles of the console, one for each meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    /// Its name in the settings file.
    pub name: &'static str,
    /// What it is made for.
    pub about: String,
    /// What everything stands on; none where it is the terminal's own.
    pub ground: Option<Color>,
    /// Ordinary text.
    pub text: Style,
    /// Labels, ages, ids: what stands back.
    pub dim: Style,
    /// Names and headings.
    pub strong: Style,
    /// Keys, links, the thing to look at.
    pub accent: Style,
    /// Healthy, safe.
    pub good: Style,
    /// Wants a look.
    pub warn: Style,
    /// Broken, dangerous.
    pub bad: Style,
    /// The frame of a pane.
    pub border: Style,
    /// The frame of the pane that has the keys.
    pub focus: Style,
    /// The row under the cursor.
    pub selected: Style,
    /// The row under the cursor in a pane without the keys.
    pub selected_off: Style,
    /// A badge in the header.
    pub badge: Style,
    /// A match of a search.
    pub found: Style,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    about: String,
    #[serde(default)]
    ground: Option<String>,
    text: String,
    dim: String,
    strong: String,
    accent: String,
    good: String,
    warn: String,
    bad: String,
    border: String,
    focus: String,
    selected: String,
    selected_off: String,
    badge: String,
    found: String,
}

const FILES: &[(&str, &str)] = &[
    ("terminal", include_str!("../../assets/themes/terminal.toml")),
    ("dark", include_str!("../../assets/themes/dark.toml")),
    ("light", include_str!("../../assets/themes/light.toml")),
    ("contrast", include_str!("../../assets/themes/contrast.toml")),
    ("mono", include_str!("../../assets/themes/mono.toml")),
];

/// Why a theme cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ThemeError {
    /// No theme of this name.
    #[error("there is no theme '{0}'; there are: {list}", list = names().collect::<Vec<_>>().join(", "))]
    Unknown(String),
    /// The theme's file is wrong.
    #[error("theme '{name}': {what}")]
    Broken {
        /// The theme.
        name: String,
        /// What is wrong.
        what: String,
    },
}

/// The names of all themes, the default first.
pub fn names() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(name, _)| *name)
}

impl Theme {
    /// The theme of this name.
    ///
    /// # Errors
    /// When there is none, or its file cannot be read.
    pub fn named(name: &str) -> Result<Self, ThemeError> {
        let (name, file) = FILES
            .iter()
            .find(|(known, _)| *known == name)
            .ok_or_else(|| ThemeError::Unknown(name.to_owned()))?;
        let broken = |what: String| ThemeError::Broken { name: (*name).to_owned(), what };
        let file: File = toml::from_str(file).map_err(|e| broken(e.to_string()))?;
        let style = |text: &str| parse_style(text).map_err(broken);
        let ground = file.ground.as_deref().map(parse_style).transpose().map_err(broken)?;
        Ok(Self {
            name,
            ground: ground.and_then(|style| style.fg),
            text: style(&file.text)?,
            dim: style(&file.dim)?,
            strong: style(&file.strong)?,
            accent: style(&file.accent)?,
            good: style(&file.good)?,
            warn: style(&file.warn)?,
            bad: style(&file.bad)?,
            border: style(&file.border)?,
            focus: style(&file.focus)?,
            selected: style(&file.selected)?,
            selected_off: style(&file.selected_off)?,
            badge: style(&file.badge)?,
            found: style(&file.found)?,
            about: file.about,
        })
    }
}

/// Reads `cyan on #202020 bold`.
fn parse_style(text: &str) -> Result<Style, String> {
    let mut style = Style::default();
    let mut background = false;
    for word in text.split_whitespace() {
        let modifier = match word {
            "bold" => Some(Modifier::BOLD),
            "dim" => Some(Modifier::DIM),
            "italic" => Some(Modifier::ITALIC),
            "underline" => Some(Modifier::UNDERLINED),
            "reverse" => Some(Modifier::REVERSED),
            _ => None,
        };
        if let Some(modifier) = modifier {
            style = style.add_modifier(modifier);
        } else if word == "on" {
            background = true;
        } else {
            let colour: Color =
                word.parse().map_err(|_| format!("'{word}' is no colour and no attribute"))?;
            style = if background { style.bg(colour) } else { style.fg(colour) };
        }
    }
    Ok(style)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_theme_can_be_read_and_knows_its_name() {
        for name in names() {
            let theme = Theme::named(name).unwrap();
            assert_eq!(theme.name, name);
            assert!(!theme.about.is_empty());
            assert_ne!(theme.selected, theme.text, "{name}: the cursor cannot be seen");
            assert_ne!(theme.focus, theme.border, "{name}: the focus cannot be seen");
        }
    }

    #[test]
    fn a_theme_that_wants_a_light_or_dark_ground_brings_it() {
        for name in names() {
            let theme = Theme::named(name).unwrap();
            assert_eq!(theme.ground.is_some(), !["terminal", "mono"].contains(&name), "{name}");
        }
    }

    #[test]
    fn mono_has_no_colour_at_all() {
        let theme = Theme::named("mono").unwrap();
        for style in [theme.text, theme.good, theme.warn, theme.bad, theme.selected, theme.focus, theme.badge]
        {
            assert_eq!((style.fg, style.bg), (None, None));
        }
    }

    #[test]
    fn an_unknown_theme_names_those_there_are() {
        let error = Theme::named("solarised").unwrap_err().to_string();
        assert!(error.contains("solarised") && error.contains("terminal") && error.contains("mono"));
    }

    #[test]
    fn a_style_reads_foreground_background_and_attributes() {
        let style = parse_style("cyan on #102030 bold").unwrap();
        assert_eq!((style.fg, style.bg), (Some(Color::Cyan), Some(Color::Rgb(0x10, 0x20, 0x30))));
        assert!(style.add_modifier.contains(Modifier::BOLD));
        assert!(parse_style("mauvish").is_err());
    }
}
