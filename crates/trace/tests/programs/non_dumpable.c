// Closes itself to others (PR_SET_DUMPABLE 0), as an ordinary user: its /proc entries belong to root from then on.
// Recorded: the read and the write before it; those after it as facts, or as gaps; prctl as notable.
#include "step.h"
#include <sys/prctl.h>
int main(void) {
  read_file("before", "before\n");
  must(prctl(PR_SET_DUMPABLE, 0) == 0);
  read_file("after", "after\n");
  write_file("hidden", "hidden\n");
  must(rename("hidden", "renamed") == 0);
}
