//! What is copied and saved: it is what is on screen, and written out beside it.

use std::sync::Arc;

use jiff::Timestamp;

use super::tests::{opened, press};
use super::update;
use crate::app::effect::{Effect, Host};
use crate::app::export::{Format, Taken, sheet};
use crate::app::message::Message;
use crate::app::model::Model;
use crate::app::overlay::Overlay;
use crate::app::page::Pane;
use crate::domain::fact::Tone;

/// What keys have written out.
fn taken(model: &mut Model, script: &str) -> (Option<String>, Taken, Format) {
    match press(model, script).pop() {
        Some(Effect::Export { taken, format, name }) => (name, *taken, format),
        other => panic!("{other:?} writes nothing out"),
    }
}

/// The name of its file, and the text.
fn written(model: &mut Model, script: &str) -> (Option<String>, String) {
    let (name, taken, format) = taken(model, script);
    (name, taken.print(format))
}

#[test]
fn workspaces_are_written_out_beside_the_screen_as_they_are_listed() {
    for (keys, listed) in [("Yc", 3), ("/name:b<enter>Yc", 1), ("tYc", 3)] {
        let mut model = opened();
        let (_, taken, format) = taken(&mut model, keys);
        let Taken::Workspaces { rows, .. } = &taken else { panic!("{taken:?} was written out already") };
        assert_eq!(rows.len(), listed, "{keys}");
        let shown = sheet(&model, Pane::Browser).print(format);
        // What is read meanwhile changes nothing of it.
        model.inventory = Arc::default();
        assert_eq!(taken.print(format), shown, "{keys}");
    }
}

#[test]
fn a_list_over_the_screen_is_filtered_copied_and_saved_as_it_is_shown() {
    let mut model = opened();
    for text in ["saved one", "copied two", "saved three"] {
        model.notices.tell(Timestamp::UNIX_EPOCH, Tone::Plain, text, "");
    }
    press(&mut model, "!/text:saved");
    let shown = |model: &Model| match model.overlays.last() {
        Some(Overlay::List(list)) => {
            list.sheet(model).rows.iter().map(|row| row[1].clone()).collect::<Vec<_>>()
        }
        other => panic!("{other:?} is no list"),
    };
    assert_eq!(shown(&model), ["saved three", "saved one"]);
    press(&mut model, "<enter>j");
    let (name, text) = written(&mut model, "Yc");
    assert_eq!((name, text.lines().count()), (None, 3), "a heading and two rows");
    assert!(written(&mut model, "<c-s>c").0.is_some_and(|name| name.starts_with("notifications-")));
    let copies = update(&mut model, Message::Written(Some(text.clone())));
    assert_eq!(copies, [Effect::Host(Host::Copy(text))]);
    // The rungs back: the filter, then the list.
    press(&mut model, "<esc>");
    assert!(shown(&model).len() > 2);
    press(&mut model, "<esc>");
    assert!(model.overlays.is_empty());
}
