// Paths and structures where there is no memory: EFAULT each time; and a text that ends exactly where memory does.
// Recorded: attempts with EFAULT; the read of `x`. No gap and no fact about a file.
#include "step.h"
#include <sys/socket.h>
int main(void) {
  char *bad = (char *)16;
  char *argv[] = {"x", 0};
  must(open(bad, O_RDONLY) == -1 && errno == EFAULT);
  must(rename(bad, "y") == -1 && errno == EFAULT);
  must(rename("x", bad) == -1 && errno == EFAULT);
  must(unlink(bad) == -1 && errno == EFAULT);
  must(syscall(SYS_openat2, AT_FDCWD, "x", bad, 24) == -1 && errno == EFAULT);
  must(syscall(SYS_execve, bad, argv, argv) == -1 && errno == EFAULT);
  must(syscall(SYS_execve, "/bin/true", bad, bad) == -1 && errno == EFAULT);
  must(connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)bad, 16) == -1 && errno == EFAULT);
  char *edge = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  must(edge != MAP_FAILED && munmap(edge + 4096, 4096) == 0);
  edge[4094] = 'x';
  must(open(edge + 4094, O_RDONLY) >= 0);
  memset(edge, 'n', 4096);
  must(open(edge + 4000, O_RDONLY) == -1 && errno == EFAULT);
}
