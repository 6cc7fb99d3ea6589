// A descriptor that reads nothing (O_PATH), and the same file opened again through /proc/self/fd.
// Recorded: `only-path` as a path use without a digest; `reopened` as a path use and a read with its digest, by its own name.
#include "step.h"
int main(void) {
  char self[64];
  must(open("only-path", O_PATH) >= 0);
  int fd = open("reopened", O_PATH);
  must(fd >= 0);
  snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
  read_file(self, "reopened\n");
}
