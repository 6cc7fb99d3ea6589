//! The parser against the recorded vectors of the language.
#![expect(clippy::print_stdout, reason = "a corpus test tells how much it ran")]

mod corpus;

use lanner_rules::condition;

fn inputs(section: &str) -> Option<Vec<String>> {
    let vectors =
        corpus::json(&corpus::folder()?.join("expectations/filter_language_vectors.json"));
    let section = vectors[section].as_array().expect("a section").clone();
    Some(section.iter().map(|vector| vector["in"].as_str().expect("a text").to_owned()).collect())
}

#[test]
fn every_accepted_vector_parses() {
    let Some(inputs) = inputs("parser_accept") else { return };
    let refused: Vec<_> = inputs
        .iter()
        .filter_map(|text| condition::parse(text).err().map(|error| (text, error)))
        .collect();
    println!("parser_accept: {} of {} parse", inputs.len() - refused.len(), inputs.len());
    assert!(refused.is_empty(), "{refused:#?}");
}

#[test]
fn every_rejected_vector_is_refused() {
    let Some(inputs) = inputs("parser_reject") else { return };
    let parsed: Vec<_> = inputs
        .iter()
        .filter_map(|text| condition::parse(text).ok().map(|tree| (text, tree)))
        .collect();
    println!("parser_reject: {} of {} refused", inputs.len() - parsed.len(), inputs.len());
    assert!(parsed.is_empty(), "{parsed:#?}");
}
