//! Scalar functions of times, numbers, arrays and bags; those of text are in [`super::functions`].

use jiff::Unit;
use serde_json::{Map, Value};

use super::cell::Cell;
use super::functions::{fits, joined};
use super::time;

/// A function whose arguments are all evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plain {
    Abs,
    ArrayConcat,
    ArrayIndexOf,
    ArrayReverse,
    ArraySlice,
    ArraySort,
    BagHasKey,
    BagPack,
    Bin,
    Ceiling,
    CountOf,
    DateTimeAdd,
    DateTimeDiff,
    DayOfWeek,
    Floor,
    FormatDateTime,
    HasElement,
    MaxOf,
    MinOf,
    Reverse,
    Round,
    StartOfDay,
    StartOfMonth,
    StartOfWeek,
    StartOfYear,
    StrCatArray,
    StrCatDelim,
    ToDateTime,
    ToTimeSpan,
    Year,
}

/// Name, function, and the fewest and most arguments it takes.
pub(super) const TABLE: &[(&str, Plain, usize, usize)] = &[
    ("abs", Plain::Abs, 1, 1),
    ("array_concat", Plain::ArrayConcat, 1, 64),
    ("array_index_of", Plain::ArrayIndexOf, 2, 2),
    ("array_reverse", Plain::ArrayReverse, 1, 1),
    ("array_slice", Plain::ArraySlice, 3, 3),
    ("array_sort_asc", Plain::ArraySort, 1, 1),
    ("bag_has_key", Plain::BagHasKey, 2, 2),
    ("bag_pack", Plain::BagPack, 2, 64),
    ("bin", Plain::Bin, 2, 2),
    ("ceiling", Plain::Ceiling, 1, 1),
    ("countof", Plain::CountOf, 2, 2),
    ("datetime_add", Plain::DateTimeAdd, 3, 3),
    ("datetime_diff", Plain::DateTimeDiff, 3, 3),
    ("dayofweek", Plain::DayOfWeek, 1, 1),
    ("floor", Plain::Bin, 2, 2),
    ("floor", Plain::Floor, 1, 1),
    ("format_datetime", Plain::FormatDateTime, 2, 2),
    ("getyear", Plain::Year, 1, 1),
    ("max_of", Plain::MaxOf, 2, 64),
    ("min_of", Plain::MinOf, 2, 64),
    ("pack", Plain::BagPack, 2, 64),
    ("pack_dictionary", Plain::BagPack, 2, 64),
    ("reverse", Plain::Reverse, 1, 1),
    ("round", Plain::Round, 1, 2),
    ("set_has_element", Plain::HasElement, 2, 2),
    ("startofday", Plain::StartOfDay, 1, 1),
    ("startofmonth", Plain::StartOfMonth, 1, 1),
    ("startofweek", Plain::StartOfWeek, 1, 1),
    ("startofyear", Plain::StartOfYear, 1, 1),
    ("strcat_array", Plain::StrCatArray, 2, 2),
    ("strcat_delim", Plain::StrCatDelim, 3, 64),
    ("todatetime", Plain::ToDateTime, 1, 1),
    ("totimespan", Plain::ToTimeSpan, 1, 1),
];

impl Plain {
    /// Whether its result may be an object or an array.
    pub(super) fn is_dynamic(self) -> bool {
        matches!(
            self,
            Self::ArrayConcat | Self::ArrayReverse | Self::ArraySlice | Self::ArraySort | Self::BagPack
        )
    }

    /// Its value.
    pub(super) fn call<'a>(self, cells: &[Cell<'a>]) -> Cell<'a> {
        // What would be heavier than a value may be is not begun.
        if self.is_dynamic() && !fits(cells) {
            return Cell::Null;
        }
        let given = Arguments(cells);
        let (cell, number) = (|at| given.cell(at), |at| given.number(at));
        let (list, moment) = (|at| given.list(at), |at| given.moment(at));
        let start = |unit: Unit| moment(0).and_then(|time| time::start_of(unit, time)).map(Cell::Time);
        let value = match self {
            Self::Abs => match cell(0) {
                Cell::Long(number) => number.checked_abs().map(Cell::Long),
                _ => number(0).map(f64::abs).and_then(real),
            },
            Self::Ceiling => number(0).map(f64::ceil).and_then(real),
            Self::Floor => number(0).map(f64::floor).and_then(real),
            Self::Round => number(0).map(|value| rounded(value, number(1))).and_then(real),
            Self::Bin => Some(bin(cell(0), cell(1))),
            Self::MaxOf => cells.iter().max_by(|a, b| a.compare(b)).cloned(),
            Self::MinOf => cells.iter().min_by(|a, b| a.compare(b)).cloned(),
            Self::ArrayConcat => Some(Cell::made((0..cells.len()).flat_map(list).collect())),
            Self::ArrayReverse => Some(Cell::made(list(0).into_iter().rev().collect())),
            Self::ArraySort => Some(sorted(list(0))),
            Self::ArraySlice => Some(slice(&given)),
            Self::ArrayIndexOf => {
                let found = place(list(0), cell(1)).and_then(|at| i64::try_from(at).ok());
                Some(Cell::Long(found.unwrap_or(-1)))
            }
            Self::HasElement => Some(Cell::Bool(place(list(0), cell(1)).is_some())),
            Self::BagHasKey => {
                let bag = cell(0).as_json().and_then(Value::as_object);
                Some(Cell::Bool(bag.is_some_and(|bag| bag.contains_key(&*cell(1).to_text()))))
            }
            Self::BagPack => Some(bag(cells)),
            Self::CountOf => {
                let (text, part) = (cell(0).to_text(), cell(1).to_text());
                let count = if part.is_empty() { 0 } else { text.matches(&*part).count() };
                i64::try_from(count).ok().map(Cell::Long)
            }
            Self::Reverse => Some(Cell::text(cell(0).to_text().chars().rev().collect::<String>())),
            Self::StrCatArray => {
                let items: Vec<Cell<'static>> = list(0).into_iter().map(Cell::made).collect();
                Some(joined(items.iter().map(Cell::to_text), &cell(1).to_text()))
            }
            Self::StrCatDelim => Some(joined(cells[1..].iter().map(Cell::to_text), &cell(0).to_text())),
            Self::ToDateTime => moment(0).map(Cell::Time),
            Self::ToTimeSpan => match cell(0) {
                Cell::Span(span) => Some(Cell::Span(*span)),
                other => other.as_str().and_then(time::span).map(Cell::Span),
            },
            Self::StartOfDay => start(Unit::Day),
            Self::StartOfWeek => start(Unit::Week),
            Self::StartOfMonth => start(Unit::Month),
            Self::StartOfYear => start(Unit::Year),
            Self::DateTimeDiff => {
                let times = moment(1).zip(moment(2));
                let long = |(later, earlier)| time::difference(&cell(0).to_text(), later, earlier);
                times.and_then(long).map(Cell::Long)
            }
            Self::DateTimeAdd => {
                let from = moment(2).zip(number(1));
                from.and_then(|(at, n)| time::later(at, &cell(0).to_text(), n)).map(Cell::Time)
            }
            Self::DayOfWeek => moment(0).map(since_sunday),
            Self::Year => moment(0).map(|time| Cell::Long(i64::from(utc(time).year()))),
            Self::FormatDateTime => moment(0).map(|time| Cell::text(format(time, &cell(1).to_text()))),
        };
        value.unwrap_or(Cell::Null)
    }
}

/// What a function is called with; what is left out is null.
struct Arguments<'a, 'c>(&'c [Cell<'a>]);

impl<'a, 'c> Arguments<'a, 'c> {
    fn cell(&self, at: usize) -> &'c Cell<'a> {
        self.0.get(at).unwrap_or(&Cell::Null)
    }

    fn number(&self, at: usize) -> Option<f64> {
        self.cell(at).to_number()
    }

    fn list(&self, at: usize) -> Vec<Value> {
        self.cell(at).as_json().and_then(Value::as_array).cloned().unwrap_or_default()
    }

    fn moment(&self, at: usize) -> Option<jiff::Timestamp> {
        self.cell(at).to_time()
    }
}

/// A number that is one.
fn real(number: f64) -> Option<Cell<'static>> {
    number.is_finite().then_some(Cell::Real(number))
}

/// Rounds to decimals, none where none are asked for.
fn rounded(number: f64, decimals: Option<f64>) -> f64 {
    let scale = 10_f64.powi(decimals.unwrap_or(0.0).clamp(0.0, 15.0) as i32);
    (number * scale).round() / scale
}

fn sorted<'a>(items: Vec<Value>) -> Cell<'a> {
    let mut items: Vec<Cell<'static>> = items.into_iter().map(Cell::made).collect();
    items.sort_by(Cell::compare);
    Cell::made(items.into_iter().map(Cell::into_json).collect())
}

/// Where something stands in an array.
fn place(items: Vec<Value>, wanted: &Cell<'_>) -> Option<usize> {
    items.into_iter().map(Cell::made).position(|item| item.equals(wanted))
}

/// Names and values in turn, as a bag.
fn bag<'a>(cells: &[Cell<'_>]) -> Cell<'a> {
    let member = |pair: &[Cell<'_>]| Some((pair[0].to_text().into_owned(), pair.get(1)?.clone().into_json()));
    let bag: Map<String, Value> = cells.chunks(2).filter_map(member).collect();
    Cell::made(Value::Object(bag))
}

/// How long it is since the last Sunday began, in days.
fn since_sunday<'a>(time: jiff::Timestamp) -> Cell<'a> {
    let day = utc(time).weekday().to_sunday_zero_offset();
    Cell::Span(jiff::SignedDuration::from_hours(i64::from(day) * 24))
}

fn utc(time: jiff::Timestamp) -> jiff::Zoned {
    time.to_zoned(jiff::tz::TimeZone::UTC)
}

/// A part of an array, from an index up to and with another one; those below zero count from the end.
fn slice<'a>(given: &Arguments<'_, '_>) -> Cell<'a> {
    let items = given.list(0);
    let at = |argument: usize| {
        let index = given.number(argument).unwrap_or(0.0) as i64;
        let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
        usize::try_from(if index < 0 { length + index } else { index }).unwrap_or(0)
    };
    let (from, to) = (at(1), at(2));
    Cell::made(items.iter().skip(from).take((to + 1).saturating_sub(from)).cloned().collect())
}

/// Rounds down to a multiple of a step: numbers, times and spans.
fn bin<'a>(value: &Cell<'a>, step: &Cell<'a>) -> Cell<'a> {
    match (value, step) {
        (Cell::Long(value), Cell::Long(step)) if *step > 0 => {
            value.div_euclid(*step).checked_mul(*step).map_or(Cell::Null, Cell::Long)
        }
        (_, Cell::Span(step)) if step.as_secs() > 0 => match value {
            Cell::Span(value) => {
                let whole = value.as_secs().div_euclid(step.as_secs()).checked_mul(step.as_secs());
                whole.map_or(Cell::Null, |whole| Cell::Span(jiff::SignedDuration::from_secs(whole)))
            }
            other => other.to_time().map_or(Cell::Null, |time| {
                let whole = time.as_second().div_euclid(step.as_secs()).checked_mul(step.as_secs());
                let whole = whole.and_then(|whole| jiff::Timestamp::from_second(whole).ok());
                whole.map_or(Cell::Null, Cell::Time)
            }),
        },
        _ => match (value.to_number(), step.to_number()) {
            (Some(value), Some(step)) if step > 0.0 => Cell::Real((value / step).floor() * step),
            _ => Cell::Null,
        },
    }
}

/// `yyyy-MM-dd HH:mm:ss` and the like.
fn format(time: jiff::Timestamp, pattern: &str) -> String {
    let mut text = pattern.to_owned();
    for (from, to) in
        [("yyyy", "%Y"), ("MM", "%m"), ("dd", "%d"), ("HH", "%H"), ("mm", "%M"), ("ss", "%S"), ("yy", "%y")]
    {
        text = text.replace(from, to);
    }
    // What is left of `%` cannot be formatted, and is answered as it was written.
    jiff::fmt::strtime::format(&text, time).unwrap_or(text)
}
