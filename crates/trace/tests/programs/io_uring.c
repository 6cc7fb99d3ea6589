// What an io_uring does is seen by no tracer, so none may be made.
// Recorded: a gap; the program sees ENOSYS, as on a kernel without it.
#include "step.h"
int main(void) {
  char parameters[256] = {0};
  must(syscall(SYS_io_uring_setup, 8, parameters) == -1 && errno == ENOSYS);
}
