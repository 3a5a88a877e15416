/* The extension cm.ingest/1: how it is declared, whole documents, and the struct that they come in. */
#include "documents.h"

#include <malloc.h>

/* ------------------------------------------------------------------------- */
/* The declaration, and whole documents                                        */
/* ------------------------------------------------------------------------- */

static void check_kind(uint64_t index) {
    cm_string kind = ingest.kinds[index];
    bool is_sound = kind.data && kind.length >= 1 && kind.length <= 32;
    for (uint64_t i = 0; is_sound && i < kind.length; i++) {
        char c = kind.data[i];
        is_sound = (c >= 'a' && c <= 'z') || (i > 0 && ((c >= '0' && c <= '9') || c == '_' || c == '-'));
    }
    if (!is_sound)
        complain("cm_ingest.kinds[%llu] is \"%s\"; it is [a-z][a-z0-9_-]*, 32 bytes at most",
                 (unsigned long long)index, shown(kind));
    for (uint64_t i = 0; i < index; i++)
        if (ingest.kinds[i].length == kind.length && is_sound &&
            memcmp(ingest.kinds[i].data, kind.data, kind.length) == 0)
            complain("cm_ingest.kinds names \"%s\" twice", shown(kind));
}

static void check_whole_document(const instance *widget, uint64_t kind, cm_string text) {
    doing("the document was a whole one of the kind \"%s\"", shown(ingest.kinds[kind]));
    collected *result = ingest_document(widget, 0, kind, text);
    judge_document(widget, result);
    if (is_served(kind) && result->code != CM_OK)
        complain("ingest fails with a whole document of the kind \"%s\": %s", shown(ingest.kinds[kind]),
                 result->sentence);
    else if (is_served(kind) && result->count == 0)
        complain("ingest emits nothing of a whole document of the kind \"%s\"", shown(ingest.kinds[kind]));
}

static void check_declaration(void) {
    load_plugin();
    if (ingest_mistake[0]) fail("%s", ingest_mistake);
    need_documents();
    const surroundings *before = look_around();
    const void *first = plugin.get_extension(text_of(CM_INGEST_1));
    if (plugin.get_extension(text_of(CM_INGEST_1)) != first)
        complain("get_extension returns another cm_ingest at each call; return the same each time "
                 "(cm_ingest in cm_plugin.h: \"must stay valid and unchanged as long as the process "
                 "lives\")");
    char change[300];
    if (has_changed(before, look_around(), false, change, sizeof change))
        complain("get_extension leaves something changed: %s (cm_plugin.get_extension in cm_plugin.h: "
                 "\"as free of side effects as that\", the entry)",
                 change);
    for (uint64_t i = 0; i < ingest.kind_count; i++) check_kind(i);
    if (ingest.flags & ~(uint32_t)CM_INGEST_STATELESS)
        complain("cm_ingest.flags is 0x%x; its bits are CM_INGEST_STATELESS (1)", ingest.flags);
    if (verdict->sentences[0]) return;
    instance widget = create_default();
    each_document(check_whole_document, &widget);
    destroy(&widget);
    const char *more = ingest.kind_count > 1 ? ", ..." : "";
    if (!verdict->sentences[0]) retitle("takes documents: %s%s", shown(ingest.kinds[0]), more);
}

/* ------------------------------------------------------------------------- */
/* The struct, and what is left                                                */
/* ------------------------------------------------------------------------- */

static void live(const instance *widget, uint64_t kind, cm_string text) {
    collected *result = ingest_document(widget, 0, kind, text);
    if (result->code > CM_LIMIT)
        complain("ingest returns %u; it is CM_OK to CM_LIMIT, 0 to 6", result->code);
}

static void cut(const shape *shape, const char *when) {
    need_documents();
    instance widget = create_default();
    for (unsigned i = 0; i + 1 < shape->count; i++) {
        retitle("%s cut after `%s`%s", shape->name, shape->fields[i].name, when);
        doing("%s was cut after `%s`", shape->name, shape->fields[i].name);
        lent = (lending){.cut = shape, .size = shape->fields[i + 1].offset, .filler = 0x7f};
        each_document(live, &widget);
    }
    retitle("%s cut after each of its fields%s", shape->name, when);
    destroy(&widget);
}

static void check_cut(void) { cut(&document_shape, ""); }
static void check_cut_sink(void) { cut(&sink_shape, " while a document is read"); }

static void ingest_plainly(const instance *widget, uint64_t kind, cm_string text) {
    lending kept = lent;
    lent = (lending){0};
    collected *plain = ingest_document(widget, 0, kind, text);
    lent = kept;
    collected *grown = ingest_document(widget, 0, kind, text);
    if (grown->code != plain->code || grown->count != plain->count)
        fail("cm_document of %zu bytes instead of %zu: ingest returns %u after %zu samples instead of %u "
             "after %zu (GROWTH in cm_plugin.h: \"what lies behind the fields you know is not yours\"); compare "
             "size with CM_HOLDS, never with sizeof",
             lent.size, document_shape.size, grown->code, grown->count, plain->code, plain->count);
}

static void check_grown(void) {
    static const int fillers[] = {0, 0xff, 0x5a};
    need_documents();
    instance widget = create_default();
    for (size_t i = 0; i < sizeof fillers / sizeof *fillers; i++) {
        doing("cm_document had 64 bytes 0x%02x more, as a newer host's may have", fillers[i]);
        lent = (lending){.cut = &document_shape, .size = document_shape.size + 64, .filler = fillers[i]};
        each_document(ingest_plainly, &widget);
    }
    destroy(&widget);
}

static void check_borrowed(void) {
    need_documents();
    lent = (lending){.guards = GUARD_DEAD | GUARD_TEXTS};
    instance widget = create_default();
    for (int round = 0; round < 3; round++) each_document(check_whole_document, &widget);
    collect(&widget, 3);
    destroy(&widget);
}

static void ingest_often(const instance *widget, uint64_t kind, cm_string text) {
    ingest_document(widget, 0, kind, text);
    ingest_document(widget, 0, kind, (cm_string){text.data, text.length / 2});
}

static void check_growth(void) {
    /* A heap in use breathes; what is lost each time outgrows that. */
    enum { WARM = 20, BREATH = 8192, LEAST = 16 };
    const int rounds = asked.quick ? 100 : 500;
    need_documents();
    instance widget = create_default();
    size_t memory = 0;
    for (int round = -WARM; round < rounds; round++) {
        struct mallinfo2 books = mallinfo2();
        if (round == 0) memory = books.uordblks + books.hblkhd;
        each_document(ingest_often, &widget);
    }
    struct mallinfo2 books = mallinfo2();
    ptrdiff_t lost = (ptrdiff_t)(books.uordblks + books.hblkhd) - (ptrdiff_t)memory;
    if (lost > BREATH + (ptrdiff_t)rounds * LEAST)
        fail("ingest loses %.0f bytes of memory each time, over %d whole documents and as many halves; free "
             "what it has allocated, also when it fails",
             (double)lost / rounds, rounds);
    destroy(&widget);
    retitle("%d documents leave no memory behind", 2 * rounds);
}

static void fill_up(const instance *widget, uint64_t kind, cm_string text) {
    (void)widget;
    instance other = create_default();
    collected *whole = ingest_document(&other, 0, kind, text);
    for (uint64_t nth = 1; nth <= whole->emits + 1 && nth < 100; nth++) {
        doing("emit said CM_LIMIT from call %llu on", (unsigned long long)nth);
        collected *result = make(1, sizeof *result);
        result->limit_at = nth;
        ingest_into(&other, nth, kind, text, result);
        if (result->code > CM_LIMIT)
            complain("ingest returns %u; it is CM_OK to CM_LIMIT, 0 to 6", result->code);
    }
    destroy(&other);
}

static void check_full(void) {
    need_documents();
    instance widget = create_default();
    each_document(fill_up, &widget);
    destroy(&widget);
}

static void check_machine(void) {
    need_documents();
    empty_root();
    instance widget = create_default();
    /* What is done once, as a library that takes its random seed, is not about this document. */
    each_document(ingest_often, &widget);
    if (!watch_system_calls(WATCH_INGEST)) skip("this kernel has no seccomp filters");
    each_document(ingest_often, &widget);
    destroy(&widget);
}

/* ------------------------------------------------------------------------- */
/* One instance for many hosts                                                 */
/* ------------------------------------------------------------------------- */

static bool same_text(cm_string one, cm_string other) {
    return one.length == other.length && (!one.length || memcmp(one.data, other.data, (size_t)one.length) == 0);
}

static bool same_sample(const sample *one, const sample *other) {
    bool is_same_number = one->number == other->number || (one->number != one->number && other->number != other->number);
    return one->metric == other->metric && one->status == other->status && is_same_number &&
           same_text(one->instance, other->instance) && same_text(one->text, other->text);
}

/* Documents of other hosts: the same with other numbers, a broken one, and the same again. */
static void ingest_others(const instance *widget, uint64_t kind, cm_string text) {
    char *other = make(text.length + 1, 1);
    for (uint64_t i = 0; i < text.length; i++) {
        char c = text.data[i];
        other[i] = c >= '1' && c <= '8' ? (char)(c + 1) : c;
    }
    ingest_document(widget, 0, kind, (cm_string){other, text.length});
    ingest_often(widget, kind, text);
}

static void compare_with_fresh(const instance *shared, uint64_t kind, cm_string text) {
    instance fresh = create_default();
    collected *alone = ingest_document(&fresh, 1, kind, text);
    destroy(&fresh);
    collected *after = ingest_document(shared, 1, kind, text);
    const char *rule = "(cm_ingest.flags in cm_plugin.h: CM_INGEST_STATELESS, \"depends on the document, the tick and "
                       "the options alone\"); take the flag away, or keep nothing";
    if (strcmp(alone->sentence, after->sentence) != 0 || strcmp(alone->note, after->note) != 0 ||
        alone->note_status != after->note_status)
        fail("after documents of other hosts ingest says \"%s\", and an instance that has seen none \"%s\" %s",
             after->sentence[0] ? after->sentence : after->note, alone->sentence[0] ? alone->sentence : alone->note, rule);
    if (alone->code != after->code || alone->count != after->count)
        fail("after documents of other hosts ingest returns %u and emits %zu samples; an instance that has seen none "
             "returns %u and emits %zu %s",
             after->code, after->count, alone->code, alone->count, rule);
    for (size_t i = 0; i < alone->count; i++)
        if (!same_sample(&alone->samples[i], &after->samples[i]))
            fail("after documents of other hosts ingest emits another %s of \"%s\" than an instance that has seen none %s",
                 shown(metric_at(alone->samples[i].metric)->id), shown(alone->samples[i].instance), rule);
}

static void check_stateless(void) {
    need_documents();
    if (!(ingest.flags & CM_INGEST_STATELESS)) {
        if (asked.only) skip("it does not say so (cm_ingest.flags has no CM_INGEST_STATELESS)");
        skip("%s", "");
    }
    host_name = "";
    instance shared = create_with(default_values());
    if (!shared.self)
        fail("create refuses a host without a name: %s; with CM_INGEST_STATELESS there is none (cm_ingest.flags)",
             create_sentence[0] ? create_sentence : "it gives no reason");
    host_name = "srv01";
    document_host = "srv02";
    each_document(ingest_others, &shared);
    document_host = "srv01";
    each_document(compare_with_fresh, &shared);
    destroy(&shared);
}

extern void check_broken_documents(void), check_fuzzed_documents(void);

const check_case ingest_cases[] = {
    {"ingest", "takes documents", check_declaration, 1},
    {"documents", "broken documents", check_broken_documents, 1},
    {"fuzzed-docs", "fuzzed documents", check_fuzzed_documents, 1},
    {"cut-doc", "cm_document cut after each of its fields", check_cut, 1},
    {"cut-sink-doc", "cm_sink cut after each of its fields while a document is read", check_cut_sink, 1},
    {"grown-doc", "a document of a newer host", check_grown, 3},
    {"borrowed-doc", "no document is kept after its call", check_borrowed, 1},
    {"growth", "documents leave no memory behind", check_growth, 3},
    {"full-doc", "a full sink while a document is read", check_full, 1},
    {"stateless", "one instance reads the documents of many hosts", check_stateless, 1},
    {"machine", "reads documents and not this machine", check_machine, 1},
    {0},
};
