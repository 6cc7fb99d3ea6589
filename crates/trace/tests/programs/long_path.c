// Paths beyond PATH_MAX: one that the kernel refuses, and a file so deep that no text can name it, reached step by step.
// Recorded: an attempt with ENAMETOOLONG; the deep read or write, or a gap where even the kernel cannot tell its path.
#include "step.h"
int main(void) {
  char path[5001], name[201];
  memset(path, 'p', 5000);
  path[5000] = 0;
  must(open(path, O_RDONLY) == -1 && errno == ENAMETOOLONG);
  memset(name, 'd', 200);
  name[200] = 0;
  for (int i = 0; i < 30; i++) must(mkdir(name, 0755) == 0 && chdir(name) == 0);
  write_file("deep", "deep\n");
  must(rename("deep", "deeper") == 0);
  read_file("deeper", "deep\n");
  must(unlink("deeper") == 0);
  // Leaves nothing that a test could not clear away.
  for (int i = 0; i < 30; i++) must(chdir("..") == 0 && rmdir(name) == 0);
}
