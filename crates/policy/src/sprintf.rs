//! `sprintf` as OPA has it: Go's fmt over strings, integers, floats and, for everything else, Rego text.
//! Covers the verbs v d s q x X o O b c e E f F g G t with flags, width and precision; `*` and `[n]` are refused.
//! Used as a builtin.

use regorus::Value;

use crate::builtins::Fault;
use crate::{go_number, go_text};

#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "one for each flag of the format")]
struct Verb {
    plus: bool,
    minus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    width: usize,
    precision: Option<usize>,
}

/// What Go is handed for a value.
enum Argument {
    Integer(String),
    Float(f64),
    Text(String),
}

/// Widths beyond this are a mistake or an attack; Go's own limit is 10^6.
const MAX_WIDTH: usize = 1_000_000;

pub(crate) fn sprintf(args: &[Value]) -> Result<Value, Fault> {
    let (Value::String(format), Value::Array(values)) = (&args[0], &args[1]) else {
        return Err(Fault::new("sprintf: expected a string and an array"));
    };
    let (mut out, mut next, mut chars) = (String::new(), 0, format.chars().peekable());
    while let Some(char) = chars.next() {
        if char != '%' {
            out.push(char);
            continue;
        }
        let verb = flags(&mut chars)?;
        match chars.next() {
            None => out.push_str("%!(NOVERB)"),
            Some('%') => out.push('%'),
            Some(letter) => {
                let Some(value) = values.get(next) else {
                    out.extend(["%!", letter.encode_utf8(&mut [0; 4]), "(MISSING)"]);
                    continue;
                };
                next += 1;
                out.push_str(&formatted(&verb, letter, &argument(value)));
            }
        }
    }
    if next < values.len() {
        let extra: Vec<String> =
            values.iter().skip(next).map(|value| named(&argument(value))).collect();
        out.extend(["%!(EXTRA ", &extra.join(", "), ")"]);
    }
    Ok(Value::from(out))
}

fn flags(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<Verb, Fault> {
    let mut verb = Verb::default();
    while let Some(&flag) = chars.peek() {
        match flag {
            '+' => verb.plus = true,
            '-' => verb.minus = true,
            '#' => verb.sharp = true,
            ' ' => verb.space = true,
            '0' => verb.zero = true,
            '*' | '[' => return Err(Fault::new("sprintf: `*` and `[n]` are not available")),
            _ => break,
        }
        chars.next();
    }
    verb.width = number(chars)?.unwrap_or(0);
    if chars.next_if_eq(&'.').is_some() {
        verb.precision = Some(number(chars)?.unwrap_or(0));
    }
    if chars.peek().is_some_and(|&char| char == '*' || char == '[') {
        return Err(Fault::new("sprintf: `*` and `[n]` are not available"));
    }
    Ok(verb)
}

fn number(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<Option<usize>, Fault> {
    let mut digits = String::new();
    while let Some(digit) = chars.next_if(char::is_ascii_digit) {
        digits.push(digit);
    }
    if digits.is_empty() {
        return Ok(None);
    }
    match digits.parse() {
        Ok(number) if number <= MAX_WIDTH => Ok(Some(number)),
        _ => Err(Fault::new("sprintf: width or precision is too large")),
    }
}

fn argument(value: &Value) -> Argument {
    match value {
        Value::String(text) => Argument::Text(text.to_string()),
        Value::Number(number) => match go_number::integer(value) {
            Some(digits) => Argument::Integer(digits),
            None => Argument::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        other => Argument::Text(go_text::term(other)),
    }
}

/// How Go names an argument it can't format.
fn named(argument: &Argument) -> String {
    match argument {
        Argument::Integer(digits) => format!("int={digits}"),
        Argument::Float(float) => format!("float64={}", go_number::shortest(*float, 21)),
        Argument::Text(text) => format!("string={text}"),
    }
}

fn formatted(verb: &Verb, letter: char, argument: &Argument) -> String {
    let body = match (argument, letter) {
        (Argument::Text(text), 'v' | 's') => Some((String::new(), cut(verb, text))),
        (Argument::Text(text), 'q') => Some((String::new(), go_text::quoted(&cut(verb, text)))),
        (Argument::Text(text), 'x') => {
            Some((String::new(), hex(cut(verb, text).as_bytes(), false)))
        }
        (Argument::Text(text), 'X') => Some((String::new(), hex(cut(verb, text).as_bytes(), true))),
        (Argument::Integer(digits), 'c') => {
            let char = digits.parse().ok().and_then(char::from_u32).unwrap_or('\u{fffd}');
            Some((String::new(), char.to_string()))
        }
        (Argument::Integer(digits), 'e' | 'E' | 'f' | 'F' | 'g' | 'G') => {
            float(verb, letter, digits.parse().unwrap_or(f64::NAN))
        }
        (Argument::Integer(digits), _) => integer(verb, letter, digits),
        (Argument::Float(value), _) => float(verb, letter, *value),
        _ => None,
    };
    let Some((sign, body)) = body else { return format!("%!{letter}({})", named(argument)) };
    let numeric = !matches!(argument, Argument::Text(_)) && letter != 'c';
    padded(verb, &sign, &body, numeric)
}

fn cut(verb: &Verb, text: &str) -> String {
    verb.precision.map_or_else(|| text.to_owned(), |most| text.chars().take(most).collect())
}

fn hex(bytes: &[u8], upper: bool) -> String {
    bytes
        .iter()
        .map(|byte| if upper { format!("{byte:02X}") } else { format!("{byte:02x}") })
        .collect()
}

fn integer(verb: &Verb, letter: char, digits: &str) -> Option<(String, String)> {
    let (negative, digits) =
        digits.strip_prefix('-').map_or((false, digits), |digits| (true, digits));
    let radix = |radix: u32| -> Option<String> {
        let value: u128 = digits.parse().ok()?;
        Some(match radix {
            2 => format!("{value:b}"),
            8 => format!("{value:o}"),
            _ => format!("{value:x}"),
        })
    };
    let (prefix, mut body) = match letter {
        'v' | 'd' => ("", digits.to_owned()),
        'b' => (if verb.sharp { "0b" } else { "" }, radix(2)?),
        'o' => (if verb.sharp { "0" } else { "" }, radix(8)?),
        'O' => ("0o", radix(8)?),
        'x' => (if verb.sharp { "0x" } else { "" }, radix(16)?),
        'X' => (if verb.sharp { "0X" } else { "" }, radix(16)?.to_uppercase()),
        _ => return None,
    };
    if let Some(least) = verb.precision {
        body = format!("{body:0>least$}");
    }
    Some((format!("{}{prefix}", sign(verb, negative)), body))
}

fn float(verb: &Verb, letter: char, value: f64) -> Option<(String, String)> {
    let size = value.abs();
    let body = match (letter, verb.precision) {
        ('v' | 'g' | 'G', None) => go_number::shortest(size, 21),
        ('f' | 'F', precision) => format!("{size:.*}", precision.unwrap_or(6)),
        ('e' | 'E', precision) => {
            go_number::with_exponent(&format!("{size:.*e}", precision.unwrap_or(6)))
        }
        ('v' | 'g' | 'G', Some(precision)) => general(size, precision.max(1)),
        _ => return None,
    };
    let body =
        if letter.is_ascii_uppercase() && letter != 'F' { body.to_uppercase() } else { body };
    Some((sign(verb, value.is_sign_negative()).to_owned(), body))
}

/// `%.3g`: so many significant digits, without trailing zeros.
fn general(size: f64, digits: usize) -> String {
    let scientific = format!("{size:.*e}", digits - 1);
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trimmed = |text: &str| {
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text.to_owned()
        }
    };
    if exponent < -4 || exponent >= i32::try_from(digits).unwrap_or(i32::MAX) {
        return go_number::with_exponent(&format!("{}e{exponent}", trimmed(mantissa)));
    }
    let decimals =
        usize::try_from(i32::try_from(digits).unwrap_or(i32::MAX) - 1 - exponent).unwrap_or(0);
    trimmed(&format!("{size:.decimals$}"))
}

fn sign(verb: &Verb, negative: bool) -> &'static str {
    match (negative, verb.plus, verb.space) {
        (true, ..) => "-",
        (_, true, _) => "+",
        (_, _, true) => " ",
        _ => "",
    }
}

fn padded(verb: &Verb, sign: &str, body: &str, numeric: bool) -> String {
    let missing = verb.width.saturating_sub(sign.chars().count() + body.chars().count());
    if verb.minus {
        format!("{sign}{body}{}", " ".repeat(missing))
    } else if verb.zero && !(numeric && verb.precision.is_some() && !body.contains('.')) {
        format!("{sign}{}{body}", "0".repeat(missing))
    } else {
        format!("{}{sign}{body}", " ".repeat(missing))
    }
}
