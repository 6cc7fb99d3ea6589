// openat2(2): its flags are in memory, and it can refuse what leads out of a directory.
// Recorded: read of `d/in`, write of `d/made`; attempts for `../outside` (EXDEV) and `link` (ELOOP).
#include "step.h"
#include <linux/openat2.h>
static long open2(int at, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve) {
  struct open_how how = {.flags = flags, .mode = mode, .resolve = resolve};
  return syscall(SYS_openat2, at, path, &how, sizeof how);
}
int main(void) {
  int d = open("d", O_PATH | O_DIRECTORY);
  must(d >= 0);
  long fd = open2(d, "in", O_RDONLY, 0, RESOLVE_BENEATH);
  if (fd < 0 && errno == ENOSYS) skip("no openat2");
  must(fd >= 0);
  must(open2(d, "made", O_WRONLY | O_CREAT, 0644, RESOLVE_BENEATH) >= 0);
  must(open2(d, "../outside", O_RDONLY, 0, RESOLVE_BENEATH) == -1 && errno == EXDEV);
  must(open2(d, "link", O_RDONLY, 0, RESOLVE_NO_SYMLINKS) == -1 && errno == ELOOP);
}
