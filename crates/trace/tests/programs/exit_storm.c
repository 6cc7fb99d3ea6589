// 300 processes that end in the same moment, half of them by SIGKILL of their group, none waited for until all are gone.
// Recorded: 301 processes, each with its end.
#include "step.h"
int main(void) {
  int gate[2];
  pid_t group = 0;
  must(pipe(gate) == 0);
  for (int i = 0; i < 300; i++) {
    pid_t child = fork();
    must(child >= 0);
    if (child == 0) {
      char byte;
      close(gate[1]);
      if (i % 2) must(read(gate[0], &byte, 1) == 0);
      else pause();
      _exit(9);
    }
    if (i % 2 == 0) {
      must(setpgid(child, group) == 0);
      if (group == 0) group = child;
    }
  }
  must(kill(-group, SIGKILL) == 0);
  close(gate[1]);
  for (int i = 0, status; i < 300; i++) must(wait(&status) > 0);
}
