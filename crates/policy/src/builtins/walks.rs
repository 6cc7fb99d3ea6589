//! What `walk` generates: every value within a value, with the path to it.
//! Holds it all at once; the memory limit is what bounds it. Used for `walk` with one argument, see `evaluate`.

use regorus::Value;

/// `[[path, value], …]`, the value itself first.
pub(super) fn pairs(value: &Value) -> Value {
    let mut found = Vec::new();
    visit(&mut Vec::new(), value, &mut found);
    Value::from(found)
}

fn visit(path: &mut Vec<Value>, value: &Value, found: &mut Vec<Value>) {
    found.push(Value::from(vec![Value::from(path.clone()), value.clone()]));
    let mut step = |key: Value, inner: &Value| {
        path.push(key);
        visit(path, inner, found);
        path.pop();
    };
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| step(Value::from(index), item));
        }
        Value::Set(items) => items.iter_sorted().for_each(|item| step(item.clone(), item)),
        Value::Object(fields) => {
            fields.iter_sorted().for_each(|(key, item)| step(key.clone(), item));
        }
        _ => {}
    }
}
