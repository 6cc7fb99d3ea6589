// Every way to make and unmake a name.
// Recorded: each call with both canonical paths; products `linked`, `made`, `swapped-a`, `swapped-b`; `temporary` is none.
#include "step.h"
int main(void) {
  write_file("made", "made\n");
  must(link("made", "linked") == 0);
  must(symlink("nowhere", "dangling") == 0);
  write_file("temporary", "temporary\n");
  must(unlink("temporary") == 0);
  must(mkdir("dir", 0755) == 0 && rmdir("dir") == 0);
  write_file("swapped-a", "a\n");
  write_file("swapped-b", "b\n");
  must(renameat2(AT_FDCWD, "swapped-a", AT_FDCWD, "swapped-b", RENAME_EXCHANGE) == 0);
  must(renameat2(AT_FDCWD, "made", AT_FDCWD, "linked", RENAME_NOREPLACE) == -1 && errno == EEXIST);
  must(mkfifo("pipe", 0600) == 0);
  must(rename("no-such", "other") == -1 && errno == ENOENT);
}
