//! Syntax trees of modules, as the engine parsed them: package, imports, rules, references and calls.
//! Judges nothing; `load` and `events` do. Reads the engine's own JSON form, so there is no second parser to disagree with it.

use serde_json::Value as Json;

/// One step of a reference: a constant key, or something only known when evaluated.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step<'tree> {
    Key(&'tree str),
    Computed,
}

/// A reference: its first name (if it starts with one) and what follows.
#[derive(Debug)]
pub(crate) struct Reference<'tree> {
    pub(crate) root: Option<&'tree str>,
    pub(crate) steps: Vec<Step<'tree>>,
}

impl Reference<'_> {
    /// `a.b.c` when every step is a constant key.
    pub(crate) fn path(&self) -> Option<Vec<String>> {
        let mut path = vec![self.root?.to_owned()];
        for step in &self.steps {
            let Step::Key(key) = step else { return None };
            path.push((*key).to_owned());
        }
        Some(path)
    }
}

/// What a walk over a module meets.
#[derive(Debug)]
pub(crate) enum Node<'tree> {
    /// A variable or a reference, whole.
    Reference(Reference<'tree>),
    /// A function call; its arguments are met afterwards.
    Call(Reference<'tree>),
    /// The target of a `with`.
    Replaced(Reference<'tree>),
}

/// A parsed module.
#[derive(Debug)]
pub(crate) struct Tree<'json> {
    pub(crate) json: &'json Json,
    pub(crate) source: &'json str,
}

/// A rule as its head declares it.
#[derive(Debug)]
pub(crate) struct Rule<'json> {
    pub(crate) path: Vec<String>,
    pub(crate) is_function: bool,
    json: &'json Json,
    source: &'json str,
}

/// The trees in what the engine says of its modules.
pub(crate) fn trees(json: &Json) -> Vec<Tree<'_>> {
    let modules = json.as_array().map(Vec::as_slice).unwrap_or_default();
    modules
        .iter()
        .map(|module| Tree {
            json: &module["ast"],
            source: module["source"]["contents"].as_str().unwrap_or_default(),
        })
        .collect()
}

impl<'json> Tree<'json> {
    /// `data.a.b` as `[data, a, b]`.
    pub(crate) fn package(&self) -> Vec<String> {
        let mut path = vec!["data".to_owned()];
        let reference = self.json.get("package").and_then(|package| package.get("refr"));
        path.extend(
            reference.map(flatten).and_then(|(reference, _)| reference.path()).unwrap_or_default(),
        );
        path
    }

    /// Imported paths under the names they are known by.
    pub(crate) fn imports(&self) -> Vec<(String, Vec<String>)> {
        let imports = self.json.get("imports").and_then(Json::as_array);
        let paths = imports.into_iter().flatten().filter_map(|import| {
            let path = flatten(import.get("refr")?).0.path()?;
            let alias = match import.get("as") {
                Some(span) => self.text(span)?.to_owned(),
                None => path.last()?.clone(),
            };
            Some((alias, path))
        });
        paths.collect()
    }

    fn text(&self, span: &Json) -> Option<&'json str> {
        text(self.source, span)
    }

    /// The rules, each with its full path.
    pub(crate) fn rules(&self) -> Vec<Rule<'json>> {
        let package = self.package();
        let rules = self.json.get("rules").and_then(Json::as_array);
        let rules = rules.into_iter().flatten().filter_map(|rule| {
            let (reference, is_function) = head(rule)?;
            let keys = reference.steps.iter().map_while(|step| match step {
                Step::Key(key) => Some((*key).to_owned()),
                Step::Computed => None,
            });
            let path = package
                .iter()
                .cloned()
                .chain(reference.root.map(str::to_owned))
                .chain(keys)
                .collect();
            Some(Rule { path, is_function, json: rule, source: self.source })
        });
        rules.collect()
    }

    /// Calls of `walk` with one argument: where its name starts and ends, and where the call ends.
    pub(crate) fn plain_walks(&self) -> Vec<[usize; 3]> {
        let mut found = Vec::new();
        plain_walks(self.json, &mut found);
        found
    }

    /// Meets every reference and call outside the package clause and the rule heads' own names.
    pub(crate) fn walk(&self, meet: &mut dyn FnMut(Node<'json>)) {
        for part in ["imports", "rules"] {
            if let Some(part) = self.json.get(part) {
                walk(part, meet);
            }
        }
    }
}

fn walk<'json>(node: &'json Json, meet: &mut dyn FnMut(Node<'json>)) {
    match node {
        Json::Array(items) => items.iter().for_each(|item| walk(item, meet)),
        Json::Object(fields) => {
            if fields.contains_key("Var")
                || fields.contains_key("RefDot")
                || fields.contains_key("RefBrack")
            {
                let (reference, inner) = flatten(node);
                meet(Node::Reference(reference));
                for part in inner {
                    walk(part, meet);
                }
            } else if let Some(call) = fields.get("Call") {
                if let Some(function) = call.get("fcn") {
                    let (reference, inner) = flatten(function);
                    meet(Node::Call(reference));
                    for part in inner {
                        walk(part, meet);
                    }
                }
                call.get("params").into_iter().for_each(|params| walk(params, meet));
            } else {
                let replaced = fields.get("with_mods").and_then(Json::as_array);
                for target in replaced.into_iter().flatten().filter_map(|change| change.get("refr"))
                {
                    meet(Node::Replaced(flatten(target).0));
                }
                // A span has no parts; everything else may hold expressions.
                fields.values().for_each(|part| walk(part, meet));
            }
        }
        _ => {}
    }
}

impl<'json> Rule<'json> {
    /// Meets every reference and call of the rule but the name it is declared by.
    pub(crate) fn walk(&self, meet: &mut dyn FnMut(Node<'json>)) {
        let Some(spec) = self.json.get("Spec") else {
            let default = self.json.get("Default").and_then(|default| default.get("value"));
            return default.into_iter().for_each(|value| walk(value, meet));
        };
        let heads = spec.get("head").and_then(Json::as_object);
        for (name, part) in
            heads.into_iter().flat_map(|head| head.values()).filter_map(Json::as_object).flatten()
        {
            if name == "refr" {
                flatten(part).1.into_iter().for_each(|index| walk(index, meet));
            } else {
                walk(part, meet);
            }
        }
        spec.get("bodies").into_iter().for_each(|bodies| walk(bodies, meet));
    }

    /// Names the rule declares for itself: arguments, `:=`, `some`, `every`.
    pub(crate) fn locals(&self) -> Vec<&'json str> {
        let mut names = Vec::new();
        locals(self.json, self.source, &mut names);
        names
    }
}

fn text<'json>(source: &'json str, span: &Json) -> Option<&'json str> {
    let bound = |name| span.get(name)?.as_u64().and_then(|offset| usize::try_from(offset).ok());
    source.get(bound("start")?..bound("end")?)
}

/// What a rule is declared as, and whether it is a function.
fn head(rule: &Json) -> Option<(Reference<'_>, bool)> {
    if let Some(default) = rule.get("Default") {
        let has_args =
            default.get("args").and_then(Json::as_array).is_some_and(|args| !args.is_empty());
        return Some((flatten(default.get("refr")?).0, has_args));
    }
    let (kind, head) = rule.get("Spec")?.get("head")?.as_object()?.iter().next()?;
    Some((flatten(head.get("refr")?).0, kind == "Func"))
}

fn locals<'json>(node: &'json Json, source: &'json str, names: &mut Vec<&'json str>) {
    match node {
        Json::Array(items) => items.iter().for_each(|item| locals(item, source, names)),
        Json::Object(fields) => {
            for (name, part) in fields {
                match name.as_str() {
                    "args" => variables(part, names),
                    "AssignExpr" if part["op"] == "ColEq" => variables(&part["lhs"], names),
                    "SomeVars" => {
                        let spans = part["vars"].as_array().into_iter().flatten();
                        names.extend(spans.filter_map(|span| text(source, span)));
                    }
                    "SomeIn" => [&part["key"], &part["value"]]
                        .into_iter()
                        .for_each(|part| variables(part, names)),
                    "Every" => names.extend(
                        [&part["key"], &part["value"]]
                            .into_iter()
                            .filter_map(|span| text(source, span)),
                    ),
                    _ => {}
                }
                locals(part, source, names);
            }
        }
        _ => {}
    }
}

fn variables<'json>(node: &'json Json, names: &mut Vec<&'json str>) {
    match node {
        Json::Array(items) => items.iter().for_each(|item| variables(item, names)),
        Json::Object(fields) => {
            names.extend(fields.get("Var").and_then(|var| var["value"].as_str()));
            fields.values().for_each(|part| variables(part, names));
        }
        _ => {}
    }
}

fn plain_walks(node: &Json, found: &mut Vec<[usize; 3]>) {
    match node {
        Json::Array(items) => items.iter().for_each(|item| plain_walks(item, found)),
        Json::Object(fields) => {
            if let Some(call) = fields.get("Call") {
                let (name, one) = (
                    &call["fcn"]["Var"],
                    call["params"].as_array().is_some_and(|params| params.len() == 1),
                );
                let offset = |span: &Json, end: &str| {
                    span[end].as_u64().and_then(|at| usize::try_from(at).ok())
                };
                if one
                    && name["value"] == "walk"
                    && let (Some(start), Some(end)) =
                        (offset(&name["span"], "start"), offset(&name["span"], "end"))
                    && let Some(close) = offset(&call["span"], "end")
                {
                    found.push([start, end, close]);
                }
            }
            fields.values().for_each(|part| plain_walks(part, found));
        }
        _ => {}
    }
}

/// A chain of `.name` and `[index]` as one reference, with the computed indexes (and a root that is no name) in it.
fn flatten(expression: &Json) -> (Reference<'_>, Vec<&Json>) {
    let (mut steps, mut inner, mut node) = (Vec::new(), Vec::new(), expression);
    let root = loop {
        if let Some(dot) = node.get("RefDot") {
            let key = dot.get("field").and_then(|field| field.get(1)).and_then(Json::as_str);
            steps.push(key.map_or(Step::Computed, Step::Key));
            node = dot.get("refr").unwrap_or(&Json::Null);
        } else if let Some(bracket) = node.get("RefBrack") {
            let index = bracket.get("index").unwrap_or(&Json::Null);
            let literal = index.get("String").or_else(|| index.get("RawString"));
            let key = literal.and_then(|literal| literal.get("value")).and_then(Json::as_str);
            steps.push(key.map_or(Step::Computed, Step::Key));
            if key.is_none() {
                inner.push(index);
            }
            node = bracket.get("refr").unwrap_or(&Json::Null);
        } else if let Some(name) = node.get("Var").and_then(|var| var.get("value")) {
            break name.as_str();
        } else {
            inner.push(node);
            break None;
        }
    };
    steps.reverse();
    (Reference { root, steps }, inner)
}
