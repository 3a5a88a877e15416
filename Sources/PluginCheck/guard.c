/*
 * Arguments that betray who reads them wrongly: each lies at the end of its memory, and what follows cannot
 * be read. A fault's address then tells which argument it was.
 */
#include "check.h"

#include <sys/mman.h>
#include <unistd.h>

lending lent;

typedef struct loan {
    char *base;
    size_t mapped; /* with the page that cannot be read */
    char *data;
    size_t size; /* what may be read */
    const shape *shape;
    size_t stride; /* of an array whose elements lie apart */
    bool is_dead;
    char name[64];
    const char *stride_name;
} loan;

/* Not on the heap: a plugin that damages the heap must not blind us. */
static loan all[20000];
static size_t count;

static size_t page(void) {
    static size_t size;
    if (!size) size = (size_t)sysconf(_SC_PAGESIZE);
    return size;
}

static size_t whole_pages(size_t size) { return (size + page() - 1) / page() * page(); }

static loan *new_loan(size_t size) {
    if (count == sizeof all / sizeof *all)
        fail("the check ran out of room for arguments; that is its own fault");
    loan *fresh = &all[count++];
    *fresh = (loan){.mapped = whole_pages(size ? size : 1) + page(), .size = size};
    fresh->base = mmap(NULL, fresh->mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (fresh->base == MAP_FAILED) fail("no memory for arguments; that is the check's own fault");
    mprotect(fresh->base + fresh->mapped - page(), page(), PROT_NONE);
    return fresh;
}

/* What is lent is const, and anybody who writes there is told. */
static void seal(const loan *sealed) { mprotect(sealed->base, sealed->mapped - page(), PROT_READ); }

static void name_loan(loan *named, const char *format, va_list arguments) {
    vsnprintf(named->name, sizeof named->name, format, arguments);
}

void *lend(const void *bytes, size_t size, bool is_text, const char *format, ...) {
    bool is_guarded = (is_text && lent.guards & GUARD_TEXTS) || lent.guards & GUARD_DEAD;
    if (!is_guarded) {
        /* Zeros behind it: what reads too far is another case's affair. */
        char *copy = make(size + 64, 1);
        if (size) memcpy(copy, bytes, size);
        return copy;
    }
    loan *fresh = new_loan(size);
    va_list arguments;
    va_start(arguments, format);
    name_loan(fresh, format, arguments);
    va_end(arguments);
    /* Texts end where the memory does; all else is aligned. */
    size_t place = is_text ? size : (size + 7) / 8 * 8;
    fresh->data = fresh->base + fresh->mapped - page() - place;
    if (size) memcpy(fresh->data, bytes, size);
    seal(fresh);
    return fresh->data;
}

/*
 * `full` begins with a uint32_t size. Where the shape is the one to be cut, its end is the end of the memory,
 * but for what alignment takes: there are filler bytes in that.
 */
void *lend_struct(const void *full, const shape *shape) {
    if (lent.cut != shape) {
        if (!(lent.guards & GUARD_DEAD)) {
            void *copy = make(1, shape->size + 64);
            return memcpy(copy, full, shape->size);
        }
        return lend(full, shape->size, false, "%s", shape->name);
    }
    loan *fresh = new_loan(lent.size);
    fresh->shape = shape;
    snprintf(fresh->name, sizeof fresh->name, "%s", shape->name);
    size_t place = (lent.size + 7) / 8 * 8;
    fresh->data = fresh->base + fresh->mapped - page() - place;
    memset(fresh->data, lent.filler, place);
    memcpy(fresh->data, full, lent.size < shape->size ? lent.size : shape->size);
    *(uint32_t *)(void *)fresh->data = (uint32_t)lent.size;
    seal(fresh);
    return fresh->data;
}

void *lend_array(const void *elements, size_t element_count, size_t size, uint32_t *stride, const char *name,
                 const char *stride_name) {
    *stride = (uint32_t)size;
    if (!(lent.guards & GUARD_ARRAYS) || element_count == 0)
        return lend(elements, element_count * size, false, "%s", name);
    size_t step = 2 * page();
    loan *fresh = new_loan(element_count * step - page());
    snprintf(fresh->name, sizeof fresh->name, "%s", name);
    fresh->stride = step;
    fresh->stride_name = stride_name;
    fresh->data = fresh->base + page() - size;
    for (size_t i = 0; i < element_count; i++) {
        memcpy(fresh->data + i * step, (const char *)elements + i * size, size);
        mprotect(fresh->base + i * step, page(), PROT_READ);
        mprotect(fresh->base + i * step + page(), page(), PROT_NONE);
    }
    *stride = (uint32_t)step;
    return fresh->data;
}

cm_string lend_text(cm_string text, const char *format, ...) {
    if (text.length == 0) return (cm_string){NULL, 0};
    char name[64];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(name, sizeof name, format, arguments);
    va_end(arguments);
    return (cm_string){lend(text.data, (size_t)text.length, true, "%s", name), text.length};
}

cm_string text_of(const char *text) { return (cm_string){text, strlen(text)}; }

size_t loans(void) { return count; }

void take_back(size_t mark) {
    if (!(lent.guards & GUARD_DEAD)) return;
    for (size_t i = mark; i < count; i++) {
        mprotect(all[i].base, all[i].mapped, PROT_NONE);
        all[i].is_dead = true;
    }
}

/* The call that gets the struct: the tick and the sink also go to ingest. */
static const char *reader_of(const shape *shape) {
    return call_now == CALL_INGEST ? "ingest" : shape->reader;
}

static void explain_struct(const loan *read, size_t offset, char *sentence, size_t size) {
    const shape *shape = read->shape;
    for (unsigned i = 0; i < shape->count; i++) {
        const field *field = &shape->fields[i];
        if (offset < field->offset || offset >= field->offset + field->size) continue;
        snprintf(
            sentence, size,
            "%s reads %s.%s, which lies outside its size (GROWTH in cm_plugin.h: \"Read a field only if it "
            "lies inside `size`\"); ask CM_HOLDS(%s, %s) first",
            reader_of(shape), shape->name, field->name, strchr(shape->name, '_') + 1, field->name);
        return;
    }
    snprintf(
        sentence, size,
        "%s reads byte %zu of %s, which has %zu (GROWTH in cm_plugin.h: \"what lies behind the fields you "
        "know is not yours\")",
        reader_of(shape), offset, shape->name, read->size);
}

bool explain_address(const void *address, char *sentence, size_t size) {
    for (size_t i = 0; i < count; i++) {
        const loan *read = &all[i];
        const char *place = address;
        if (place < read->base || place >= read->base + read->mapped) continue;
        if (read->is_dead)
            snprintf(
                sentence, size,
                "reads %s after the call that got it has returned (MEMORY in cm_plugin.h: \"Every argument "
                "dies when the call returns; who wants to keep something copies it\")",
                read->name);
        else if (place >= read->data && place < read->data + read->size &&
                 (!read->stride || (size_t)(place - read->base) % read->stride < page()))
            snprintf(sentence, size, "writes to %s, which is the host's and const", read->name);
        else if (read->shape)
            explain_struct(read, place < read->data ? 0 : (size_t)(place - read->data), sentence, size);
        else if (read->stride)
            snprintf(sentence, size,
                     "reads behind an element of %s: it steps by sizeof, not by %s (GROWTH in cm_plugin.h: "
                     "\"step by the stride, never by sizeof\"), or goes on behind the last one",
                     read->name, read->stride_name);
        else
            snprintf(sentence, size,
                     "reads behind the end of %s (TEXT in cm_plugin.h: pointer and length, without a "
                     "terminating NUL; no strlen, strcmp, strtod or %%s on it)",
                     read->name);
        return true;
    }
    return false;
}
