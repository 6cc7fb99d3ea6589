// A tree that doubles nine times and is shot in the middle: every process kills one of its children as soon as it has it.
// Recorded: every process that was ever born, with its end; no hang.
#include "step.h"
int main(void) {
  for (int depth = 0; depth < 9; depth++) {
    pid_t child = fork();
    must(child >= 0);
    if (child > 0 && depth % 3 == 1) kill(child, SIGKILL);
  }
  while (wait(0) > 0) {}
}
