//! Forms: moving through fields and steps, typing, choosing, leaving, drafts.

use crate::app::effect::Effect;
use crate::app::form::{Answer, Area, Draft, Entry, Form, FormField, Probe, Slot, Source, Supply};
use crate::app::hit::Target;
use crate::app::message::PlanOnDisk;
use crate::app::model::Model;
use crate::app::overlay::Overlay;
use crate::app::picker::{Command, FormAnswer, Item, Picker};
use crate::config::action::Action;
use crate::config::key::{Key, KeyCode};
use crate::domain::fact::Tone;
use crate::domain::setup::spec::PlanFile;

/// Opens a form over the screen; where a draft of it was kept, that is offered.
pub fn open(model: &mut Model, form: Form) -> Vec<Effect> {
    let draft = draft_of(model, &form).map(|draft| draft.at);
    put_up(model, form);
    if let Some(at) = draft {
        let at = at.to_zoned(model.zone.clone()).strftime("%Y-%m-%d %H:%M").to_string();
        let items = vec![
            Item::new("go on with the draft", at, Command::Form(FormAnswer::TakeDraft)).key('y'),
            Item::new("begin anew", "the draft is dropped", Command::Form(FormAnswer::DropDraft)).key('n'),
        ];
        model.overlays.push(Overlay::Picker(Picker::new("This form was not finished", items, false)));
    }
    Vec::new()
}

/// Opens a form that is filled in already: who comes with something to do is not asked about a draft. One that is kept
/// stays what it is, whatever becomes of this form.
pub fn open_filled(model: &mut Model, mut form: Form) -> Vec<Effect> {
    form.extras.leaves_draft = draft_of(model, &form).is_some();
    put_up(model, form)
}

fn put_up(model: &mut Model, mut form: Form) -> Vec<Effect> {
    model.generation += 1;
    form.number = model.generation;
    model.overlays.push(Overlay::Form(Box::new(form)));
    Vec::new()
}

fn draft_of<'a>(model: &'a Model, form: &Form) -> Option<&'a Draft> {
    let account = model.session.account.as_deref()?;
    model.drafts.iter().find(|draft| draft.is_of(form, account))
}

fn top(model: &mut Model) -> Option<&mut Form> {
    match model.overlays.last_mut() {
        Some(Overlay::Form(form)) => Some(form),
        _ => None,
    }
}

/// The topmost form, below whatever was opened over it.
fn any(model: &mut Model) -> Option<&mut Form> {
    model.overlays.iter_mut().rev().find_map(|overlay| match overlay {
        Overlay::Form(form) => Some(&mut **form),
        _ => None,
    })
}

/// After something happened: what follows from it in the forms that are open.
pub fn keep_in_step(model: &mut Model) -> Vec<Effect> {
    let mut effects = Vec::new();
    for at in 0..model.overlays.len() {
        if !matches!(model.overlays[at], Overlay::Form(_)) {
            continue;
        }
        // The form looks at the model that holds it.
        let Overlay::Form(mut form) = model.overlays.remove(at) else { continue };
        let mut generation = model.generation;
        effects.extend(form.sync(model, &mut generation));
        model.generation = generation;
        model.overlays.insert(at, Overlay::Form(form));
    }
    effects
}

/// Does what an action means in the form on top; none when none is.
pub fn act(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let form = top(model)?;
    form.plan_wanted = false;
    let effects = match action {
        Action::Back => {
            if form.explaining {
                form.explaining = false;
            } else if let Some(select) = form.current_mut().and_then(|field| field.select_mut())
                && !select.query.text().is_empty()
            {
                select.clear_query();
            } else {
                return Some(leave(model));
            }
            Vec::new()
        }
        Action::Consequence => {
            form.explaining = !form.explaining;
            Vec::new()
        }
        Action::Open => enter(model),
        Action::Review => review(model),
        Action::NextField => step_field(model, true),
        Action::PreviousField => step_field(model, false),
        Action::NextStep | Action::PreviousStep => {
            let step = form.step_beside(action == Action::NextStep);
            form.go_to_step(step.unwrap_or(form.step), false);
            changed(model)
        }
        Action::BreakLine => match form.current_mut().map(|field| &mut field.entry) {
            Some(Entry::Area(area)) => {
                area.break_line();
                edited(model)
            }
            _ => Vec::new(),
        },
        Action::Save => save(model),
        Action::TakeFile => match form.extras.filing {
            Some(_) => vec![Effect::FindPlans],
            None => Vec::new(),
        },
        Action::Help => return None,
        moving => step_row(model, moving),
    };
    Some(effects)
}

/// Arrows: in a list they choose, in a text of several lines they move, else they go to the field beside.
fn step_row(model: &mut Model, action: Action) -> Vec<Effect> {
    let Some(form) = top(model) else { return Vec::new() };
    if form.explaining {
        // Its end is known where it is drawn: beyond what the last frame showed there is nothing to come back from.
        form.scroll.row = form.scroll.row.min(form.scroll.offset);
        form.scroll.apply(action, usize::MAX);
        return Vec::new();
    }
    let Some(field) = form.current_mut() else { return Vec::new() };
    match &mut field.entry {
        Entry::Select(select) => {
            let (rows, fresh) = (select.len(), !select.many && select.chosen().is_empty());
            // The first press takes the row that the cursor is on.
            let moved = if fresh && select.cursor.row == 0 && action == Action::Down {
                true
            } else {
                select.cursor.apply(action, rows)
            };
            if moved && !select.many && select.choose() {
                return edited(model);
            }
            Vec::new()
        }
        Entry::Area(area) if matches!(action, Action::Up | Action::Down) => {
            if area.step(action == Action::Down) {
                Vec::new()
            } else {
                step_field(model, action == Action::Down)
            }
        }
        _ if matches!(action, Action::Up | Action::Down) => step_field(model, action == Action::Down),
        _ => Vec::new(),
    }
}

/// Goes to the field beside; behind the last one of a step comes the next step.
fn step_field(model: &mut Model, forward: bool) -> Vec<Effect> {
    let Some(form) = top(model) else { return Vec::new() };
    // What is taken as the cursor goes may show other fields.
    form.leave();
    match form.beside(forward) {
        Some(place) => form.enter(place),
        None => {
            if let Some(step) = form.step_beside(forward) {
                form.go_to_step(step, !forward);
            }
        }
    }
    changed(model)
}

/// Enter: takes what is under the cursor, and goes on where nothing is wrong with the field.
fn enter(model: &mut Model) -> Vec<Effect> {
    let Some(form) = top(model) else { return Vec::new() };
    if form.explaining {
        form.explaining = false;
        return Vec::new();
    }
    let needed = form.current().is_some_and(|field| field.is_needed(form));
    if let Some(field) = form.current_mut()
        && let Entry::Select(select) = &mut field.entry
    {
        let typed = !select.query.text().is_empty();
        // What may be left empty is, unless something was typed to find it.
        let missing = needed && select.chosen().is_empty();
        if (missing || typed) && matches!(select.supply, Supply::Awaited(_)) {
            model.notices.hint("Azure is still being asked");
            return Vec::new();
        }
        if select.is_empty() && typed && select.supply == Supply::Ready {
            let key = model.key(Action::Back);
            model.notices.hint(format!("nothing fits: change what was typed, or {key} clears it"));
            return Vec::new();
        }
        if select.many && select.is_searching() {
            // One after another can be typed: what is chosen makes room for the next.
            let changed = select.choose();
            select.clear_query();
            return if changed { edited(model) } else { Vec::new() };
        }
        // Who only goes on has chosen nothing; where there is but one, there is nothing to choose.
        if missing && !typed && select.len() > 1 {
            model.notices.hint("choose one: Space takes the row under the cursor, or type to find another");
            return Vec::new();
        }
        // Of several that the directory found nobody has chosen the first one.
        let found = matches!(select.source, Source::Searched(_)) && select.is_searching();
        if !select.many && found && select.len() > 1 && !select.point_at_named() {
            model.notices.hint("several fit: an arrow chooses one, or type more of the name");
            return Vec::new();
        }
        if !select.many && (missing || typed) && select.choose() {
            field.edited = true;
        }
    }
    form.leave();
    let mut effects = changed(model);
    // What was chosen may show other fields.
    effects.extend(keep_in_step(model));
    let Some(form) = top(model) else { return effects };
    if let Some(wrong) = form.current().and_then(|field| field.judge(form).err()) {
        model.notices.hint(wrong);
        return effects;
    }
    let last = form.is_at_end();
    effects.extend(if last { review(model) } else { step_field(model, true) });
    effects
}

/// Shows the plan, or goes to what keeps the form from coming to one.
fn review(model: &mut Model) -> Vec<Effect> {
    let Some(form) = top(model) else { return Vec::new() };
    // What was typed to find a choice counts.
    form.go_to_step(form.step, true);
    // Nobody types any more, so that Azure is asked about what stands here now.
    if let Some(field) = form.current_mut() {
        field.visited = true;
    }
    let mut effects = changed(model);
    effects.extend(keep_in_step(model));
    let Some(form) = top(model) else { return effects };
    if let Some((step, place, why)) = form.obstacle() {
        let field = &form.steps[step].fields[place];
        if matches!(field.probe, Probe::Awaited(_)) && field.judge(form).is_ok() {
            form.plan_wanted = true;
            model.notices.hint("Azure is still being asked: the plan comes with its answer");
            return effects;
        }
        form.go_to_step(step, false);
        form.enter(place);
        for field in form.steps.iter_mut().flat_map(|step| &mut step.fields) {
            field.visited = true;
        }
        model.notices.hint(why);
        return effects;
    }
    let form = form.clone();
    match (form.finish)(model, &form) {
        Ok(plan) => {
            let also = form.extras.also.map_or_else(Vec::new, |also| also(model, &form));
            effects.extend(super::reviews::open(model, plan, None));
            super::reviews::show_also(model, also);
        }
        Err(why) => {
            model.tell(Tone::Warn, why, "");
        }
    }
    effects
}

/// Writes the form into a file, where it has a form for files.
fn save(model: &mut Model) -> Vec<Effect> {
    let Some(form) = top(model) else { return Vec::new() };
    let file = form.extras.filing.map(|filing| (filing.write)(form));
    file.map(|(name, contents)| Effect::Save { name, contents }).into_iter().collect()
}

/// What is wrong in the form on top, where it has a form for files: a value that is none has no place in one.
pub fn not_in_file(model: &mut Model) -> Option<String> {
    let form = top(model).filter(|form| form.extras.filing.is_some())?;
    let wrong = form.wrong_alone();
    (!wrong.is_empty()).then(|| wrong.join(", "))
}

/// Offers the files that the form on top can be filled in from.
pub fn found_plans(model: &mut Model, found: Vec<PlanOnDisk>) -> Vec<Effect> {
    if top(model).is_none() {
        return Vec::new();
    }
    if found.is_empty() {
        model.notices.hint("there is no plan file (TOML) in the working folder or below it");
        return Vec::new();
    }
    let items = found.into_iter().map(plan_item).collect();
    model.overlays.push(Overlay::Picker(Picker::new("From a plan file", items, true)));
    Vec::new()
}

/// A plan file as a choice, with what is wrong with it.
fn plan_item(file: PlanOnDisk) -> Item {
    let text = match file.text {
        Ok(text) => text,
        Err(why) => return Item::new(file.name, why, Command::Stay),
    };
    let wrong = match PlanFile::read(&text) {
        Ok(_) => String::new(),
        // Where and what; choosing the file tells all.
        Err(error) => {
            let mut lines = error.text.lines();
            let first = lines.next().unwrap_or_default();
            let then = if first.starts_with("line ") { lines.next() } else { lines.next_back() };
            format!("{first}: {}", then.unwrap_or_default())
        }
    };
    Item::new(file.name, wrong, Command::TakePlan(text))
}

/// Fills the form on top in from a file; with something entered that is asked first.
pub fn take_plan(model: &mut Model, text: String) -> Vec<Effect> {
    // What cannot be read replaces nothing.
    if !top(model).is_some_and(|form| form.is_edited()) || PlanFile::read(&text).is_err() {
        return replace_by_plan(model, &text);
    }
    let items = vec![
        Item::new("stay", "what was entered stays", Command::Stay).key('s'),
        Item::new("fill in from the file", "what was entered is lost", Command::ReplaceByPlan(text)).key('x'),
    ];
    model.overlays.push(Overlay::Picker(Picker::new("Replace what was entered?", items, false)));
    Vec::new()
}

/// Fills the form on top in from a file, whatever stands in it.
pub fn replace_by_plan(model: &mut Model, text: &str) -> Vec<Effect> {
    let Some(form) = top(model) else { return Vec::new() };
    let Some(filing) = form.extras.filing else { return Vec::new() };
    match (filing.read)(form, text) {
        Ok(()) => changed(model),
        Err(why) => {
            let first = why.lines().next().unwrap_or_default().to_owned();
            model.tell(Tone::Warn, format!("the plan file is not loaded: {first}"), why);
            Vec::new()
        }
    }
}

/// Leaves the form on top; with something entered that is asked first.
pub fn leave(model: &mut Model) -> Vec<Effect> {
    let Some(form) = top(model) else { return Vec::new() };
    if !form.is_edited() {
        model.overlays.pop();
        return Vec::new();
    }
    let leaves_draft = form.extras.leaves_draft;
    let mut items = vec![Item::new("stay", "", Command::Stay).key('s')];
    if !leaves_draft {
        let keep = Command::Form(FormAnswer::LeaveAndKeep);
        items.push(Item::new("leave, and keep a draft", "it is offered again", keep).key('d'));
    }
    let kept = if leaves_draft { "the draft that was kept before stays" } else { "" };
    let drop = Command::Form(FormAnswer::LeaveAndDrop);
    items.push(Item::new("leave, and drop what was entered", kept, drop).key('x'));
    model.overlays.push(Overlay::Picker(Picker::new("Leave the form?", items, false)));
    Vec::new()
}

/// Does what was answered to a question about the form.
pub fn answer(model: &mut Model, answer: FormAnswer) -> Vec<Effect> {
    match answer {
        FormAnswer::LeaveAndKeep => {
            let effects = keep_now(model);
            pop(model);
            effects
        }
        FormAnswer::LeaveAndDrop => done(model),
        FormAnswer::TakeDraft => {
            let Some(Overlay::Form(mut form)) = model.overlays.pop() else { return Vec::new() };
            if let Some(draft) = draft_of(model, &form).cloned() {
                draft.fill(&mut form);
            }
            model.overlays.push(Overlay::Form(form));
            Vec::new()
        }
        FormAnswer::DropDraft => drop_draft(model),
    }
}

/// Takes the form on top away without asking.
fn pop(model: &mut Model) {
    if top(model).is_some() {
        model.overlays.pop();
    }
}

/// The draft of the topmost form, taken into the model.
fn note_draft(model: &mut Model) -> Option<Box<Draft>> {
    let (account, now) = (model.session.account.clone()?, model.now);
    let form = any(model)?;
    if !form.is_edited() || form.extras.leaves_draft {
        return None;
    }
    let draft = Draft::of(form, &account, now);
    let same = |kept: &Draft| {
        kept.kind == draft.kind && kept.subject == draft.subject && kept.account == draft.account
    };
    model.drafts.retain(|kept| !same(kept));
    model.drafts.push(draft.clone());
    Some(Box::new(draft))
}

/// The title of the topmost form where something was put into it.
#[must_use]
pub fn unfinished(model: &Model) -> Option<&str> {
    model.overlays.iter().rev().find_map(|overlay| match overlay {
        Overlay::Form(form) if form.is_edited() => Some(form.title.as_str()),
        _ => None,
    })
}

/// Keeps what was put into the topmost form, because the console ends or the form is left.
pub fn keep_now(model: &mut Model) -> Vec<Effect> {
    note_draft(model).map(|draft| Effect::KeepDraft { draft, now: true }).into_iter().collect()
}

/// The form on top came to a plan that runs: it goes, with its draft.
pub fn done(model: &mut Model) -> Vec<Effect> {
    let effects = drop_draft(model);
    pop(model);
    effects
}

/// Drops what was kept of the topmost form.
pub fn drop_draft(model: &mut Model) -> Vec<Effect> {
    let account = model.session.account.clone().unwrap_or_default();
    let Some(form) = any(model).filter(|form| !form.extras.leaves_draft) else { return Vec::new() };
    let (kind, subject) = (form.kind, form.subject.clone());
    let of_form = |kept: &mut Draft| {
        kept.kind == kind && kept.subject == subject && kept.account.eq_ignore_ascii_case(&account)
    };
    let dropped = model.drafts.extract_if(.., of_form);
    dropped.map(|draft| Effect::DropDraft(Box::new(draft))).collect()
}

/// Something moved: leaving a field may have chosen something in it.
fn changed(model: &mut Model) -> Vec<Effect> {
    note_draft(model).map(|draft| Effect::KeepDraft { draft, now: false }).into_iter().collect()
}

/// Somebody put something into the field that has the keys.
fn edited(model: &mut Model) -> Vec<Effect> {
    if let Some(field) = top(model).and_then(Form::current_mut) {
        field.edited = true;
    }
    changed(model)
}

/// A key that is bound to nothing: it edits the field.
pub fn press(model: &mut Model, key: Key) -> Vec<Effect> {
    let Some(form) = top(model) else { return Vec::new() };
    form.plan_wanted = false;
    if form.explaining {
        return Vec::new();
    }
    if let Some(moving) = form.current().and_then(|field| moves_choice(field, key)) {
        return step_row(model, moving);
    }
    let needed = form.current().is_some_and(|field| field.is_needed(form) || field.is_derived());
    let Some(field) = form.current_mut() else { return Vec::new() };
    let (before, suggested) = (field.text(), field.is_suggested());
    let space = key == Key::char(' ');
    match &mut field.entry {
        Entry::Line(text) | Entry::Number { text, .. } | Entry::Duration { text, .. } => {
            if suggested && key.typed().is_some() {
                text.clear();
            }
            field.kept |= text.press(key);
        }
        Entry::Area(area) => {
            area.press(key);
        }
        Entry::Toggle(on) => {
            if space || matches!(key.code, KeyCode::Left | KeyCode::Right) {
                *on = !*on;
            } else {
                match key.typed() {
                    Some('y') => *on = true,
                    Some('n') => *on = false,
                    _ => {}
                }
            }
        }
        // Behind a word it is a blank for another one, unless the row under the cursor is chosen: then there is nothing to
        // look for any more.
        Entry::Select(select) if space && (select.many || !select.is_searching()) => {
            let again = !select.many && select.current().is_some_and(|choice| select.is_chosen(choice));
            if again && !needed {
                select.take_out();
            } else {
                select.choose();
            }
        }
        Entry::Select(select) if !needed && !select.many && select.query.text().is_empty() && erases(key) => {
            select.take_out();
        }
        Entry::Select(select) => {
            let typed = select.query.text().to_owned();
            select.query.press(key);
            if select.query.text() != typed {
                select.left_over = false;
                select.refilter();
            }
            return Vec::new();
        }
        Entry::Fact(_) => {}
    }
    if field.text() == before { Vec::new() } else { edited(model) }
}

/// What a letter means in a list of few choices: there is nothing to search for, so that it moves as in every list.
fn moves_choice(field: &FormField, key: Key) -> Option<Action> {
    let Entry::Select(select) = &field.entry else { return None };
    if !select.is_short() || !select.query.text().is_empty() {
        return None;
    }
    match key.typed()? {
        'j' => Some(Action::Down),
        'k' => Some(Action::Up),
        'G' => Some(Action::Last),
        _ => None,
    }
}

/// Whether a key takes out what stands before or under the cursor.
fn erases(key: Key) -> bool {
    matches!(key.code, KeyCode::Backspace | KeyCode::Delete)
}

/// Puts what was pasted into the field, made harmless.
pub fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    let Some(field) = top(model).filter(|form| !form.explaining).and_then(Form::current_mut) else {
        return Vec::new();
    };
    let suggested = field.is_suggested();
    match &mut field.entry {
        Entry::Line(line) | Entry::Number { text: line, .. } | Entry::Duration { text: line, .. } => {
            if suggested {
                line.clear();
            }
            line.paste(text);
        }
        Entry::Area(area) => Area::paste(area, text),
        Entry::Select(select) => {
            select.query.paste(text);
            select.left_over = false;
            select.refilter();
            return Vec::new();
        }
        Entry::Toggle(_) | Entry::Fact(_) => return Vec::new(),
    }
    edited(model)
}

/// A click on a field or a step.
pub fn click(model: &mut Model, target: Target) -> Vec<Effect> {
    let Some(form) = top(model) else { return Vec::new() };
    match target {
        Target::Step(step) => form.go_to_step(step, false),
        Target::Field(place) => {
            form.enter(place);
            if let Some(Entry::Toggle(on)) = form.current_mut().map(|field| &mut field.entry) {
                *on = !*on;
                return edited(model);
            }
        }
        _ => {}
    }
    changed(model)
}

/// A click on a choice of the list that has the keys; two of them take it and go on.
pub fn click_choice(model: &mut Model, row: usize, double: bool) -> Vec<Effect> {
    let Some(select) = top(model).and_then(Form::current_mut).and_then(|field| field.select_mut()) else {
        return Vec::new();
    };
    if double {
        return enter(model);
    }
    select.cursor.row = row;
    if select.choose() { edited(model) } else { Vec::new() }
}

/// Takes an answer to what a form asked.
pub fn answered(model: &mut Model, slot: Slot, generation: u64, answer: Answer) -> Vec<Effect> {
    if slot == super::asking::SEARCH {
        super::asking::found(model, answer);
        return Vec::new();
    }
    super::reviews::answered(model, slot, generation, &answer);
    for overlay in &mut model.overlays {
        if let Overlay::Form(form) = overlay
            && form.number == slot.form
        {
            form.answer(slot, generation, answer);
            break;
        }
    }
    if top(model).is_some_and(|form| std::mem::take(&mut form.plan_wanted)) {
        review(model)
    } else {
        Vec::new()
    }
}

/// Takes the forms that an earlier session did not finish, and says so.
pub fn found_drafts(model: &mut Model, drafts: Vec<Draft>) -> Vec<Effect> {
    if let Some(newest) = drafts.iter().max_by_key(|draft| draft.at) {
        let at = newest.at.to_zoned(model.zone.clone()).strftime("%Y-%m-%d %H:%M").to_string();
        let text =
            format!("not finished: \"{}\", {at}; it is offered when that form is opened", newest.title);
        model.tell(Tone::Plain, text, "");
    }
    model.drafts = drafts;
    Vec::new()
}
