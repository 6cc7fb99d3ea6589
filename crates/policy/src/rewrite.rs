//! Modules put into words in which the engine means what OPA means, where it otherwise would not, silently.
//! Two differences are known: `walk` with one argument finds nothing, and `not f(x)` holds when `x` is undefined. Either
//! could turn a refusal into a pass. Used by `evaluate`; what it writes is parsed again.

use std::collections::HashSet;

use regorus::Engine;
use serde_json::Value as Json;

use crate::builtins::PLAIN_WALK;
use crate::evaluate::{Module, parsed, without_mark};
use crate::syntax::trees;

/// Names of the variables put in; a module that uses one is refused.
const NAME: &str = "__lanner_";
/// Each round takes the outermost negations; nobody nests them deeper.
const ROUNDS: usize = 16;

type Edit = (usize, usize, String);

/// `modules`, whose trees are `json`, as the engine should see them.
pub(crate) fn rewritten(
    mut modules: Vec<Module>,
    mut json: Json,
) -> Result<Vec<Module>, Vec<String>> {
    if modules.iter().any(|module| module.source.contains(NAME)) {
        return Err(vec![format!("names that begin with `{NAME}` can't be used")]);
    }
    let mut names = 0;
    let mut edits = edits(&modules, &json, &mut |tree| {
        let mut edits = Vec::new();
        for [start, end, close] in tree.plain_walks() {
            edits.extend([(start, end, PLAIN_WALK.to_owned()), (close, close, "[_]".to_owned())]);
        }
        edits
    });
    for _ in 0..ROUNDS {
        for (module, edits) in modules.iter_mut().zip(edits) {
            module.source = applied(without_mark(&module.source), edits)?;
        }
        json = parsed(&mut Engine::new(), &modules)?;
        edits = self::edits(&modules, &json, &mut |tree| {
            let mut edits = Vec::new();
            // A rule by its bare name is a reference; any other name is a variable, bound elsewhere.
            let rules = tree
                .rules()
                .into_iter()
                .filter_map(|rule| rule.path.get(tree.package().len()).cloned());
            let known: HashSet<String> =
                rules.chain(tree.imports().into_iter().map(|(alias, _)| alias)).collect();
            let mut negations =
                Negations { source: tree.source, known, names: &mut names, edits: &mut edits };
            negations.walk(tree.json);
            edits
        });
        if edits.iter().all(Vec::is_empty) {
            return Ok(modules);
        }
    }
    Err(vec!["negations are nested too deeply".to_owned()])
}

fn edits(
    modules: &[Module],
    json: &Json,
    find: &mut dyn FnMut(&crate::syntax::Tree<'_>) -> Vec<Edit>,
) -> Vec<Vec<Edit>> {
    let trees = trees(json);
    debug_assert_eq!(trees.len(), modules.len());
    trees.iter().map(find).collect()
}

/// Edits don't overlap; made from the end, so that offsets stay true.
fn applied(source: &str, mut edits: Vec<Edit>) -> Result<String, Vec<String>> {
    let mut source = source.to_owned();
    edits.sort_by_key(|(start, end, _)| std::cmp::Reverse((*start, *end)));
    for (start, end, text) in edits {
        if source.get(start..end).is_none() {
            return Err(vec!["an expression of the module could not be located".to_owned()]);
        }
        source.replace_range(start..end, &text);
    }
    Ok(source)
}

/// OPA evaluates what a negated expression is about before it negates: `not startswith(input.x, "a")` has no value without
/// `input.x`. So each operand becomes a variable that is assigned first. (A plain reference, or one compared by `==`, is what
/// is negated itself: `not input.x` holds without `input.x`.)
struct Negations<'round> {
    source: &'round str,
    known: HashSet<String>,
    names: &'round mut usize,
    edits: &'round mut Vec<Edit>,
}

impl Negations<'_> {
    fn walk(&mut self, node: &Json) {
        match node {
            Json::Array(items) => items.iter().for_each(|item| self.walk(item)),
            Json::Object(fields) => {
                let Some(query) = fields.get("stmts").and_then(Json::as_array) else {
                    return fields.values().for_each(|part| self.walk(part));
                };
                for statement in query {
                    if !self.negation(statement, query.len() == 1) {
                        self.walk(statement);
                    }
                }
            }
            _ => {}
        }
    }

    /// Whether `statement` is a negation with operands; they are assigned before it then.
    fn negation(&mut self, statement: &Json, alone: bool) -> bool {
        let Some(not) = statement.get("literal").and_then(|literal| literal.get("NotExpr")) else {
            return false;
        };
        let mut operands = Vec::new();
        self.operands_of(&not["expr"], &mut operands);
        let Some((start, _)) = span(&not["span"]).filter(|_| !operands.is_empty()) else {
            return false;
        };
        let modifiers = statement
            .get("with_mods")
            .and_then(Json::as_array)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let with: String = modifiers
            .iter()
            .flat_map(|with| [" with ", self.text(&with["refr"]), " as ", self.text(&with["as"])])
            .collect();
        let mut assigned = String::new();
        for operand in operands {
            let name = format!("{NAME}{}", self.names);
            *self.names += 1;
            assigned.extend([name.as_str(), " := ", self.text(operand), with.as_str(), "; "]);
            self.edits.extend(span_of(operand).map(|(start, end)| (start, end, name)));
        }
        // A body without braces holds one expression.
        if alone && self.source.get(..start).is_some_and(after_if) {
            assigned.insert_str(0, "{ ");
            let last = modifiers.last().map_or(&not["expr"], |with| &with["as"]);
            self.edits.extend(span_of(last).map(|(_, end)| (end, end, " }".to_owned())));
        }
        self.edits.push((start, start, assigned));
        true
    }

    fn text(&self, expression: &Json) -> &str {
        span_of(expression).and_then(|(start, end)| self.source.get(start..end)).unwrap_or_default()
    }

    fn operands_of<'tree>(&self, expression: &'tree Json, found: &mut Vec<&'tree Json>) {
        let Some((kind, body)) = expression.as_object().and_then(|fields| fields.iter().next())
        else {
            return;
        };
        let sides = [&body["lhs"], &body["rhs"]];
        match kind.as_str() {
            "Call" => body["params"]
                .as_array()
                .into_iter()
                .flatten()
                .for_each(|part| self.operand(part, found)),
            "AssignExpr" => sides.into_iter().for_each(|side| self.side_of_equality(side, found)),
            "BoolExpr" if body["op"] == "Eq" => {
                for side in sides {
                    self.side_of_equality(side, found);
                }
            }
            "BoolExpr" | "ArithExpr" | "BinExpr" => {
                for side in sides {
                    self.operand(side, found);
                }
            }
            "Membership" => {
                for part in [&body["key"], &body["value"], &body["collection"]] {
                    self.operand(part, found);
                }
            }
            _ => self.reference(expression, found),
        }
    }

    fn side_of_equality<'tree>(&self, side: &'tree Json, found: &mut Vec<&'tree Json>) {
        if ["Var", "RefDot", "RefBrack"].iter().any(|kind| side.get(kind).is_some()) {
            self.reference(side, found);
        } else {
            self.operand(side, found);
        }
    }

    /// Of a reference, what it starts with unless that is a name, and computed indexes.
    fn reference<'tree>(&self, expression: &'tree Json, found: &mut Vec<&'tree Json>) {
        if let Some(dot) = expression.get("RefDot") {
            self.reference(&dot["refr"], found);
        } else if let Some(bracket) = expression.get("RefBrack") {
            self.reference(&bracket["refr"], found);
            self.operand(&bracket["index"], found);
        } else if expression.get("Var").is_none() {
            self.operand(expression, found);
        }
    }

    /// Everything but literals and variables.
    fn operand<'tree>(&self, expression: &'tree Json, found: &mut Vec<&'tree Json>) {
        let literal = ["String", "RawString", "Number", "Bool", "Null"]
            .iter()
            .any(|kind| expression.get(kind).is_some());
        let variable =
            expression["Var"]["value"].as_str().is_some_and(|name| !self.known.contains(name));
        if expression.is_object() && !literal && !variable {
            found.push(expression);
        }
    }
}

fn after_if(before: &str) -> bool {
    before.trim_end().strip_suffix("if").is_some_and(|before| before.ends_with(char::is_whitespace))
}

/// Spans of strings leave their quotes out.
fn span_of(expression: &Json) -> Option<(usize, usize)> {
    let (kind, body) = expression.as_object()?.iter().next()?;
    let (start, end) = span(body.get("span")?)?;
    if kind == "String" || kind == "RawString" {
        Some((start.checked_sub(1)?, end + 1))
    } else {
        Some((start, end))
    }
}

fn span(span: &Json) -> Option<(usize, usize)> {
    let at = |name: &str| span[name].as_u64().and_then(|offset| usize::try_from(offset).ok());
    Some((at("start")?, at("end")?))
}
