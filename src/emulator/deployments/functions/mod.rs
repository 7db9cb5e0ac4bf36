//! The functions of the template language that need nothing but their arguments.

mod encoding;
mod lists;
mod logic;
mod text;
pub(super) mod time;

use serde_json::Value;

/// The arguments of a call, with what is said when they do not fit.
pub(super) struct Arguments<'a> {
    /// The function's name in lower case.
    pub name: &'a str,
    /// The values.
    pub values: &'a [Value],
}

/// The most characters of a text that a function makes out of shorter ones: as many as a template may have.
const LONGEST: usize = 4 * 1024 * 1024;

/// The result of a function, or what is wrong in a sentence.
pub(super) type Outcome = Result<Value, String>;

impl<'a> Arguments<'a> {
    /// Refuses a call with fewer or more arguments.
    pub(super) fn count(&self, least: usize, most: usize) -> Result<(), String> {
        let given = self.values.len();
        if (least..=most).contains(&given) {
            return Ok(());
        }
        let wanted = match (least, most) {
            (least, most) if least == most => format!("exactly {least} argument(s)"),
            (least, usize::MAX) => format!("at least {least} argument(s)"),
            (least, most) => format!("between {least} and {most} arguments"),
        };
        Err(self.fault(&format!("function requires {wanted} while {given} were provided")))
    }

    /// ARM's sentence for a call that cannot be evaluated.
    pub(super) fn fault(&self, what: &str) -> String {
        format!(
            "Unable to evaluate template language function '{}': {what}. Please see https://aka.ms/arm-functions for usage details.",
            self.name
        )
    }

    /// Refuses a text before it is made.
    fn fits(&self, length: usize) -> Result<(), String> {
        if length <= LONGEST {
            return Ok(());
        }
        Err(self.fault(&format!("the result has more than {LONGEST} characters")))
    }

    fn wrong(&self, index: usize, wanted: &str) -> String {
        let found = self.values.get(index).map_or("nothing", kind_of);
        self.fault(&format!(
            "the argument at position {} is of type '{found}' and has to be {wanted}",
            index + 1
        ))
    }

    /// A text.
    pub(super) fn text(&self, index: usize) -> Result<&'a str, String> {
        self.values.get(index).and_then(Value::as_str).ok_or_else(|| self.wrong(index, "a string"))
    }

    /// A whole number.
    pub(super) fn number(&self, index: usize) -> Result<i64, String> {
        self.values.get(index).and_then(Value::as_i64).ok_or_else(|| self.wrong(index, "an integer"))
    }

    /// A whole number that counts something.
    pub(super) fn size(&self, index: usize) -> Result<usize, String> {
        usize::try_from(self.number(index)?).map_err(|_| self.wrong(index, "zero or more"))
    }

    /// A boolean.
    pub(super) fn boolean(&self, index: usize) -> Result<bool, String> {
        self.values.get(index).and_then(Value::as_bool).ok_or_else(|| self.wrong(index, "a boolean"))
    }

    /// An array.
    pub(super) fn array(&self, index: usize) -> Result<&'a Vec<Value>, String> {
        self.values.get(index).and_then(Value::as_array).ok_or_else(|| self.wrong(index, "an array"))
    }

    /// The only argument.
    pub(super) fn only(&self) -> Result<&'a Value, String> {
        self.count(1, 1)?;
        Ok(&self.values[0])
    }
}

/// A value's type as ARM calls it in messages.
pub(super) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "Null",
        Value::Bool(_) => "Boolean",
        Value::Number(number) if number.is_f64() => "Float",
        Value::Number(_) => "Integer",
        Value::String(_) => "String",
        Value::Array(_) => "Array",
        Value::Object(_) => "Object",
    }
}

/// Evaluates a function; `None` when there is none of that name.
pub(super) fn call(name: &str, values: &[Value]) -> Option<Outcome> {
    let arguments = Arguments { name, values };
    logic::call(&arguments)
        .or_else(|| text::call(&arguments))
        .or_else(|| lists::call(&arguments))
        .or_else(|| encoding::call(&arguments))
        .or_else(|| time::call(&arguments))
}

/// Numbers, or an array of them, as ARM takes them for `min` and `max`.
fn numbers(arguments: &Arguments<'_>) -> Result<Vec<i64>, String> {
    let list: &[Value] = match arguments.values {
        [Value::Array(list)] => list,
        values => values,
    };
    list.iter()
        .map(|value| value.as_i64().ok_or_else(|| arguments.fault("the arguments have to be integers")))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn evaluate(name: &str, arguments: &Value) -> Outcome {
        call(name, arguments.as_array().unwrap()).unwrap_or_else(|| panic!("no function {name}"))
    }

    #[test]
    fn functions_give_what_arm_gives() {
        for (name, arguments, result) in [
            ("concat", json!(["a", 1, true]), json!("a1True")),
            ("concat", json!([[1], [2, 3]]), json!([1, 2, 3])),
            ("tolower", json!(["WestEurope"]), json!("westeurope")),
            ("toupper", json!(["a"]), json!("A")),
            ("replace", json!(["a-b", "-", ""]), json!("ab")),
            ("substring", json!(["abcdef", 1, 3]), json!("bcd")),
            ("substring", json!(["abc", 1]), json!("bc")),
            ("take", json!(["ab", 5]), json!("ab")),
            ("take", json!([[1, 2, 3], 2]), json!([1, 2])),
            ("skip", json!([[1, 2, 3], 2]), json!([3])),
            ("skip", json!(["abc", 1]), json!("bc")),
            ("split", json!(["a,b;c", [",", ";"]]), json!(["a", "b", "c"])),
            ("join", json!([["a", "b"], "-"]), json!("a-b")),
            ("padleft", json!(["7", 3, "0"]), json!("007")),
            ("trim", json!([" a "]), json!("a")),
            ("startswith", json!(["Abc", "aB"]), json!(true)),
            ("endswith", json!(["abC", "c"]), json!(true)),
            ("indexof", json!(["abcb", "B"]), json!(1)),
            ("lastindexof", json!(["abcb", "b"]), json!(3)),
            ("indexof", json!([["x"], "y"]), json!(-1)),
            ("format", json!(["{0}-{1:000} {{x}}", "a", 7]), json!("a-007 {x}")),
            ("string", json!([{ "a": 1 }]), json!("{\"a\":1}")),
            ("string", json!([true]), json!("True")),
            ("length", json!(["äb"]), json!(2)),
            ("length", json!([{ "a": 1 }]), json!(1)),
            ("empty", json!([""]), json!(true)),
            ("empty", json!([null]), json!(true)),
            ("empty", json!([{ "a": 1 }]), json!(false)),
            ("contains", json!([{ "Abc": 1 }, "abc"]), json!(true)),
            ("contains", json!([["a"], "b"]), json!(false)),
            ("contains", json!(["abc", "B"]), json!(false)),
            ("first", json!(["abc"]), json!("a")),
            ("last", json!([[1, 2]]), json!(2)),
            ("first", json!([[]]), json!(null)),
            (
                "union",
                json!([{ "a": 1, "b": { "c": 1 } }, { "b": { "d": 2 } }]),
                json!({ "a": 1, "b": { "c": 1, "d": 2 } }),
            ),
            ("union", json!([[1, 2], [2, 3]]), json!([1, 2, 3])),
            ("intersection", json!([[1, 2], [2, 3]]), json!([2])),
            ("range", json!([3, 2]), json!([3, 4])),
            ("array", json!(["a"]), json!(["a"])),
            ("array", json!([["a"]]), json!(["a"])),
            ("createarray", json!([1, "a"]), json!([1, "a"])),
            ("createobject", json!(["a", 1]), json!({ "a": 1 })),
            (
                "items",
                json!([{ "b": 1, "a": 2 }]),
                json!([{ "key": "a", "value": 2 }, { "key": "b", "value": 1 }]),
            ),
            ("objectkeys", json!([{ "b": 1, "a": 2 }]), json!(["a", "b"])),
            ("flatten", json!([[[1], [2]]]), json!([1, 2])),
            ("tryget", json!([{ "a": { "b": 1 } }, "a", "b"]), json!(1)),
            ("tryget", json!([{ "a": 1 }, "b"]), json!(null)),
            ("equals", json!(["a", "A"]), json!(false)),
            ("equals", json!([{ "a": [1] }, { "a": [1] }]), json!(true)),
            ("not", json!([false]), json!(true)),
            ("bool", json!(["TRUE"]), json!(true)),
            ("bool", json!([0]), json!(false)),
            ("less", json!([1, 2]), json!(true)),
            ("greaterorequals", json!(["b", "a"]), json!(true)),
            ("add", json!([1, 2]), json!(3)),
            ("div", json!([7, 2]), json!(3)),
            ("mod", json!([7, 4]), json!(3)),
            ("min", json!([[3, 1]]), json!(1)),
            ("max", json!([3, 1]), json!(3)),
            ("int", json!(["12"]), json!(12)),
            ("true", json!([]), json!(true)),
            ("json", json!(["{\"a\":[1]}"]), json!({ "a": [1] })),
            ("json", json!(["null"]), json!(null)),
            ("base64", json!(["one, two"]), json!("b25lLCB0d28=")),
            ("base64tostring", json!(["b25lLCB0d28="]), json!("one, two")),
            ("base64tojson", json!(["eyJhIjoxfQ=="]), json!({ "a": 1 })),
            ("uri", json!(["https://h/a/", "b.json"]), json!("https://h/a/b.json")),
            ("uricomponent", json!(["a b/ü"]), json!("a%20b%2F%C3%BC")),
            ("uricomponenttostring", json!(["a%20b"]), json!("a b")),
            ("datauri", json!(["Hello"]), json!("data:text/plain;charset=utf8;base64,SGVsbG8=")),
        ] {
            assert_eq!(evaluate(name, &arguments), Ok(result), "{name} {arguments}");
        }
    }

    #[test]
    fn arguments_that_do_not_fit_are_refused_in_words() {
        for (name, arguments) in [
            ("concat", json!([])),
            ("tolower", json!([1])),
            ("substring", json!(["abc", 2, 5])),
            ("div", json!([1, 0])),
            ("add", json!([i64::MAX, 1])),
            ("bool", json!(["perhaps"])),
            ("range", json!([0, 100_000])),
            ("json", json!(["{"])),
            ("base64tostring", json!(["*"])),
            ("createobject", json!(["a"])),
            ("format", json!(["{1}", "a"])),
            ("format", json!([format!("{{{}}}", usize::MAX), "a"])),
            ("replace", json!(["aa", "", "b"])),
            ("replace", json!(["a".repeat(3_000), "a", "b".repeat(3_000)])),
            ("join", json!([["", "", "", "", ""], "b".repeat(2_000_000)])),
            ("format", json!(["{0}".repeat(3_000), "b".repeat(3_000)])),
            ("split", json!(["a".repeat(3_000_000), vec!["x"; 20]])),
        ] {
            let message = evaluate(name, &arguments).unwrap_err();
            assert!(message.contains(&format!("'{name}'")), "{name} {arguments}: {message}");
        }
        assert!(call("nosuchfunction", &[]).is_none());
    }

    #[test]
    fn guids_and_unique_texts_depend_on_their_arguments_alone() {
        let one = evaluate("guid", &json!(["a", "b"])).unwrap();
        assert_eq!(one, evaluate("guid", &json!(["a", "b"])).unwrap());
        assert_ne!(one, evaluate("guid", &json!(["b", "a"])).unwrap());
        assert!(uuid::Uuid::parse_str(one.as_str().unwrap()).is_ok());
        let unique = evaluate("uniquestring", &json!(["a"])).unwrap();
        assert_eq!(unique.as_str().map(str::len), Some(13));
        assert_ne!(unique, evaluate("uniquestring", &json!(["b"])).unwrap());
    }
}
