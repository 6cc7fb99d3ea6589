// Calls of the x32 ABI: 64-bit numbers with a bit set. Refused by name, so that none runs unseen.
// Recorded: gaps, and no file `unseen`.
#include "step.h"
#ifndef __x86_64__
int main(void) { skip("not x86_64"); }
#else
int main(void) {
  must(syscall(0x40000000 | SYS_openat, AT_FDCWD, "unseen", O_WRONLY | O_CREAT, 0644) == -1 && errno == ENOSYS);
  must(syscall(0x40000000 | SYS_getpid) == -1 && errno == ENOSYS);
  must(access("unseen", F_OK) == -1);
}
#endif
