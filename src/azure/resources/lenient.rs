//! Decoders for what services really send: nulls where a list belongs, empty texts where an id belongs,
//! ids that are no ids, times that are no times. Losing one odd value is better than losing the resource.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

use crate::azure::arm::id::ArmId;

/// The value, or the type's default when it is null.
pub(crate) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

/// An id; null, empty and relative ids (an outbound rule has one) count as none.
pub(crate) fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<ArmId>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.and_then(|text| ArmId::parse(&text).ok()))
}

/// A list of ids, without those that are no ids; null is the empty list.
pub(crate) fn ids<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<ArmId>, D::Error> {
    let texts: Vec<String> = or_default(deserializer)?;
    Ok(texts.iter().filter_map(|text| ArmId::parse(text).ok()).collect())
}

/// A map; null is the empty one, and an entry that is null counts as the type's default.
pub(crate) fn map<'de, D, T>(deserializer: D) -> Result<BTreeMap<String, T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    let entries: BTreeMap<String, Option<T>> = or_default(deserializer)?;
    Ok(entries.into_iter().map(|(key, value)| (key, value.unwrap_or_default())).collect())
}

/// A text; null and empty count as none.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.filter(|text| !text.trim().is_empty()))
}

/// A value of an open enumeration; null and empty count as none, as Resource Graph sends them.
pub(crate) fn word<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: for<'a> From<&'a str>,
{
    Ok(text(deserializer)?.map(|text| T::from(text.as_str())))
}

/// A time in RFC 3339, with or without its offset; anything else counts as none.
pub(crate) fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.and_then(|text| parse_time(&text)))
}

/// A yes or no, also as `"true"`, `1` or `"1"`, as Resource Graph and older services send it.
pub(crate) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Flag {
        Bool(bool),
        Number(f64),
        Text(String),
        Else(serde::de::IgnoredAny),
    }
    Ok(Option::<Flag>::deserialize(deserializer)?.and_then(|flag| match flag {
        Flag::Bool(value) => Some(value),
        Flag::Number(number) => Some(number != 0.0),
        Flag::Text(text) if text.eq_ignore_ascii_case("true") || text == "1" => Some(true),
        Flag::Text(text) if text.eq_ignore_ascii_case("false") || text == "0" => Some(false),
        Flag::Text(_) | Flag::Else(_) => None,
    }))
}

/// A whole number, also as text or with a fraction of nothing (`"7"`, `7.0`); anything else counts as none.
pub(crate) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Number {
        Whole(i64),
        Fraction(f64),
        Text(String),
        Else(serde::de::IgnoredAny),
    }
    let whole = |number: f64| format!("{number:.0}").parse().ok().filter(|_| number.fract() == 0.0);
    Ok(Option::<Number>::deserialize(deserializer)?.and_then(|number| match number {
        Number::Whole(value) => Some(value),
        Number::Fraction(value) => whole(value),
        Number::Text(text) => text.trim().parse().ok(),
        Number::Else(_) => None,
    }))
}

/// Reads a time as Azure writes it; a time without an offset is taken as UTC.
pub(crate) fn parse_time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    text.parse().ok().or_else(|| format!("{text}Z").parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[derive(Deserialize)]
    struct Odd {
        #[serde(default, deserialize_with = "id")]
        id: Option<ArmId>,
        #[serde(default, deserialize_with = "time")]
        time: Option<Timestamp>,
        #[serde(default, deserialize_with = "flag")]
        flag: Option<bool>,
        #[serde(default, deserialize_with = "or_default")]
        list: Vec<String>,
        #[serde(default, deserialize_with = "map")]
        map: BTreeMap<String, String>,
        #[serde(default, deserialize_with = "text")]
        text: Option<String>,
        #[serde(default, deserialize_with = "number")]
        number: Option<i64>,
    }

    fn odd(value: serde_json::Value) -> Odd {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn nulls_empties_and_nonsense_are_none() {
        for value in [
            json!({}),
            json!({"id": null, "time": null, "flag": null, "list": null, "map": null, "text": null}),
            json!({"id": "", "time": "", "flag": "", "list": [], "text": " "}),
            json!({"id": "ws/outboundRules/a", "time": "soon", "flag": {}}),
        ] {
            let odd = odd(value);
            assert!(odd.id.is_none() && odd.time.is_none() && odd.flag.is_none());
            assert!(odd.list.is_empty() && odd.map.is_empty() && odd.text.is_none());
        }
        assert_eq!(odd(json!({"map": {"tag": null}})).map.get("tag").map(String::as_str), Some(""));
    }

    #[test]
    fn times_with_and_without_offset_are_the_same_moment() {
        let a = odd(json!({"time": "2023-04-25T21:11:29.4806159Z"})).time.unwrap();
        assert_eq!(odd(json!({"time": "2023-04-25T21:11:29.4806159+00:00"})).time, Some(a));
        assert_eq!(odd(json!({"time": "2023-04-25T21:11:29.4806159"})).time, Some(a));
    }

    #[test]
    fn numbers_come_as_texts_and_with_a_point() {
        for seven in [json!(7), json!(7.0), json!("7"), json!(" 7 ")] {
            assert_eq!(odd(json!({ "number": seven })).number, Some(7));
        }
        for none in [json!(null), json!(""), json!("P7D"), json!(7.5), json!(1e300), json!({}), json!(false)]
        {
            assert_eq!(odd(json!({ "number": none })).number, None, "{none}");
        }
    }

    #[test]
    fn flags_come_as_words_and_numbers() {
        for yes in [json!(true), json!("True"), json!(1), json!("1")] {
            assert_eq!(odd(json!({ "flag": yes })).flag, Some(true));
        }
        for no in [json!(false), json!("false"), json!(0)] {
            assert_eq!(odd(json!({ "flag": no })).flag, Some(false));
        }
    }
}
