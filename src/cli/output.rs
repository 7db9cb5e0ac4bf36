//! The forms in which commands without a screen print: columns, JSON, comma-separated values, Markdown.
//! Colour and width only on a terminal.

use std::io::IsTerminal;

use crossterm::style::ContentStyle;
use ratatui::backend::IntoCrossterm;
use ratatui::style::Style;
use serde::Serialize;

use super::args::Output;
use super::exit::Failure;
use super::start::Context;
use crate::app::export::{Format, Sheet, markdown_cell};
use crate::config::theme::Theme;
use crate::domain::fact::Tone;
use crate::ui::paint::tone_style;

/// No column is made narrower than this to fit a terminal.
const NARROWEST: usize = 6;
/// What a column of words needs so that rows can be told apart; where that is not to be had, other columns go.
const READABLE: usize = 10;
/// As much of a kept column is worth more than another column.
const KEPT: usize = 30;

/// Where standard output leads.
pub struct Screen {
    /// Columns of the terminal; none where it is none, and nothing is cut.
    width: Option<usize>,
    /// The colours; none where there should be none.
    theme: Option<Theme>,
}

impl Screen {
    /// Standard output of this process.
    ///
    /// # Errors
    /// When there is no such theme.
    pub fn of(context: &Context) -> Result<Self, Failure> {
        let theme = context.theme()?;
        if !std::io::stdout().is_terminal() {
            return Ok(Self { width: None, theme: None });
        }
        let width = crossterm::terminal::size().ok().map(|(columns, _)| usize::from(columns));
        Ok(Self { width: width.filter(|width| *width > 0), theme: Some(theme) })
    }

    /// Whether there is no terminal, so that nothing needs to fit.
    #[must_use]
    pub fn is_endless(&self) -> bool {
        self.width.is_none()
    }

    fn dress(&self, style: impl Fn(&Theme) -> Style, text: &str) -> String {
        match &self.theme {
            None => text.to_owned(),
            Some(theme) => {
                let style: ContentStyle = style(theme).into_crossterm();
                if style == ContentStyle::default() { text.to_owned() } else { style.apply(text).to_string() }
            }
        }
    }
}

/// Rows that belong together, and how each cell should strike the eye.
pub struct Section {
    /// What they are about.
    pub title: String,
    /// The rows.
    pub sheet: Sheet,
    /// A tone for each cell; what is missing is plain.
    pub tones: Vec<Vec<Tone>>,
    /// Labels with values, which need no headings, rather than a table.
    pub facts: bool,
    /// Nothing is cut to fit a terminal.
    pub whole: bool,
    /// Columns that are cut last on a narrow terminal, by name: those that tell rows apart.
    pub kept: &'static [&'static str],
    /// Columns that go on a narrow terminal, the first one first.
    pub expendable: &'static [&'static str],
}

impl Section {
    /// A table.
    #[must_use]
    pub fn table(title: &str, sheet: Sheet, tones: Vec<Vec<Tone>>) -> Self {
        Self { title: title.to_owned(), sheet, tones, facts: false, whole: false, kept: &[], expendable: &[] }
    }

    /// Labels with values.
    #[must_use]
    pub fn facts(title: &str, facts: impl IntoIterator<Item = (String, String, Tone)>) -> Self {
        let mut sheet = Sheet { names: vec!["label", "value"], titles: vec!["What", ""], rows: Vec::new() };
        let mut tones = Vec::new();
        for (label, value, tone) in facts {
            sheet.rows.push(vec![label, value]);
            tones.push(vec![Tone::Muted, tone]);
        }
        Self { title: title.to_owned(), sheet, tones, facts: true, whole: true, kept: &[], expendable: &[] }
    }

    fn tone(&self, row: usize, column: usize) -> Tone {
        self.tones.get(row).and_then(|row| row.get(column)).copied().unwrap_or_default()
    }

    /// The rows as columns of text; without a terminal they are as wide as they need.
    fn text(&self, screen: &Screen, indent: usize) -> String {
        let mut widths = self.sheet.widths();
        if let Some(width) = screen.width.filter(|_| !self.whole) {
            let room = width.saturating_sub(indent);
            let kept: Vec<bool> = self.sheet.names.iter().map(|name| self.kept.contains(name)).collect();
            for name in self.expendable {
                if fits(&narrowest(&widths, &kept), room) {
                    break;
                }
                if let Some(column) = self.sheet.names.iter().position(|known| known == name) {
                    widths[column] = 0;
                }
            }
            narrow(&mut widths, &kept, room);
        }
        let text = self.sheet.lay_out(&widths, &|row, column, cell| match row {
            None => screen.dress(|theme| theme.dim, cell).into(),
            Some(row) => screen.dress(|theme| tone_style(theme, self.tone(row, column)), cell).into(),
        });
        let lines = text.lines().skip(usize::from(self.facts));
        let margin = " ".repeat(indent);
        lines
            .map(|line| if line.is_empty() { "\n".to_owned() } else { format!("{margin}{line}\n") })
            .collect()
    }
}

/// The narrowest that columns can be read at.
fn narrowest(widths: &[usize], kept: &[bool]) -> Vec<usize> {
    let least = |(width, kept): (&usize, &bool)| (*width).min(if *kept { KEPT } else { READABLE });
    widths.iter().zip(kept).map(least).collect()
}

/// Whether columns stand side by side in this room; one of no width is not there.
fn fits(widths: &[usize], total: usize) -> bool {
    let shown = widths.iter().filter(|width| **width > 0).count();
    widths.iter().sum::<usize>() + 2 * shown.saturating_sub(1) <= total
}

/// Takes from the widest columns until all fit, from those that are kept last.
fn narrow(widths: &mut [usize], kept: &[bool], total: usize) {
    while !fits(widths, total) {
        let columns = || (0..widths.len()).filter(|at| widths[*at] > NARROWEST);
        let given = columns().filter(|at| !kept[*at]).max_by_key(|at| widths[*at]);
        let Some(at) = given.or_else(|| columns().max_by_key(|at| widths[*at])) else { return };
        widths[at] -= 1;
    }
}

/// One table in a form that is not JSON.
#[must_use]
pub fn table(section: &Section, output: Output, screen: &Screen) -> String {
    match output {
        Output::Table => section.text(screen, 0),
        Output::Csv => section.sheet.print(Format::Csv),
        Output::Md => section.sheet.print(Format::Markdown),
        Output::Json => section.sheet.print(Format::Json),
    }
}

/// Several sections under a title in a form that is not JSON. Empty ones are left out.
#[must_use]
pub fn sections(title: &str, sections: &[Section], output: Output, screen: &Screen) -> String {
    let sections = sections.iter().filter(|section| !section.sheet.rows.is_empty());
    match output {
        Output::Csv => {
            let mut all = Sheet {
                names: vec!["section", "item", "value"],
                titles: vec!["Section", "Item", "Value"],
                rows: Vec::new(),
            };
            for section in sections {
                for row in &section.sheet.rows {
                    let mut cells = row.iter();
                    let item = cells.next().cloned().unwrap_or_default();
                    let rest: Vec<&str> = cells.map(String::as_str).filter(|cell| !cell.is_empty()).collect();
                    all.rows.push(vec![section.title.clone(), item, rest.join("; ")]);
                }
            }
            all.print(Format::Csv)
        }
        Output::Md => {
            let mut text = format!("## {}\n", markdown_cell(title));
            for section in sections {
                text.push_str(&format!("\n### {}\n\n", markdown_cell(&section.title)));
                text.push_str(&section.sheet.print(Format::Markdown));
            }
            text
        }
        Output::Table | Output::Json => {
            let mut text = screen.dress(|theme| theme.strong, title) + "\n";
            for section in sections {
                let heading = screen.dress(|theme| theme.accent, &section.title.to_uppercase());
                text.push_str(&format!("\n{heading}\n{}", section.text(screen, 2)));
            }
            text
        }
    }
}

/// One JSON document.
///
/// # Errors
/// When it cannot be made, which no known data causes.
pub fn json(document: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string_pretty(document).map(|text| text + "\n").map_err(Failure::local)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIPE: Screen = Screen { width: None, theme: None };

    fn section(cell: &str) -> Section {
        let sheet = Sheet {
            names: vec!["name", "state"],
            titles: vec!["Name", "State"],
            rows: vec![vec![cell.to_owned(), "Failed".to_owned()]],
        };
        Section::table("Things", sheet, vec![vec![Tone::Plain, Tone::Bad]])
    }

    #[test]
    fn a_pipe_gets_whole_cells_without_colour() {
        let long = "x".repeat(300);
        let text = table(&section(&long), Output::Table, &PIPE);
        assert!(text.contains(&long) && !text.contains('\u{1b}'), "{text}");
    }

    #[test]
    fn a_terminal_gets_lines_that_fit_and_colour_where_it_means_something() {
        let theme = Theme::named("terminal").unwrap();
        let narrow = table(
            &section(&"x".repeat(300)),
            Output::Table,
            &Screen { width: Some(40), theme: Some(Theme::named("mono").unwrap()) },
        );
        let plain: String =
            regex_lite::Regex::new("\u{1b}\\[[0-9;]*m").unwrap().replace_all(&narrow, "").into_owned();
        assert!(plain.lines().all(|line| line.chars().count() <= 40), "{plain}");
        let coloured = table(&section("a"), Output::Table, &Screen { width: Some(40), theme: Some(theme) });
        assert!(coloured.contains('\u{1b}') && coloured.contains("Failed"), "{coloured:?}");
    }

    #[test]
    fn on_a_narrow_terminal_columns_go_before_names_are_cut() {
        let sheet = Sheet {
            names: vec!["name", "group", "state"],
            titles: vec!["Name", "Group", "State"],
            rows: vec![vec!["mlw-fraud-production".into(), "rg-fraud-production".into(), "Succeeded".into()]],
        };
        let section =
            Section { kept: &["name"], expendable: &["group"], ..Section::table("t", sheet, Vec::new()) };
        let at = |width| table(&section, Output::Table, &Screen { width: Some(width), theme: None });
        assert!(at(60).contains("rg-fraud-production"));
        let narrow = at(36);
        assert!(narrow.contains("mlw-fraud-production") && narrow.contains("Succeeded"), "{narrow}");
        assert!(!narrow.contains("rg-"), "{narrow}");
    }

    #[test]
    fn columns_give_way_the_widest_first_and_stop_somewhere() {
        let mut widths = vec![4, 30, 20];
        narrow(&mut widths, &[false; 3], 40);
        assert_eq!(widths, [4, 16, 16]);
        narrow(&mut widths, &[false; 3], 1);
        assert_eq!(widths, [4, NARROWEST, NARROWEST]);
    }

    #[test]
    fn sections_become_one_csv_and_headed_markdown_tables() {
        let all = [section("a|b"), Section::facts("Empty", Vec::new())];
        assert_eq!(sections("T", &all, Output::Csv, &PIPE), "section,item,value\nThings,a|b,Failed\n");
        let md = sections("T_x", &all, Output::Md, &PIPE);
        assert!(md.starts_with("## T\\_x\n\n### Things\n\n| Name | State |"), "{md}");
        assert!(!md.contains("Empty"));
    }
}
