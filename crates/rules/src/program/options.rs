//! The options among the words of a command line, by POSIX rules: letters after one dash, `x:` takes an argument.

use super::held::Held;
use crate::value::Value;

/// Without `wanted`, the letters and arguments in their order; with it, what that option was given (empty when it takes nothing).
pub(super) fn getopt(words: &Held, letters: &Held, wanted: Option<&str>, out: &mut Held) {
    let Some(Value::Bytes(letters)) = letters.values().next() else { return };
    let mut words = words.values().filter_map(|word| match word {
        Value::Bytes(text) => Some(text),
        _ => None,
    });
    if wanted.is_none() {
        out.make_list();
    }
    while let Some(word) = words.next() {
        let Some(cluster) = word.strip_prefix(b"-").filter(|cluster| !cluster.is_empty()) else {
            continue;
        };
        if cluster == b"-" {
            return;
        }
        for (at, letter) in cluster.iter().enumerate() {
            let Some(place) = letters.iter().position(|known| known == letter && *letter != b':')
            else {
                continue;
            };
            let takes = letters.get(place + 1) == Some(&b':');
            let argument = match (takes, &cluster[at + 1..]) {
                (false, _) => b"".as_slice(),
                (true, []) => words.next().unwrap_or_default(),
                (true, rest) => rest,
            };
            match wanted {
                Some(wanted) if wanted.as_bytes() == [*letter] => {
                    return out.push(Value::Bytes(argument));
                }
                Some(_) => {}
                None => {
                    out.push(Value::Bytes(&[*letter]));
                    if takes {
                        out.push(Value::Bytes(argument));
                    }
                }
            }
            if takes {
                break;
            }
        }
    }
}
