// A file made without a name (O_TMPFILE) that linkat(2) publishes under one.
// Recorded: a write of what is `published` at the end, with its digest; it is a product.
#include "step.h"
int main(void) {
  char self[64];
  int fd = open(".", O_TMPFILE | O_WRONLY, 0644);
  if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) skip("no O_TMPFILE on this file system");
  must(fd >= 0);
  must(write(fd, "published\n", 10) == 10);
  snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
  must(linkat(AT_FDCWD, self, AT_FDCWD, "published", AT_SYMLINK_FOLLOW) == 0);
}
