// SIGTSTP that a handler catches: no stop, and opens in the handler.
// Recorded: read of `in-handler` three times by the root; nothing stopped.
#include "step.h"
static void on_stop(int signal) {
  (void)signal;
  int fd = open("in-handler", O_RDONLY);
  must(fd >= 0);
  close(fd);
}
int main(void) {
  struct sigaction action = {.sa_handler = on_stop};
  must(sigaction(SIGTSTP, &action, 0) == 0);
  for (int i = 0; i < 3; i++) raise(SIGTSTP);
}
