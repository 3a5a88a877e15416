/* Documents to feed a plugin with. */
#include "documents.h"

/* What hosts serve, by kind; of other kinds the plugin gets all of these. */
static const struct {
    const char *kind, *text;
} served[] = {
    {"drives",
     "{\"status\": \"warning\", \"drives\": [{\"name\": \"nvme0n1\", \"temperature_c\": 56.0, "
     "\"wear_level\": 4.0, \"power_on_hours\": 11419, \"available_spare\": 100, \"capacity_gb\": 500.1, "
     "\"used_gb\": 123.4, \"description\": [\"Samsung 980\"]}, {\"name\": \"sda\", \"temperature_c\": "
     "null}], \"summary\": {\"healthy\": 1, \"warning\": 1, \"critical\": 0}, "
     "\"issues\": [\"sda is hot\"], \"timestamp\": 1772366399}"},
    {"services",
     "{\"summary\": {\"healthy\": 2, \"degraded\": 1, \"failed\": 0, \"memory_used_mb\": 1830.5, "
     "\"memory_quota_mb\": 11264.0, \"system_memory_used_mb\": 2460.2, "
     "\"system_memory_total_mb\": 7782.0, \"disk_used_gb\": 62.0, \"disk_total_gb\": 480.0, "
     "\"cpu_load_1\": 0.42, \"cpu_load_5\": 0.38, \"cpu_load_15\": 0.31, \"cpu_freq_mhz\": 2400.0, "
     "\"cpu_temp_c\": 51.0, \"gpu_load_percent\": 12.0, \"gpu_temp_c\": 44.0}, \"services\": [{"
     "\"name\": \"gitea\", \"status\": \"running\", \"memory_used_mb\": 256.0, "
     "\"memory_quota_mb\": 4096.0, \"cpu_percent\": 1.2, \"disk_used_gb\": 15.0, "
     "\"disk_quota_gb\": 100.0, \"description\": [\"Forge\"]}, {\"name\": \"unifi\", "
     "\"status\": \"restarting\", \"memory_quota_mb\": 0}], \"timestamp\": 1772366399}"},
    {"backups",
     "{\"overall_status\": \"healthy\", \"backup\": {\"last_success\": \"2026-03-01T04:00:12Z\", "
     "\"last_failure\": null, \"size_gb\": 15.2, \"snapshot_count\": 42}, \"service\": {\"enabled\": true, "
     "\"pending_jobs\": 0, \"last_message\": \"done\"}, \"timestamp\": 1772366399}"},
};

enum { SERVED = sizeof served / sizeof *served };

void need_documents(void) {
    load_plugin();
    if (ingest.ingest) return;
    if (asked.only) skip("it takes no documents (get_extension has no \"" CM_INGEST_1 "\")");
    skip("%s", "");
}

static bool is_kind(uint64_t kind, const char *word) {
    cm_string name = ingest.kinds[kind];
    return name.length == strlen(word) && name.data && memcmp(name.data, word, name.length) == 0;
}

bool is_served(uint64_t kind) {
    for (size_t i = 0; i < SERVED; i++)
        if (is_kind(kind, served[i].kind)) return true;
    return false;
}

void each_document(try_document *body, const instance *widget) {
    for (uint64_t kind = 0; kind < ingest.kind_count; kind++)
        for (size_t i = 0; i < SERVED; i++)
            if (is_kind(kind, served[i].kind) || !is_served(kind))
                body(widget, kind, text_of(served[i].text));
}

void judge_document(const instance *widget, const collected *result) {
    check_collected("ingest", result);
    if (!plugin.draw || !result->count) return;
    const picture_view *view = view_of(result);
    draw(widget, view, 80, 24);
    draw(widget, view, 36, 5);
}
