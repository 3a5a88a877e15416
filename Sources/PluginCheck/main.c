/* Arguments, the order of the cases, and the report: one row for each case. */
#include "check.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

settings asked = {.root = ""};

static const char usage[] = "usage: cm-plugin-check [--root DIR] [--only WORD] [--quick] FILE.so\n"
                            "\n"
                            "Checks a plugin against the contract in cm_plugin.h.\n"
                            "\n"
                            "  --root DIR    collects from a captured machine instead of this one\n"
                            "  --only WORD   only the check of that name, or those with it in their title\n"
                            "  --quick       fewer repetitions\n"
                            "  --list        the names of all checks\n"
                            "\n"
                            "Exit status: 0 all passed, 1 one has failed, 2 it could not be begun.\n";

static const check_case *const groups[] = {load_cases, struct_cases,  option_cases,
                                           life_cases, collect_cases, ingest_cases,
                                           draw_cases};

static struct {
    unsigned passed, failed, skipped, left_out;
    bool is_over;
    char notes[16384];
} tally;

/* Lines under the row's word; the first one behind the title. */
static void print_lines(const char *word, const char *title, const char *lines) {
    const char *line = lines;
    while (*line) {
        size_t length = strcspn(line, "\n");
        if (title) printf("%-8s%s: %.*s\n", word, title, (int)length, line);
        else printf("%-8s%.*s\n", word, (int)length, line);
        line += length + (line[length] == '\n');
        word = "";
        title = NULL;
    }
}

/* What many cases find out is said once. */
static void print_notes(const char *notes) {
    char line[1024];
    while (*notes) {
        size_t length = strcspn(notes, "\n");
        snprintf(line, sizeof line, "%.*s\n", (int)length, notes);
        notes += length + (notes[length] == '\n');
        if (strstr(tally.notes, line)) continue;
        size_t used = strlen(tally.notes);
        snprintf(tally.notes + used, sizeof tally.notes - used, "%s", line);
        printf("%-8s%s", "note", line);
    }
}

/* A case's name goes before a part of another one's title. */
static bool is_asked_for(const check_case *checked) {
    static int is_name = -1;
    if (!asked.only) return true;
    if (is_name < 0) {
        is_name = 0;
        for (size_t group = 0; group < sizeof groups / sizeof *groups; group++)
            for (const check_case *other = groups[group]; other->word; other++)
                is_name |= strcmp(other->word, asked.only) == 0;
    }
    return is_name ? strcmp(checked->word, asked.only) == 0 : strstr(checked->title, asked.only) != NULL;
}

static void check(const check_case *checked) {
    if (!is_asked_for(checked)) return;
    if (tally.is_over) {
        tally.left_out++;
        return;
    }
    run_case(checked);
    /* Skipped without a word: it is about what this plugin does not have. */
    if (verdict->verdict == VERDICT_SKIPPED && verdict->sentences[0] == '\n') return;
    const char *title = verdict->title[0] ? verdict->title : checked->title;
    if (verdict->verdict == VERDICT_PASSED) {
        tally.passed++;
        printf("%-8s%s\n", "ok", title);
    } else if (verdict->verdict == VERDICT_SKIPPED) {
        tally.skipped++;
        print_lines("skipped", title, verdict->sentences);
    } else {
        tally.failed++;
        print_lines("FAILED", title, verdict->sentences);
        tally.is_over = verdict->is_fatal;
    }
    print_notes(verdict->notes);
    fflush(stdout);
}

static int summary(void) {
    unsigned total = tally.passed + tally.failed;
    if (tally.left_out)
        printf("%-8s%u more, which need a plugin that can be loaded\n", "skipped", tally.left_out);
    if (total + tally.skipped == 0) {
        fprintf(stderr, "cm-plugin-check: no check is called \"%s\"; --list names them\n", asked.only);
        return 2;
    }
    if (tally.failed) printf("%u of %u checks failed", tally.failed, total);
    else printf("%u check%s passed", total, total == 1 ? "" : "s");
    unsigned skipped = tally.skipped + tally.left_out;
    if (skipped) printf(", %u skipped", skipped);
    putchar('\n');
    return tally.failed ? 1 : 0;
}

static void list_cases(void) {
    for (size_t group = 0; group < sizeof groups / sizeof *groups; group++)
        for (const check_case *checked = groups[group]; checked->word; checked++)
            printf("%-14s%s\n", checked->word, checked->title);
}

static int refuse(const char *path, const char *reason) {
    fprintf(stderr, "cm-plugin-check: %s: %s\n", path, reason);
    return 2;
}

int main(int argc, char **argv) {
    static const struct option names[] = {
        {"root", required_argument, NULL, 'r'}, {"only", required_argument, NULL, 'o'},
        {"quick", no_argument, NULL, 'q'},      {"list", no_argument, NULL, 'l'},
        {"help", no_argument, NULL, 'h'},       {NULL, 0, NULL, 0}};
    for (int option; (option = getopt_long(argc, argv, "", names, NULL)) != -1;) {
        if (option == 'r') asked.root = optarg;
        if (option == 'o') asked.only = optarg;
        if (option == 'q') asked.quick = true;
        if (option == 'l') return list_cases(), 0;
        if (option == 'h') return fputs(usage, stdout), 0;
        if (option == '?') return fputs(usage, stderr), 2;
    }
    if (argc - optind != 1) return fputs(usage, stderr), 2;
    struct stat info;
    if (!(asked.path = realpath(argv[optind], NULL))) return refuse(argv[optind], strerror(errno));
    if (stat(asked.path, &info) != 0) return refuse(argv[optind], strerror(errno));
    if (!S_ISREG(info.st_mode)) return refuse(argv[optind], "is no file; name a plugin's .so");
    if (access(asked.path, R_OK) != 0) return refuse(argv[optind], strerror(errno));
    if (asked.root[0] && !(asked.root = realpath(asked.root, NULL))) return refuse("--root", strerror(errno));
    strcpy(asked.empty, "/tmp/cm-plugin-check-XXXXXX");
    if (!mkdtemp(asked.empty)) return refuse("/tmp", strerror(errno));
    verdict = mmap(NULL, sizeof *verdict, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (verdict == MAP_FAILED) return refuse(argv[optind], "no memory");
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    signal(SIGPIPE, SIG_IGN);
    for (size_t group = 0; group < sizeof groups / sizeof *groups; group++)
        for (const check_case *checked = groups[group]; checked->word; checked++) check(checked);
    rmdir(asked.empty);
    return summary();
}
