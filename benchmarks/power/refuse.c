/* The disk refuses: the K-th call on a file below a folder fails, is cut short, or ends the run.
 *
 * cc -shared -fPIC -O1 -o refuse.so refuse.c -ldl; LD_PRELOAD=refuse.so with
 *   REFUSE_BELOW   the folder (absolute)
 *   REFUSE_AT      the number of the call, from 1; 0 refuses nothing
 *   REFUSE_HOW     kill, term, hup, short, or the number of an error
 *   REFUSE_ON      1: every call after it too
 *   REFUSE_COUNT   a file to write the number of calls to, at the end
 *   REFUSE_CALL    a file to write the name of the refused call to
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static const char *below, *how;
static long at, on;
static pid_t first;
static atomic_long seen;
static _Thread_local int noting; /* what is written here is not counted */
#define REAL(name) static __typeof__(&name) real_##name; if (!real_##name) real_##name = dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void begin(void) {
  below = getenv("REFUSE_BELOW");
  how = getenv("REFUSE_HOW") ? getenv("REFUSE_HOW") : "5";
  at = getenv("REFUSE_AT") ? atol(getenv("REFUSE_AT")) : 0;
  on = getenv("REFUSE_ON") ? atol(getenv("REFUSE_ON")) : 0;
  first = getpid();
}

static void note(const char *variable, const char *text) {
  const char *file = getenv(variable);
  if (!file) return;
  noting = 1;
  FILE *out = fopen(file, "w");
  if (out) { fputs(text, out); fclose(out); }
  noting = 0;
}

static void count(void) {
  char text[32];
  snprintf(text, sizeof text, "%ld", atomic_load(&seen));
  note("REFUSE_COUNT", text);
}

void _exit(int code) {
  REAL(_exit);
  if (getpid() == first) count();
  real__exit(code);
  __builtin_unreachable();
}

static int ours(const char *path) {
  if (!below || noting || !path || getpid() != first) return 0;
  if (path[0] == '/') return strncmp(path, below, strlen(below)) == 0;
  char cwd[PATH_MAX];
  return getcwd(cwd, sizeof cwd) && strncmp(cwd, below, strlen(below)) == 0;
}

static int ours_fd(int fd) {
  if (!below || noting || getpid() != first) return 0;
  char name[64], path[PATH_MAX];
  snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(name, path, sizeof path - 1);
  if (n < 0) return 0;
  path[n] = 0;
  return strncmp(path, below, strlen(below)) == 0;
}

/* 0: go on; 1: fail with errno; 2: cut short */
static int refused(const char *call, int writes) {
  long now = atomic_fetch_add(&seen, 1) + 1;
  if (!at || now < at || (now > at && !on)) return 0;
  int error = atoi(how);
  if (now == at) note("REFUSE_CALL", call);
  if (!strcmp(how, "kill")) kill(getpid(), SIGKILL);
  else if (!strcmp(how, "term")) { if (now == at) kill(getpid(), SIGTERM); return 0; }
  else if (!strcmp(how, "hup")) { if (now == at) kill(getpid(), SIGHUP); return 0; }
  else if (!strcmp(how, "short")) return writes == 2 ? 2 : 0;
  if (!writes && error != EIO) return 0; /* a full or read-only disk can be read */
  errno = error;
  return 1;
}

#define GUARD(call, mine, writes, fail) do { if (mine) { if (refused(call, writes) == 1) return fail; } } while (0)

static int writing(int flags) { return (flags & (O_CREAT | O_WRONLY | O_RDWR | O_TRUNC)) != 0; }
#define MODE mode_t mode = 0; if (flags & O_CREAT) { va_list a; va_start(a, flags); mode = va_arg(a, mode_t); va_end(a); }

int open(const char *path, int flags, ...) { MODE; REAL(open); GUARD("open", ours(path), writing(flags), -1); return real_open(path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE; REAL(open64); GUARD("open", ours(path), writing(flags), -1); return real_open64(path, flags, mode); }
int openat(int fd, const char *path, int flags, ...) { MODE; REAL(openat); GUARD("openat", ours(path), writing(flags), -1); return real_openat(fd, path, flags, mode); }
int openat64(int fd, const char *path, int flags, ...) { MODE; REAL(openat64); GUARD("openat", ours(path), writing(flags), -1); return real_openat64(fd, path, flags, mode); }
int mkdir(const char *path, mode_t mode) { REAL(mkdir); GUARD("mkdir", ours(path), 1, -1); return real_mkdir(path, mode); }
int mkdirat(int fd, const char *path, mode_t mode) { REAL(mkdirat); GUARD("mkdir", ours(path), 1, -1); return real_mkdirat(fd, path, mode); }
int rename(const char *one, const char *other) { REAL(rename); GUARD("rename", ours(other), 1, -1); return real_rename(one, other); }
int renameat2(int a, const char *one, int b, const char *other, unsigned flags) { REAL(renameat2); GUARD("renameat2", ours(other), 1, -1); return real_renameat2(a, one, b, other, flags); }
int link(const char *one, const char *other) { REAL(link); GUARD("link", ours(other), 1, -1); return real_link(one, other); }
int unlink(const char *path) { REAL(unlink); GUARD("unlink", ours(path), 1, -1); return real_unlink(path); }
int unlinkat(int fd, const char *path, int flags) { REAL(unlinkat); GUARD("unlinkat", fd == AT_FDCWD ? ours(path) : ours_fd(fd), 1, -1); return real_unlinkat(fd, path, flags); }
int rmdir(const char *path) { REAL(rmdir); GUARD("rmdir", ours(path), 1, -1); return real_rmdir(path); }
int chmod(const char *path, mode_t mode) { REAL(chmod); GUARD("chmod", ours(path), 1, -1); return real_chmod(path, mode); }
int fchmod(int fd, mode_t mode) { REAL(fchmod); GUARD("fchmod", ours_fd(fd), 1, -1); return real_fchmod(fd, mode); }
int fsync(int fd) { REAL(fsync); GUARD("fsync", ours_fd(fd), 1, -1); return real_fsync(fd); }
int fdatasync(int fd) { REAL(fdatasync); GUARD("fdatasync", ours_fd(fd), 1, -1); return real_fdatasync(fd); }
int ftruncate(int fd, off_t size) { REAL(ftruncate); GUARD("ftruncate", ours_fd(fd), 1, -1); return real_ftruncate(fd, size); }
int ftruncate64(int fd, off64_t size) { REAL(ftruncate64); GUARD("ftruncate", ours_fd(fd), 1, -1); return real_ftruncate64(fd, size); }
ssize_t read(int fd, void *to, size_t size) { REAL(read); GUARD("read", ours_fd(fd), 0, -1); return real_read(fd, to, size); }
ssize_t pread(int fd, void *to, size_t size, off_t where) { REAL(pread); GUARD("pread", ours_fd(fd), 0, -1); return real_pread(fd, to, size, where); }
ssize_t pread64(int fd, void *to, size_t size, off64_t where) { REAL(pread64); GUARD("pread", ours_fd(fd), 0, -1); return real_pread64(fd, to, size, where); }

#define WRITE(name, ...) \
  REAL(name); \
  if (ours_fd(fd)) { \
    int what = refused(#name, 2); \
    if (what == 1) return -1; \
    if (what == 2 && size > 1) size /= 2; \
  } \
  return real_##name(__VA_ARGS__)
ssize_t write(int fd, const void *from, size_t size) { WRITE(write, fd, from, size); }
ssize_t pwrite(int fd, const void *from, size_t size, off_t where) { WRITE(pwrite, fd, from, size, where); }
ssize_t pwrite64(int fd, const void *from, size_t size, off64_t where) { WRITE(pwrite64, fd, from, size, where); }
