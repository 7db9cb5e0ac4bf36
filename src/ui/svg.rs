//! A frame as an SVG picture: what the README shows is what the console drew.

use std::fmt::Write;

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

const CELL_WIDTH: f32 = 8.4;
const CELL_HEIGHT: f32 = 17.0;
const FONT_SIZE: f32 = 14.0;
const MARGIN: f32 = 10.0;
const GROUND: &str = "#14171c";
const INK: &str = "#d5d9e0";

/// The sixteen colours of a terminal, as the picture shows them.
const PALETTE: [&str; 16] = [
    "#1b1f27", "#e5666d", "#7fc98a", "#e3b45c", "#6aa7e8", "#c48ae0", "#62c4c9", "#c9ced8", "#6b7484",
    "#ff8087", "#9be3a6", "#ffd27a", "#8cc4ff", "#dba6f5", "#82e2e7", "#ffffff",
];

/// Draws a buffer.
#[must_use]
pub fn render(buffer: &Buffer, title: &str) -> String {
    let area = buffer.area;
    let width = f32::from(area.width) * CELL_WIDTH + 2.0 * MARGIN;
    let height = f32::from(area.height) * CELL_HEIGHT + 2.0 * MARGIN;
    let mut svg = String::new();
    // Writing to a String cannot fail.
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\">\n\
         <title>{}</title>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{GROUND}\"/>\n\
         <g font-family=\"'DejaVu Sans Mono','Cascadia Mono','Menlo',monospace\" font-size=\"{FONT_SIZE}\" xml:space=\"preserve\">\n",
        escape(title)
    );
    for y in area.top()..area.bottom() {
        let mut x = area.left();
        while x < area.right() {
            let look = Look::of(buffer, x, y);
            let start = x;
            let mut run = String::new();
            while x < area.right() && Look::of(buffer, x, y) == look {
                let symbol = buffer[(x, y)].symbol();
                run.push_str(symbol);
                x += u16::try_from(symbol.width().max(1)).unwrap_or(1);
            }
            draw_run(&mut svg, start - area.left(), x - start, y - area.top(), &look, &run);
        }
    }
    svg.push_str("</g>\n</svg>\n");
    svg
}

#[derive(PartialEq)]
struct Look {
    ink: String,
    ground: Option<String>,
    bold: bool,
    underlined: bool,
    faint: bool,
}

impl Look {
    fn of(buffer: &Buffer, x: u16, y: u16) -> Self {
        let cell = &buffer[(x, y)];
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
}

fn draw_run(svg: &mut String, x: u16, cells: u16, y: u16, look: &Look, run: &str) {
    let left = MARGIN + f32::from(x) * CELL_WIDTH;
    let top = MARGIN + f32::from(y) * CELL_HEIGHT;
    let wide = f32::from(cells) * CELL_WIDTH;
    if let Some(ground) = &look.ground {
        let _ = writeln!(
            svg,
            "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{wide:.1}\" height=\"{CELL_HEIGHT}\" fill=\"{ground}\"/>"
        );
    }
    if run.trim().is_empty() && !look.underlined {
        return;
    }
    let mut extra = String::new();
    if look.bold {
        extra.push_str(" font-weight=\"bold\"");
    }
    if look.underlined {
        extra.push_str(" text-decoration=\"underline\"");
    }
    if look.faint {
        extra.push_str(" opacity=\"0.6\"");
    }
    let baseline = top + CELL_HEIGHT * 0.77;
    let _ = writeln!(
        svg,
        "<text x=\"{left:.1}\" y=\"{baseline:.1}\" textLength=\"{wide:.1}\" fill=\"{}\"{extra}>{}</text>",
        look.ink,
        escape(run)
    );
}

fn colour(colour: Color) -> Option<String> {
    let index = match colour {
        Color::Reset => return None,
        Color::Rgb(r, g, b) => return Some(format!("#{r:02x}{g:02x}{b:02x}")),
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
        Color::Indexed(n) => usize::from(n) % PALETTE.len(),
    };
    PALETTE.get(index).map(|hex| (*hex).to_owned())
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    #[test]
    fn a_frame_becomes_text_and_grounds() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 2));
        buffer.set_string(0, 0, "a<b", Style::new().fg(Color::Cyan));
        buffer.set_string(0, 1, "データ", Style::new().add_modifier(Modifier::REVERSED));
        let svg = render(&buffer, "t & u");
        assert!(svg.contains("a&lt;b") && svg.contains("データ") && svg.contains("t &amp; u"));
        assert!(svg.contains(&format!("fill=\"{}\"", PALETTE[6])));
        assert_eq!(svg.matches("<rect").count(), 2);
    }
}
