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
        let cell = |at: usize| cells.get(at).unwrap_or(&Cell::Null);
        let number = |at: usize| cell(at).to_number();
        let real =
            |number: Option<f64>| number.filter(|number| number.is_finite()).map_or(Cell::Null, Cell::Real);
        let list = |at: usize| cell(at).as_json().and_then(Value::as_array).cloned().unwrap_or_default();
        let moment = |at: usize| cell(at).to_time();
        let start =
            |unit: Unit| moment(0).and_then(|time| time::start_of(unit, time)).map_or(Cell::Null, Cell::Time);
        // What would be heavier than a value may be is not begun.
        if self.is_dynamic() && !fits(cells) {
            return Cell::Null;
        }
        match self {
            Self::Abs => match cell(0) {
                Cell::Long(number) => number.checked_abs().map_or(Cell::Null, Cell::Long),
                _ => real(number(0).map(f64::abs)),
            },
            Self::Ceiling => real(number(0).map(f64::ceil)),
            Self::Floor => real(number(0).map(f64::floor)),
            Self::Round => {
                let scale = 10_f64.powi(number(1).unwrap_or(0.0).clamp(0.0, 15.0) as i32);
                real(number(0).map(|number| (number * scale).round() / scale))
            }
            Self::Bin => bin(cell(0), cell(1)),
            Self::MaxOf => cells.iter().max_by(|a, b| a.compare(b)).cloned().unwrap_or(Cell::Null),
            Self::MinOf => cells.iter().min_by(|a, b| a.compare(b)).cloned().unwrap_or(Cell::Null),
            Self::ArrayConcat => Cell::made((0..cells.len()).flat_map(list).collect()),
            Self::ArrayReverse => Cell::made(list(0).into_iter().rev().collect()),
            Self::ArraySort => {
                let mut items: Vec<Cell<'static>> = list(0).into_iter().map(Cell::made).collect();
                items.sort_by(Cell::compare);
                Cell::made(items.into_iter().map(Cell::into_json).collect())
            }
            Self::ArraySlice => {
                let items = list(0);
                let at = |index: usize| {
                    let found = number(index).unwrap_or(0.0) as i64;
                    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
                    usize::try_from(if found < 0 { length + found } else { found }).unwrap_or(0)
                };
                let (from, to) = (at(1), at(2));
                Cell::made(items.iter().skip(from).take((to + 1).saturating_sub(from)).cloned().collect())
            }
            Self::ArrayIndexOf => {
                let found = list(0).into_iter().map(Cell::made).position(|item| item.equals(cell(1)));
                Cell::Long(found.and_then(|at| i64::try_from(at).ok()).unwrap_or(-1))
            }
            Self::HasElement => {
                Cell::Bool(list(0).into_iter().map(Cell::made).any(|item| item.equals(cell(1))))
            }
            Self::BagHasKey => {
                let name = cell(1).to_text();
                Cell::Bool(
                    cell(0).as_json().and_then(Value::as_object).is_some_and(|bag| bag.contains_key(&*name)),
                )
            }
            Self::BagPack => {
                let bag: Map<String, Value> = cells
                    .chunks(2)
                    .filter_map(|pair| {
                        Some((pair[0].to_text().into_owned(), pair.get(1)?.clone().into_json()))
                    })
                    .collect();
                Cell::made(Value::Object(bag))
            }
            Self::CountOf => {
                let (text, part) = (cell(0).to_text(), cell(1).to_text());
                let count = if part.is_empty() { 0 } else { text.matches(&*part).count() };
                i64::try_from(count).map_or(Cell::Null, Cell::Long)
            }
            Self::Reverse => Cell::text(cell(0).to_text().chars().rev().collect::<String>()),
            Self::StrCatArray => {
                let items: Vec<Cell<'static>> = list(0).into_iter().map(Cell::made).collect();
                joined(items.iter().map(Cell::to_text), &cell(1).to_text())
            }
            Self::StrCatDelim => joined(cells[1..].iter().map(Cell::to_text), &cell(0).to_text()),
            Self::ToDateTime => moment(0).map_or(Cell::Null, Cell::Time),
            Self::ToTimeSpan => match cell(0) {
                Cell::Span(span) => Cell::Span(*span),
                other => other.as_str().and_then(time::span).map_or(Cell::Null, Cell::Span),
            },
            Self::StartOfDay => start(Unit::Day),
            Self::StartOfWeek => start(Unit::Week),
            Self::StartOfMonth => start(Unit::Month),
            Self::StartOfYear => start(Unit::Year),
            Self::DateTimeDiff => match (moment(1), moment(2)) {
                (Some(later), Some(earlier)) => {
                    time::difference(&cell(0).to_text(), later, earlier).map_or(Cell::Null, Cell::Long)
                }
                _ => Cell::Null,
            },
            Self::DateTimeAdd => {
                let sum = moment(2).zip(number(1)).and_then(|(at, n)| time::later(at, &cell(0).to_text(), n));
                sum.map_or(Cell::Null, Cell::Time)
            }
            Self::DayOfWeek => moment(0).map_or(Cell::Null, |time| {
                let day = time.to_zoned(jiff::tz::TimeZone::UTC).weekday().to_sunday_zero_offset();
                Cell::Span(jiff::SignedDuration::from_hours(i64::from(day) * 24))
            }),
            Self::Year => moment(0).map_or(Cell::Null, |time| {
                Cell::Long(i64::from(time.to_zoned(jiff::tz::TimeZone::UTC).year()))
            }),
            Self::FormatDateTime => {
                moment(0).map_or(Cell::Null, |time| Cell::text(format(time, &cell(1).to_text())))
            }
        }
    }
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
