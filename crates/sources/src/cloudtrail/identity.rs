//! Who made a call, from `userIdentity` (AWS documents its types; what to show for each is Falco's choice).
//! Used by `cloudtrail` alone.

use super::text;
use crate::document::Document;
use crate::json::{PathId, Paths};

/// Where the parts of an identity are.
#[derive(Clone, Debug)]
pub(crate) struct IdentityPaths {
    kind: PathId,
    user_name: PathId,
    invoked_by: PathId,
    issuer: PathId,
    arn: PathId,
    principal: PathId,
}

impl IdentityPaths {
    pub(super) fn new(paths: &mut Paths) -> Self {
        let mut of = |name| paths.add(&["userIdentity", name]);
        Self {
            kind: of("type"),
            user_name: of("userName"),
            invoked_by: of("invokedBy"),
            arn: of("arn"),
            principal: of("principalId"),
            issuer: paths.add(&["userIdentity", "sessionContext", "sessionIssuer", "userName"]),
        }
    }
}

pub(super) fn user<'e>(document: Document<'e>, paths: &IdentityPaths) -> Option<&'e [u8]> {
    match text(document, paths.kind)? {
        b"Root" | b"IAMUser" => text(document, paths.user_name),
        b"AWSService" => text(document, paths.invoked_by),
        kind @ b"AssumedRole" => text(document, paths.issuer).or(Some(kind)),
        kind @ (b"AWSAccount" | b"FederatedUser") => Some(kind),
        _ => None,
    }
}

/// Before a role was taken: the session's name, which is in the resource name or the principal.
pub(super) fn original_user<'e>(document: Document<'e>, paths: &IdentityPaths) -> Option<&'e [u8]> {
    if text(document, paths.kind)? != b"AssumedRole" {
        return text(document, paths.user_name);
    }
    let of_arn = text(document, paths.arn).and_then(|arn| {
        let mut parts = arn.split(|&byte| byte == b'/');
        let third = parts.nth(2)?;
        parts.next().is_none().then_some(third)
    });
    of_arn.or_else(|| {
        let mut parts = text(document, paths.principal)?.split(|&byte| byte == b':');
        let second = parts.nth(1)?;
        parts.next().is_none().then_some(second)
    })
}
