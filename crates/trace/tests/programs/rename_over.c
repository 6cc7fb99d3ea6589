// A file is replaced by rename(2) while it is open, and its name opened again.
// Recorded: reads of `target` with the digest of the old and of the new content; the rename; `source` gone at the end.
#include "step.h"
int main(void) {
  int held = open("target", O_RDONLY);
  must(held >= 0);
  read_file("target", "old\n");
  must(rename("source", "target") == 0);
  read_file("target", "new\n");
  must(access("source", F_OK) == -1);
}
