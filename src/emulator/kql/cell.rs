//! One value in a row: typed when it is a scalar, borrowed from its document wherever it can be.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::time;
use crate::emulator::members::member;

/// A value. Copies are cheap: text and made objects are shared.
#[derive(Debug, Clone)]
pub(super) enum Cell<'a> {
    Null,
    Bool(bool),
    Long(i64),
    Real(f64),
    /// A time.
    Time(Timestamp),
    /// A length of time.
    Span(SignedDuration),
    /// Text inside a document.
    Str(&'a str),
    /// Text that was made.
    Text(Arc<str>),
    /// An object or array inside a document.
    Json(&'a Value),
    /// An object or array that was made.
    Made(Arc<Value>),
}

impl<'a> Cell<'a> {
    /// The cell of a value in a document.
    pub(super) fn of(value: &'a Value) -> Self {
        match value {
            Value::String(text) => Self::Str(text),
            Value::Array(_) | Value::Object(_) => Self::Json(value),
            scalar => Self::scalar(scalar),
        }
    }

    /// The cell of a value that belongs to no document.
    pub(super) fn made(value: Value) -> Cell<'static> {
        match value {
            Value::String(text) => Cell::Text(text.into()),
            Value::Array(_) | Value::Object(_) => Cell::Made(Arc::new(value)),
            scalar => Cell::scalar(&scalar),
        }
    }

    fn scalar(value: &Value) -> Cell<'static> {
        match value {
            Value::Bool(value) => Cell::Bool(*value),
            Value::Number(number) => match number.as_i64() {
                Some(whole) => Cell::Long(whole),
                None => number.as_f64().map_or(Cell::Null, Cell::Real),
            },
            _ => Cell::Null,
        }
    }

    pub(super) fn text(text: impl Into<Arc<str>>) -> Cell<'static> {
        Cell::Text(text.into())
    }

    /// The text of a text cell.
    pub(super) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The object or array of the cell.
    pub(super) fn as_json(&self) -> Option<&Value> {
        match self {
            Self::Json(value) => Some(value),
            Self::Made(value) => Some(value),
            _ => None,
        }
    }

    /// What `tostring` makes of it; null is the empty string.
    pub(super) fn to_text(&self) -> Cow<'_, str> {
        match self {
            Self::Null => Cow::Borrowed(""),
            Self::Bool(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
            Self::Long(number) => Cow::Owned(number.to_string()),
            Self::Real(number) => Cow::Owned(number.to_string()),
            Self::Time(time) => Cow::Owned(time::write(*time)),
            Self::Span(span) => Cow::Owned(time::write_span(*span)),
            Self::Str(text) => Cow::Borrowed(text),
            Self::Text(text) => Cow::Borrowed(text),
            Self::Json(value) => Cow::Owned(value.to_string()),
            Self::Made(value) => Cow::Owned(value.to_string()),
        }
    }

    /// As a number, text being read as one.
    pub(super) fn to_number(&self) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "counts and sizes, far below 2^53")]
            Self::Long(number) => Some(*number as f64),
            Self::Real(number) => Some(*number),
            Self::Bool(value) => Some(f64::from(u8::from(*value))),
            _ => self.as_str().and_then(|text| text.trim().parse().ok()),
        }
    }

    /// As a time, text being read as one.
    pub(super) fn to_time(&self) -> Option<Timestamp> {
        match self {
            Self::Time(time) => Some(*time),
            _ => self.as_str().and_then(time::time),
        }
    }

    /// Whether it is nothing: null or the empty string.
    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Null) || self.as_str() == Some("")
    }

    /// The value as JSON, for the answer.
    pub(super) fn into_json(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(value),
            Self::Long(number) => Value::from(number),
            Self::Real(number) => Value::from(number),
            Self::Time(time) => Value::from(time::write(time)),
            Self::Span(span) => Value::from(time::write_span(span)),
            Self::Str(text) => Value::from(text),
            Self::Text(text) => Value::from(&*text),
            Self::Json(value) => value.clone(),
            Self::Made(value) => Arc::try_unwrap(value).unwrap_or_else(|shared| (*shared).clone()),
        }
    }

    /// A property, its name without case, as Resource Graph reads property names.
    pub(super) fn member(&self, name: &str) -> Cell<'a> {
        match self {
            Self::Json(value) => member(value, name).map_or(Cell::Null, Cell::of),
            Self::Made(value) => member(value, name).cloned().map_or(Cell::Null, Cell::made),
            _ => Cell::Null,
        }
    }

    /// An array element; negative positions count from the end.
    pub(super) fn element(&self, index: i64) -> Cell<'a> {
        let position = |length: usize| {
            let length = i64::try_from(length).ok()?;
            usize::try_from(if index < 0 { length + index } else { index }).ok()
        };
        match self {
            Self::Json(Value::Array(items)) => {
                position(items.len()).and_then(|at| items.get(at)).map_or(Cell::Null, Cell::of)
            }
            Self::Made(value) => {
                let Value::Array(items) = &**value else { return Cell::Null };
                position(items.len()).and_then(|at| items.get(at)).cloned().map_or(Cell::Null, Cell::made)
            }
            _ => Cell::Null,
        }
    }

    /// Order of two cells: numbers by size, text by code point, unlike kinds by kind. Null comes first.
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Long(a), Self::Long(b)) => a.cmp(b),
            (Self::Span(a), Self::Span(b)) => a.cmp(b),
            (Self::Time(_), _) | (_, Self::Time(_)) => match (self.to_time(), other.to_time()) {
                (Some(a), Some(b)) => a.cmp(&b),
                _ => self.rank().cmp(&other.rank()),
            },
            (Self::Long(_) | Self::Real(_), Self::Long(_) | Self::Real(_)) => {
                self.to_number().partial_cmp(&other.to_number()).unwrap_or(Ordering::Equal)
            }
            _ => match (self.as_str(), other.as_str()) {
                (Some(a), Some(b)) => a.cmp(b),
                _ => self.rank().cmp(&other.rank()).then_with(|| self.to_text().cmp(&other.to_text())),
            },
        }
    }

    /// How much of it was made and not taken from a document, in steps of a query's budget.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::Text(text) => 1 + text.len() / 8,
            Self::Made(value) => weight(value),
            _ => 1,
        }
    }

    /// The cell with a text that copies share.
    pub(super) fn shared(self) -> Self {
        match self {
            Self::Str(text) => Self::Text(text.into()),
            other => other,
        }
    }

    /// The cell on its own; `None` for a part of a document, which would have to be copied.
    pub(super) fn owned(self) -> Option<Cell<'static>> {
        Some(match self {
            Self::Null => Cell::Null,
            Self::Bool(value) => Cell::Bool(value),
            Self::Long(number) => Cell::Long(number),
            Self::Real(number) => Cell::Real(number),
            Self::Time(time) => Cell::Time(time),
            Self::Span(span) => Cell::Span(span),
            Self::Str(text) => Cell::Text(text.into()),
            Self::Text(text) => Cell::Text(text),
            Self::Made(value) => Cell::Made(value),
            Self::Json(_) => return None,
        })
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Bool(_) => 1,
            Self::Long(_) | Self::Real(_) => 2,
            Self::Str(_) | Self::Text(_) => 3,
            Self::Json(_) | Self::Made(_) => 4,
            Self::Time(_) => 5,
            Self::Span(_) => 6,
        }
    }

    /// `==`. A scalar out of a document equals its text, since a property has no declared type.
    pub(super) fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Null, _) | (_, Self::Null) => false,
            (Self::Time(_), _) | (_, Self::Time(_)) => {
                self.to_time().is_some() && self.to_time() == other.to_time()
            }
            _ if self.rank() == other.rank() => self.compare(other) == Ordering::Equal,
            _ if self.rank() == 3 || other.rank() == 3 => self.to_text() == other.to_text(),
            _ => false,
        }
    }

    /// Adds a text to `key` that only equal cells share.
    pub(super) fn write_key(&self, key: &mut String) {
        key.push(char::from(b'0' + self.rank()));
        key.push_str(&self.to_text());
        key.push('\u{1f}');
    }
}

impl serde::Serialize for Cell<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Long(number) => serializer.serialize_i64(*number),
            Self::Real(number) => serializer.serialize_f64(*number),
            Self::Time(_) | Self::Span(_) => serializer.serialize_str(&self.to_text()),
            Self::Str(text) => serializer.serialize_str(text),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Json(value) => value.serialize(serializer),
            Self::Made(value) => value.serialize(serializer),
        }
    }
}

/// What a value weighs with all that is in it, in steps of a query's budget.
pub(super) fn weight(value: &Value) -> usize {
    8 + match value {
        Value::String(text) => text.len() / 8,
        Value::Array(items) => items.iter().map(weight).sum(),
        Value::Object(object) => object.values().map(weight).sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn properties_are_found_without_case_and_the_exact_one_first() {
        let value = json!({"State": 1, "state": 2, "Only": {"deep": [1, 2, 3]}});
        let cell = Cell::of(&value);
        assert!(cell.member("state").equals(&Cell::Long(2)));
        assert!(cell.member("only").member("DEEP").element(-1).equals(&Cell::Long(3)));
        assert!(matches!(cell.member("only").member("deep").element(3), Cell::Null));
        assert!(matches!(Cell::made(value).member("none"), Cell::Null));
    }

    #[test]
    fn null_equals_only_null_and_a_flag_equals_its_text() {
        assert!(Cell::Null.equals(&Cell::Null));
        assert!(!Cell::Null.equals(&Cell::Str("")));
        assert!(Cell::Bool(true).equals(&Cell::Str("true")));
        assert!(Cell::Long(2).equals(&Cell::Real(2.0)));
        assert!(!Cell::Long(2).equals(&Cell::Bool(true)));
    }
}
