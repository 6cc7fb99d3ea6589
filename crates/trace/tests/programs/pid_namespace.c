// A pid namespace of its own: in it the child is process 1.
// Recorded: the child under its id outside, with its write by an absolute path and through /proc/self.
#include "step.h"
int main(void) {
  if (unshare(CLONE_NEWPID) == -1) skip("no pid namespace may be made");
  pid_t child = fork();
  if (child == 0) {
    must(getpid() == 1);
    write_file("inside", "inside\n");
    must(rename("/proc/self/cwd/inside", "renamed") == 0 || errno == ENOENT || errno == EXDEV);
    _exit(19);
  }
  reap(child, 19);
}
