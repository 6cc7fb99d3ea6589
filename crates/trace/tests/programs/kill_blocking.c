// SIGKILL while a thread is inside a watched call: open(2) of a FIFO that nobody opens for writing.
// Recorded: the child as killed by signal 9; its open is neither a use nor an attempt, for it never returned.
#include "step.h"
int main(void) {
  must(mkfifo("fifo", 0600) == 0);
  pid_t child = fork();
  if (child == 0) {
    open("fifo", O_RDONLY);
    _exit(1);
  }
  char path[64], text[64];
  snprintf(path, sizeof path, "/proc/%d/syscall", child);
  // Until it is inside the call: its number is the first word.
  do {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    text[length > 0 ? length : 0] = 0;
    close(fd);
  } while (atoi(text) != SYS_openat && strncmp(text, "2 ", 2) != 0);
  must(kill(child, SIGKILL) == 0);
  reap(child, -SIGKILL);
}
