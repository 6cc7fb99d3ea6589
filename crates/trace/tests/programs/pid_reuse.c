// The same id for two processes, one after the other (clone3(2) with set_tid).
// Recorded: two processes of that id, told apart by their start, the first with exit code 21, the second with 22.
#include "step.h"
#include <linux/sched.h>
int main(void) {
  pid_t first = fork();
  if (first == 0) _exit(21);
  reap(first, 21);
  struct clone_args args = {.exit_signal = SIGCHLD, .set_tid = (uintptr_t)&first, .set_tid_size = 1};
  long second = syscall(SYS_clone3, &args, sizeof args);
  if (second == 0) _exit(22);
  if (second < 0 && errno != EEXIST) skip("a process may not choose its id here");
  if (second < 0) skip("somebody else took the id");
  must(second == first);
  reap(first, 22);
  printf("%d\n", first);
}
