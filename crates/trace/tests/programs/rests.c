// Stops often, then no more: it is busy until the file `seen` is there, for which it looks by a call that nobody stops at.
// Recorded: write of `pid`, which holds its number.
#include "step.h"
int main(void) {
  char pid[16];
  sprintf(pid, "%d", (int)getpid());
  for (int i = 0; i < 200; i++) close(open("/dev/null", O_RDONLY));
  write_file("fresh", pid);
  must(rename("fresh", "pid") == 0);
  alarm(60);
  while (access("seen", F_OK) != 0)
    ;
}
