// Every family of address that steps use, connected, bound, listened on, accepted and sent to; and what fails.
// Recorded: each with family, address, port and result; the two failures as attempts.
#include "step.h"
#include <arpa/inet.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
static void pass(int kind, void *address, socklen_t length, const char *path) {
  int family = ((struct sockaddr *)address)->sa_family;
  int server = socket(family, kind, 0), client = socket(family, kind, 0);
  must(server >= 0 && client >= 0);
  must(bind(server, address, length) == 0);
  socklen_t full = 128;
  char bound[128];
  must(getsockname(server, (struct sockaddr *)bound, &full) == 0);
  if (kind == SOCK_STREAM) {
    must(listen(server, 1) == 0 && connect(client, (struct sockaddr *)bound, full) == 0);
    must(accept(server, 0, 0) >= 0);
  } else {
    struct iovec byte = {"b", 1};
    struct msghdr message = {.msg_name = bound, .msg_namelen = full, .msg_iov = &byte, .msg_iovlen = 1};
    must(sendto(client, "a", 1, 0, (struct sockaddr *)bound, full) == 1);
    must(sendmsg(client, &message, 0) == 1);
  }
  int port = family == AF_INET    ? ntohs(((struct sockaddr_in *)bound)->sin_port)
             : family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)bound)->sin6_port)
                                  : 0;
  printf("%s %d\n", path, port);
}
int main(void) {
  struct sockaddr_un named = {AF_UNIX, "named"}, abstract = {AF_UNIX, "\0abstract-lanner"};
  struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
  char unique[sizeof abstract.sun_path - 1];
  snprintf(unique, sizeof unique, "lanner-%d", getpid());
  memcpy(abstract.sun_path + 1, unique, strlen(unique));
  pass(SOCK_STREAM, &named, sizeof named, "named");
  pass(SOCK_STREAM, &abstract, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(unique)), unique);
  pass(SOCK_STREAM, &v4, sizeof v4, "tcp4");
  pass(SOCK_DGRAM, &v4, sizeof v4, "udp4");
  int probe = socket(AF_INET6, SOCK_STREAM, 0);
  if (probe >= 0 && bind(probe, (struct sockaddr *)&v6, sizeof v6) == 0) pass(SOCK_STREAM, &v6, sizeof v6, "tcp6");
  int netlink = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  must(netlink >= 0 && bind(netlink, (struct sockaddr *)&kernel, sizeof kernel) == 0);
  // Bound and not listening: nobody else can get the port meanwhile.
  int idle = socket(AF_INET, SOCK_STREAM, 0);
  socklen_t length = sizeof v4;
  must(bind(idle, (struct sockaddr *)&v4, sizeof v4) == 0 && getsockname(idle, (struct sockaddr *)&v4, &length) == 0);
  must(connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&v4, sizeof v4) == -1 && errno == ECONNREFUSED);
  printf("refused %d\n", ntohs(v4.sin_port));
  strcpy(named.sun_path, "nobody-listens");
  must(connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&named, sizeof named) == -1 && errno == ENOENT);
}
