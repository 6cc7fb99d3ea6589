// Contents that travel inside the kernel: copy_file_range(2) and sendfile(2).
// Recorded: reads of `input`; writes of `copied` and `sent` with digests equal to that of `input`.
#include "step.h"
#include <sys/sendfile.h>
int main(void) {
  int in = open("input", O_RDONLY), copied = open("copied", O_WRONLY | O_CREAT, 0644);
  int sent = open("sent", O_WRONLY | O_CREAT, 0644);
  loff_t from = 0;
  off_t again = 0;
  must(in >= 0 && copied >= 0 && sent >= 0);
  if (copy_file_range(in, &from, copied, 0, 6, 0) != 6) skip("no copy_file_range on this file system");
  must(sendfile(sent, in, &again, 6) == 6);
}
