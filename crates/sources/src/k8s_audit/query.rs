//! One parameter of a request's query (RFC 3986 §3.4, form encoding as Go's `net/url` reads it).

use std::borrow::Cow;

/// The first value of the parameter; `None` when there is none.
pub(super) fn parameter<'u>(uri: &'u [u8], name: &str) -> Option<Cow<'u, [u8]>> {
    let uri = match memchr::memchr(b'#', uri) {
        Some(at) => &uri[..at],
        None => uri,
    };
    let query = &uri[memchr::memchr(b'?', uri)? + 1..];
    query.split(|&byte| byte == b'&').find_map(|pair| {
        // A semicolon makes a pair invalid there, and it is passed over.
        if pair.is_empty() || pair.contains(&b';') {
            return None;
        }
        let (key, value) = match memchr::memchr(b'=', pair) {
            Some(at) => (&pair[..at], &pair[at + 1..]),
            None => (pair, &b""[..]),
        };
        (*decoded(key)? == *name.as_bytes()).then(|| decoded(value)).flatten()
    })
}

fn decoded(text: &[u8]) -> Option<Cow<'_, [u8]>> {
    if memchr::memchr2(b'%', b'+', text).is_none() {
        return Some(Cow::Borrowed(text));
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let digit =
                    |at: usize| tail.get(at).and_then(|&byte| char::from(byte).to_digit(16));
                out.push((digit(0)? << 4 | digit(1)?) as u8);
                rest = &tail[2..];
            }
            _ => out.push(byte),
        }
    }
    Some(Cow::Owned(out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_value_is_taken_and_decoded() {
        let uri =
            b"/exec?a&command=sh+-c&command=ls&x%20y=%2Fetc&bad=%zz&semi;colon=1#x?command=no";
        let text =
            |name| parameter(uri, name).map(|text| String::from_utf8(text.into_owned()).unwrap());
        assert_eq!(text("command").as_deref(), Some("sh -c"));
        assert_eq!(text("x y").as_deref(), Some("/etc"));
        assert_eq!(text("a").as_deref(), Some(""));
        assert_eq!(text("bad"), None);
        assert_eq!(text("none"), None);
    }
}
