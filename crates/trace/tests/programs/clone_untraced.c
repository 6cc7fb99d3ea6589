// CLONE_UNTRACED asks that no tracer gets the child. What it does then cannot be seen.
// Recorded: either the child as any other (the flag was taken away) or a gap of kind `untraced`; never neither.
#include "step.h"
int main(void) {
  long child = syscall(SYS_clone, CLONE_UNTRACED | SIGCHLD, 0, 0, 0, 0);
  if (child == 0) {
    int fd = open("untraced", O_WRONLY | O_CREAT, 0644);
    _exit(fd < 0 ? errno : 0);
  }
  int status;
  must(child > 0 && waitpid((pid_t)child, &status, __WALL) == child);
  printf("%d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}
