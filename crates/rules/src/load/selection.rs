//! Which rules run: switched on and off by name or tag, in the order of the commands, and the least priority.

use crate::ruleset::{Priority, Rule};

/// What a switch names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A name; `*` stands for any text.
    Name(String),
    /// Any rule with the tag.
    Tag(String),
}

/// One command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Switch {
    /// On or off.
    pub enable: bool,
    /// Which rules.
    pub target: Target,
}

/// The commands of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Each overrides those before it; rules none of them names are as their file says.
    pub switches: Vec<Switch>,
    /// Rules less grave do not run.
    pub minimum: Option<Priority>,
}

impl Selection {
    /// Whether the rule runs.
    #[must_use]
    pub fn includes(&self, rule: &Rule) -> bool {
        let last = self.switches.iter().rev().find(|switch| switch.target.names(rule));
        self.minimum.is_none_or(|minimum| rule.priority <= minimum)
            && last.map_or(rule.enabled, |switch| switch.enable)
    }
}

impl Target {
    fn names(&self, rule: &Rule) -> bool {
        match self {
            Self::Name(pattern) => wildcard(pattern, &rule.name),
            Self::Tag(tag) => rule.tags.binary_search(tag).is_ok(),
        }
    }
}

/// Whether the whole name is matched. Parts between stars are found from the left, the last from the right: linear.
fn wildcard(pattern: &str, name: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut name) = name.strip_prefix(first) else { return false };
    let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    for part in middle.split('*').filter(|part| !part.is_empty()) {
        let Some(at) = memchr::memmem::find(name.as_bytes(), part.as_bytes()) else { return false };
        name = name.get(at + part.len()..).unwrap_or_default();
    }
    name.len() >= last.len() && name.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::wildcard;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, name, expected) in [
            ("*", "", true),
            ("a*", "abc", true),
            ("*c", "abc", true),
            ("a*c", "abc", true),
            ("a*a", "a", false),
            ("*b*", "abc", true),
            ("*hisdoesn*match", "test rule", false),
            ("abc", "abc", true),
            ("ab", "abc", false),
            ("**", "x", true),
        ] {
            assert_eq!(wildcard(pattern, name), expected, "{pattern} {name}");
        }
    }
}
