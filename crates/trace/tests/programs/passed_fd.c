// A descriptor received over a socket (SCM_RIGHTS) and written through by the one who never opened it.
// Recorded: the write of `passed` by the opener, with its digest at the end; it is a product.
#include "step.h"
#include <sys/socket.h>
int main(void) {
  int ends[2];
  must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  union { struct cmsghdr header; char space[CMSG_SPACE(sizeof(int))]; } control = {0};
  char byte = 0;
  struct iovec data = {&byte, 1};
  struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  pid_t child = fork();
  if (child == 0) {
    must(recvmsg(ends[1], &message, 0) == 1);
    int fd = *(int *)CMSG_DATA(CMSG_FIRSTHDR(&message));
    must(write(fd, "passed\n", 7) == 7);
    _exit(0);
  }
  int fd = open("passed", O_WRONLY | O_CREAT, 0644);
  must(fd >= 0);
  control.header = (struct cmsghdr){CMSG_LEN(sizeof fd), SOL_SOCKET, SCM_RIGHTS};
  memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
  must(sendmsg(ends[0], &message, 0) == 1);
  reap(child, 0);
}
