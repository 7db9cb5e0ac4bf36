//! The scalar functions.

use std::borrow::Cow;

use serde_json::Value;

use super::budget::{HEAVIEST, LONGEST};
use super::cell::{Cell, weight};
use super::library::{self, Plain};
use super::relation::Row;
use super::scalar::Scalar;

/// A function of values in one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    ArrayLength,
    /// What stands in brackets, when it has to be worked out: `tags[name]`.
    At,
    BagKeys,
    Case,
    Coalesce,
    If,
    IndexOf,
    IsEmpty,
    IsNotEmpty,
    IsNotNull,
    IsNull,
    Not,
    PackArray,
    ParseJson,
    ReplaceString,
    Split,
    StrCat,
    StrLen,
    Substring,
    ToBool,
    ToDouble,
    ToLong,
    ToLower,
    ToText,
    ToUpper,
    /// One of [`library`]'s.
    Plain(Plain),
}

/// The name of [`Function::At`], which no query can write as one.
pub(super) const AT: &str = "[]";

/// Name, function, and the fewest and most arguments it takes.
const TABLE: &[(&str, Function, usize, usize)] = &[
    (AT, Function::At, 2, 2),
    ("array_length", Function::ArrayLength, 1, 1),
    ("bag_keys", Function::BagKeys, 1, 1),
    ("case", Function::Case, 3, 63),
    ("coalesce", Function::Coalesce, 2, 64),
    ("iff", Function::If, 3, 3),
    ("iif", Function::If, 3, 3),
    ("indexof", Function::IndexOf, 2, 2),
    ("isempty", Function::IsEmpty, 1, 1),
    ("isnotempty", Function::IsNotEmpty, 1, 1),
    ("isnotnull", Function::IsNotNull, 1, 1),
    ("isnull", Function::IsNull, 1, 1),
    ("not", Function::Not, 1, 1),
    ("pack_array", Function::PackArray, 1, 64),
    ("parse_json", Function::ParseJson, 1, 1),
    ("replace_string", Function::ReplaceString, 3, 3),
    ("split", Function::Split, 2, 3),
    ("strcat", Function::StrCat, 1, 64),
    ("strlen", Function::StrLen, 1, 1),
    ("substring", Function::Substring, 2, 3),
    ("tobool", Function::ToBool, 1, 1),
    ("todouble", Function::ToDouble, 1, 1),
    ("todynamic", Function::ParseJson, 1, 1),
    ("toint", Function::ToLong, 1, 1),
    ("tolong", Function::ToLong, 1, 1),
    ("tolower", Function::ToLower, 1, 1),
    ("toreal", Function::ToDouble, 1, 1),
    ("tostring", Function::ToText, 1, 1),
    ("toupper", Function::ToUpper, 1, 1),
];

/// Finds a function that takes so many arguments; the error says what is wrong.
pub(super) fn find(name: &str, arguments: usize) -> Result<Function, String> {
    let own = TABLE.iter().map(|(known, function, fewest, most)| (*known, *function, fewest, most));
    let plain = library::TABLE
        .iter()
        .map(|(known, function, fewest, most)| (*known, Function::Plain(*function), fewest, most));
    let named: Vec<_> = own.chain(plain).filter(|(known, ..)| *known == name).collect();
    let Some((_, _, fewest, most)) = named.first() else {
        return Err(format!("the function '{name}' is not known here"));
    };
    let fits = named.iter().find(|(_, _, fewest, most)| (**fewest..=**most).contains(&arguments));
    if let Some((_, function, ..)) = fits {
        Ok(*function)
    } else if fewest == most {
        Err(format!("'{name}' takes {fewest} arguments, not {arguments}"))
    } else {
        Err(format!("'{name}' takes {fewest} to {most} arguments, not {arguments}"))
    }
}

impl Function {
    /// Whether its result may be an object.
    pub(super) fn is_dynamic(self, arguments: &[Scalar]) -> bool {
        match self {
            Self::At | Self::BagKeys | Self::PackArray | Self::ParseJson | Self::Split => true,
            Self::Plain(plain) => plain.is_dynamic(),
            Self::Coalesce | Self::If | Self::Case => arguments.iter().any(Scalar::is_dynamic),
            _ => false,
        }
    }

    /// Its value in a row. Arguments are evaluated as they are needed.
    pub(super) fn call<'a>(self, arguments: &[Scalar], row: &Row<'a>) -> Cell<'a> {
        let value = |index: usize| arguments.get(index).map_or(Cell::Null, |scalar| scalar.value(row));
        let holds = |index: usize| arguments.get(index).is_some_and(|scalar| scalar.holds(row));
        let first = || value(0);
        match self {
            Self::ArrayLength => match first().as_json() {
                Some(Value::Array(items)) => length(items.len()),
                _ => Cell::Null,
            },
            Self::At => match value(1) {
                Cell::Long(index) => first().element(index),
                name => first().member(&name.to_text()),
            },
            Self::BagKeys => match first().as_json() {
                Some(Value::Object(object)) => Cell::made(object.keys().cloned().collect()),
                _ => Cell::Null,
            },
            Self::Case => {
                let last = arguments.len() - 1;
                value((0..last).step_by(2).find(|index| holds(*index)).map_or(last, |index| index + 1))
            }
            Self::Coalesce => {
                let mut cells = arguments.iter().map(|scalar| scalar.value(row));
                cells.find(|cell| !cell.is_empty()).unwrap_or(Cell::Null)
            }
            Self::If => value(if holds(0) { 1 } else { 2 }),
            Self::IndexOf => {
                let (text, part) = (first(), value(1));
                let text = text.to_text();
                match text.find(&*part.to_text()) {
                    Some(at) => length(text[..at].chars().count()),
                    None => Cell::Long(-1),
                }
            }
            Self::IsEmpty => Cell::Bool(first().is_empty()),
            Self::IsNotEmpty => Cell::Bool(!first().is_empty()),
            Self::IsNull => Cell::Bool(matches!(first(), Cell::Null)),
            Self::IsNotNull => Cell::Bool(!matches!(first(), Cell::Null)),
            Self::Not => match first() {
                Cell::Bool(value) => Cell::Bool(!value),
                _ => Cell::Null,
            },
            Self::Plain(plain) => {
                let cells: Vec<Cell<'a>> = arguments.iter().map(|scalar| scalar.value(row)).collect();
                plain.call(&cells)
            }
            Self::PackArray => {
                let cells: Vec<Cell<'a>> = arguments.iter().map(|scalar| scalar.value(row)).collect();
                if !fits(&cells) {
                    return Cell::Null;
                }
                Cell::made(cells.into_iter().map(Cell::into_json).collect())
            }
            Self::ParseJson => match first() {
                cell if cell.as_str().is_some() => {
                    let text = cell.to_text();
                    match serde_json::from_str(&text) {
                        Ok(value) => Cell::made(value),
                        Err(_) => cell.clone(),
                    }
                }
                cell => cell,
            },
            Self::ReplaceString => replace(&first().to_text(), &value(1).to_text(), &value(2).to_text()),
            Self::Split => split(&first(), &value(1), (arguments.len() == 3).then(|| value(2))),
            Self::StrCat => {
                let cells: Vec<Cell<'a>> = arguments.iter().map(|scalar| scalar.value(row)).collect();
                joined(cells.iter().map(Cell::to_text), "")
            }
            Self::StrLen => length(first().to_text().chars().count()),
            Self::Substring => {
                substring(&first().to_text(), &value(1), (arguments.len() == 3).then(|| value(2)))
            }
            Self::ToBool | Self::ToDouble | Self::ToLong | Self::ToText => self.cast(first()),
            Self::ToLower => Cell::text(first().to_text().to_lowercase()),
            Self::ToUpper => Cell::text(first().to_text().to_uppercase()),
        }
    }
}

impl Function {
    /// A function of one argument, applied to a value: a cast.
    pub(super) fn call_on(self, cell: Cell<'_>) -> Cell<'_> {
        match self {
            Self::Plain(plain) => plain.call(&[cell]),
            other => other.cast(cell),
        }
    }

    /// One of the casts, applied to a value; any other function leaves the value as it is.
    fn cast(self, cell: Cell<'_>) -> Cell<'_> {
        match self {
            Self::ToBool => to_bool(&cell),
            Self::ToDouble => cell.to_number().map_or(Cell::Null, Cell::Real),
            Self::ToLong => to_long(&cell),
            Self::ToText if cell.as_str().is_none() => Cell::text(&*cell.to_text()),
            _ => cell,
        }
    }
}

/// Whether a value made of these is one that there may be.
pub(super) fn fits(cells: &[Cell<'_>]) -> bool {
    let weights = cells.iter().map(|cell| cell.as_json().map_or_else(|| cell.weight(), weight));
    weights.sum::<usize>() <= HEAVIEST
}

/// Texts with a mark between them; null when that is longer than a text may be.
pub(super) fn joined<'t>(texts: impl Iterator<Item = Cow<'t, str>>, mark: &str) -> Cell<'static> {
    let mut out = String::new();
    for (at, text) in texts.enumerate() {
        let mark = if at == 0 { "" } else { mark };
        if out.len() + mark.len() + text.len() > LONGEST {
            return Cell::Null;
        }
        out.push_str(mark);
        out.push_str(&text);
    }
    Cell::text(out)
}

/// A text with another one in place of a part; null when that is longer than a text may be.
fn replace(text: &str, old: &str, new: &str) -> Cell<'static> {
    if old.is_empty() {
        return Cell::text(text);
    }
    let more = text.matches(old).count().saturating_mul(new.len().saturating_sub(old.len()));
    if text.len().saturating_add(more) > LONGEST {
        return Cell::Null;
    }
    Cell::text(text.replace(old, new))
}

fn length(count: usize) -> Cell<'static> {
    i64::try_from(count).map_or(Cell::Null, Cell::Long)
}

/// All parts, or an array of the one that is asked for.
fn split(text: &Cell<'_>, separator: &Cell<'_>, only: Option<Cell<'_>>) -> Cell<'static> {
    let (text, separator) = (text.to_text(), separator.to_text());
    let parts: Vec<Value> = if separator.is_empty() {
        text.chars().map(|c| Value::from(c.to_string())).collect()
    } else {
        text.split(&*separator).map(Value::from).collect()
    };
    let Some(only) = only else { return Cell::made(Value::Array(parts)) };
    let wanted = match only {
        Cell::Long(index) => usize::try_from(index).ok().and_then(|index| parts.get(index)).cloned(),
        _ => None,
    };
    Cell::made(wanted.into_iter().collect())
}

fn substring(text: &str, start: &Cell<'_>, count: Option<Cell<'_>>) -> Cell<'static> {
    let number = |cell: &Cell<'_>| match cell {
        Cell::Long(number) => usize::try_from(*number).ok(),
        _ => None,
    };
    let rest = text.chars().skip(number(start).unwrap_or(0));
    match count {
        None => Cell::text(rest.collect::<String>()),
        Some(count) => Cell::text(rest.take(number(&count).unwrap_or(0)).collect::<String>()),
    }
}

fn to_bool(cell: &Cell<'_>) -> Cell<'static> {
    match cell {
        Cell::Bool(value) => Cell::Bool(*value),
        Cell::Long(number) => Cell::Bool(*number != 0),
        _ => match cell.as_str() {
            Some(text) if text.eq_ignore_ascii_case("true") || text == "1" => Cell::Bool(true),
            Some(text) if text.eq_ignore_ascii_case("false") || text == "0" => Cell::Bool(false),
            _ => Cell::Null,
        },
    }
}

fn to_long(cell: &Cell<'_>) -> Cell<'static> {
    match cell {
        Cell::Long(number) => Cell::Long(*number),
        Cell::Bool(value) => Cell::Long(i64::from(*value)),
        #[expect(clippy::cast_possible_truncation, reason = "the conversion saturates, as wanted")]
        Cell::Real(number) => Cell::Long(number.trunc() as i64),
        _ => cell.as_str().and_then(|text| text.trim().parse().ok()).map_or(Cell::Null, Cell::Long),
    }
}
