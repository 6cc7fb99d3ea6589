// A million calls that nobody asked about, which must run at full speed, and 100,000 opens of one file.
// Recorded: one read use of `input` with a count of 100,000; memory does not grow with calls.
#include "step.h"
int main(void) {
  for (int i = 0; i < 1000000; i++) syscall(SYS_getppid);
  for (int i = 0; i < 100000; i++) {
    int fd = open("input", O_RDONLY);
    must(fd >= 0);
    close(fd);
  }
}
