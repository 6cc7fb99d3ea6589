//! Names of users and groups, from this host's /etc/passwd and /etc/group as they are when a trace begins.
//! Asks no name service. Used for `user.name`, `group.name` and the arguments that are users.

use std::collections::HashMap;
use std::sync::Arc;

use super::process::Account;

/// Who is who.
#[derive(Debug)]
pub(super) struct Accounts {
    users: HashMap<u32, Arc<str>>,
    groups: HashMap<u32, Arc<str>>,
    unknown: Arc<str>,
    none: Arc<str>,
}

impl Accounts {
    pub(super) fn of_host() -> Self {
        Self {
            users: names("/etc/passwd"),
            groups: names("/etc/group"),
            unknown: "<NA>".into(),
            none: "<NONE>".into(),
        }
    }

    pub(super) fn user(&self, id: u32) -> Account {
        Account { id, name: Arc::clone(self.users.get(&id).unwrap_or(&self.unknown)) }
    }

    pub(super) fn group(&self, id: u32) -> Account {
        Account { id, name: Arc::clone(self.groups.get(&id).unwrap_or(&self.unknown)) }
    }

    /// What an argument calls a user: -1 is no user, and says so.
    pub(super) fn user_argument(&self, id: u32) -> Arc<str> {
        if id == u32::MAX { Arc::clone(&self.none) } else { self.user(id).name }
    }

    /// What an argument calls a group.
    pub(super) fn group_argument(&self, id: u32) -> Arc<str> {
        if id == u32::MAX { Arc::clone(&self.none) } else { self.group(id).name }
    }
}

/// passwd(5), group(5): the first and the third field. Of several names for a number the first one counts.
fn names(file: &str) -> HashMap<u32, Arc<str>> {
    let mut names = HashMap::new();
    for line in std::fs::read_to_string(file).unwrap_or_default().lines() {
        let mut fields = line.split(':');
        if let (Some(name), Some(Ok(id))) = (fields.next(), fields.nth(1).map(str::parse)) {
            names.entry(id).or_insert_with(|| name.into());
        }
    }
    names
}
