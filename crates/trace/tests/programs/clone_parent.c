// CLONE_PARENT: a child's child that is its sibling, as the kernel sees it.
// Recorded: three processes, the last with exit code 12 and, as its parent, the root or the one that made it.
#include "step.h"
int main(void) {
  int told[2];
  must(pipe(told) == 0);
  pid_t child = fork();
  if (child == 0) {
    long sibling = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
    if (sibling == 0) _exit(12);
    must(sibling > 0);
    pid_t number = (pid_t)sibling;
    must(write(told[1], &number, sizeof number) == sizeof number);
    _exit(0);
  }
  reap(child, 0);
  pid_t sibling;
  must(read(told[0], &sibling, sizeof sibling) == sizeof sibling);
  reap(sibling, 12);
}
