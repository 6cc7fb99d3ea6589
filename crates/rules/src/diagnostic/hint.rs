//! "Did you mean": the nearest known name, and what names that circulate in rules stand for.

/// Names seen in published rules that no source ever had, and what their authors wanted.
const INVENTED: [(&str, &str); 12] = [
    ("net.port", "fd.sport"),
    ("net.ip", "fd.sip"),
    ("evt.remote_addr", "fd.rip"),
    ("evt.remote_port", "fd.rport"),
    ("k8s.audit.user", "ka.user.name"),
    ("k8s.audit.username", "ka.user.name"),
    ("k8s.audit.namespace", "ka.target.namespace"),
    ("k8s.audit.resource", "ka.target.resource"),
    ("k8s.audit.subresource", "ka.target.subresource"),
    ("k8s.audit.name", "ka.target.name"),
    ("k8s.audit.sourceip", "ka.sourceips"),
    ("k8s.audit.responsecode", "ka.response.code"),
];

/// Prefixes of the same kind: `k8s.audit.verb` is `ka.verb`.
const PREFIXES: [(&str, &str); 2] = [("k8s.audit.", "ka."), ("k8saudit.", "ka.")];

/// What a field that does not exist may have meant. `known` are the fields of the source.
#[must_use]
pub fn field_hint<'k>(name: &str, known: impl Iterator<Item = &'k str> + Clone) -> Option<String> {
    let lower = name.to_ascii_lowercase();
    let exists = |field: &str| known.clone().any(|known| known == field);
    let invented =
        INVENTED.iter().find(|(wrong, _)| *wrong == lower).map(|(_, right)| (*right).to_owned());
    let renamed = PREFIXES
        .iter()
        .find_map(|(wrong, right)| lower.strip_prefix(wrong).map(|rest| format!("{right}{rest}")));
    invented
        .filter(|field| exists(field))
        .or_else(|| {
            renamed.and_then(|field| {
                if exists(&field) {
                    Some(field)
                } else {
                    closest(&field, known.clone()).map(str::to_owned)
                }
            })
        })
        .or_else(|| closest(name, known).map(str::to_owned))
        .map(|field| format!("did you mean `{field}`?"))
}

/// The known name nearest to `name`, if it is near: at most a third of the letters differ, and never more than three.
#[must_use]
pub fn closest<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let limit = (name.len() / 3).clamp(1, 3);
    if name.len() > 256 {
        return None;
    }
    known
        .filter(|known| known.len().abs_diff(name.len()) <= limit)
        .map(|known| (distance(name.as_bytes(), known.as_bytes()), known))
        .filter(|(distance, _)| (1..=limit).contains(distance))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

/// Insertions, deletions, replacements and swaps of neighbours, each one step.
fn distance(left: &[u8], right: &[u8]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut previous: Vec<usize> = (0..=right.len()).collect();
    for (row, byte) in left.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, other) in right.iter().enumerate() {
            let mut best = (previous[column] + usize::from(!byte.eq_ignore_ascii_case(other)))
                .min(previous[column + 1] + 1)
                .min(current[column] + 1);
            // A letter of the other case is half an error: less than any other, yet not nothing.
            if byte != other && byte.eq_ignore_ascii_case(other) && row == column {
                best = best.max(1);
            }
            let swapped =
                row > 0 && column > 0 && *byte == right[column - 1] && left[row - 1] == *other;
            if swapped {
                best = best.min(before[column - 1] + 1);
            }
            current.push(best);
        }
        before = std::mem::replace(&mut previous, current);
    }
    previous.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{closest, field_hint};

    const KNOWN: [&str; 6] =
        ["ka.verb", "ka.user.name", "ka.target.namespace", "fd.sport", "fd.rip", "proc.name"];

    #[test]
    fn a_slip_of_the_pen_is_recognised() {
        for (wrong, right) in [
            ("ka.vreb", "ka.verb"),
            ("proc.nmae", "proc.name"),
            ("ka.user.nam", "ka.user.name"),
            ("Ka.verb", "ka.verb"),
        ] {
            assert_eq!(closest(wrong, KNOWN.into_iter()), Some(right), "{wrong}");
        }
    }

    #[test]
    fn names_that_only_circulate_lead_to_real_ones() {
        for (wrong, right) in [
            ("net.port", "fd.sport"),
            ("evt.remote_addr", "fd.rip"),
            ("k8s.audit.verb", "ka.verb"),
            ("k8s.audit.user", "ka.user.name"),
        ] {
            assert_eq!(
                field_hint(wrong, KNOWN.into_iter()),
                Some(format!("did you mean `{right}`?")),
                "{wrong}"
            );
        }
    }

    #[test]
    fn nothing_near_is_no_hint() {
        assert_eq!(field_hint("container.image.repository", KNOWN.into_iter()), None);
    }
}
