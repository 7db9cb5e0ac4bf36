//! A plan, or what became of it, for people: plain text, and Markdown that is safe to paste into a ticket.

use std::fmt::Write;

use super::super::{Held, Phase, Plan, Run, Step, StepState, Undo, Wait, Weight};
use super::{body_text, request_line, span};
use crate::azure::safe_text::one_line;

/// How a form writes its parts. Every text that came from elsewhere goes through one of these.
trait Form {
    fn title(&mut self, text: &str);
    fn heading(&mut self, text: &str);
    fn line(&mut self, text: &str);
    fn item(&mut self, label: &str, text: &str);
    fn code(&mut self, text: &str);
}

#[derive(Default)]
struct Plain(String);

struct Markdown {
    out: String,
    /// What headings begin with.
    level: &'static str,
}

impl Default for Markdown {
    fn default() -> Self {
        Self { out: String::new(), level: "##" }
    }
}

// Writing to a String cannot fail.
impl Form for Plain {
    fn title(&mut self, text: &str) {
        let _ = writeln!(self.0, "{}", one_line(text));
    }
    fn heading(&mut self, text: &str) {
        let _ = writeln!(self.0, "\n{}", one_line(text));
    }
    fn line(&mut self, text: &str) {
        let _ = writeln!(self.0, "   {}", one_line(text));
    }
    fn item(&mut self, label: &str, text: &str) {
        let _ = writeln!(self.0, "   {:<9} {}", format!("{label}:"), one_line(text));
    }
    fn code(&mut self, text: &str) {
        for line in text.lines() {
            let _ = writeln!(self.0, "      {}", crate::azure::safe_text::clean(line));
        }
    }
}

impl Form for Markdown {
    fn title(&mut self, text: &str) {
        let _ = writeln!(self.out, "# {}\n", escape(text));
    }
    fn heading(&mut self, text: &str) {
        let _ = writeln!(self.out, "\n{} {}\n", self.level, escape(text));
    }
    fn line(&mut self, text: &str) {
        let _ = writeln!(self.out, "{}\n", prose(text, escape));
    }
    fn item(&mut self, label: &str, text: &str) {
        let _ = writeln!(self.out, "- **{}**: {}", escape(label), prose(text, escape));
    }
    fn code(&mut self, text: &str) {
        let fence = "`".repeat(longest_run(text).max(2) + 1);
        let _ = writeln!(self.out, "\n{fence}\n{}\n{fence}\n", crate::azure::safe_text::clean(text));
    }
}

/// A text of one line that means nothing in Markdown or HTML.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in one_line(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '!' | '@' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

/// The same of a text in which lines to type stand between backticks: those stay code, so that they can be taken along as
/// they are. Only what has no sign in it that means something elsewhere is taken for one.
pub fn prose(text: &str, escape: impl Fn(&str) -> String) -> String {
    let is_line = |part: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || " -_./'=:".contains(c);
        part.starts_with("amldeck ") && part.chars().all(plain)
    };
    let mut out = escape(text);
    let mut rest = text;
    while let Some((_, behind)) = rest.split_once('`') {
        rest = match behind.split_once('`').filter(|(part, _)| is_line(part)) {
            Some((line, after)) => {
                let code = format!("`{line}`");
                out = out.replace(&escape(&code), &code);
                after
            }
            None => behind,
        };
    }
    out
}

/// The longest run of backticks.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// A plan as plain text.
#[must_use]
pub fn text(plan: &Plan) -> String {
    let mut form = Plain::default();
    write_plan(&mut form, plan);
    form.0
}

/// A plan as Markdown: what, on what, what to know before, each step with its requests and its way back.
#[must_use]
pub fn markdown(plan: &Plan) -> String {
    let mut form = Markdown::default();
    write_plan(&mut form, plan);
    form.out
}

/// The steps of a plan as Markdown, for where its title and what to know before stand already.
#[must_use]
pub fn steps_markdown(plan: &Plan) -> String {
    let mut form = Markdown { level: "###", ..Markdown::default() };
    write_steps(&mut form, plan);
    form.out
}

/// What became of a plan that is carried on by them, as plain text.
#[must_use]
pub fn run_text(run: &Run, held: Held) -> String {
    let mut form = Plain::default();
    write_run(&mut form, run, held);
    form.0
}

/// The same as Markdown.
#[must_use]
pub fn run_markdown(run: &Run, held: Held) -> String {
    let mut form = Markdown::default();
    write_run(&mut form, run, held);
    form.out
}

fn write_plan(form: &mut impl Form, plan: &Plan) {
    form.title(&plan.title);
    head(form, plan);
    for warning in &plan.said() {
        let label = match warning.weight {
            Weight::Danger => "Danger",
            Weight::Caution => "Caution",
            Weight::Note => "Note",
        };
        form.item(label, &warning.text);
    }
    write_steps(form, plan);
}

fn write_steps(form: &mut impl Form, plan: &Plan) {
    for (at, step) in plan.steps.iter().enumerate() {
        let choice = match (step.optional, step.chosen) {
            (_, false) => " (left out)",
            (true, true) => " (optional)",
            (false, true) => "",
        };
        form.heading(&format!("{}. {}{choice}", at + 1, step.title));
        form.line(match &step.left_out {
            Some(then) if !step.chosen => then,
            _ => &step.effect,
        });
        if let Some(caution) = &step.caution {
            form.item("Caution", caution);
        }
        write_step(form, step);
    }
}

fn head(form: &mut impl Form, plan: &Plan) {
    form.item("On", &format!("{} {}", plan.subject_name, plan.subject));
    if plan.production {
        form.item("Note", "this is a production resource");
    }
}

fn write_step(form: &mut impl Form, step: &Step) {
    for request in &step.requests {
        let line = request_line(request);
        form.code(&body_text(request).map_or(line.clone(), |body| format!("{line}\n{body}")));
    }
    for fill in &step.fills {
        form.item("Reads", &format!("the {}: {}", fill.words, request_line(&fill.read)));
    }
    if let Some(check) = &step.already {
        form.item("Skipped", &format!("when {}", check.words));
    }
    if let Some(check) = &step.guard {
        let words: Vec<&str> = check.each().map(|one| one.words.as_str()).collect();
        form.item("Stops", &format!("unless {}", words.join(", and ")));
    }
    if let Some(wait) = &step.wait {
        form.item("Waits", &wait_words(wait));
    }
    if let Some(check) = &step.verify {
        form.item("Verified", &check.words);
    }
    match &step.undo {
        Undo::By(back) => {
            form.item("Undo", &back.title);
            for request in &back.requests {
                let line = request_line(request);
                form.code(&body_text(request).map_or(line.clone(), |body| format!("{line}\n{body}")));
            }
        }
        Undo::OneWay(reason) => form.item("Undo", &format!("none: {reason}")),
        Undo::Nothing => {}
    }
}

fn wait_words(wait: &Wait) -> String {
    let (usual, longest) = (span(wait.typical), span(wait.at_most));
    format!("until {}; usually {usual}, at most {longest}", wait.reason)
}

fn write_run(form: &mut impl Form, run: &Run, held: Held) {
    form.title(&run.plan.title);
    head(form, &run.plan);
    form.item("Run", &run.id.0);
    form.item("By", &run.account);
    form.item("Begun", &run.begun.strftime("%Y-%m-%d %H:%M:%S UTC").to_string());
    form.item("Now", &run.standing(held, false));
    if let Some(undone) = &run.undoes {
        form.item("Undoes", &undone.0);
    }
    for (at, (step, progress)) in run.plan.steps.iter().zip(&run.steps).enumerate() {
        form.heading(&format!("{}. {}: {}", at + 1, step.title, progress.word()));
        match &progress.state {
            StepState::AlreadySo(why) => form.item("Because", why),
            StepState::Failed(trouble) => {
                form.item("Why", &trouble.words);
                if trouble.detail != trouble.words {
                    form.item("Azure", &trouble.detail);
                }
            }
            _ => {}
        }
        for request in &step.requests {
            form.code(&request_line(request));
        }
        if let Some(ended) = progress.ended {
            form.item("Ended", &ended.to_string());
        }
    }
    form.heading("What is so now");
    for line in run.now_true() {
        form.line(&line);
    }
    if run.phase == Phase::Done && !run.plan.next.is_empty() {
        form.heading("What to do next");
        for line in &run.plan.next {
            form.line(line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_takes_hostile_names_as_text() {
        let line = "see `amldeck journal undo RUN --yes` *now*";
        assert_eq!(prose(line, escape), "see `amldeck journal undo RUN --yes` \\*now\\*");
        for hostile in ["``` <img> `", "`amldeck <img>`", "` <img> ``x`"] {
            assert_eq!(prose(hostile, escape), escape(hostile));
        }
        assert_eq!(escape("a|b`c <img src=x> @all"), "a\\|b\\`c &lt;img src=x&gt; \\@all");
        let mut form = Markdown::default();
        form.code("```\nout of the fence");
        assert!(form.out.contains("\n````\n```\nout of the fence\n````\n"), "{}", form.out);
    }

    #[test]
    fn spans_are_short() {
        assert_eq!([span(45), span(300), span(86_400)], ["45 s", "5 min", "24 h"]);
    }
}
