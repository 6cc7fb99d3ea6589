// vfork(2), and exec in the child while the parent is suspended.
// Recorded: a child born by vfork, its execution, its exit code 3; the parent's own write after it.
#include "step.h"
int main(int count, char **words) {
  if (count > 1) return 3;
  pid_t child = vfork();
  if (child == 0) {
    execl(words[0], words[0], "child", (char *)0);
    _exit(99);
  }
  reap(child, 3);
  write_file("after", "after\n");
}
