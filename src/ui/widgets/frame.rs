//! The frame of a pane or popup: title on the left, state on the right.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::symbols::border;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Widget};

use crate::config::symbols::Symbols;
use crate::config::theme::Theme;
use crate::ui::widgets::text;

/// What stands in a frame.
#[derive(Debug, Default)]
pub struct Title<'a> {
    /// The number that focuses the pane.
    pub number: Option<char>,
    /// The name.
    pub name: &'a str,
    /// Beside the name, standing back.
    pub note: String,
    /// On the right: age, or what goes on.
    pub right: String,
    /// How the right side is meant.
    pub right_style: Option<Style>,
}

const ASCII_SET: border::Set<'_> = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

/// Draws the frame and gives the room inside.
pub fn draw(
    buf: &mut Buffer,
    area: Rect,
    title: &Title<'_>,
    focused: bool,
    theme: &Theme,
    signs: &Symbols,
) -> Rect {
    let style = if focused { theme.focus } else { theme.border };
    let set = match (signs.boxes, focused && theme.focus.fg.is_none()) {
        (false, _) => ASCII_SET,
        // Where no colour can, a heavier frame shows the focus.
        (true, true) => border::THICK,
        (true, false) => border::ROUNDED,
    };
    let room = usize::from(area.width.saturating_sub(4));
    let right = text::cut(&title.right, room / 2, signs.ellipsis);
    let right_room = if right.is_empty() { 0 } else { text::width(&right) + 3 };
    let mut left = vec![Span::styled(" ", style)];
    if let Some(number) = title.number {
        left.push(Span::styled(format!("{number} "), theme.accent));
    }
    let used = if title.number.is_some() { 4 } else { 2 };
    let name_room = room.saturating_sub(right_room + used);
    let name = text::cut(title.name, name_room, signs.ellipsis);
    let note_room = name_room.saturating_sub(text::width(&name) + 2);
    left.push(Span::styled(name, if focused { theme.focus.patch(theme.strong) } else { theme.strong }));
    if !title.note.is_empty() && note_room > 3 {
        left.push(Span::styled(
            format!("  {}", text::cut(&title.note, note_room, signs.ellipsis)),
            theme.dim,
        ));
    }
    left.push(Span::styled(" ", style));
    let mut block = Block::bordered().border_set(set).border_style(style).title_top(Line::from(left));
    if !right.is_empty() {
        let shown = Span::styled(format!(" {right} "), title.right_style.unwrap_or(theme.dim));
        block = block.title_top(Line::from(shown).right_aligned());
    }
    let inner = block.inner(area);
    block.render(area, buf);
    inner
}

/// Says in the bottom border of a frame how much of what it holds is out of sight.
pub fn more(buf: &mut Buffer, frame: Rect, above: usize, below: usize, theme: &Theme) {
    let words = match (above, below) {
        (0, 0) => return,
        (0, below) => format!(" {below} more "),
        (above, 0) => format!(" {above} above "),
        (above, below) => format!(" {above} above, {below} more "),
    };
    let wide = u16::try_from(text::width(&words)).unwrap_or(u16::MAX);
    if frame.height > 2 && frame.width > wide.saturating_add(3) {
        buf.set_string(frame.right() - wide - 2, frame.bottom() - 1, words, theme.dim);
    }
}

/// A rectangle of at most this size in the middle of another.
#[must_use]
pub fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height }
}

/// Clears the place of a popup, so that nothing of what is below shows through.
pub fn clear(buf: &mut Buffer, area: Rect, theme: &Theme) {
    Clear.render(area, buf);
    buf.set_style(area, theme.text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_out_of_sight_is_counted_in_the_bottom_border_where_there_is_room() {
        let theme = Theme::named("dark").unwrap();
        for (width, above, below, said) in [
            (40, 0, 0, ""),
            (40, 0, 13, "13 more"),
            (40, 4, 0, "4 above"),
            (40, 4, 13, "4 above, 13 more"),
            (10, 0, 3, ""),
        ] {
            let area = Rect { x: 0, y: 0, width, height: 4 };
            let mut buf = Buffer::empty(area);
            more(&mut buf, area, above, below, &theme);
            let row: String = (0..width).map(|x| buf[(x, 3)].symbol()).collect();
            assert_eq!(row.trim(), said);
        }
    }
}
