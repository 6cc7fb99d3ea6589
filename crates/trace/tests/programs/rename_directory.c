// A directory that is renamed after files were written in it: their paths change, and nobody names them again.
// Recorded: writes, the rename; at the end `built/a` and `built/sub/b` are products with their digests, `work/…` is not there.
#include "step.h"
int main(void) {
  must(mkdir("work", 0755) == 0 && mkdir("work/sub", 0755) == 0);
  write_file("work/a", "a\n");
  write_file("work/sub/b", "b\n");
  must(rename("work", "built") == 0);
}
