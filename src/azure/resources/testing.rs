//! What tests need to write resources as JSON.

use serde_json::Value;

/// `base` with `more` laid over it, objects merged key by key.
pub(crate) fn with(mut base: Value, more: Value) -> Value {
    lay(&mut base, more);
    base
}

fn lay(into: &mut Value, more: Value) {
    match (into, more) {
        (Value::Object(into), Value::Object(more)) => {
            for (key, value) in more {
                lay(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, more) => *into = more,
    }
}
