//! Numbers as text, the way Go writes them.
//! Computes nothing. Used wherever a number becomes text.

use regorus::Value;

/// A JSON number: integers in full, others in Go's shortest form.
pub(crate) fn json(value: &Value) -> String {
    let Ok(number) = value.as_number() else { return String::new() };
    if let Some(integer) = integer(value) {
        return integer;
    }
    number.as_f64().map_or_else(|| number.format_decimal(), |float| shortest(float, 21))
}

/// The digits of an integer of any size; a float that is whole and small enough to be exact counts as one.
pub(crate) fn integer(value: &Value) -> Option<String> {
    let number = value.as_number().ok()?;
    if !number.is_integer() {
        return None;
    }
    if number.as_i128().is_some() || number.as_f64().is_none_or(|float| float.abs() < 1e21) {
        return Some(number.format_decimal());
    }
    // Big integers print as digits, floats beyond 1e21 with an exponent.
    let digits = number.format_decimal();
    digits
        .parse::<f64>()
        .is_ok_and(|float| shortest(float, 21) != digits && number.as_big().is_some())
        .then_some(digits)
}

/// Go's `%v` and `%g` of a float: shortest digits, an exponent of two digits below -4 and from `limit` on.
pub(crate) fn shortest(float: f64, limit: i32) -> String {
    if !float.is_finite() {
        return if float.is_nan() {
            "NaN".to_owned()
        } else if float > 0.0 {
            "+Inf".to_owned()
        } else {
            "-Inf".to_owned()
        };
    }
    let scientific = format!("{float:e}");
    let exponent: i32 =
        scientific.split_once('e').and_then(|(_, digits)| digits.parse().ok()).unwrap_or(0);
    if exponent < -4 || exponent >= limit { with_exponent(&scientific) } else { format!("{float}") }
}

/// `1e21` as `1e+21`, `1.5e-7` as `1.5e-07`.
pub(crate) fn with_exponent(scientific: &str) -> String {
    let Some((mantissa, exponent)) = scientific.split_once('e') else {
        return scientific.to_owned();
    };
    let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
    format!("{mantissa}e{sign}{digits:0>2}")
}
