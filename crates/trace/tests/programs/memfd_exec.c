// A program that lies in memory only: memfd_create(2) and fexecve(3).
// Recorded: an execution whose exe is the memory file, with the digest of this program; memfd_create as notable.
#include "step.h"
int main(int count, char **words) {
  if (count > 1) return 5;
  char buffer[65536];
  char *again[] = {words[0], "from memory", 0}, *none[] = {0};
  int in = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  int memory = memfd_create("nowhere", MFD_CLOEXEC);
  must(in >= 0 && memory >= 0);
  for (ssize_t length; (length = read(in, buffer, sizeof buffer)) > 0;)
    must(write(memory, buffer, (size_t)length) == length);
  fexecve(memory, again, none);
  must(!"executed");
}
