// Job control between siblings: one stops, another sees it stopped, works meanwhile and continues it.
// Recorded: both children with exit code 0; the write of the second before that of the first.
#include "step.h"
int main(void) {
  pid_t first = fork();
  if (first == 0) {
    raise(SIGSTOP);
    read_file("order", "second\n");
    write_file("continued", "first\n");
    _exit(0);
  }
  int status;
  must(waitpid(first, &status, WUNTRACED) == first && WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
  pid_t second = fork();
  if (second == 0) {
    write_file("order", "second\n");
    must(kill(first, SIGCONT) == 0);
    _exit(0);
  }
  must(waitpid(first, &status, WCONTINUED) == first && (WIFCONTINUED(status) || WIFEXITED(status)));
  if (WIFCONTINUED(status)) reap(first, 0);
  reap(second, 0);
}
