/* Part of fault_plugin.c: what a plugin can do to its descriptor, its process and its terminal. */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>

/* What must never be seen: a title, blinking, a word. */
#define FOREIGN_BYTES "\033]0;foreign\007\033[5m\033[3;3HFOREIGN\033[2J"

/* What the compiler cannot foresee. */
static void *volatile nowhere = NULL;
static volatile int zero = 0;
static volatile uint64_t endless = UINT64_MAX;

static void null_write(void) { *(volatile int *)nowhere = 1; }
static void sleep_for_ever(void) { for (;;) pause(); }
static void sleep_4_s(void) { for (unsigned left = 4; left;) left = sleep(left); }
static void exit_0(void) { exit(0); }
static void end_0(void) { _exit(0); }
static void end_3(void) { _exit(3); }
static void kill_self(void) { raise(SIGKILL); }
static void stop_self(void) { raise(SIGSTOP); }

static void do_nothing_for(long milliseconds) {
    nanosleep(&(struct timespec){milliseconds / 1000, milliseconds % 1000 * 1000000}, NULL);
}

/* --- the descriptor --------------------------------------------------------- */

static void descriptor_null(void) { answer = NULL; }
static void descriptor_wild(void) { answer = (const cm_plugin *)0x10; }
static void size_4(void) { descriptor.size = 4; }
static void size_huge(void) { descriptor.size = 0x7fffffff; }
static void foreign_major(void) { descriptor.abi = 7u << 16; }
static void no_create(void) { descriptor.create = NULL; }
static void no_destroy(void) { descriptor.destroy = NULL; }
static void no_collect(void) { descriptor.collect = NULL; }
static void string_null(void) { descriptor.id = (cm_string){NULL, 5}; }
static void string_long(void) { descriptor.name.length = 1ull << 40; }
static void string_wild(void) { descriptor.summary = (cm_string){(const char *)0x10, 20}; }
static void string_latin(void) { descriptor.id = (cm_string){CM_TEXT("f\377\033[5m")}; }
static void many_metrics(void) { descriptor.metric_count = 10000; }
static void stride_0(void) { descriptor.metric_stride = 0; }
static void metrics_wild(void) { descriptor.metrics = (const cm_metric *)0x10; }

/* --- create ----------------------------------------------------------------- */

static void create_fails(void) {
    now.code = CM_DENIED;
    now.host->fail(now.host, CM_DENIED, text_of("the fault has no key; give it one"));
}

/* --- collect: the process --------------------------------------------------- */

static void spin(void) { for (;;) zero = 0; }
static void divide_by_zero(void) { zero = 4711 / zero; }

static int deeper(volatile char *above) {
    volatile char here[4096];
    here[0] = above ? above[0] : 0;
    return endless ? deeper(here) + here[0] : 0;
}
static void stack_overflow(void) { deeper(NULL); }

static void double_free(void) {
    void *volatile block = malloc(40);
    free(block);
    nowhere = NULL;
    free(block);
}

/* Over the sizes of the blocks behind, which free and malloc look at. */
static void heap_overrun(void) {
    volatile char *block = malloc(2000);
    for (size_t i = 0; i < 4096; i++) block[i] = 0x41;
    free((void *)(uintptr_t)block);
    for (size_t size = 1024; size < 65536; size += 1024) nowhere = malloc(size);
    nowhere = NULL;
}

/* Bounded, so that no machine is brought down where the limit is missing. */
static void allocate_without_end(void) {
    for (size_t taken = 0, step = 16u << 20; taken < 3ull << 30; taken += step) {
        char *block = malloc(step);
        memset(block, 1, step);
    }
}

static void deadlock(void) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&lock);
    pthread_mutex_lock(&lock);
}

static void wild_call(void) { ((void (*)(void))(uintptr_t)(0x1230 + zero))(); }
static void end_thread(void) { pthread_exit(NULL); }

static void *crash_soon(void *unused) {
    (void)unused;
    do_nothing_for(30);
    null_write();
    return NULL;
}
static void start(void *(*body)(void *)) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, body, NULL) == 0) pthread_detach(thread);
}
static void thread_crash(void) { start(crash_soon); }

/* Back into a call that has long returned. */
static jmp_buf long_gone;
static void remember_frame(void) { if (setjmp(long_gone)) abort(); }
static void jump_back(void) {
    remember_frame();
    memset(alloca(4096), 0x41, 4096);
    longjmp(long_gone, 1);
}

static void ignore_signals(void) {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    for (int number = 1; number < 65; number++) signal(number, SIG_IGN);
    sleep_for_ever();
}

static void kill_group(void) { kill(0, SIGTERM); }
static void ring_alarm(void) { alarm(1); sleep_for_ever(); }

static void change_surroundings(void) {
    if (chdir("/proc") != 0) return;
    umask(0777);
    setenv("LC_ALL", "C", 1);
    setenv("PATH", "", 1);
    setlocale(LC_ALL, "");
    clearenv();
    signal(SIGPIPE, SIG_DFL);
}

static void fork_and_return(void) { if (fork() < 0) fail("cannot fork"); }

static void fork_200(void) {
    static int done;
    if (done++) return;
    for (int i = 0; i < 200; i++)
        if (fork() == 0) sleep_for_ever();
}

static void orphan(int has_own_session) {
    if (fork() == 0) {
        if (has_own_session) setsid();
        signal(SIGTERM, SIG_IGN);
        signal(SIGHUP, SIG_IGN);
        if (fork() == 0) sleep_for_ever();
        sleep_for_ever();
    }
    _exit(3);
}
static void leave_a_child(void) { orphan(0); }
static void leave_a_daemon(void) { orphan(1); }

/* --- collect: descriptors and the terminal ---------------------------------- */

static void close_all(void) { for (int descriptor = 0; descriptor < 1024; descriptor++) close(descriptor); }

static void exhaust_descriptors(void) {
    static unsigned taken;
    while (open("/dev/null", O_RDONLY) >= 0) taken++;
    char sentence[80];
    const char *count = taken < 300 ? "some" : "too many";
    snprintf(sentence, sizeof sentence, "after %s descriptors: %s", count, strerror(errno));
    fail(sentence);
}

static void say(int descriptor, const void *data, size_t length) {
    if (write(descriptor, data, length) < 0) errno = 0;
}

static void rubbish(void) {
    unsigned char bytes[4096];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (unsigned char)(i * 167 + 13);
    say(3, bytes, sizeof bytes);
}
static void frame_of_4_gib(void) {
    static const unsigned char head[8] = {255, 255, 255, 255, 3, 0, 0, 0};
    say(3, head, sizeof head);
}
/* The answer to a question that nobody asked. */
static void second_answer(void) {
    static const unsigned char frame[] = {5, 0, 0, 0, 103, 1, 0, 0, 0};
    say(3, frame, sizeof frame);
}

static void write_to_terminal(void) {
    static const char bytes[] = FOREIGN_BYTES;
    for (int descriptor = 0; descriptor < 3; descriptor++) say(descriptor, bytes, sizeof bytes - 1);
    int terminal = open("/dev/tty", O_RDWR);
    if (terminal >= 0) say(terminal, bytes, sizeof bytes - 1);
}

static void change_modes(void) {
    int descriptors[] = {0, 1, 2, open("/dev/tty", O_RDWR)};
    for (size_t i = 0; i < 4; i++) {
        struct termios mode;
        memset(&mode, 0, sizeof mode);
        mode.c_lflag = ECHO | ICANON;
        tcsetattr(descriptors[i], TCSANOW, &mode);
        ioctl(descriptors[i], TIOCSWINSZ, &(struct winsize){3, 7, 0, 0});
    }
}

static void flood_output(void) {
    char block[4096];
    for (size_t i = 0; i < sizeof block; i++) block[i] = i % 64 ? 'x' : '\n';
    for (int i = 0; i < 20000; i++) say(1 + i % 2, block, sizeof block);
}

static void flood_log(void) {
    cm_string line = text_of("a line that nobody reads");
    for (int i = 0; i < 100000; i++) now.host->log(now.host, CM_LOG_ERROR, line);
}
