// Opens of what is no regular file: nobody may block on them, read from them or digest them.
// Recorded: /dev/null, /dev/zero, a FIFO and a directory as uses without a digest and without a gap.
#include "step.h"
int main(void) {
  must(open("/dev/null", O_RDWR) >= 0 && open("/dev/zero", O_RDONLY) >= 0);
  must(open(".", O_RDONLY | O_DIRECTORY) >= 0);
  must(mkfifo("fifo", 0600) == 0);
  int fifo = open("fifo", O_RDWR);
  must(fifo >= 0 && write(fifo, "12345", 5) == 5);
  char text[8];
  must(read(fifo, text, sizeof text) == 5);
}
