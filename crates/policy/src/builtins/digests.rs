//! `crypto.*`: digests and message codes of strings, in lowercase hex.
//! Verifies no signature and parses no certificate: the envelope's are checked before any policy runs. Used by `install`.

use hmac::{EagerHash, Hmac, KeyInit, Mac};
use md5::Md5;
use regorus::Value;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::{Builtin, Fault, hex, text};

pub(super) const BUILTINS: &[Builtin] = &[
    ("crypto.hmac.equal", 2, equal),
    ("crypto.hmac.md5", 2, |args| code::<Md5>("crypto.hmac.md5", args)),
    ("crypto.hmac.sha1", 2, |args| code::<Sha1>("crypto.hmac.sha1", args)),
    ("crypto.hmac.sha256", 2, |args| code::<Sha256>("crypto.hmac.sha256", args)),
    ("crypto.hmac.sha512", 2, |args| code::<Sha512>("crypto.hmac.sha512", args)),
    ("crypto.md5", 1, |args| digest::<Md5>("crypto.md5", args)),
    ("crypto.sha1", 1, |args| digest::<Sha1>("crypto.sha1", args)),
    ("crypto.sha256", 1, |args| digest::<Sha256>("crypto.sha256", args)),
];

fn digest<D: Digest>(builtin: &str, args: &[Value]) -> Result<Value, Fault> {
    Ok(Value::from(hex(&D::digest(text(builtin, &args[0])?))))
}

fn code<D: EagerHash>(builtin: &str, args: &[Value]) -> Result<Value, Fault>
where
    Hmac<D>: KeyInit + Mac,
{
    let (message, key) = (text(builtin, &args[0])?, text(builtin, &args[1])?);
    let mut mac = <Hmac<D> as KeyInit>::new_from_slice(key.as_bytes())
        .map_err(|error| Fault::new(error.to_string()))?;
    mac.update(message.as_bytes());
    Ok(Value::from(hex(&mac.finalize().into_bytes())))
}

/// Nothing secret is compared here: a policy and its input are public.
fn equal(args: &[Value]) -> Result<Value, Fault> {
    Ok(Value::from(text("crypto.hmac.equal", &args[0])? == text("crypto.hmac.equal", &args[1])?))
}
