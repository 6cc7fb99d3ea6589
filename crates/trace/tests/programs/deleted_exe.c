// A program that deletes its own file, and one executed from a file whose name is gone already.
// Recorded: both executions with the digest of this program; the unlink; the copy is no product.
#include "step.h"
int main(int count, char **words) {
  if (count == 1) {
    copy_program("copy");
    execl("copy", words[0], "delete", (char *)0);
  } else if (strcmp(words[1], "delete") == 0) {
    char *again[] = {words[0], "deleted", 0}, *none[] = {0};
    int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    must(self >= 0 && unlink("copy") == 0);
    fexecve(self, again, none);
  } else {
    return 6;
  }
  must(!"executed");
}
