// Another root: the same text is another file.
// Recorded: read of `jail/etc/inner`, write of `jail/out`, rename there; never `/etc/inner` or `/out`; chroot as notable.
#include "step.h"
int main(void) {
  if (chroot("jail") == -1) skip("chroot is not permitted");
  must(chdir("/") == 0);
  read_file("/etc/inner", "inner\n");
  write_file("/out", "out\n");
  must(rename("/out", "/etc/moved") == 0);
  must(open("/../../etc/none", O_RDONLY) == -1 && errno == ENOENT);
}
