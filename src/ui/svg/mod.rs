//! A frame as an SVG picture: what the README shows is what the console drew.
//!
//! Fonts differ in width and in what they hold, so nothing is left to them: every word stands at the
//! column where the terminal has it, and frames are lines, not characters.

mod colours;
mod strokes;

use std::fmt::Write;

use ratatui::buffer::Buffer;
use unicode_width::UnicodeWidthStr;

use colours::{GROUND, Look};
use strokes::Strokes;

const CELL_WIDTH: f32 = 8.4;
const CELL_HEIGHT: f32 = 17.0;
const FONT_SIZE: f32 = 14.0;
const MARGIN: f32 = 10.0;
/// Where letters stand in a cell, from its top.
const BASELINE: f32 = 0.77;

/// Draws a buffer. The same buffer gives the same text.
#[must_use]
pub fn render(buffer: &Buffer, title: &str) -> String {
    let area = buffer.area;
    let width = f32::from(area.width) * CELL_WIDTH + 2.0 * MARGIN;
    let height = f32::from(area.height) * CELL_HEIGHT + 2.0 * MARGIN;
    let mut grounds = String::new();
    let mut words = String::new();
    let mut strokes = Strokes::default();
    for y in area.top()..area.bottom() {
        let row = y - area.top();
        let mut x = area.left();
        while x < area.right() {
            let look = Look::of(&buffer[(x, y)]);
            let start = x;
            let mut run = Vec::new();
            while x < area.right() && Look::of(&buffer[(x, y)]) == look {
                let symbol = buffer[(x, y)].symbol();
                let column = x - area.left();
                if !strokes.take(column, row, symbol, &look.ink) {
                    run.push((column, symbol));
                }
                x += cells(symbol);
            }
            draw_ground(&mut grounds, start - area.left(), x - start, row, &look);
            draw_words(&mut words, row, &look, &run);
        }
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\">\n\
         <title>{}</title>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{GROUND}\"/>\n\
         {grounds}{}\
         <g font-family=\"'DejaVu Sans Mono','Cascadia Mono',Menlo,Consolas,monospace\" font-size=\"{FONT_SIZE}\" xml:space=\"preserve\">\n\
         {words}</g>\n</svg>\n",
        escape(title),
        strokes.into_paths()
    )
}

/// How many cells a symbol takes.
fn cells(symbol: &str) -> u16 {
    u16::try_from(symbol.width().max(1)).unwrap_or(1)
}

fn left_of(column: u16) -> f32 {
    MARGIN + f32::from(column) * CELL_WIDTH
}

fn top_of(row: u16) -> f32 {
    MARGIN + f32::from(row) * CELL_HEIGHT
}

fn draw_ground(svg: &mut String, column: u16, wide: u16, row: u16, look: &Look) {
    let Some(ground) = &look.ground else { return };
    // Writing to a String cannot fail, here and below.
    let _ = writeln!(
        svg,
        "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{CELL_HEIGHT}\" fill=\"{ground}\"/>",
        left_of(column),
        top_of(row),
        f32::from(wide) * CELL_WIDTH
    );
}

/// Draws symbols of one look, each word at its own column. Two words with one blank between them stay
/// together; a sign that a font may lack stands alone, so that its width disturbs no other.
fn draw_words(svg: &mut String, row: u16, look: &Look, run: &[(u16, &str)]) {
    let mut word: Option<(u16, u16, String)> = None;
    for (column, symbol) in run {
        let alone = !symbol.chars().all(|c| c.is_ascii() || c.is_alphanumeric());
        word = match word.take() {
            Some((start, end, mut text))
                if !alone && *column == end && !(*symbol == " " && text.ends_with(' ')) =>
            {
                text.push_str(symbol);
                Some((start, column + cells(symbol), text))
            }
            other => {
                draw_word(svg, row, look, other);
                (*symbol != " ").then(|| (*column, column + cells(symbol), (*symbol).to_owned()))
            }
        };
        if alone {
            draw_word(svg, row, look, word.take());
        }
    }
    draw_word(svg, row, look, word);
}

fn draw_word(svg: &mut String, row: u16, look: &Look, word: Option<(u16, u16, String)>) {
    let Some((start, end, text)) = word else { return };
    let shown = text.trim_end_matches(' ');
    let blanks = u16::try_from(text.len() - shown.len()).unwrap_or_default();
    let _ = writeln!(
        svg,
        "<text x=\"{:.1}\" y=\"{:.1}\" textLength=\"{:.1}\" fill=\"{}\"{}>{}</text>",
        left_of(start),
        top_of(row) + CELL_HEIGHT * BASELINE,
        f32::from(end - start - blanks) * CELL_WIDTH,
        look.ink,
        look.attributes(),
        escape(shown)
    );
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::{Color, Modifier, Style};

    fn picture(lines: &[&str]) -> String {
        render(&Buffer::with_lines(lines.iter().copied()), "t")
    }

    #[test]
    fn a_frame_becomes_text_and_grounds() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 2));
        buffer.set_string(0, 0, "a<b", Style::new().fg(Color::Cyan));
        buffer.set_string(0, 1, "データ", Style::new().add_modifier(Modifier::REVERSED));
        let svg = render(&buffer, "t & u");
        assert!(svg.contains("a&lt;b") && svg.contains("データ") && svg.contains("t &amp; u"));
        assert!(svg.contains("fill=\"#62c4c9\""), "cyan of the picture's palette");
        assert_eq!(svg.matches("<rect").count(), 2);
    }

    #[test]
    fn columns_stand_where_the_terminal_has_them() {
        let svg = picture(&["ab cd   ef"]);
        assert!(svg.contains("<text x=\"10.0\"") && svg.contains(">ab cd</text>"));
        assert!(svg.contains("<text x=\"77.2\"") && svg.contains(">ef</text>"));
    }

    #[test]
    fn a_sign_stands_alone_and_letters_of_any_script_do_not() {
        let svg = picture(&["x⚠2 Ibáñez…"]);
        for word in [">x<", ">⚠<", ">2 Ibáñez<", ">…<"] {
            assert!(svg.contains(word), "{word} in {svg}");
        }
    }

    #[test]
    fn the_lines_of_a_box_are_no_text() {
        let svg = picture(&["╭──╮", "│ab│", "╰──╯"]);
        assert_eq!(svg.matches("<text").count(), 1);
        assert_eq!(svg.matches("<path").count(), 1);
    }
}
