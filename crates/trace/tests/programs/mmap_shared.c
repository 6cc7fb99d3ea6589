// A file that is changed through a shared mapping only: no write(2), no O_TRUNC, the same size.
// Recorded: a write of `mapped` with the digest of its final content; it is a product. `looked-at`, mapped privately, is not.
#include "step.h"
int main(void) {
  int fd = open("mapped", O_RDWR), other = open("looked-at", O_RDWR);
  must(fd >= 0 && other >= 0);
  char *shared = mmap(0, 7, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  char *own = mmap(0, 7, PROT_READ | PROT_WRITE, MAP_PRIVATE, other, 0);
  must(shared != MAP_FAILED && own != MAP_FAILED);
  memcpy(shared, "CHANGED", 7);
  memcpy(own, "CHANGED", 7);
}
