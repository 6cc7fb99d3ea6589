// A process that shares the memory and the descriptors of its parent, yet is no thread of it.
// Recorded: two processes beside the root (a clone and a posix_spawn), each with its own write.
#include "step.h"
#include <spawn.h>
static int shared = -1;
static int work(void *unused) {
  (void)unused;
  shared = open("by-clone", O_WRONLY | O_CREAT, 0644);
  return 14;
}
int main(int count, char **words) {
  static char stack[65536] __attribute__((aligned(16)));
  if (count > 1) {
    write_file("by-spawn", "spawn\n");
    return 15;
  }
  pid_t child = clone(work, stack + sizeof stack, CLONE_VM | CLONE_FILES | SIGCHLD, 0);
  must(child > 0);
  reap(child, 14);
  must(write(shared, "clone\n", 6) == 6);
  char *again[] = {words[0], "child", 0};
  must(posix_spawn(&child, words[0], 0, 0, again, (char *[]){0}) == 0);
  reap(child, 15);
}
