// The command itself ends by a signal while its child goes on for a moment.
// Recorded: root killed by SIGTERM, its child's write and exit code 20.
#include "step.h"
int main(void) {
  int gone[2];
  must(pipe(gone) == 0);
  if (fork() == 0) {
    char byte;
    close(gone[1]);
    must(read(gone[0], &byte, 1) == 0);
    write_file("after", "after\n");
    _exit(20);
  }
  raise(SIGTERM);
}
