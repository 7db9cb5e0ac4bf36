//! What the footer and the help tell is what keys do, in whatever lies on top.

use jiff::Timestamp;

use super::tests::{opened, press};
use crate::app::model::Model;
use crate::app::overlay::Overlay;
use crate::app::reach::reach;
use crate::app::update::input;
use crate::config::action::{ACTIONS, Action, Group};
use crate::config::keymap::{Context, KeyMap, KeyTable};
use crate::domain::fact::Tone;
use crate::ui::popups::help;

/// Ways to lay something over the screen.
const LAYERS: [&str; 7] = ["!", "@", "f", "u", "Y", "?", "T"];

fn with(script: &str) -> Model {
    let mut model = opened();
    model.notices.tell(Timestamp::UNIX_EPOCH, Tone::Plain, "told", "in full");
    press(&mut model, script);
    model
}

/// What can be seen of a console.
fn seen(model: &Model) -> String {
    format!("{:?} {:?} {:?}", model.overlays, model.notices, model.ended)
}

#[test]
fn what_a_layer_takes_does_something_there() {
    for script in LAYERS {
        let mut model = with(script);
        let reach = reach(&model, model.overlays.last());
        let rows = matches!(script, "u" | "f" | "@");
        for spec in ACTIONS.iter().filter(|spec| reach.takes(spec.action)) {
            // A list without rows has nothing to move over or to open.
            let is_idle = rows && spec.action == Action::Open
                || spec.group == Group::Move && spec.action != Action::Back;
            if is_idle {
                continue;
            }
            let before = seen(&model);
            let effects = input::act(&mut model, spec.action);
            assert!(!effects.is_empty() || seen(&model) != before, "{script}: {} does nothing", spec.name);
            model = with(script);
        }
    }
}

#[test]
fn a_key_that_means_something_elsewhere_is_said_to_do_nothing_here() {
    for (script, key) in [("!", "A"), ("!", "f"), ("!", "w"), ("@", "x"), ("Y", "W"), ("f", "w"), ("?", "T")]
    {
        let mut model = with(script);
        press(&mut model, key);
        let hint = model.notices.current_hint().unwrap_or_default().to_owned();
        assert!(hint.starts_with(&format!("{key} does nothing here")), "{script} {key}: {hint:?}");
    }
}

#[test]
fn what_the_screen_of_workspaces_takes_is_done_there_and_all_else_is_said_to_do_nothing() {
    for spec in ACTIONS {
        let mut model = opened();
        let taken = spec.in_palette || model.keymap.shown(Context::Workspace, spec.action).is_some();
        input::act(&mut model, spec.action);
        let hint = model.notices.current_hint().unwrap_or_default();
        assert_eq!(hint.contains("does nothing here"), !taken, "{}: {hint:?}", spec.name);
    }
}

#[test]
fn the_help_is_looked_through_for_words_and_esc_gives_all_of_it_back() {
    let mut model = with("?");
    let lines = |model: &Model| match model.overlays.last() {
        Some(Overlay::Help(view)) => help::length(model, view, 120),
        other => panic!("{other:?} is no help"),
    };
    let all = lines(&model);
    press(&mut model, "/role grant");
    let found = lines(&model);
    assert!(found < 6 && found > 1, "{found} of {all}");
    press(&mut model, "<enter><esc>");
    assert_eq!(lines(&model), all);
    press(&mut model, "<esc>");
    assert!(model.overlays.is_empty());
}

#[test]
fn hints_tell_the_keys_that_are_bound() {
    let own = |from: &str, to: &str, action: &str| {
        [(from.to_owned(), "none".to_owned()), (to.to_owned(), action.to_owned())]
    };
    let keys = [own("z", "Z", "zoom"), own("m", "M", "toggle_matrix")].concat();
    let mut model = opened();
    model.keymap =
        KeyMap::new(&KeyTable::from([("workspace".to_owned(), keys.into_iter().collect())])).unwrap();
    for (script, said) in [("2/", "Z shows all of it"), ("b", "M shows it")] {
        press(&mut model, script);
        let hint = model.notices.current_hint().unwrap_or_default();
        assert!(hint.contains(said), "{hint}");
    }
}
