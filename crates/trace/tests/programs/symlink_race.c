// One process opens `link` 2,000 times while another turns it from `first` to `second` and back with rename(2).
// Recorded: reads of `first` and of `second`, never of `link`, as many of each as the program prints.
#include "step.h"
#include <sys/prctl.h>
int main(void) {
  write_file("first", "first");
  write_file("second", "second");
  must(symlink("first", "link") == 0);
  pid_t turner = fork();
  if (turner == 0) {
    must(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0);
    for (unsigned i = 0;; i++) {
      must(symlink(i % 2 ? "first" : "second", "new") == 0);
      must(rename("new", "link") == 0);
    }
  }
  int firsts = 0;
  for (int i = 0; i < 2000; i++) {
    char text[8];
    int fd = open("link", O_RDONLY);
    must(fd >= 0);
    firsts += read(fd, text, sizeof text) == 5;
    close(fd);
  }
  must(kill(turner, SIGKILL) == 0);
  reap(turner, -SIGKILL);
  printf("%d %d\n", firsts, 2000 - firsts);
}
