/* Part of fault_plugin.c: what a plugin can say to its host and draw, one function each. */

/* --- collect: what it says to the host -------------------------------------- */

static void no_numbers(void) {
    static const double numbers[] = {NAN, INFINITY, -INFINITY};
    emit(now.sink, NUMBER_METRIC, text_of(""), numbers[now.collects % 3], text_of(""));
}

static void unknown_metric(void) {
    uint32_t first = emit(now.sink, METRICS, text_of(""), 1, text_of(""));
    uint32_t second = emit(now.sink, UINT32_MAX, text_of(""), 1, text_of(""));
    if (first != CM_INVALID || second != CM_INVALID) fail("an unknown metric was taken");
}

static uint32_t emit_numbered(uint32_t number) {
    char name[16];
    snprintf(name, sizeof name, "row-%u", number);
    return emit(now.sink, NUMBER_METRIC, text_of(name), number, text_of(""));
}
static void endless_samples(void) { for (uint32_t i = 0;; i++) emit_numbered(i); }

/* As many as the host takes. */
static void all_samples(void) {
    uint32_t count = 0;
    emit(now.sink, WORD_METRIC, text_of(""), NAN, text_of(WORD));
    while (count < 1000000 && emit_numbered(count % 5000) == CM_OK) count++;
    if (count != 49999) fail("another number of samples was taken than the header says");
}

static void escape_sequences(void) {
    emit(now.sink, NUMBER_METRIC, text_of(FOREIGN_BYTES), 1, text_of(FOREIGN_BYTES));
    now.sink->note(now.sink, CM_STATUS_OK, text_of("a note\033[5m\033]0;foreign\007 of bytes"));
}

static void latin_text(void) {
    cm_string name = text_of("\377\376\355\240\200\300\200\364\220\200\200");
    emit(now.sink, WORD_METRIC, name, NAN, text_of("\233\220"));
    now.sink->note(now.sink, CM_STATUS_OK, text_of("a note \377\233 of bytes"));
}

static void null_strings(void) {
    cm_string none = {NULL, 1ull << 40};
    emit(now.sink, WORD_METRIC, text_of("null"), NAN, none);
    emit(now.sink, WORD_METRIC, none, NAN, text_of("x"));
    now.sink->note(now.sink, CM_STATUS_OK, none);
    now.host->log(now.host, CM_LOG_INFO, none);
    now.sink->emit(now.sink, NULL);
    now.sink->emit(NULL, NULL);
}

static void long_strings(void) {
    static const char letters[8192] = "long";
    cm_string endless_text = {letters, 1ull << 40};
    uint32_t code = emit(now.sink, NUMBER_METRIC, endless_text, 1, endless_text);
    if (code != CM_INVALID) fail("a name of 2^40 bytes was taken");
    emit(now.sink, WORD_METRIC, text_of("long"), NAN, endless_text);
    now.sink->note(now.sink, CM_STATUS_OK, endless_text);
    now.host->log(now.host, CM_LOG_INFO, endless_text);
}

static cm_sink kept_sink;
static void use_sink_again(void) {
    for (int i = 0; i < 1000 && kept_sink.emit; i++)
        emit(&kept_sink, NUMBER_METRIC, text_of("late"), i, text_of(""));
    kept_sink = *now.sink;
}

static void *emit_on(void *unused) {
    for (int i = 0; i < 20000; i++) {
        emit(&kept_sink, NUMBER_METRIC, text_of("elsewhere"), i, text_of(""));
        if (i % 1000 == 0) do_nothing_for(20);
    }
    return unused;
}
static void emit_elsewhere(void) {
    if (!kept_sink.emit) {
        kept_sink = *now.sink;
        start(emit_on);
    }
    do_nothing_for(10);
}

static void overwrite_host(void) {
    memset((void *)(uintptr_t)now.tick, 0x41, sizeof *now.tick);
    memset((void *)(uintptr_t)now.host, 0x41, sizeof *now.host);
    memset((void *)(uintptr_t)now.sink, 0x41, sizeof *now.sink);
}

/* --- draw ------------------------------------------------------------------- */

static void draw_outside(void) {
    static const int32_t places[] = {INT32_MIN, -1000000, -9, 1000000, INT32_MAX};
    const cm_canvas *canvas = now.canvas;
    cm_string word = text_of("OUTSIDE");
    for (size_t i = 0; i < 5; i++)
        for (size_t j = 0; j < 5; j++) {
            canvas->text(canvas, places[i], places[j], UINT32_MAX, i % 3, 77, word);
            canvas->number(canvas, places[i], places[j], UINT32_MAX, 99, CM_ROLE_VALUE, INFINITY, word);
            canvas->status(canvas, places[i], places[j], 4711);
            canvas->gauge(canvas, places[i], places[j], UINT32_MAX, NAN, (cm_limits){-INFINITY, INFINITY});
            canvas->spark(canvas, places[i], places[j], UINT32_MAX, UINT32_MAX, 5, NULL, UINT64_MAX, NAN, NAN);
            canvas->table(canvas, places[i], places[j], UINT32_MAX, UINT32_MAX, NULL);
        }
}

static void draw_no_scalar(void) {
    static const uint32_t characters[] = {0x110000, 0xd800, 0, 7, 27, 0x9b, UINT32_MAX, 0x202e};
    for (size_t i = 0; i < sizeof characters / sizeof *characters; i++)
        now.canvas->fill(now.canvas, 0, 2, 40, 1, CM_ROLE_VALUE, characters[i]);
    now.canvas->text(now.canvas, 0, 3, 40, 0, 0, text_of("\364\220\200\200\355\240\200"));
}

static void fill_huge(void) { now.canvas->fill(now.canvas, 0, 0, 1u << 31, 1u << 31, CM_ROLE_GRAPH, '#'); }

static void draw_50_million(void) {
    now.canvas->text(now.canvas, 0, 3, 40, CM_ALIGN_LEFT, CM_ROLE_VALUE, text_of("the first of many"));
    for (uint32_t i = 0; i < 50000000; i++) now.canvas->status(now.canvas, 0, 2, CM_STATUS_OK);
}
