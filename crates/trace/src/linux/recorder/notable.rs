//! Calls that change what a process is, what it may do or what others see: told one by one, for people.
//! Part of the recorder.

use super::Recorder;
use crate::linux::observer::{Call, Stopped};
use crate::linux::path::{PATH_LIMIT, shown};
use crate::linux::proc_fs::Place;
use crate::linux::record::{Owner, Subject};
use crate::linux::syscall::Syscall;

/// Whether a call is worth telling.
pub(super) const fn is_about(call: Syscall) -> bool {
    use Syscall as S;
    matches!(
        call,
        S::Ptrace
            | S::ProcessVmWritev
            | S::MemfdCreate
            | S::MemfdSecret
            | S::Setns
            | S::Unshare
            | S::Mount
            | S::MoveMount
            | S::Umount2
            | S::PivotRoot
            | S::Chroot
            | S::Bpf
            | S::Userfaultfd
            | S::InitModule
            | S::FinitModule
            | S::DeleteModule
            | S::KexecLoad
            | S::KexecFileLoad
            | S::PidfdGetfd
            | S::Reboot
            | S::Prctl
            | S::Capset
            | S::Setsid
    ) || is_identity(call)
}

/// The calls of credentials(7) that set ids.
const fn is_identity(call: Syscall) -> bool {
    use Syscall as S;
    matches!(
        call,
        S::Setuid
            | S::Setgid
            | S::Setreuid
            | S::Setregid
            | S::Setresuid
            | S::Setresgid
            | S::Setgroups
    )
}

impl Recorder {
    /// After such a call.
    pub(super) fn notable(&mut self, stopped: &Stopped<'_>, call: &Call, result: i64) {
        if !is_about(call.syscall) {
            return;
        }
        if result < 0 {
            let subject = Subject::Other(self.detail(stopped, call));
            self.attempt(stopped, call.syscall, subject, result);
            return;
        }
        let detail = if is_identity(call.syscall) {
            let former = self.draft(stopped).owner;
            let owner = self.look_up_owner(stopped).or(former);
            self.draft(stopped).owner = owner;
            change_of(former, owner)
        } else {
            self.detail(stopped, call)
        };
        self.draft(stopped).calls.add((call.syscall.name(), detail), (), stopped.time);
        if moves_elsewhere(call) {
            self.draft(stopped).elsewhere = true;
        }
    }

    /// What tells one such call from another.
    fn detail(&mut self, stopped: &Stopped<'_>, call: &Call) -> String {
        use Syscall as S;
        let text = |index: usize| {
            let bytes = match call.args[index] {
                0 => Vec::new(),
                address => stopped.memory.c_string(address, PATH_LIMIT).unwrap_or_default(),
            };
            shown(&bytes).into_owned()
        };
        let int = |index| call.int(index);
        match call.syscall {
            S::Ptrace => format!("{} pid {}", ptrace_request(int(0)), int(1)),
            S::ProcessVmWritev => format!("pid {}", int(0)),
            S::Unshare => namespaces(int(0)),
            S::Mount => {
                format!("{} on {} type {} flags {:#x}", text(0), text(1), text(2), call.args[3])
            }
            S::MoveMount => format!("{} to {}", text(1), text(3)),
            S::PivotRoot => format!("{} with the old one at {}", text(0), text(1)),
            S::MemfdCreate | S::Umount2 | S::Chroot | S::DeleteModule => text(0),
            S::InitModule => text(2),
            S::Setns | S::FinitModule | S::KexecFileLoad => {
                let link = self.proc_fs.owned_link(&Place::descriptor(stopped.tid, int(0)));
                shown(&link.unwrap_or_default()).into_owned()
            }
            S::Bpf => format!("command {}", int(0)),
            S::Prctl => option(int(0), call.args[1]),
            S::PidfdGetfd => format!("descriptor {}", int(1)),
            S::Setuid | S::Setgid => format!("id {}", int(0)),
            S::Setreuid | S::Setregid => format!("ids {}, {}", int(0), int(1)),
            S::Setresuid | S::Setresgid => format!("ids {}, {}, {}", int(0), int(1), int(2)),
            _ => String::new(),
        }
    }
}

/// Whether paths of the process may mean other files to us from here on.
fn moves_elsewhere(call: &Call) -> bool {
    match call.syscall {
        Syscall::Chroot | Syscall::PivotRoot | Syscall::Setns => true,
        Syscall::Unshare => call.int(0) & libc::CLONE_NEWNS != 0,
        _ => false,
    }
}

fn change_of(former: Option<Owner>, owner: Option<Owner>) -> String {
    let told = |owner: Option<Owner>| {
        owner.map_or("unknown".to_owned(), |Owner { uid, gid }| format!("{uid}:{gid}"))
    };
    format!("{} to {}", told(former), told(owner))
}

/// `PTRACE_*` (linux/ptrace.h); the others only matter to who debugs.
fn ptrace_request(request: i32) -> String {
    match request {
        0 => "PTRACE_TRACEME".to_owned(),
        4 => "PTRACE_POKETEXT".to_owned(),
        5 => "PTRACE_POKEDATA".to_owned(),
        13 => "PTRACE_SETREGS".to_owned(),
        16 => "PTRACE_ATTACH".to_owned(),
        17 => "PTRACE_DETACH".to_owned(),
        0x4206 => "PTRACE_SEIZE".to_owned(),
        0x4205 => "PTRACE_SETREGSET".to_owned(),
        other => format!("request {other:#x}"),
    }
}

/// `CLONE_NEW*` (linux/sched.h).
fn namespaces(flags: i32) -> String {
    let names = [
        (libc::CLONE_NEWNS, "CLONE_NEWNS"),
        (libc::CLONE_NEWCGROUP, "CLONE_NEWCGROUP"),
        (libc::CLONE_NEWUTS, "CLONE_NEWUTS"),
        (libc::CLONE_NEWIPC, "CLONE_NEWIPC"),
        (libc::CLONE_NEWUSER, "CLONE_NEWUSER"),
        (libc::CLONE_NEWPID, "CLONE_NEWPID"),
        (libc::CLONE_NEWNET, "CLONE_NEWNET"),
    ];
    let told: Vec<&str> =
        names.into_iter().filter(|&(flag, _)| flags & flag != 0).map(|(_, name)| name).collect();
    if told.is_empty() { format!("flags {flags:#x}") } else { told.join("|") }
}

/// `PR_*` (linux/prctl.h) of the options that are subscribed to.
fn option(option: i32, value: u64) -> String {
    match option {
        libc::PR_SET_DUMPABLE => format!("PR_SET_DUMPABLE {value}"),
        libc::PR_SET_SECCOMP => format!("PR_SET_SECCOMP {value}"),
        libc::PR_SET_NO_NEW_PRIVS => "PR_SET_NO_NEW_PRIVS".to_owned(),
        libc::PR_SET_PTRACER => format!("PR_SET_PTRACER {}", value.cast_signed()),
        other => format!("option {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{change_of, namespaces, ptrace_request};
    use crate::linux::record::Owner;

    #[test]
    fn namespaces_are_told_by_name() {
        assert_eq!(
            namespaces(libc::CLONE_NEWNS | libc::CLONE_NEWUSER),
            "CLONE_NEWNS|CLONE_NEWUSER"
        );
        assert_eq!(namespaces(libc::CLONE_FILES), "flags 0x400");
    }

    #[test]
    fn a_change_of_ids_tells_both_sides() {
        let owner = |id| Some(Owner { uid: id, gid: id });
        assert_eq!(change_of(owner(0), owner(1000)), "0:0 to 1000:1000");
        assert_eq!(change_of(None, owner(1)), "unknown to 1:1");
    }

    #[test]
    fn requests_that_only_matter_to_debuggers_keep_their_number() {
        assert_eq!(ptrace_request(16), "PTRACE_ATTACH");
        assert_eq!(ptrace_request(12), "request 0xc");
    }
}
