// A step whose own filter asks for a tracer (SECCOMP_RET_TRACE) that it does not have: the calls fail with ENOSYS (seccomp(2)).
// Recorded: nothing about a file `never`: what the step asked to fail must not succeed because we are there.
#include "step.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
int main(int count, char **words) {
  unsigned data = count > 1 ? (unsigned)atoi(words[1]) : 0;
  struct sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mkdirat, 1, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpriority, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE | data),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog filter = {sizeof program / sizeof *program, program};
  must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
  must(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0);
  must(syscall(SYS_mkdirat, AT_FDCWD, "never", 0755) == -1 && errno == ENOSYS);
  must(syscall(SYS_getpriority, 0, 0) == -1 && errno == ENOSYS);
}
