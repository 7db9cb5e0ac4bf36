//! The lists over the screen: the request log, notifications with what runs, findings. They are moved over,
//! filtered, copied and saved in the same way.

use std::borrow::Cow;
use std::sync::Arc;

use super::access::inquiry::Inquiring;
use super::access::question::{Answered, Question};
use super::export::{Remarks, Shared, Sheet, Taken};
use super::field::FilterField;
use super::filter::{Filter, Searchable};
use super::findings::Survey;
use super::haystack::{FIELD, Haystack, Letters, push_lower};
use super::list::ListCursor;
use super::model::Model;
use super::runs::{Held, Known};
use super::snapshot;
use super::timeline::Told;
use crate::domain::snapshot::Comparison;
use crate::domain::times::stamp;

/// What a list shows.
#[derive(Debug, Clone)]
pub enum Listed {
    /// The request log, the newest first.
    Requests,
    /// What is being read, runs that are carried on or were left, and notifications, the newest first.
    Notices,
    /// Every run of the journal, the newest first.
    Runs,
    /// Findings of the selection, or of the whole estate.
    Findings {
        /// The whole estate.
        estate: bool,
        /// What was found, as of the last answer.
        survey: Survey,
    },
    /// What changed around a workspace.
    Timeline(Told),
    /// What is different from a saved snapshot.
    Comparison(Box<Comparison>),
    /// The answer to a question about access.
    Answer {
        /// The question.
        question: Question,
        /// The question in words.
        words: String,
        /// The answer; none while access is being read, or the answer worked out for the first time.
        answered: Option<Arc<Answered>>,
        /// How working it out is doing.
        inquiring: Inquiring,
    },
}

/// A list over the screen.
#[derive(Debug, Clone)]
pub struct Listing {
    /// What it shows.
    pub what: Listed,
    /// The cursor, over the rows that pass the filter.
    pub cursor: ListCursor,
    /// The filter.
    pub filter: FilterField,
    /// The rows that pass it; none without a filter, when all do.
    passing: Option<Vec<usize>>,
}

impl Listing {
    /// A list with all its rows.
    #[must_use]
    pub fn new(what: Listed) -> Self {
        Self { what, cursor: ListCursor::default(), filter: FilterField::default(), passing: None }
    }

    /// What it is, for a title or the name of a file.
    #[must_use]
    pub fn title(&self) -> String {
        match &self.what {
            Listed::Requests => "Requests".to_owned(),
            Listed::Notices => "Notifications".to_owned(),
            Listed::Runs => "Changes made".to_owned(),
            Listed::Findings { survey, .. } => format!("Findings on {}", survey.scope),
            Listed::Comparison(comparison) => format!(
                "{} compared with the snapshot of {}",
                comparison.workspace.name(),
                comparison.from.strftime("%Y-%m-%d %H:%M UTC")
            ),
            Listed::Timeline(told) => {
                format!("What changed around {} in {}", told.workspace.name(), told.window.words())
            }
            Listed::Answer { words, .. } => words.clone(),
        }
    }

    /// The title as its frame shows it, the question first, and what stands back beside it where there is room.
    #[must_use]
    pub fn heading(&self) -> (String, String) {
        let title = self.title();
        match (&self.what, title.split_once(": ")) {
            (Listed::Answer { .. }, Some((workspace, question))) => {
                (question.to_owned(), workspace.to_owned())
            }
            _ => (title, String::new()),
        }
    }

    /// How many rows there are without a filter.
    #[must_use]
    pub fn total(&self, model: &Model) -> usize {
        match &self.what {
            Listed::Requests => model.requests.len(),
            Listed::Notices => model.under_way.len() + model.runs.open().len() + model.notices.len(),
            Listed::Runs => model.runs.all().len(),
            Listed::Findings { survey, .. } => survey.found.len(),
            Listed::Timeline(told) => told.story.changes.len(),
            Listed::Comparison(comparison) => comparison.differences.len(),
            Listed::Answer { answered, .. } => answered.as_ref().map_or(0, |answered| answered.rows.len()),
        }
    }

    /// How many rows pass the filter.
    #[must_use]
    pub fn len(&self, model: &Model) -> usize {
        self.passing.as_ref().map_or_else(|| self.total(model), Vec::len)
    }

    /// The row that stands in a place of the list.
    #[must_use]
    pub fn row(&self, place: usize) -> Option<usize> {
        match &self.passing {
            Some(passing) => passing.get(place).copied(),
            None => Some(place),
        }
    }

    /// The place of the list in which a row stands, when it passes the filter.
    #[must_use]
    pub fn place_of(&self, row: usize) -> Option<usize> {
        match &self.passing {
            Some(passing) => passing.iter().position(|passed| *passed == row),
            None => Some(row),
        }
    }

    /// The row under the cursor.
    #[must_use]
    pub fn current(&self) -> Option<usize> {
        self.row(self.cursor.row)
    }

    /// Applies the filter anew, after it or what is listed changed.
    pub fn refilter(&mut self, model: &Model) {
        if !self.filter.is_active() {
            self.passing = None;
            return;
        }
        let passing = match &self.what {
            // There may be tens of thousands of rows, which nobody copies for every key.
            Listed::Answer { answered: Some(answered), .. } => {
                self.passing_of(answered.names, answered.rows.iter().map(|row| row.cells.as_slice()))
            }
            _ => {
                let sheet = self.all(model);
                self.passing_of(&sheet.names, sheet.rows.iter().map(Vec::as_slice))
            }
        };
        self.cursor.row = self.cursor.row.min(passing.len().saturating_sub(1));
        self.passing = Some(passing);
    }

    /// Which of these rows pass the filter.
    fn passing_of<'a>(&self, names: &[&'static str], rows: impl Iterator<Item = &'a [String]>) -> Vec<usize> {
        let mut filter = Filter::parse(self.filter.field.text());
        let mut text = String::new();
        let mut passes = |cells: &[String]| {
            text.clear();
            for cell in cells {
                push_lower(&mut text, cell);
                text.push(FIELD);
            }
            filter.matches(&Cells { names, cells, text: &text })
        };
        rows.enumerate().filter(|(_, cells)| passes(cells)).map(|(at, _)| at).collect()
    }

    /// What is listed and passes the filter.
    #[must_use]
    pub fn sheet(&self, model: &Model) -> Sheet {
        let mut sheet = self.all(model);
        if let Some(passing) = &self.passing {
            sheet.rows = passing.iter().filter_map(|at| sheet.rows.get(*at).cloned()).collect();
        }
        sheet
    }

    /// What is listed and passes the filter, to be written out beside the screen.
    #[must_use]
    pub fn taken(&self, model: &Model) -> Taken {
        match &self.what {
            Listed::Answer { answered: Some(answered), .. } => {
                Taken::Answer { answered: Shared(Arc::clone(answered)), rows: self.passing.clone() }
            }
            Listed::Timeline(told) => {
                Taken::Sheet { sheet: self.sheet(model), remarks: Remarks::not_seen(told.not_seen()) }
            }
            _ => Taken::Sheet { sheet: self.sheet(model), remarks: Remarks::default() },
        }
    }

    /// The columns that a filter of the list can name.
    #[must_use]
    pub fn columns(&self, model: &Model) -> Vec<&'static str> {
        match &self.what {
            Listed::Answer { answered: Some(answered), .. } => answered.names.to_vec(),
            _ => self.all(model).names,
        }
    }

    fn all(&self, model: &Model) -> Sheet {
        match &self.what {
            Listed::Requests => requests(model),
            Listed::Notices => notices(model),
            Listed::Runs => runs(model),
            Listed::Findings { survey, .. } => found(survey),
            Listed::Timeline(told) => told.sheet(),
            Listed::Comparison(comparison) => snapshot::sheet(comparison),
            Listed::Answer { answered, .. } => {
                answered.as_ref().map_or_else(Sheet::default, |answered| answered.sheet(None))
            }
        }
    }
}

/// A row as the filter sees it.
struct Cells<'a> {
    names: &'a [&'static str],
    cells: &'a [String],
    text: &'a str,
}

impl Searchable for Cells<'_> {
    fn haystack(&self) -> Haystack<'_> {
        Haystack { lower: self.text, letters: Letters::of(self.text) }
    }

    fn column(&self, name: &str) -> Option<Cow<'_, str>> {
        let at = self.names.iter().position(|known| known.eq_ignore_ascii_case(name))?;
        self.cells.get(at).map(Cow::from)
    }
}

fn requests(model: &Model) -> Sheet {
    let rows = model.requests.iter().rev().map(|entry| {
        vec![
            stamp(entry.at),
            entry.status.map_or_else(|| "none".to_owned(), |status| status.to_string()),
            entry.took.as_millis().to_string(),
            entry.method.as_str().to_owned(),
            entry.url.clone(),
            entry.error.clone().unwrap_or_default(),
            entry.correlation_id.clone().unwrap_or_default(),
        ]
    });
    Sheet {
        names: vec!["at", "status", "milliseconds", "method", "url", "error", "correlationId"],
        titles: vec!["Time", "Answer", "Took, ms", "Method", "URL", "Error", "Correlation id"],
        rows: rows.collect(),
    }
}

fn notices(model: &Model) -> Sheet {
    let fetching = model.fetching().into_iter();
    let running =
        fetching.map(|fetch| vec!["now".to_owned(), format!("reading {}", fetch.words()), String::new()]);
    let open = model.runs.open();
    let open = open.iter().map(|known| vec!["now".to_owned(), run_line(known), String::new()]);
    let told = model.notices.newest_first().into_iter();
    let told = told.map(|notice| vec![stamp(notice.at), notice.text.clone(), notice.detail.clone()]);
    Sheet {
        names: vec!["at", "text", "detail"],
        titles: vec!["Time", "What", "In full"],
        rows: running.chain(open).chain(told).collect(),
    }
}

/// A run in a line: what it does, and how far it is.
#[must_use]
pub fn run_line(known: &Known) -> String {
    let run = &known.run;
    let (over, all) = run.progress();
    let state = match known.held {
        Held::Here => match run.current() {
            Some(at) => format!("{}: {}", run.steps[at].word(), run.plan.steps[at].title),
            None => known.word(),
        },
        _ => known.word(),
    };
    format!("{} ({over} of {all}), {state}", run.plan.title)
}

fn runs(model: &Model) -> Sheet {
    let rows = model.runs.all().iter().map(|known| {
        let run = &known.run;
        let state = run.standing(known.held, model.runs.is_undone(&run.id));
        vec![
            stamp(run.begun),
            state,
            run.plan.title.clone(),
            run.plan.subject_name.clone(),
            run.id.to_string(),
        ]
    });
    Sheet {
        names: vec!["begun", "state", "title", "subject", "run"],
        titles: vec!["Time", "State", "What", "On", "Run"],
        rows: rows.collect(),
    }
}

fn found(survey: &Survey) -> Sheet {
    let rows = survey.found.iter().map(|placed| {
        let finding = &placed.finding;
        vec![
            finding.severity.word().to_owned(),
            finding.title.to_owned(),
            finding.detail.clone().into(),
            placed.workspace.clone(),
            finding.why.to_owned(),
            finding.remedy.to_owned(),
        ]
    });
    Sheet {
        names: vec!["severity", "title", "detail", "workspace", "why", "remedy"],
        titles: vec!["Severity", "Finding", "Detail", "Workspace", "Why it matters", "What to do"],
        rows: rows.collect(),
    }
}
