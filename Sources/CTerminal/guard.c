/* The guard of the terminal, as the dashboard sees it: a process that restores the terminal when this one is killed. */
#define _GNU_SOURCE
#include "internal.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "terminal_guard.h"

extern char **environ;

static int guard_pipe = -1;
static terminal_guard_message message;

static pid_t spawn(const char *program, int input, int terminal) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    /* Above the numbers that they are put at. */
    int from = fcntl(input, F_DUPFD_CLOEXEC, 3), to = fcntl(terminal, F_DUPFD_CLOEXEC, 3);
    posix_spawn_file_actions_adddup2(&actions, from, 0);
    posix_spawn_file_actions_adddup2(&actions, to, 1);
    posix_spawn_file_actions_addclosefrom_np(&actions, 2);
    char *argv[] = {(char *)program, NULL};
    pid_t pid = -1;
    if (from < 0 || to < 0 || posix_spawn(&pid, program, &actions, NULL, argv, environ) != 0) pid = -1;
    posix_spawn_file_actions_destroy(&actions);
    close(from);
    close(to);
    return pid;
}

void guard_start(const char *program, int terminal) {
    int ends[2], is_subreaper = 0;
    if (pipe2(ends, O_CLOEXEC) != 0) return;
    /* The guard ends its first process at once, and belongs to init and not to this process, which counts its own. */
    prctl(PR_GET_CHILD_SUBREAPER, &is_subreaper, 0, 0, 0);
    prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
    pid_t pid = spawn(program, ends[0], terminal);
    if (pid > 0)
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
        }
    prctl(PR_SET_CHILD_SUBREAPER, is_subreaper, 0, 0, 0);
    close(ends[0]);
    if (pid < 0) {
        close(ends[1]);
        return;
    }
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    guard_pipe = ends[1];
}

void guard_found(int terminal) {
    memset(message.found, 0, sizeof message.found);
    syscall(SYS_ioctl, terminal, TCGETS, message.found);
}

void guard_own(int terminal) {
    memset(message.own, 0, sizeof message.own);
    syscall(SYS_ioctl, terminal, TCGETS, message.own);
}

void guard_arm(int is_armed, const char *farewell, size_t length) {
    if (guard_pipe < 0) return;
    if (length > sizeof message.farewell) length = sizeof message.farewell;
    message.is_armed = (unsigned)is_armed;
    message.length = (unsigned)length;
    memcpy(message.farewell, farewell, length);
    if (write(guard_pipe, &message, sizeof message) < 0) { /* The guard is gone, and nothing takes its place. */
    }
}
