// CLONE_PARENT by the root of the step itself: the new process is a child of the tracing process, which must not keep its zombie.
// Recorded: two processes; the second exits with 13.
#include "step.h"
int main(void) {
  long sibling = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
  if (sibling == 0) _exit(13);
  must(sibling > 0);
}
