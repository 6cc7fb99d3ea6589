// Size, mode and owner changed, by path and by descriptor.
// Recorded: truncates as writes, modes and owners with their values; `emptied` and `grown` are products.
#include "step.h"
int main(void) {
  must(truncate("emptied", 0) == 0);
  int fd = open("grown", O_WRONLY);
  must(fd >= 0 && ftruncate(fd, 8) == 0);
  must(chmod("tool", 0755) == 0);
  must(fchmod(fd, 0640) == 0);
  must(chown("tool", getuid(), getgid()) == 0);
  must(fchown(fd, getuid(), getgid()) == 0);
  must(chmod("no-such", 0600) == -1 && errno == ENOENT);
}
