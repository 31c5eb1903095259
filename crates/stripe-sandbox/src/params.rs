//! Requests in Stripe's form encoding (`items[0][price]=…`, `expand[]=…`) to JSON, and the check against what an
//! endpoint accepts. An endpoint names its parameters in one string, separated by blanks:
//! `customer! items.#.quantity:i metadata.* status:open|paid`. `!` is required, `#` an index, `*` any key; after the
//! colon stands the type: `i` integer, `b` boolean, `t` instant, or the allowed values. Without one it is a string.

use serde_json::{Map, Value, json};

use crate::error::{ApiError, Res};

/// Decodes a query or a form body. Keys that look like `a[b][0]` become nested; an empty value becomes null, which
/// is how one unsets a field.
pub fn decode(raw: &str) -> Res<Value> {
    let mut root = Value::Object(Map::new());
    for (key, value) in url::form_urlencoded::parse(raw.as_bytes()) {
        if key.is_empty() {
            continue;
        }
        let path = split(&key).ok_or_else(|| ApiError::invalid(format!("Invalid parameter name: {key}")))?;
        if path.len() > 12 {
            return Err(ApiError::invalid(format!("Parameter nested too deeply: {key}")));
        }
        let leaf = if value.is_empty() {
            Value::Null
        } else {
            Value::String(value.into_owned())
        };
        insert(&mut root, &path, leaf);
    }
    lists(&mut root);
    Ok(root)
}

fn split(key: &str) -> Option<Vec<&str>> {
    let Some(open) = key.find('[') else {
        return Some(vec![key]);
    };
    let mut out = vec![&key[..open]];
    let mut rest = &key[open..];
    while !rest.is_empty() {
        let inner = rest.strip_prefix('[')?;
        let close = inner.find(']')?;
        out.push(&inner[..close]);
        rest = &inner[close + 1..];
    }
    Some(out)
}

fn insert(at: &mut Value, path: &[&str], leaf: Value) {
    if !at.is_object() {
        *at = Value::Object(Map::new());
    }
    let Value::Object(map) = at else { return };
    let key = if path[0].is_empty() {
        // `a[]=`: the next element, except that `a[][x]=&a[][y]=` describe one element until a member repeats.
        let last = map.len().saturating_sub(1).to_string();
        let extends = path.len() > 1
            && map
                .get(&last)
                .is_some_and(|v| v.is_object() && v.get(path[1]).is_none());
        if extends { last } else { map.len().to_string() }
    } else {
        path[0].to_owned()
    };
    if path.len() == 1 {
        map.insert(key, leaf);
    } else {
        insert(map.entry(key).or_insert(Value::Null), &path[1..], leaf);
    }
}

/// Turns maps whose keys are all indexes into lists.
fn lists(v: &mut Value) {
    let Value::Object(map) = v else { return };
    for (_, inner) in map.iter_mut().filter(|(k, _)| *k != "metadata") {
        lists(inner);
    }
    if !map.is_empty() && map.keys().all(|k| k.parse::<u32>().is_ok()) {
        let mut all: Vec<(u32, Value)> = std::mem::take(map)
            .into_iter()
            .filter_map(|(k, v)| Some((k.parse().ok()?, v)))
            .collect();
        all.sort_by_key(|(k, _)| *k);
        *v = Value::Array(all.into_iter().map(|(_, v)| v).collect());
    }
}

/// Checks `params` against `spec` and gives the leaves their types.
pub fn check(params: &mut Value, spec: &str) -> Res<()> {
    let specs: Vec<Spec<'_>> = spec.split_whitespace().map(Spec::parse).collect();
    let mut path = Vec::new();
    walk(params, &mut path, &specs)?;
    for s in specs.iter().filter(|s| s.required) {
        if params.get(s.path[0]).is_none_or(Value::is_null) {
            return Err(ApiError::missing(s.path[0]));
        }
    }
    Ok(())
}

struct Spec<'a> {
    path: Vec<&'a str>,
    required: bool,
    kind: &'a str,
}

impl<'a> Spec<'a> {
    fn parse(s: &'a str) -> Self {
        let (path, kind) = s.split_once(':').unwrap_or((s, ""));
        let (path, required) = path.strip_suffix('!').map_or((path, false), |p| (p, true));
        Self {
            path: path.split('.').collect(),
            required,
            kind,
        }
    }

    fn covers(&self, path: &[String], whole: bool) -> bool {
        (if whole {
            self.path.len() == path.len()
        } else {
            self.path.len() > path.len()
        }) && self.path.iter().zip(path).all(|(s, p)| match *s {
            "*" => true,
            "#" => p.parse::<u32>().is_ok(),
            s => s == p,
        })
    }
}

fn bracketed(path: &[String]) -> String {
    let mut out = path[0].clone();
    for p in &path[1..] {
        out.push('[');
        out.push_str(p);
        out.push(']');
    }
    out
}

fn walk(v: &mut Value, path: &mut Vec<String>, specs: &[Spec<'_>]) -> Res<()> {
    match v {
        Value::Object(map) => {
            for (k, inner) in map.iter_mut() {
                path.push(k.clone());
                walk(inner, path, specs)?;
                path.pop();
            }
            Ok(())
        }
        Value::Array(list) => {
            for (i, inner) in list.iter_mut().enumerate() {
                path.push(i.to_string());
                walk(inner, path, specs)?;
                path.pop();
            }
            Ok(())
        }
        leaf => {
            let name = bracketed(path);
            let Some(spec) = specs.iter().find(|s| s.covers(path, true)) else {
                // `metadata=` empties the whole map.
                if leaf.is_null() && specs.iter().any(|s| s.covers(path, false)) {
                    return Ok(());
                }
                return Err(ApiError::invalid(format!("Received unknown parameter: {name}"))
                    .code("parameter_unknown")
                    .param(&name));
            };
            typed(leaf, spec.kind, &name)
        }
    }
}

fn typed(leaf: &mut Value, kind: &str, name: &str) -> Res<()> {
    let Some(text) = leaf.as_str().map(str::to_owned) else {
        return Ok(());
    };
    match kind {
        "" => {}
        "i" | "t" => {
            if kind == "t" && text == "now" {
                return Ok(());
            }
            let n: i64 = text.parse().map_err(|_| {
                ApiError::invalid(format!("Invalid integer: {text}"))
                    .code("parameter_invalid_integer")
                    .param(name)
            })?;
            *leaf = json!(n);
        }
        "b" => {
            *leaf = match text.as_str() {
                "true" => json!(true),
                "false" => json!(false),
                _ => return Err(ApiError::invalid(format!("Invalid boolean: {text}")).param(name)),
            };
        }
        choices => {
            if !choices.split('|').any(|c| c == text) {
                let all: Vec<&str> = choices.split('|').filter(|c| !c.is_empty()).collect();
                let named = match all.as_slice() {
                    [one] => (*one).to_owned(),
                    [front @ .., last] => format!("one of {}, or {last}", front.join(", ")),
                    [] => String::new(),
                };
                return Err(ApiError::invalid(format!("Invalid {name}: must be {named}")).param(name));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_of_writing_lists() {
        let a = decode("expand[0]=a.b&expand[1]=c&items[0][price]=p&items[0][quantity]=2").unwrap();
        let b = decode("expand[]=a.b&expand[]=c&items[][price]=p&items[][quantity]=2").unwrap();
        assert_eq!(a, b);
        assert_eq!(
            a,
            json!({"expand": ["a.b", "c"], "items": [{"price": "p", "quantity": "2"}]})
        );
    }

    #[test]
    fn unknown_and_mistyped_parameters_are_named_in_brackets() {
        let spec = "items.#.quantity:i metadata.* when:b";
        let mut p = decode("items[0][colour]=red").unwrap();
        let e = check(&mut p, spec).unwrap_err();
        assert_eq!(e.error["param"], "items[0][colour]");
        assert_eq!(e.error["code"], "parameter_unknown");
        let mut p = decode("items[0][quantity]=1.5").unwrap();
        assert_eq!(
            check(&mut p, spec).unwrap_err().error["code"],
            "parameter_invalid_integer"
        );
        let mut p = decode("items[0][quantity]=3&metadata=&when=true").unwrap();
        check(&mut p, spec).unwrap();
        assert_eq!(p, json!({"items": [{"quantity": 3}], "metadata": null, "when": true}));
    }
}
