// A mount namespace of its own, with a file system that nobody outside can see.
// Recorded: unshare and mount as notable; the write of `mnt/private`, digested while it could be, or a gap.
#include "step.h"
#include <sys/mount.h>
int main(void) {
  if (unshare(CLONE_NEWNS) == -1) skip("no mount namespace may be made");
  must(mount(0, "/", 0, MS_REC | MS_PRIVATE, 0) == 0);
  must(mkdir("mnt", 0755) == 0 && mount("tmpfs", "mnt", "tmpfs", 0, 0) == 0);
  write_file("mnt/private", "private\n");
  read_file("mnt/private", "private\n");
}
