// 32-bit system calls from a 64-bit program: `int 0x80` has its own numbers, and pointers below 4 GiB.
// Recorded: the read of `input`, the write of `output`, the unlink of `doomed`, the failed connect (by socketcall), as those of
// a 32-bit program; nothing of what their numbers would mean in 64 bits.
#include "step.h"
#ifndef __x86_64__
int main(void) { skip("not x86_64"); }
#else
static long call(long number, long a, long b, long c) {
  long result;
  __asm__ volatile("int $0x80"
                   : "=a"(result)
                   : "a"(number), "b"(a), "c"(b), "d"(c)
                   : "memory", "r8", "r9", "r10", "r11");
  return (int)result;
}
static char *low;
static long text(const char *words) { return (long)strcpy(low, words); }
int main(void) {
  low = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  must(low != MAP_FAILED);
  if (call(20, 0, 0, 0) != getpid()) skip("no 32-bit calls in this kernel");
  must(call(5, text("input"), O_RDONLY, 0) >= 0);
  must(call(8, text("output"), 0644, 0) >= 0);
  must(call(10, text("doomed"), 0, 0) == 0);
  must(call(38, text("before"), (long)strcpy(low + 64, "after"), 0) == 0);
  long made = call(359, 1, 1, 0);
  must(made >= 0);
  uint32_t *words = (uint32_t *)(low + 256);
  words[0] = (uint32_t)made;
  words[1] = (uint32_t)(long)(low + 512);
  words[2] = 2 + sizeof "no-such.sock";
  *(uint16_t *)(low + 512) = 1;
  strcpy(low + 514, "no-such.sock");
  must(call(102, 3, (long)words, 0) == -ENOENT);
}
#endif
