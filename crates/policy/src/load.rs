//! What is refused before anything is evaluated: withheld and unknown functions, packages that clash, modules that hide another,
//! variables that only a negation could bind.
//! Evaluates nothing. OPA checks the same when it compiles, so a rule that is never reached is refused too.
//! Used by `evaluate`.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::Value as Json;

use crate::builtins;
use crate::evaluate::Module;
use crate::safety::unsafe_negations;
use crate::syntax::{Node, Reference, Rule, Step, Tree, trees};

/// The packages of `modules` in their order, or why they can't be evaluated.
pub(crate) fn check(
    modules: &[Module],
    json: &Json,
    shared_packages: bool,
) -> Result<Vec<Vec<String>>, Vec<String>> {
    let trees = trees(json);
    let mut faults = Vec::new();
    let packages = packages(modules, &trees, shared_packages, &mut faults);
    conflicts(&trees, &packages, &mut faults);
    let functions: HashSet<Vec<String>> = trees
        .iter()
        .flat_map(Tree::rules)
        .filter(|rule| rule.is_function)
        .map(|rule| rule.path)
        .collect();
    let mut unknown = BTreeSet::new();
    for tree in &trees {
        calls(tree, &functions, &mut unknown);
    }
    faults.extend(unknown);
    for tree in &trees {
        faults.extend(unsafe_negations(tree, &names_in(&tree.package(), &trees)));
    }
    faults.extend(recursion(&trees));
    if faults.is_empty() { Ok(packages) } else { Err(faults) }
}

/// First names of the rules that `package` has in any module.
fn names_in(package: &[String], trees: &[Tree<'_>]) -> HashSet<String> {
    let rules = trees.iter().flat_map(Tree::rules);
    rules.filter_map(|rule| rule.path.strip_prefix(package)?.first().cloned()).collect()
}

fn packages(
    modules: &[Module],
    trees: &[Tree<'_>],
    shared: bool,
    faults: &mut Vec<String>,
) -> Vec<Vec<String>> {
    let mut names = HashSet::new();
    for module in modules {
        if !names.insert(&module.name) {
            faults
                .push(format!("two modules are named `{}`; one would hide the other", module.name));
        }
    }
    let mut packages = Vec::new();
    for tree in trees {
        let package = tree.package();
        if !packages.contains(&package) {
            packages.push(package);
        } else if !shared {
            faults.push(format!(
                "two modules have the package `{}`; rules of one could shadow the other's",
                package[1..].join(".")
            ));
        }
    }
    packages
}

/// A rule where a package is, or above one, would be two values at one path.
fn conflicts(trees: &[Tree<'_>], packages: &[Vec<String>], faults: &mut Vec<String>) {
    let rules: BTreeSet<Vec<String>> =
        trees.iter().flat_map(Tree::rules).map(|rule| rule.path).collect();
    for rule in &rules {
        if packages.iter().any(|package| package.starts_with(rule)) {
            faults.push(format!("rule `{}` conflicts with a package of that path", rule.join(".")));
        }
    }
    let deny_functions = trees.iter().flat_map(Tree::rules).filter(|rule| {
        rule.is_function
            && rule.path.split_last().is_some_and(|(name, package)| {
                name == "deny" && packages.iter().any(|known| known == package)
            })
    });
    for rule in deny_functions {
        faults.push(format!("`{}` is a function, not a rule", rule.path.join(".")));
    }
}

fn calls(tree: &Tree<'_>, functions: &HashSet<Vec<String>>, unknown: &mut BTreeSet<String>) {
    let (package, imports) = (tree.package(), tree.imports());
    let is_ours = |path: &[String]| {
        let local = [package.as_slice(), path].concat();
        let imported = imports.iter().find(|(alias, _)| path.first() == Some(alias));
        functions.contains(path)
            || functions.contains(&local)
            || imported
                .is_some_and(|(_, target)| functions.contains(&[target, &path[1..]].concat()))
    };
    let mut refuse = |reference: &Reference<'_>, must_be_function: bool| {
        let Some(path) = reference.path() else {
            if must_be_function {
                unknown.insert("a function is called by a computed name".to_owned());
            }
            return;
        };
        let name = path.join(".");
        if builtins::is_withheld(&name) && !is_ours(&path) {
            unknown.insert(format!("`{name}` is withheld from policies"));
        } else if name == builtins::PLAIN_WALK || (name == "walk" && is_ours(&path)) {
            unknown.insert(format!("`{name}` can't be defined or replaced"));
        } else if must_be_function && !is_ours(&path) && !builtins::is_known(&name) {
            unknown.insert(format!("undefined function `{name}`"));
        }
    };
    tree.walk(&mut |node| match node {
        Node::Call(reference) => refuse(&reference, true),
        Node::Reference(reference) | Node::Replaced(reference) => refuse(&reference, false),
    });
}

/// A rule that leads back to itself: the engine would follow functions until its stack ends.
fn recursion(trees: &[Tree<'_>]) -> Option<String> {
    let rules: Vec<(usize, Rule<'_>)> = trees
        .iter()
        .enumerate()
        .flat_map(|(at, tree)| tree.rules().into_iter().map(move |rule| (at, rule)))
        .collect();
    let paths: BTreeSet<&[String]> = rules.iter().map(|(_, rule)| rule.path.as_slice()).collect();
    let mut edges: BTreeMap<&[String], BTreeSet<&[String]>> = BTreeMap::new();
    for (at, rule) in &rules {
        let (package, imports, locals) =
            (trees[*at].package(), trees[*at].imports(), rule.locals());
        let targets = edges.entry(&rule.path).or_default();
        rule.walk(&mut |node| {
            let (Node::Call(reference) | Node::Reference(reference) | Node::Replaced(reference)) =
                node;
            let Some(root) = reference.root.filter(|root| !locals.contains(root)) else { return };
            let mut path = match imports.iter().find(|(alias, _)| alias == root) {
                Some((_, target)) => target.clone(),
                None if root == "data" => vec!["data".to_owned()],
                None => [package.as_slice(), &[root.to_owned()]].concat(),
            };
            path.extend(reference.steps.iter().map_while(|step| match step {
                Step::Key(key) => Some((*key).to_owned()),
                Step::Computed => None,
            }));
            targets.extend(
                paths.iter().filter(|known| known.starts_with(&path) || path.starts_with(known)),
            );
        });
    }
    let cyclic = edges.keys().find(|start| {
        let (mut seen, mut next) = (BTreeSet::new(), vec![**start]);
        while let Some(rule) = next.pop() {
            for target in edges.get(rule).into_iter().flatten() {
                if target == *start {
                    return true;
                }
                if seen.insert(*target) {
                    next.push(target);
                }
            }
        }
        false
    });
    cyclic.map(|path| format!("rule `{}` is recursive", path.join(".")))
}
