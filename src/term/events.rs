//! What the terminal reports, turned into the console's own words.

use crossterm::event::{
    Event, KeyCode as Code, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEventKind,
};

use crate::config::input::Input;
use crate::config::key::{Key, KeyCode};

/// Rows that one notch of the wheel scrolls.
const WHEEL: i16 = 3;

/// Reads one event; `None` for those that mean nothing here.
#[must_use]
pub fn read(event: Event) -> Option<Input> {
    match event {
        Event::Key(key) => key_press(key).map(Input::Key),
        Event::Paste(text) => Some(Input::Paste(text)),
        Event::Resize(width, height) => Some(Input::Resize { width, height }),
        Event::Mouse(mouse) => {
            let (column, row) = (mouse.column, mouse.row);
            match mouse.kind {
                MouseEventKind::Down(MouseButton::Left) => Some(Input::Click { column, row }),
                MouseEventKind::ScrollDown => Some(Input::Scroll { column, row, by: WHEEL }),
                MouseEventKind::ScrollUp => Some(Input::Scroll { column, row, by: -WHEEL }),
                _ => None,
            }
        }
        Event::FocusGained | Event::FocusLost => None,
    }
}

/// Presses and repeats count; a release would press everything twice on Windows.
fn key_press(event: KeyEvent) -> Option<Key> {
    if event.kind == KeyEventKind::Release {
        return None;
    }
    let mut ctrl = event.modifiers.contains(KeyModifiers::CONTROL);
    let alt = event.modifiers.contains(KeyModifiers::ALT);
    let code = match event.code {
        Code::Char(c) if ctrl => KeyCode::Char(c.to_ascii_lowercase()),
        Code::Char(c) => KeyCode::Char(c),
        Code::Enter => KeyCode::Enter,
        Code::Esc => KeyCode::Esc,
        Code::Tab if event.modifiers.contains(KeyModifiers::SHIFT) => KeyCode::BackTab,
        Code::Tab => KeyCode::Tab,
        Code::BackTab => KeyCode::BackTab,
        Code::Backspace => KeyCode::Backspace,
        Code::Delete => KeyCode::Delete,
        Code::Up => KeyCode::Up,
        Code::Down => KeyCode::Down,
        Code::Left => KeyCode::Left,
        Code::Right => KeyCode::Right,
        Code::PageUp => KeyCode::PageUp,
        Code::PageDown => KeyCode::PageDown,
        Code::Home => KeyCode::Home,
        Code::End => KeyCode::End,
        Code::F(n) => KeyCode::F(n),
        _ => return None,
    };
    // AltGr arrives as Ctrl and Alt with the character it types.
    let alt = match code {
        KeyCode::Char(c) if ctrl && alt && !c.is_ascii_alphanumeric() => {
            ctrl = false;
            false
        }
        _ => alt,
    };
    Some(Key { code, ctrl, alt })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(code: Code, modifiers: KeyModifiers) -> Option<Input> {
        read(Event::Key(KeyEvent::new(code, modifiers)))
    }

    #[test]
    fn shift_is_in_the_character_and_ctrl_is_lower_case() {
        assert_eq!(press(Code::Char('G'), KeyModifiers::SHIFT), Some(Input::Key(Key::char('G'))));
        assert_eq!(press(Code::Char('D'), KeyModifiers::CONTROL), Some(Input::Key("c-d".parse().unwrap())));
        assert_eq!(press(Code::Tab, KeyModifiers::SHIFT), Some(Input::Key(Key::plain(KeyCode::BackTab))));
    }

    #[test]
    fn a_release_is_no_press() {
        let release = KeyEvent::new_with_kind(Code::Char('j'), KeyModifiers::NONE, KeyEventKind::Release);
        assert_eq!(read(Event::Key(release)), None);
    }

    #[test]
    fn alt_gr_types_its_character() {
        let both = KeyModifiers::CONTROL | KeyModifiers::ALT;
        assert_eq!(press(Code::Char('@'), both), Some(Input::Key(Key::char('@'))));
    }
}
