//! Every key of a form, fed to the update.

use super::{forms, update};
use crate::app::effect::{Effect, Host};
use crate::app::form::tests::{model, sample};
use crate::app::form::{Choice, Form, Found, Slot, Supply, Verdict, Want};
use crate::app::hit::{HitMap, ListId, Target};
use crate::app::message::Message;
use crate::app::model::Model;
use crate::app::overlay::Overlay;
use crate::app::review::{Rights, Tab};
use crate::config::input::Input;
use crate::config::key::parse_script;
use crate::config::keymap::Context;
use ratatui::layout::Rect;

fn opened() -> Model {
    let mut model = model();
    model.size = (120, 36);
    forms::open(&mut model, sample());
    update(&mut model, Message::Tick);
    model
}

fn press(model: &mut Model, script: &str) -> Vec<Effect> {
    let keys = parse_script(script).unwrap();
    keys.into_iter().flat_map(|key| update(model, Message::Input(Input::Key(key)))).collect()
}

fn form(model: &Model) -> &Form {
    let of = |overlay: &'_ Overlay| matches!(overlay, Overlay::Form(_));
    match model.overlays.iter().rev().find(|overlay| of(overlay)) {
        Some(Overlay::Form(form)) => form,
        _ => panic!("no form is open"),
    }
}

fn here(model: &Model) -> &'static str {
    form(model).current().map_or("", |field| field.id)
}

fn hint(model: &Model) -> &str {
    model.notices.current_hint().unwrap_or_default()
}

/// Answers everything that was asked.
fn answer(model: &mut Model, effects: &[Effect]) {
    for effect in effects {
        if let Effect::Ask { slot, generation, .. } = effect {
            let found = match slot.want {
                Want::Choices => Found::Choices(vec![
                    Choice::new("p", "Priya Raman").kind("User"),
                    Choice::new("q", "Quinn Abara").kind("User"),
                ]),
                Want::Verdict => Found::Verdict(Verdict::Good("free".into())),
            };
            update(model, Message::Answered { slot: *slot, generation: *generation, answer: Ok(found) });
        }
    }
}

/// A form in which everything is said that must be.
fn filled() -> Model {
    let mut model = opened();
    let effects = press(&mut model, "<tab>fraud<tab><tab><down>");
    answer(&mut model, &effects);
    assert_eq!(form(&model).obstacle(), None);
    model
}

#[test]
fn keys_type_into_the_field_and_tab_goes_through_fields_and_steps() {
    let mut model = opened();
    assert_eq!((model.context(), here(&model)), (Context::Form, "who"));
    press(&mut model, "<tab>");
    press(&mut model, "fraudq?:<bs><bs><bs>");
    assert_eq!(form(&model).text("name"), "fraud", "letters that are keys elsewhere are typed");
    assert_eq!(form(&model).text("account"), "stfraud", "what follows follows at once");
    press(&mut model, "<tab><tab>");
    assert_eq!((form(&model).step, here(&model)), (1, "colour"));
    press(&mut model, "<s-tab>");
    assert_eq!((form(&model).step, here(&model)), (0, "account"));
    press(&mut model, "<c-f>");
    assert_eq!(form(&model).step, 1);
    press(&mut model, "<c-b><up><down><down>");
    assert_eq!(here(&model), "who", "arrows are the list's, where there is one");
}

#[test]
fn the_first_key_takes_the_place_of_what_is_only_suggested_and_an_arrow_keeps_it() {
    let mut model = opened();
    press(&mut model, "<tab>fraud<tab>");
    assert_eq!((here(&model), form(&model).text("account").as_str()), ("account", "stfraud"));
    press(&mut model, "xy");
    assert_eq!(form(&model).text("account"), "xy");
    let mut model = opened();
    press(&mut model, "<tab>fraud<tab><end>2");
    assert_eq!(form(&model).text("account"), "stfraud2");
    let mut model = opened();
    press(&mut model, "<tab>fraud<tab><bs>");
    assert_eq!(form(&model).text("account"), "stfrau");
    let mut model = opened();
    press(&mut model, "<tab>fraud<tab>");
    update(&mut model, Message::Input(Input::Paste("pasted".to_owned())));
    assert_eq!(form(&model).text("account"), "pasted");
}

#[test]
fn what_was_typed_and_found_nothing_that_was_chosen_is_not_dropped() {
    let mut model = opened();
    let effects = press(&mut model, "ri<tab>");
    answer(&mut model, &effects);
    let who = || "who";
    assert_ne!(here(&model), who());
    let why = form(&model).get(who()).unwrap().judge(form(&model)).unwrap_err();
    assert!(why.contains("'ri' was typed and nothing was chosen"), "{why}");
    // It stands there still, and goes when it is taken out.
    press(&mut model, "<s-tab><esc>");
    assert_eq!(form(&model).get(who()).unwrap().judge(form(&model)), Ok(()));
    assert_eq!(model.context(), Context::Form, "Esc clears what was typed first");
}

#[test]
fn enter_takes_nothing_that_was_not_chosen_and_del_takes_a_choice_out_where_it_may_be_missing() {
    let mut model = opened();
    press(&mut model, "<tab>fraud<tab><tab><enter>");
    assert_eq!((here(&model), form(&model).text("colour").as_str()), ("colour", ""));
    assert!(hint(&model).starts_with("choose one"), "{}", hint(&model));
    press(&mut model, "<down><del>");
    assert_eq!(form(&model).text("colour"), "red", "one is needed");
    // Several are typed and taken one after another.
    press(&mut model, "<tab>gre<enter>blu<enter>");
    assert_eq!((here(&model), form(&model).text("also").as_str()), ("also", "green\nblue"));
    press(&mut model, "<c-b>");
    let effects = press(&mut model, "pri");
    answer(&mut model, &effects);
    press(&mut model, "<down><tab>");
    assert_eq!(form(&model).text("who"), "p");
    press(&mut model, "<s-tab><del>");
    assert_eq!(form(&model).text("who"), "", "whoever was chosen is taken out");
}

#[test]
fn enter_goes_on_only_where_nothing_is_wrong() {
    let mut model = opened();
    press(&mut model, "<enter>");
    assert_eq!(here(&model), "name", "what is optional may stay empty");
    press(&mut model, "<enter>");
    assert_eq!((here(&model), hint(&model)), ("name", "it cannot be empty"));
    press(&mut model, "Fraud<enter>");
    assert_eq!((here(&model), hint(&model)), ("name", "lower-case letters only"));
    press(&mut model, "<c-u>fraud<enter><enter>");
    assert_eq!(here(&model), "colour");
    press(&mut model, "<down><enter>");
    assert_eq!(form(&model).text("colour"), "red");
    assert_eq!(here(&model), "also");
}

#[test]
fn a_list_is_chosen_from_by_arrows_by_typing_and_by_the_mouse() {
    let mut model = opened();
    press(&mut model, "<c-f><down>");
    assert_eq!(form(&model).text("colour"), "red", "the first press takes the row under the cursor");
    press(&mut model, "<down>");
    assert_eq!(form(&model).text("colour"), "green");
    press(&mut model, "bl");
    assert_eq!(form(&model).text("colour"), "green", "typing only finds");
    press(&mut model, "<tab>");
    assert_eq!(form(&model).text("colour"), "blue", "leaving the field takes what was found");
    press(&mut model, "<s-tab>gre<esc>");
    assert_eq!(
        (form(&model).text("colour").as_str(), here(&model)),
        ("blue", "colour"),
        "Esc takes the typing back"
    );
    press(&mut model, "<tab><space><down><space>");
    assert_eq!(form(&model).text("also"), "red\ngreen");
    press(&mut model, "<space>");
    assert_eq!(form(&model).text("also"), "red");
    let mut hits = HitMap::default();
    hits.add(Rect::new(0, 0, 20, 1), Target::Field(0));
    hits.add_list(Rect::new(0, 1, 20, 3), ListId::Overlay, 0, 3);
    hits.add(Rect::new(0, 5, 20, 1), Target::Field(2));
    hits.add(Rect::new(0, 6, 20, 1), Target::Step(0));
    update(&mut model, Message::Drawn(hits));
    let click = |model: &mut Model, row| update(model, Message::Input(Input::Click { column: 1, row }));
    click(&mut model, 0);
    click(&mut model, 2);
    assert_eq!((here(&model), form(&model).text("colour").as_str()), ("colour", "green"));
    click(&mut model, 5);
    assert_eq!((here(&model), form(&model).text("ends").as_str()), ("ends", "yes"));
    click(&mut model, 6);
    assert_eq!(form(&model).step, 0);
}

#[test]
fn a_search_asks_azure_once_nobody_types_and_the_newest_answer_counts() {
    let mut model = opened();
    let first = press(&mut model, "pri");
    let asks = |effects: &[Effect]| -> Vec<(Slot, u64)> {
        let of = |effect: &Effect| match effect {
            Effect::Ask { slot, generation, after, .. } if slot.field == "who" => {
                assert!(!after.is_zero());
                Some((*slot, *generation))
            }
            _ => None,
        };
        effects.iter().filter_map(of).collect()
    };
    let (slot, _) = asks(&first)[0];
    assert_eq!(asks(&first).len(), 3, "one for each letter, each in place of the one before");
    press(&mut model, "<enter>");
    assert_eq!((here(&model), hint(&model)), ("who", "Azure is still being asked"));
    let newest = asks(&first)[2].1;
    let say = |names: &[&str]| Found::Choices(names.iter().map(|name| Choice::new(*name, *name)).collect());
    let message = |generation, names: &[&str]| Message::Answered { slot, generation, answer: Ok(say(names)) };
    update(&mut model, message(newest - 1, &["late"]));
    assert!(form(&model).is_waiting());
    update(&mut model, message(newest, &["priya", "pria"]));
    press(&mut model, "<enter>");
    assert_eq!(
        (form(&model).text("who").as_str(), here(&model)),
        ("", "who"),
        "nobody chose the first of two"
    );
    assert!(hint(&model).starts_with("several fit"), "{}", hint(&model));
    press(&mut model, "<down><enter>");
    assert_eq!((form(&model).text("who").as_str(), here(&model)), ("priya", "name"));
    let other = Slot { form: slot.form + 99, ..slot };
    update(&mut model, Message::Answered { slot: other, generation: newest, answer: Ok(say(&["other"])) });
    press(&mut model, "<s-tab>");
    let select = form(&model).get("who").unwrap().select().unwrap();
    assert_eq!((select.len(), &select.supply), (0, &Supply::Ready), "nothing is typed, so nothing is shown");
}

/// A role must not go to somebody whom nobody chose.
#[test]
fn who_was_chosen_stays_chosen_whatever_is_pressed_to_leave_the_field() {
    for leave in ["<tab>", "<c-f>", "x<tab>"] {
        let mut model = opened();
        let effects = press(&mut model, "pri");
        answer(&mut model, &effects);
        // The second one of two.
        press(&mut model, "<down><down>");
        assert_eq!(form(&model).text("who"), "q");
        let effects = press(&mut model, leave);
        answer(&mut model, &effects);
        assert_eq!(form(&model).text("who"), "q", "{leave}");
    }
    let mut model = opened();
    let effects = press(&mut model, "pri");
    answer(&mut model, &effects);
    press(&mut model, "<tab>");
    assert_eq!(form(&model).text("who"), "", "of several that fit none is taken unseen");
}

#[test]
fn who_wants_the_plan_while_azure_is_asked_gets_it_with_the_answer() {
    let mut model = filled();
    let effects = press(&mut model, "<c-b><tab>s<c-r>");
    assert!(hint(&model).contains("the plan comes with its answer"), "{}", hint(&model));
    assert!(matches!(model.overlays.last(), Some(Overlay::Form(_))));
    answer(&mut model, &effects);
    assert!(matches!(model.overlays.last(), Some(Overlay::Review(_))));
    // Who goes on filling it in does not get it thrown over that.
    let mut model = filled();
    let effects = press(&mut model, "<c-b><tab>s<c-r><tab>");
    answer(&mut model, &effects);
    assert!(matches!(model.overlays.last(), Some(Overlay::Form(_))));
}

#[test]
fn a_toggle_a_text_and_a_paste() {
    let mut model = opened();
    press(&mut model, "<c-f><tab><tab><space>");
    assert_eq!(form(&model).text("ends"), "yes");
    press(&mut model, "n");
    assert_eq!(form(&model).text("ends"), "no");
    press(&mut model, "y<tab>8 h");
    assert_eq!(form(&model).duration("length").map(|length| length.as_hours()), Some(8));
    press(&mut model, "<down><tab><tab>");
    assert_eq!(here(&model), "why");
    press(&mut model, "one<a-enter>two<up><home>the <down>!");
    assert_eq!(form(&model).text("why"), "the one\ntwo!");
    press(&mut model, "<up><up>");
    assert_eq!(here(&model), "count", "at its first line the arrow leaves it");
    let paste = |model: &mut Model, text: &str| update(model, Message::Input(Input::Paste(text.into())));
    paste(&mut model, "3\u{1b}[2J\u{202e}");
    assert!(!form(&model).text("count").contains(['\u{1b}', '\u{202e}']));
    press(&mut model, "<tab>");
    paste(&mut model, "a\r\nb\u{200b}");
    assert_eq!(form(&model).text("why").lines().count(), 3, "an area takes lines");
    paste(&mut model, "\rcost = 1\r\n\u{7}env = dev");
    let text = form(&model).text("why");
    assert!(text.contains("b\ncost = 1\nenv = dev"), "terminals send returns: {text:?}");
}

#[test]
fn leaving_with_something_entered_is_asked_first() {
    let mut model = opened();
    press(&mut model, "<esc>");
    assert!(model.overlays.is_empty(), "nothing was entered");
    let mut model = opened();
    press(&mut model, "<tab>fraud<esc>");
    assert!(matches!(model.overlays.last(), Some(Overlay::Picker(_))));
    press(&mut model, "<enter>");
    assert_eq!(form(&model).text("name"), "fraud", "the first answer is to stay");
    let effects = press(&mut model, "<esc>d");
    assert!(model.overlays.is_empty());
    assert!(effects.iter().any(|e| matches!(e, Effect::KeepDraft { now: true, .. })), "{effects:?}");
    forms::open(&mut model, sample());
    assert_eq!(model.overlays.len(), 2, "the draft is offered");
    press(&mut model, "y");
    assert_eq!(form(&model).text("name"), "fraud");
    let effects = press(&mut model, "<esc>x");
    assert!(effects.iter().any(|e| matches!(e, Effect::DropDraft(_))) && model.drafts.is_empty());
}

#[test]
fn what_is_typed_is_kept_as_it_is_typed_and_at_once_when_the_console_ends() {
    let mut model = opened();
    let effects = press(&mut model, "<tab>f");
    assert!(effects.iter().any(|e| matches!(e, Effect::KeepDraft { now: false, .. })));
    let effects = press(&mut model, "<c-c>");
    let kept = effects.iter().position(|e| matches!(e, Effect::KeepDraft { now: true, .. })).unwrap();
    let quit = effects.iter().position(|e| *e == Effect::Host(Host::Quit)).unwrap();
    assert!(kept < quit);
}

#[test]
fn a_draft_of_somebody_else_is_not_offered_and_one_can_begin_anew() {
    let mut model = filled();
    press(&mut model, "<esc>d");
    let drafts = std::mem::take(&mut model.drafts);
    model.session.account = Some("bob@contoso.com".into());
    update(&mut model, Message::Drafts(drafts));
    assert!(model.notices.current().is_some_and(|notice| notice.text.contains("A sample")));
    forms::open(&mut model, sample());
    assert_eq!(model.overlays.len(), 1);
    press(&mut model, "<esc>");
    model.session.account = Some("ada@contoso.com".into());
    forms::open(&mut model, sample());
    let effects = press(&mut model, "n");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::DropDraft(_))));
    assert_eq!(form(&model).text("name"), "");
}

#[test]
fn the_review_is_shown_only_of_a_form_that_is_complete() {
    let mut model = opened();
    press(&mut model, "<c-f><c-r>");
    assert_eq!((form(&model).step, here(&model)), (0, "name"), "one is led to what is missing");
    assert!(hint(&model).starts_with("Name: "), "{}", hint(&model));
    let mut model = filled();
    press(&mut model, "<c-r>");
    let Some(Overlay::Review(review)) = model.overlays.last() else { panic!("no review") };
    assert_eq!((review.plan.title.as_str(), &review.rights), ("fraud", &Rights::Lacking(Vec::new())));
    assert_eq!(model.context(), Context::Review);
    press(&mut model, "<tab>");
    assert!(matches!(model.overlays.last(), Some(Overlay::Review(review)) if review.tab == Tab::Az));
    press(&mut model, "<esc>");
    assert_eq!(form(&model).text("name"), "fraud", "the form is still there");
}

#[test]
fn what_follows_can_have_the_screen() {
    let mut model = filled();
    press(&mut model, "<c-o>x");
    assert!(form(&model).explaining, "keys do not type into what is not seen");
    press(&mut model, "<esc>");
    assert!(!form(&model).explaining && matches!(model.overlays.last(), Some(Overlay::Form(_))));
}

#[test]
fn a_form_that_comes_filled_in_leaves_the_draft_that_was_kept() {
    let mut model = opened();
    press(&mut model, "<tab>fraud<esc>d");
    let kept = model.drafts.clone();
    forms::open_filled(&mut model, sample());
    let effects = press(&mut model, "<tab>other");
    assert!(!effects.iter().any(|e| matches!(e, Effect::KeepDraft { .. })), "{effects:?}");
    assert_eq!(model.drafts, kept);
    let effects = press(&mut model, "<esc>x");
    assert!(!effects.iter().any(|e| matches!(e, Effect::DropDraft { .. })), "{effects:?}");
    assert_eq!(model.drafts, kept);
    assert!(model.overlays.is_empty());
}

#[test]
fn a_click_beside_the_fields_leaves_a_form_as_it_is() {
    let mut model = opened();
    press(&mut model, "aroha");
    update(&mut model, Message::Drawn(HitMap::default()));
    update(&mut model, Message::Input(Input::Click { column: 40, row: 17 }));
    assert_eq!(model.overlays.len(), 1, "nothing is asked either");
    assert_eq!(form(&model).current().unwrap().select().unwrap().query.text(), "aroha");
}

#[test]
fn letters_move_where_the_choices_are_few_and_search_where_they_are_not() {
    let mut model = opened();
    press(&mut model, "j");
    assert_eq!(form(&model).current().unwrap().select().unwrap().query.text(), "j", "Azure is searched");
    press(&mut model, "<esc><c-f>");
    assert_eq!(here(&model), "colour");
    press(&mut model, "jj");
    assert_eq!(form(&model).text("colour"), "green");
    press(&mut model, "k");
    assert_eq!(form(&model).text("colour"), "red");
    press(&mut model, "bl");
    assert_eq!(form(&model).current().unwrap().select().unwrap().query.text(), "bl");
}
