// Run as an ordinary user, executes a copy of itself that is setuid root (the first word).
// Recorded: two executions; no new privileges: the second runs as the same user. Traced by root, it becomes root, as untraced.
#include "step.h"
int main(int count, char **words) {
  if (count == 1) {
    printf("%d\n", geteuid());
    return 0;
  }
  execl(words[1], words[1], (char *)0);
  must(!"executed");
}
