// What the events of a step are tested with: each argument names an act, done in that order in the working directory.
// An act checks nothing that a test checks of its events; where this machine refuses it, it goes on.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static int is(const char *act, const char *name) { return strcmp(act, name) == 0; }

static void opens(void) {
  struct open_how how = {.flags = O_WRONLY | O_CREAT | O_TRUNC, .mode = 0644};
  syscall(SYS_openat2, AT_FDCWD, "made2", &how, sizeof how);
  syscall(SYS_openat, AT_FDCWD, "sub/../made3", O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0755);
  int folder = syscall(SYS_openat, AT_FDCWD, "sub", O_RDONLY | O_DIRECTORY, 0);
  syscall(SYS_openat, folder, "inner", O_RDONLY, 0);
  syscall(SYS_openat, AT_FDCWD, "link", O_RDONLY, 0);
  syscall(SYS_openat, AT_FDCWD, "absent", O_RDONLY, 0);
  syscall(SYS_openat, AT_FDCWD, ".", O_WRONLY | O_TMPFILE, 0600);
  syscall(SYS_openat, AT_FDCWD, (char *)8, O_RDONLY, 0);
  syscall(SYS_openat, AT_FDCWD, "name\xff\n\"", O_WRONLY | O_CREAT, 0600);
#ifdef SYS_open
  syscall(SYS_open, "/etc/../etc/../etc/passwd", O_RDONLY, 0);
  syscall(SYS_creat, "made1", 0755);
#endif
}

static void names(void) {
  close(open("victim", O_WRONLY | O_CREAT, 0600));
  syscall(SYS_symlinkat, "/etc/shadow", AT_FDCWD, "symbolic");
  syscall(SYS_linkat, AT_FDCWD, "victim", AT_FDCWD, "hard", 0);
  syscall(SYS_renameat2, AT_FDCWD, "hard", AT_FDCWD, "harder", RENAME_NOREPLACE);
  syscall(SYS_fchmodat, AT_FDCWD, "victim", 04755);
  int file = open("victim", O_RDONLY);
  fchmod(file, 0640);
  syscall(SYS_mkdirat, AT_FDCWD, "folder", 0750);
  syscall(SYS_unlinkat, AT_FDCWD, "folder", AT_REMOVEDIR);
  syscall(SYS_unlinkat, AT_FDCWD, "victim", 0);
  syscall(SYS_unlinkat, AT_FDCWD, "victim", 0);
#ifdef SYS_unlink
  syscall(SYS_link, "harder", "hardest");
  syscall(SYS_symlink, "/etc/", "slash");
  syscall(SYS_rename, "hardest", "softest");
  syscall(SYS_chmod, "softest", 0111);
  syscall(SYS_unlink, "softest");
  syscall(SYS_mkdir, "old", 0700);
  syscall(SYS_rmdir, "old");
#endif
}

static void tcp(int family) {
  struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  struct sockaddr_in four = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  struct sockaddr *address = family == AF_INET ? (void *)&four : (void *)&six;
  socklen_t length = family == AF_INET ? sizeof four : sizeof six;
  int server = socket(family, SOCK_STREAM, 0);
  if (bind(server, address, length) != 0) return;
  getsockname(server, address, &length);
  listen(server, 7);
  int client = socket(family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
  connect(client, address, length);
  struct sockaddr_storage from;
  socklen_t size = sizeof from;
  accept4(server, (void *)&from, &size, 0);
  dup2(client, 0);
  close(server);
  int refused = socket(family, SOCK_STREAM, 0);
  connect(refused, address, length);
}

static void udp(void) {
  struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof here;
  int server = socket(AF_INET, SOCK_DGRAM, 0), client = socket(AF_INET, SOCK_DGRAM, 0);
  bind(server, (void *)&here, length);
  getsockname(server, (void *)&here, &length);
  sendto(client, "secret", 6, 0, (void *)&here, length);
  sendto(client, "secret", 6, 0, (void *)&here, length);
  char buffer[16];
  struct sockaddr_in from;
  socklen_t size = sizeof from;
  recvfrom(server, buffer, sizeof buffer, 0, (void *)&from, &size);
  struct iovec part = {buffer, sizeof buffer};
  struct msghdr message = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &part, .msg_iovlen = 1};
  recvmsg(server, &message, 0);
  struct iovec word = {"secret", 6};
  struct msghdr answer = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &word, .msg_iovlen = 1};
  sendmsg(server, &answer, 0);
  connect(client, (void *)&here, length);
}

static void local(void) {
  struct sockaddr_un absent = {AF_UNIX, "./absent"}, present = {AF_UNIX, "./present"};
  int server = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
  connect(client, (void *)&absent, sizeof absent);
  bind(server, (void *)&present, sizeof present);
  listen(server, 1);
  connect(client, (void *)&present, sizeof present);
  socket(AF_NETLINK, SOCK_RAW, 0);
  socket(AF_PACKET, SOCK_RAW, 0);
}

static void rights(void) {
  syscall(SYS_unshare, CLONE_FS | CLONE_FILES);
  syscall(SYS_setns, 99, CLONE_NEWNET);
  ptrace(PTRACE_ATTACH, 0x7ffffff0, 0, 0);
  syscall(SYS_bpf, 5, 0, 0);
  syscall(SYS_userfaultfd, O_CLOEXEC | 0x40000000);
  syscall(SYS_finit_module, 99, "option=1", 2);
  syscall(SYS_init_module, 0, 0, "option=2");
  dup(99);
  syscall(SYS_dup3, 99, 2, O_CLOEXEC);
}

static void become(void) {
  if (setgid(65534) != 0 || setuid(65534) != 0) _exit(77);
  close(open("as-nobody", O_RDONLY));
}

static void rename_self(void) {
  prctl(PR_SET_NAME, "disguise-of-a-process");
  close(open("disguised", O_RDONLY));
}

static void memory(char **words) {
  int file = memfd_create("hidden", 0);
  int self = open("/proc/self/exe", O_RDONLY);
  char buffer[65536];
  for (ssize_t length; (length = read(self, buffer, sizeof buffer)) > 0;)
    if (write(file, buffer, (size_t)length) != length) _exit(1);
  close(self);
  char *none[] = {"inner", "exit", 0};
  char path[32];
  snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  (void)words;
  execve(path, none, none + 2);
  _exit(1);
}

static void families(void) {
  int status;
  pid_t child = fork();
  if (child == 0) _exit(3);
  waitpid(child, &status, 0);
  child = vfork();
  if (child == 0) _exit(4);
  waitpid(child, &status, 0);
  child = syscall(SYS_clone, CLONE_FS | SIGCHLD, 0, 0, 0, 0);
  if (child == 0) raise(SIGKILL);
  waitpid(child, &status, 0);
}

int main(int count, char **words) {
  /* What the test inherited must not show in the numbers of the descriptors. */
  for (int inherited = 3; inherited < 1024; inherited++) close(inherited);
  for (int index = 1; index < count; index++) {
    const char *act = words[index];
    if (is(act, "opens")) opens();
    else if (is(act, "names")) names();
    else if (is(act, "tcp4")) tcp(AF_INET);
    else if (is(act, "tcp6")) tcp(AF_INET6);
    else if (is(act, "udp")) udp();
    else if (is(act, "local")) local();
    else if (is(act, "rights")) rights();
    else if (is(act, "become")) become();
    else if (is(act, "rename")) rename_self();
    else if (is(act, "memory")) memory(words + index);
    else if (is(act, "families")) families();
    else if (is(act, "chdir")) { if (chdir("sub") == 0) close(open("../below", O_RDONLY)); }
    else if (is(act, "exec")) { char *args[] = {"first word", "second", 0}; execve("./no-program", args, args + 2); }
    else if (is(act, "exit")) return 0;
  }
  return 0;
}
