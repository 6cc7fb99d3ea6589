// A debugger in the step: what is traced already cannot be traced by another (ptrace(2), EPERM).
// Recorded: ptrace calls with their request and target as failed; the child's exit.
#include "step.h"
#include <sys/ptrace.h>
int main(void) {
  pid_t child = fork();
  if (child == 0) {
    must(ptrace(PTRACE_TRACEME, 0, 0, 0) == -1 && errno == EPERM);
    raise(SIGSTOP);
    _exit(4);
  }
  int status;
  must(waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status));
  must(ptrace(PTRACE_ATTACH, child, 0, 0) == -1 && errno == EPERM);
  must(ptrace(PTRACE_SEIZE, child, 0, 0) == -1 && errno == EPERM);
  must(kill(child, SIGCONT) == 0);
  reap(child, 4);
}
