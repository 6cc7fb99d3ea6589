// A daemon that outlives the step and the tracer: it goes on when the test lets it, through a pipe it opens by name.
// Recorded: the daemon as left running. After tracing has ended it must still be able to open files.
#include "step.h"
int main(void) {
  must(mkfifo("go", 0600) == 0);
  pid_t child = fork();
  if (child == 0) {
    char byte;
    must(setsid() == getpid());
    // Ends by itself when a test failed before it came to let it go.
    alarm(30);
    int held = open("go", O_RDWR | O_CLOEXEC);
    must(held >= 0);
    for (int fd = 0; fd < 3; fd++) close(fd);
    must(read(held, &byte, 1) == 1);
    int fd = open("still", O_WRONLY | O_CREAT, 0644);
    fd = fd < 0 ? -errno : fd;
    int told = open("told", O_WRONLY);
    if (told < 0) _exit(1);
    if (write(told, &fd, sizeof fd) != sizeof fd) _exit(2);
    _exit(0);
  }
  must(mkfifo("told", 0600) == 0);
}
