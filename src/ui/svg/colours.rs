//! What a cell looks like in a picture.

use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};

/// The colour behind everything.
pub(super) const GROUND: &str = "#14171c";
const INK: &str = "#d5d9e0";

/// The sixteen colours of a terminal, as the picture shows them.
const PALETTE: [&str; 16] = [
    "#1b1f27", "#e5666d", "#7fc98a", "#e3b45c", "#6aa7e8", "#c48ae0", "#62c4c9", "#c9ced8", "#6b7484",
    "#ff8087", "#9be3a6", "#ffd27a", "#8cc4ff", "#dba6f5", "#82e2e7", "#ffffff",
];

/// Colours and attributes of a cell.
#[derive(PartialEq)]
pub(super) struct Look {
    /// The colour of the letters.
    pub(super) ink: String,
    /// The colour behind them, unless it is the picture's own.
    pub(super) ground: Option<String>,
    bold: bool,
    underlined: bool,
    faint: bool,
}

impl Look {
    /// The look of a cell; one that is reversed has its colours exchanged.
    pub(super) fn of(cell: &Cell) -> Self {
        let (mut ink, mut ground) = (colour(cell.fg), colour(cell.bg));
        if cell.modifier.contains(Modifier::REVERSED) {
            (ink, ground) = (
                Some(ground.unwrap_or_else(|| GROUND.to_owned())),
                Some(ink.unwrap_or_else(|| INK.to_owned())),
            );
        }
        Self {
            ink: ink.unwrap_or_else(|| INK.to_owned()),
            ground,
            bold: cell.modifier.contains(Modifier::BOLD),
            underlined: cell.modifier.contains(Modifier::UNDERLINED),
            faint: cell.modifier.contains(Modifier::DIM),
        }
    }

    /// The attributes of a `text` element, each with a blank before it.
    pub(super) fn attributes(&self) -> String {
        let mut text = String::new();
        if self.bold {
            text.push_str(" font-weight=\"bold\"");
        }
        if self.underlined {
            text.push_str(" text-decoration=\"underline\"");
        }
        if self.faint {
            text.push_str(" opacity=\"0.6\"");
        }
        text
    }
}

fn colour(colour: Color) -> Option<String> {
    let index = match colour {
        Color::Reset => return None,
        Color::Rgb(r, g, b) => return Some(hex(r, g, b)),
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
        Color::Indexed(index) => index,
    };
    Some(indexed(index))
}

/// A colour of the 256: sixteen named ones, a cube of six steps a side, and 24 greys.
fn indexed(index: u8) -> String {
    let step = |level: u8| if level == 0 { 0 } else { 55 + 40 * level };
    match index {
        0..=15 => PALETTE[usize::from(index)].to_owned(),
        16..=231 => {
            let cube = index - 16;
            hex(step(cube / 36), step(cube / 6 % 6), step(cube % 6))
        }
        232.. => {
            let grey = 8 + 10 * (index - 232);
            hex(grey, grey, grey)
        }
    }
}

fn hex(r: u8, g: u8, b: u8) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexed_colours_are_those_of_a_terminal() {
        for (index, expected) in [
            (15, "#ffffff"),
            (16, "#000000"),
            (196, "#ff0000"),
            (231, "#ffffff"),
            (232, "#080808"),
            (255, "#eeeeee"),
        ] {
            assert_eq!(indexed(index), expected, "{index}");
        }
    }

    #[test]
    fn reversed_without_colours_is_the_ground_on_the_ink() {
        let mut cell = Cell::default();
        cell.modifier = Modifier::REVERSED;
        let look = Look::of(&cell);
        assert_eq!((look.ink.as_str(), look.ground.as_deref()), (GROUND, Some(INK)));
    }
}
