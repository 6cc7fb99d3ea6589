// Everything relative to a directory's descriptor, from a working directory elsewhere.
// Recorded: read of `d/in`, write of `d/out`, rename `d/old` to `d/sub/new`, unlink of `d/gone`, chmod of `d/in`: canonical paths.
#include "step.h"
int main(void) {
  int d = open("d", O_RDONLY | O_DIRECTORY), sub = open("d/sub", O_PATH | O_DIRECTORY);
  must(d >= 0 && sub >= 0 && chdir("/") == 0);
  must(openat(d, "in", O_RDONLY) >= 0);
  must(openat(d, "../d/./sub/../out", O_WRONLY | O_CREAT, 0644) >= 0);
  must(renameat(d, "old", sub, "new") == 0);
  must(unlinkat(d, "sub/../gone", 0) == 0);
  must(mkdirat(sub, "made", 0755) == 0);
  must(unlinkat(d, "sub/made", AT_REMOVEDIR) == 0);
  must(fchmodat(d, "in", 0600, 0) == 0);
}
