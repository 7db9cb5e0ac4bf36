//! A page of rows, decoded from the bytes of an answer.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::azure::resources::{DecodeError, decode, decode_items};

/// A page of rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<R> {
    /// The rows that could be read.
    pub rows: Vec<R>,
    /// The rows that could not, each with its reason.
    pub unreadable: Vec<DecodeError>,
    /// The token of the next page. It decides whether there is one: `resultTruncated` was seen
    /// as `"false"` beside a token.
    pub skip_token: Option<String>,
    /// How many rows the whole query has; moves between pages.
    pub total: Option<u64>,
}

impl<R: DeserializeOwned> Page<R> {
    /// Decodes an answer, in the `objectArray` or the `table` format.
    ///
    /// # Errors
    /// When the answer has neither format.
    pub fn decode(body: Value) -> Result<Self, DecodeError> {
        decode("page of Resource Graph", body)
    }
}

/// Read straight from the bytes: a page holds a thousand rows, and a document of them first would cost
/// more than everything else that is done with it.
impl<'de, R: DeserializeOwned> Deserialize<'de> for Page<R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let answer = Answer::<R>::deserialize(deserializer)?;
        let Data { rows, unreadable } = answer.data;
        let skip_token = answer.skip_token.filter(|token| !token.is_empty());
        Ok(Self { rows, unreadable, skip_token, total: answer.total_records })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "R: DeserializeOwned"))]
struct Answer<R> {
    #[serde(default = "Data::none")]
    data: Data<R>,
    #[serde(default, rename = "$skipToken", alias = "skipToken")]
    skip_token: Option<String>,
    #[serde(default)]
    total_records: Option<u64>,
}

struct Data<R> {
    rows: Vec<R>,
    unreadable: Vec<DecodeError>,
}

/// A row, or what stood in its place.
#[derive(Deserialize)]
#[serde(untagged, bound(deserialize = "R: DeserializeOwned"))]
enum Row<R> {
    Good(R),
    Odd(Value),
}

#[derive(Deserialize)]
struct Table {
    columns: Vec<TableColumn>,
    rows: Vec<Vec<Value>>,
}

const ROW: &str = "row of Resource Graph";

impl<R> Data<R> {
    fn none() -> Self {
        Self { rows: Vec::new(), unreadable: Vec::new() }
    }
}

impl<'de, R: DeserializeOwned> Deserialize<'de> for Data<R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DataVisitor(PhantomData))
    }
}

struct DataVisitor<R>(PhantomData<R>);

impl<'de, R: DeserializeOwned> Visitor<'de> for DataVisitor<R> {
    type Value = Data<R>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of objects, or a table of columns and rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut data = Data::none();
        while let Some(row) = items.next_element::<Row<R>>()? {
            match row {
                Row::Good(row) => data.rows.push(row),
                // Decoded again for the reason, which the attempt before did not keep.
                Row::Odd(value) => match decode(ROW, value) {
                    Ok(row) => data.rows.push(row),
                    Err(error) => data.unreadable.push(error),
                },
            }
        }
        Ok(data)
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Self::Value, A::Error> {
        let table = Table::deserialize(MapAccessDeserializer::new(members))?;
        let objects = table.rows.into_iter().map(|row| object(&table.columns, row)).collect();
        let (rows, unreadable) = decode_items(ROW, objects);
        Ok(Data { rows, unreadable })
    }
}

#[derive(Deserialize)]
struct TableColumn {
    name: String,
}

fn object(columns: &[TableColumn], row: Vec<Value>) -> Value {
    Value::Object(columns.iter().map(|column| column.name.clone()).zip(row).collect::<Map<_, _>>())
}
