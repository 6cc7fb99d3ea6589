// Plays one scenario: a chain of processes of which the last one acts. What to play stands in the environment, so that
// the words of every process are only its own: EVTGEN_PLAN holds lines of words separated by tabs, EVTGEN_LINK the
// position of this process in the chain (none: the stage, which builds a root of its own and starts the first).
// Everything it makes is in namespaces of its own and is gone with them.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/openat2.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_WORDS = 24, MOST_LINES = 64, REFUSED = 77, BROKEN = 78 };

typedef struct {
    int count;
    char *word[MOST_WORDS];
} Line;

static Line lines[MOST_LINES];
static int line_count;
static int client = -1;

// Ends the scenario: `status` says whether the machine refused or the scenario is at fault.
static void fail(int status, const char *what) {
    dprintf(2, "%s: %s\n", what, strerror(errno));
    _exit(status);
}

static void must(int outcome, const char *what) {
    if (outcome < 0) fail(BROKEN, what);
}

static void allowed(int outcome, const char *what) {
    if (outcome < 0) fail(REFUSED, what);
}

static void read_plan(void) {
    char *plan = strdup(getenv("EVTGEN_PLAN"));
    for (char *text; (text = strsep(&plan, "\n")) && line_count < MOST_LINES;) {
        Line *line = &lines[line_count++];
        while (text && line->count < MOST_WORDS - 1) line->word[line->count++] = strsep(&text, "\t");
    }
}

static int is(const Line *line, const char *verb) { return strcmp(line->word[0], verb) == 0; }
static long number(const char *text) { return strtol(text, NULL, 0); }

// mkdir -p of what is above the path, and of the path too when it is a directory itself.
static void make_above(const char *path, int itself) {
    char part[4096];
    snprintf(part, sizeof part, "%s%s", path, itself ? "/" : "");
    for (char *slash = part + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
        *slash = 0;
        if (mkdir(part, 0755) < 0 && errno != EEXIST && errno != EISDIR) fail(BROKEN, part);
    }
}

static void copy_program(const char *path, int program) {
    make_above(path, 0);
    int to = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);
    must(to, path);
    for (off_t at = 0;;) {
        ssize_t copied = syscall(SYS_sendfile, to, program, &at, 1 << 20);
        must((int)copied, "copy");
        if (copied == 0) break;
    }
    close(to);
}

static void write_text(const char *path, const char *text) {
    int file = open(path, O_WRONLY);
    if (file < 0 || write(file, text, strlen(text)) < 0) fail(REFUSED, path);
    close(file);
}

// Namespaces of its own; a user's too where the right to make the others is missing.
static void part_from_machine(void) {
    const int apart = CLONE_NEWNS | CLONE_NEWNET;
    char map[64];
    if (unshare(apart) < 0) {
        unsigned user = geteuid(), group = getegid();
        allowed(unshare(apart | CLONE_NEWUSER), "unshare");
        write_text("/proc/self/setgroups", "deny");
        snprintf(map, sizeof map, "0 %u 1", user);
        write_text("/proc/self/uid_map", map);
        snprintf(map, sizeof map, "0 %u 1", group);
        write_text("/proc/self/gid_map", map);
    }
    allowed(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "private mounts");
    allowed(mount("stage", "/mnt", "tmpfs", 0, "mode=755"), "tmpfs");
}

// What the plan wants to be there. `where` is `image` for what a container's image brings, `own` for what comes later.
static void furnish(const char *where, const char *root, int program) {
    char path[4096];
    for (Line *line = lines; line < lines + line_count; line++) {
        if (line->count < 3 || strcmp(line->word[1], where)) continue;
        snprintf(path, sizeof path, "%s%s", root, line->word[2]);
        if (is(line, "directory")) make_above(path, 1);
        if (is(line, "program")) copy_program(path, program);
        if (is(line, "file")) {
            make_above(path, 0);
            int file = open(path, O_WRONLY | O_CREAT, 0644);
            must(file, path);
            close(file);
        }
    }
}

static void enter_root(int layered, int program) {
    static const char *const FOLDERS[] = {"/proc", "/dev/shm", "/etc", "/root", "/var/log", "/home", "/usr/local/bin"};
    char path[64];
    make_above("/mnt/image/tmp/below", 0);
    for (size_t i = 0; i < sizeof FOLDERS / sizeof *FOLDERS; i++) {
        snprintf(path, sizeof path, "/mnt/image%s", FOLDERS[i]);
        make_above(path, 1);
    }
    must(chmod("/mnt/image/tmp", 01777), "chmod");
    furnish("image", "/mnt/image", program);
    const char *root = "/mnt/image";
    if (layered) {
        root = "/mnt/root";
        make_above("/mnt/root", 1);
        make_above("/mnt/upper", 1);
        make_above("/mnt/work", 1);
        allowed(mount("layers", root, "overlay", 0, "lowerdir=/mnt/image,upperdir=/mnt/upper,workdir=/mnt/work"),
                "overlay");
    } else {
        allowed(mount(root, root, NULL, MS_BIND, NULL), "bind");
    }
    furnish("own", root, program);
    snprintf(path, sizeof path, "%s/proc", root);
    allowed(mount("/proc", path, NULL, MS_BIND | MS_REC, NULL), "bind /proc");
    must(chdir(root), "chdir");
    // pivot_root(2): the old root is put over the new one, and taken away.
    allowed((int)syscall(SYS_pivot_root, ".", "."), "pivot_root");
    must(umount2(".", MNT_DETACH), "umount");
    must(chdir("/"), "chdir");
}

// lo with what addresses the plan names: nothing else can be reached.
static void open_loopback(void) {
    struct ifreq request = {0};
    int handle = socket(AF_INET, SOCK_DGRAM, 0), alias = 0;
    strcpy(request.ifr_name, "lo");
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    allowed(ioctl(handle, SIOCSIFFLAGS, &request), "lo");
    for (Line *line = lines; line < lines + line_count; line++) {
        if (!is(line, "address")) continue;
        struct sockaddr_in *address = (struct sockaddr_in *)&request.ifr_addr;
        snprintf(request.ifr_name, sizeof request.ifr_name, "lo:%d", ++alias);
        address->sin_family = AF_INET;
        inet_pton(AF_INET, line->word[1], &address->sin_addr);
        allowed(ioctl(handle, SIOCSIFADDR, &request), "address");
    }
    close(handle);
}

// The rights of a privileged container's process, kept over a change of user and an execution.
static void become(unsigned user, unsigned group) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[2];
    must(prctl(PR_SET_KEEPCAPS, 1), "keep");
    allowed(setresgid(group, group, group), "setresgid");
    allowed(setresuid(user, user, user), "setresuid");
    must((int)syscall(SYS_capget, &header, sets), "capget");
    for (int i = 0; i < 2; i++) sets[i].inheritable = sets[i].effective = sets[i].permitted;
    must((int)syscall(SYS_capset, &header, sets), "capset");
    for (int bit = 0; bit <= CAP_LAST_CAP; bit++) prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, bit, 0, 0);
}

static int finish(pid_t child) {
    int status;
    must(child, "fork");
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) fail(BROKEN, "waitpid");
    return WIFEXITED(status) ? WEXITSTATUS(status) : BROKEN;
}

// `process FILE USER GROUP WORD...`: starts it; the result is the line's own status, once it ended.
static int start(const Line *line, int position) {
    char link[32];
    snprintf(link, sizeof link, "EVTGEN_LINK=%d", position);
    setenv("EVTGEN_LINK", strchr(link, '=') + 1, 1);
    pid_t child = fork();
    if (child) return finish(child);
    if (*line->word[2]) become((unsigned)number(line->word[2]), (unsigned)number(line->word[3]));
    execve(line->word[1], (char *const *)&line->word[4], environ);
    fail(BROKEN, line->word[1]);
    return BROKEN;
}

// `peers FAMILY ADDRESS PORT`: a listening socket and one that is connected to it.
static void connect_peers(const Line *line) {
    struct sockaddr_storage end = {0};
    socklen_t length;
    int family = (int)number(line->word[1]), reuse = 1;
    if (family == AF_INET6) {
        struct sockaddr_in6 *six = (struct sockaddr_in6 *)&end;
        *six = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)number(line->word[3]))};
        inet_pton(AF_INET6, line->word[2], &six->sin6_addr);
        length = sizeof *six;
    } else {
        struct sockaddr_in *four = (struct sockaddr_in *)&end;
        *four = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)number(line->word[3]))};
        inet_pton(AF_INET, line->word[2], &four->sin_addr);
        length = sizeof *four;
    }
    int server = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(server, "socket");
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
    must(bind(server, (struct sockaddr *)&end, length), "bind");
    must(listen(server, 1), "listen");
    client = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(client, "socket");
    must(connect(client, (struct sockaddr *)&end, length), "connect");
}

// `memory NAME`: this program once more, from a file that is only in memory.
static void run_from_memory(const Line *line) {
    char *const words[] = {line->word[1], NULL};
    int program = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    int memory = (int)syscall(SYS_memfd_create, line->word[1], MFD_CLOEXEC);
    must(program, "program");
    must(memory, "memfd");
    for (off_t at = 0; syscall(SYS_sendfile, memory, program, &at, 1 << 20) > 0;) continue;
    setenv("EVTGEN_LINK", "memory", 1);
    pid_t child = fork();
    if (child == 0) {
        syscall(SYS_execveat, memory, "", words, environ, AT_EMPTY_PATH);
        fail(REFUSED, "execveat");
    }
    if (finish(child)) _exit(BROKEN);
}

// A call by its own name; whether it succeeds is for the scenario's rule to say.
static void perform(Line *line) {
    char **word = line->word;
    const char *call = word[1];
#ifdef SYS_open
    if (!strcmp(call, "open")) syscall(SYS_open, word[2], number(word[3]), number(word[4]));
    if (!strcmp(call, "link")) syscall(SYS_link, word[2], word[3]);
    if (!strcmp(call, "symlink")) syscall(SYS_symlink, word[2], word[3]);
    if (!strcmp(call, "dup2")) syscall(SYS_dup2, client, number(word[2]));
#endif
    if (!strcmp(call, "openat")) syscall(SYS_openat, AT_FDCWD, word[2], number(word[3]), number(word[4]));
    if (!strcmp(call, "openat2")) {
        struct open_how how = {.flags = (uint64_t)number(word[3]), .mode = (uint64_t)number(word[4])};
        syscall(SYS_openat2, AT_FDCWD, word[2], &how, sizeof how);
    }
    if (!strcmp(call, "linkat")) syscall(SYS_linkat, AT_FDCWD, word[2], AT_FDCWD, word[3], 0);
    if (!strcmp(call, "symlinkat")) syscall(SYS_symlinkat, word[2], AT_FDCWD, word[3]);
    if (!strcmp(call, "dup3")) syscall(SYS_dup3, client, number(word[2]), number(word[3]));
    if (!strcmp(call, "socket")) syscall(SYS_socket, number(word[2]), number(word[3]), number(word[4]));
}

static int act(void) {
    for (Line *line = lines; line < lines + line_count; line++) {
        if (is(line, "wait")) sleep((unsigned)number(line->word[1]));
        if (is(line, "peers")) connect_peers(line);
        if (is(line, "memory")) run_from_memory(line);
        if (is(line, "call")) perform(line);
    }
    return 0;
}

int main(void) {
    const char *link = getenv("EVTGEN_LINK");
    if (link && !strcmp(link, "memory")) return 0;
    read_plan();
    int position = link ? (int)number(link) + 1 : 0;
    if (!link) {
        int program = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), layered = 0;
        for (Line *line = lines; line < lines + line_count; line++) layered |= is(line, "layered");
        must(program, "program");
        part_from_machine();
        enter_root(layered, program);
        open_loopback();
    }
    for (Line *line = lines; line < lines + line_count; line++)
        if (is(line, "process") && position-- == 0) return start(line, link ? (int)number(link) + 1 : 0);
    return act();
}
