//! The engine, with a form that has one of everything.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::app::session::{Session, Source as Place};
use crate::azure::arm::error::Error;
use crate::config::keymap::{KeyMap, KeyTable};
use crate::config::symbols;
use crate::config::theme::Theme;
use crate::domain::plan::Kind;

/// A model that knows nothing but who is signed in.
pub fn model() -> Model {
    let session = Session {
        source: Place::Azure { cloud: "AzureCloud".into() },
        tenant: None,
        tenants: Vec::new(),
        account: Some("ada@contoso.com".into()),
        object_id: None,
        read_only: false,
        portal: String::new(),
        studio: String::new(),
    };
    let (keymap, theme) = (KeyMap::new(&KeyTable::new()).unwrap(), Theme::named("mono").unwrap());
    Model::new(session, keymap, theme, symbols::UNICODE, Timestamp::UNIX_EPOCH, TimeZone::UTC)
}

fn letters(_: &Form, text: &str) -> Result<(), String> {
    let fits = text.chars().all(|c| c.is_ascii_lowercase());
    if fits { Ok(()) } else { Err("lower-case letters only".into()) }
}

/// A form with one of everything.
pub fn sample() -> Form {
    let colours = || ["red", "green", "blue"].map(|name| Choice::new(name, name)).to_vec();
    let who = vec![
        FormField::one(
            "who",
            "Principal",
            Source::Searched(|_, typed| (!typed.is_empty()).then(|| Ask::Principals { words: typed.into() })),
            Vec::new(),
        )
        .optional(),
        FormField::line("name", "Name")
            .checked(letters)
            .asked(|_, name| Some(Ask::Principal { id: name.into() })),
        FormField::line("account", "Storage account").derived(|form| format!("st{}", form.text("name"))),
    ];
    let what = vec![
        FormField::one("colour", "Colour", Source::Fixed, colours()),
        FormField::many("also", "Also", Source::Fixed, colours()).optional(),
        FormField::toggle("ends", "Ends", false),
        FormField::duration(
            "length",
            "Length",
            SignedDuration::from_hours(1),
            SignedDuration::from_hours(24),
        )
        .shown_if(|form| form.is_on("ends")),
        FormField::one(
            "group",
            "Group",
            Source::Listed(|form| Some(Ask::ResourceGroups { subscription: form.text("colour") })),
            Vec::new(),
        )
        .optional(),
        FormField::number("count", "Count", 1, 9).optional(),
        FormField::area("why", "Why").optional(),
        FormField::fact("said", "Said", |form| format!("{} it is", form.text("colour"))),
    ];
    Form::new(
        "sample",
        "A sample",
        ArmId::group("0001", "rg-a"),
        vec![FormStep::new("Who", who), FormStep::new("What", what)],
        |_, form| vec![Note::plan(form)],
        |_, form| Ok(Plan::new(Kind::Grant, form.text("name"), form.subject.clone())),
    )
}

impl Note {
    fn plan(form: &Form) -> Self {
        Self::plain(format!("paints it {}", form.text("colour")))
    }
}

fn synced(form: &mut Form) -> Vec<Effect> {
    let mut generation = 0;
    form.sync(&model(), &mut generation)
}

fn put(form: &mut Form, id: &str, text: &str) {
    let field = form.get_mut(id).unwrap();
    field.put(text);
    field.edited = true;
}

fn asked(effects: &[Effect]) -> Vec<(&'static str, u64)> {
    let of = |effect: &Effect| match effect {
        Effect::Ask { slot, generation, .. } => Some((slot.field, *generation)),
        _ => None,
    };
    effects.iter().filter_map(of).collect()
}

#[test]
fn a_derived_value_follows_until_it_is_edited() {
    let mut form = sample();
    put(&mut form, "name", "fraud");
    synced(&mut form);
    assert_eq!(form.text("account"), "stfraud");
    put(&mut form, "account", "stmine");
    put(&mut form, "name", "churn");
    synced(&mut form);
    assert_eq!(form.text("account"), "stmine");
}

#[test]
fn a_line_that_is_emptied_and_left_follows_again() {
    let mut form = sample();
    put(&mut form, "name", "fraud");
    put(&mut form, "account", "");
    synced(&mut form);
    assert_eq!(form.text("account"), "", "it may be empty while somebody types");
    form.field = 2;
    form.leave();
    synced(&mut form);
    assert_eq!(form.text("account"), "stfraud");
}

#[test]
fn a_hidden_field_says_nothing_and_keeps_nobody() {
    let mut form = sample();
    for (id, text) in [("name", "fraud"), ("colour", "red"), ("length", "nonsense")] {
        put(&mut form, id, text);
    }
    synced(&mut form);
    assert_eq!((form.text("length").as_str(), form.duration("length")), ("", None));
    assert_eq!(form.get("name").map(|field| field.probe.clone()), Some(Probe::Awaited(2)));
    form.get_mut("name").unwrap().probe = Probe::Unasked;
    assert_eq!(form.obstacle(), None);
    put(&mut form, "ends", "yes");
    let (step, _, why) = form.obstacle().unwrap();
    assert!(step == 1 && why.starts_with("Length: a number with min, h or d"), "{why}");
    put(&mut form, "length", "8 h");
    assert_eq!((form.obstacle(), form.duration("length")), (None, Some(SignedDuration::from_hours(8))));
}

#[test]
fn what_is_wrong_is_said_while_it_is_typed_and_what_is_missing_once_it_was_left() {
    let mut form = sample();
    let remark = |form: &Form| form.get("name").unwrap().remark(form);
    assert_eq!(remark(&form), None);
    put(&mut form, "name", "Fraud");
    assert_eq!(remark(&form), Some(Remark::Wrong("lower-case letters only".into())));
    assert_eq!(form.progress(0), Progress::Wrong);
    put(&mut form, "name", "");
    assert_eq!((remark(&form), form.progress(0)), (None, Progress::Open));
    form.enter(1);
    form.enter(0);
    assert_eq!(remark(&form), Some(Remark::Wrong("it cannot be empty".into())));
}

#[test]
fn azure_is_asked_about_what_passes_its_rule_and_late_answers_are_dropped() {
    let mut form = sample();
    let model = model();
    let mut generation = 7;
    let none = |effects: &[Effect], field: &str| asked(effects).iter().all(|(id, _)| *id != field);
    put(&mut form, "name", "Fraud");
    assert!(none(&form.sync(&model, &mut generation), "name"), "its rule comes first");
    put(&mut form, "name", "fraud");
    let first = form.sync(&model, &mut generation);
    let (_, old) = *asked(&first).iter().find(|(id, _)| *id == "name").unwrap();
    assert!(form.sync(&model, &mut generation).is_empty(), "the same is asked once");
    put(&mut form, "name", "churn");
    let second = form.sync(&model, &mut generation);
    let (_, new) = *asked(&second).iter().find(|(id, _)| *id == "name").unwrap();
    let slot = Slot { form: form.number, field: "name", want: Want::Verdict };
    form.answer(slot, old, Ok(Found::Verdict(Verdict::Bad("taken".into()))));
    assert_eq!(form.get("name").unwrap().remark(&form), Some(Remark::Checking));
    assert!(form.obstacle().unwrap().2.contains("still"), "one waits for the answer");
    form.answer(slot, new, Ok(Found::Verdict(Verdict::Bad("taken".into()))));
    assert_eq!(form.get("name").unwrap().remark(&form), Some(Remark::Wrong("taken".into())));
    put(&mut form, "name", "sales");
    let third = form.sync(&model, &mut generation);
    let (_, third) = *asked(&third).iter().find(|(id, _)| *id == "name").unwrap();
    form.answer(slot, third, Err(Error::CalledOff));
    assert!(matches!(form.get("name").unwrap().remark(&form), Some(Remark::Unsure(_))));
    put(&mut form, "colour", "red");
    assert_eq!(form.obstacle(), None, "what could not be checked keeps nobody");
}

#[test]
fn choices_from_azure_belong_to_the_question_that_they_answer() {
    let mut form = sample();
    let model = model();
    let mut generation = 0;
    put(&mut form, "colour", "red");
    let first = form.sync(&model, &mut generation);
    let (_, red) = *asked(&first).iter().find(|(id, _)| *id == "group").unwrap();
    let slot = Slot { form: form.number, field: "group", want: Want::Choices };
    form.answer(slot, red, Ok(Found::Choices(vec![Choice::new("1", "rg-red")])));
    put(&mut form, "group", "1");
    assert_eq!(form.choice("group").map(|choice| &*choice.label), Some("rg-red"));
    put(&mut form, "colour", "blue");
    let second = form.sync(&model, &mut generation);
    let (_, blue) = *asked(&second).iter().find(|(id, _)| *id == "group").unwrap();
    assert!(form.is_waiting() && form.get("group").unwrap().select().unwrap().is_empty());
    form.answer(slot, blue, Ok(Found::Choices(vec![Choice::new("2", "rg-blue")])));
    assert_eq!(form.choice("group"), None, "it is none of the groups there");
    form.answer(slot, blue, Err(Error::CalledOff));
    assert_eq!(form.get("group").unwrap().select().unwrap().len(), 1, "an answer counts once");
}

#[test]
fn a_draft_brings_back_what_was_entered_and_where_one_was() {
    let mut form = sample();
    put(&mut form, "name", "fraud");
    put(&mut form, "colour", "blue");
    put(&mut form, "also", "red\ngreen");
    put(&mut form, "why", "first\nsecond");
    put(&mut form, "ends", "yes");
    form.get_mut("who")
        .unwrap()
        .select_mut()
        .unwrap()
        .set(vec![Choice::new("id", "Priya Raman").kind("User")]);
    form.get_mut("who").unwrap().edited = true;
    synced(&mut form);
    form.go_to_step(1, false);
    let draft = Draft::of(&form, "ada@contoso.com", Timestamp::UNIX_EPOCH);
    let json = serde_json::to_string(&draft).unwrap();
    let draft: Draft = serde_json::from_str(&json).unwrap();
    let mut again = sample();
    assert!(draft.is_of(&again, "Ada@Contoso.com") && !draft.is_of(&again, "bob@contoso.com"));
    draft.fill(&mut again);
    synced(&mut again);
    for id in ["name", "account", "colour", "also", "why", "ends"] {
        assert_eq!(again.text(id), form.get(id).unwrap().text(), "{id}");
        if id == "account" {
            assert!(!again.get(id).unwrap().edited, "what followed still follows");
        }
    }
    assert_eq!(again.choice("who").map(|choice| &*choice.kind), Some("User"));
    assert_eq!(again.step, 1);
}

#[test]
fn the_cursor_goes_over_what_can_be_entered_and_stays_on_it() {
    let mut form = sample();
    form.go_to_step(1, true);
    assert_eq!(form.current().map(|field| field.id), Some("why"), "a fact is not entered");
    assert_eq!(form.beside(true), None);
    form.go_to_step(1, false);
    let mut seen = vec![form.current().unwrap().id];
    while let Some(next) = form.beside(true) {
        form.enter(next);
        seen.push(form.current().unwrap().id);
    }
    assert_eq!(seen, ["colour", "also", "ends", "group", "count", "why"]);
    put(&mut form, "ends", "yes");
    let length = form.steps[1].fields.iter().position(|field| field.id == "length").unwrap();
    form.enter(length);
    put(&mut form, "ends", "no");
    synced(&mut form);
    assert_eq!(form.current().map(|field| field.id), Some("group"), "a field that went away is left");
}

#[test]
fn where_lines_stand_for_themselves_one_begins_on_a_line_of_its_own() {
    let mut area = Area::of_lines();
    area.fill("env = prod");
    assert_eq!(area.cursor(), (1, 0));
    area.fill("");
    assert_eq!(area.cursor(), (0, 0));
    let mut prose = Area::with("");
    prose.fill("Scores cards");
    assert_eq!(prose.cursor(), (0, 12));
}
