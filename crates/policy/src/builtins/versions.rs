//! `semver.*` as OPA reads versions: semver.org 2.0.0, with or without a leading `v`.
//! Knows no ranges. Used by `install`.

use std::cmp::Ordering;

use regorus::Value;

use super::{Builtin, Fault, text};

pub(super) const BUILTINS: &[Builtin] =
    &[("semver.compare", 2, compare), ("semver.is_valid", 1, is_valid)];

struct Version<'text> {
    numbers: [u64; 3],
    pre: Vec<&'text str>,
}

fn parsed(version: &str) -> Option<Version<'_>> {
    let version = version.strip_prefix('v').unwrap_or(version);
    let (version, build) =
        version.split_once('+').map_or((version, None), |(version, build)| (version, Some(build)));
    let (core, pre) =
        version.split_once('-').map_or((version, None), |(core, pre)| (core, Some(pre)));
    let names = |part: Option<&'_ str>| -> bool {
        part.is_none_or(|part| {
            part.split('.').all(|name| {
                !name.is_empty()
                    && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            })
        })
    };
    let plain = |number: &&str| {
        number.bytes().all(|byte| byte.is_ascii_digit())
            && (number.len() == 1 || !number.starts_with('0'))
    };
    if !names(build) || !names(pre) {
        return None;
    }
    let mut parts = core.split('.');
    let mut number = || parts.next().filter(plain)?.parse::<u64>().ok();
    let numbers = [number()?, number()?, number()?];
    let pre = pre.map(|pre| pre.split('.').collect()).unwrap_or_default();
    parts.next().is_none().then_some(Version { numbers, pre })
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of every builtin")]
fn is_valid(args: &[Value]) -> Result<Value, Fault> {
    Ok(Value::from(matches!(&args[0], Value::String(version) if parsed(version).is_some())))
}

fn compare(args: &[Value]) -> Result<Value, Fault> {
    let version = |value| {
        let version = text("semver.compare", value)?;
        parsed(version)
            .ok_or_else(|| Fault::new(format!("semver.compare: `{version}` is not a version")))
    };
    let (left, right) = (version(&args[0])?, version(&args[1])?);
    let order = left.numbers.cmp(&right.numbers).then_with(|| precedence(&left.pre, &right.pre));
    Ok(Value::from(order as i64))
}

/// semver.org 11.3 and 11.4: a release is above its pre-releases; numbers below names; fewer fields below more.
fn precedence(left: &[&str], right: &[&str]) -> Ordering {
    if left.is_empty() || right.is_empty() {
        return right.len().cmp(&left.len());
    }
    for (left, right) in left.iter().zip(right) {
        let order = match (left.parse::<u64>(), right.parse::<u64>()) {
            (Ok(left), Ok(right)) => left.cmp(&right),
            (Ok(_), Err(_)) => Ordering::Less,
            (Err(_), Ok(_)) => Ordering::Greater,
            (Err(_), Err(_)) => left.cmp(right),
        };
        if order.is_ne() {
            return order;
        }
    }
    left.len().cmp(&right.len())
}
