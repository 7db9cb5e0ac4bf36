//! What an operator sees of a plan: all of it at a glance, the step under the cursor in full, and nothing that is grave out
//! of sight.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::form::tests::model;
use crate::app::model::Model;
use crate::app::overlay::Overlay;
use crate::app::review::Review;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::{Method, Request};
use crate::config::symbols;
use crate::domain::plan::{Kind, Plan, Step, Undo, Weight};
use crate::ui::view;

/// The steps of [`plan`] that cannot be undone.
const ONE_WAY: [usize; 3] = [5, 13, 21];

fn account() -> ArmId {
    ArmId::group("0001", "rg-a").join("providers/Microsoft.Storage/storageAccounts/stforecastprod")
}

/// 22 steps whose names begin with the same words and are too long for 80 columns.
fn plan() -> Plan {
    let mut plan = Plan::new(Kind::StorageAccess, "Switch mlw-forecast to identity", account());
    for at in 0..22 {
        let role = if at % 2 == 0 {
            "Storage Blob Data Contributor"
        } else {
            "Storage File Data Privileged Contributor"
        };
        let title = format!("Give {role} on stforecastprod to the forecasting team {}", at / 2 + 1);
        let effect = format!("Team {} has {role} on stforecastprod.", at / 2 + 1);
        let put = Request::arm(Method::Put, &account().join(&format!("roles/{at}")), "2022-04-01");
        let undo = if ONE_WAY.contains(&at) {
            Undo::OneWay(format!("reason {at}"))
        } else {
            Undo::by(format!("Take it from team {}", at / 2 + 1), "It is gone.", Vec::new())
        };
        plan.steps.push(
            Step::send(at.to_string(), title, effect, put)
                .undo(undo)
                .needs(&account(), "Microsoft.Authorization/roleAssignments/write")
                .optional(true),
        );
    }
    plan
}

fn opened(plan: Plan) -> Model {
    let mut model = model();
    model.overlays.push(Overlay::Review(Box::new(Review::new(plan))));
    model
}

fn review(model: &mut Model) -> &mut Review {
    match model.overlays.last_mut() {
        Some(Overlay::Review(review)) => review,
        other => panic!("no review is on top: {other:?}"),
    }
}

/// The lines of a frame, after the cursor went to a step.
fn screen(model: &mut Model, cursor: usize, (width, height): (u16, u16)) -> Vec<String> {
    review(model).cursor.row = cursor;
    let area = Rect { x: 0, y: 0, width, height };
    let mut buf = Buffer::empty(area);
    let drawn = view::draw(model, &mut buf);
    for viewport in drawn.hits.viewports() {
        let cursor = &mut review(model).cursor;
        (cursor.offset, cursor.height) = (viewport.offset, viewport.height);
    }
    let line = |y: u16| (0..width).map(|x| buf[(x, y)].symbol()).collect::<String>();
    (0..height).map(line).collect()
}

/// The heads of steps on screen, from behind their number.
fn heads(screen: &[String]) -> Vec<(usize, String)> {
    let head = |line: &String| {
        let (number, title) = line.trim_start_matches(['│', '┃', '▌', '↑', '↓', ' ']).split_once(". [")?;
        Some((number.parse::<usize>().ok()? - 1, title.to_owned()))
    };
    screen.iter().filter_map(head).collect()
}

#[test]
fn a_plan_of_many_steps_is_seen_at_a_glance_with_the_step_under_the_cursor_whole() {
    let mut plan = plan();
    plan.warn(Weight::Caution, "This is a preview. ".repeat(12));
    plan.warn(Weight::Note, "Nine people are told of it. ".repeat(12));
    let mut model = opened(plan);
    for cursor in (0..22).chain((0..22).rev()) {
        let screen = screen(&mut model, cursor, (80, 24));
        let all = screen.join("\n");
        let heads = heads(&screen);
        assert!(heads.len() >= 8, "{all}");
        assert!(all.contains("Effect") && all.contains("Sends") && all.contains("Needs"), "{all}");
        assert!(all.contains(&format!("Team {} has", cursor / 2 + 1)), "{all}");
        let back = if ONE_WAY.contains(&cursor) { "cannot be undone: reason" } else { "Undo    Take it" };
        assert!(all.contains(back), "{all}");
        for (at, (_, one)) in heads.iter().enumerate() {
            assert!(heads[at + 1..].iter().all(|(_, other)| one != other), "two steps look the same:\n{all}");
        }
    }
}

#[test]
fn what_cannot_be_undone_is_told_wherever_the_cursor_is() {
    for size in [(80, 24), (60, 16), (110, 24), (200, 60)] {
        let mut model = opened(plan());
        for cursor in 0..22 {
            let screen = screen(&mut model, cursor, size);
            let all = screen.join("\n");
            let shown = heads(&screen);
            assert!(all.contains("22 steps, 3 one-way"), "{all}");
            for step in ONE_WAY {
                let in_sight = shown.iter().any(|(at, head)| *at == step && head.contains("one-way"));
                let number = (step + 1).to_string();
                let told = screen
                    .iter()
                    .filter_map(|line| line.split_once(" steps "))
                    .any(|(_, numbers)| numbers.split([',', ' ']).any(|told| told == number));
                assert!(in_sight || told, "step {number} at {size:?}:\n{all}");
            }
        }
    }
}

#[test]
fn notes_leave_half_of_the_room_to_the_steps_and_the_gravest_is_first() {
    let mut plan = plan();
    for n in 0..12 {
        plan.warn(Weight::Note, format!("Good to know {n}. "));
    }
    plan.warn(Weight::Danger, "Everybody stops. ".repeat(20));
    let mut model = opened(plan);
    for size in [(80, 24), (60, 16), (120, 36), (40, 10)] {
        let screen = screen(&mut model, 0, size);
        let all = screen.join("\n");
        let rule =
            screen.iter().position(|line| line.contains(": n shows all")).unwrap_or_else(|| panic!("{all}"));
        assert!(rule <= usize::from(size.1) / 2 + 1, "{all}");
        assert!(screen[3].contains("✖ Everybody stops."), "{all}");
    }
}

#[test]
fn a_plan_that_has_room_is_there_in_full() {
    let mut plan = plan();
    plan.steps.truncate(2);
    plan.warn(Weight::Note, "A note of three lines. ".repeat(8));
    let all = screen(&mut opened(plan), 0, (80, 24)).join("\n");
    assert_eq!(all.matches("Effect").count(), 2, "{all}");
    assert!(!all.contains("more line"), "{all}");
}

#[test]
fn what_a_step_that_is_left_out_would_bring_is_not_told_as_its_effect() {
    let mut plan = plan();
    plan.steps.truncate(2);
    plan.steps[0].left_out = Some("Nobody of team 1 reaches blobs.".to_owned());
    plan.steps[0].chosen = false;
    let all = screen(&mut opened(plan.clone()), 0, (80, 24)).join("\n");
    assert!(all.contains("Then    Nobody of team 1") && all.contains("Put in  Team 1 has"), "{all}");
    assert_eq!(all.matches("Effect").count(), 1, "{all}");
    assert!(crate::app::review::details(&plan.steps[0]).starts_with("Put in      Team 1 has"));
}

#[test]
fn the_names_of_several_are_not_cut_in_the_frame() {
    let mut plan = plan();
    plan.title = "Switch 2 workspaces to identity".to_owned();
    plan.subject_name = "mlw-staging, proj-vision-defects".to_owned();
    plan.many = Some("2 workspaces".to_owned());
    let narrow = screen(&mut opened(plan.clone()), 0, (80, 24)).remove(1);
    assert!(!narrow.contains("on mlw-"), "{narrow}");
    let wide = screen(&mut opened(plan), 0, (140, 24)).remove(1);
    assert!(wide.contains("on mlw-staging, proj-vision-defects"), "{wide}");
}

#[test]
fn any_size_and_any_signs_draw() {
    let mut model = opened(plan());
    for ascii in [false, true] {
        model.keymap = model.keymap.clone().in_ascii(ascii);
        model.signs = if ascii { symbols::ASCII } else { symbols::UNICODE };
        for width in [1, 19, 20, 33, 60, 79, 109, 110, 121] {
            for height in 1..28 {
                let lines = screen(&mut model, 13, (width, height));
                assert!(!ascii || lines.concat().is_ascii(), "{}", lines.join("\n"));
            }
        }
    }
}
