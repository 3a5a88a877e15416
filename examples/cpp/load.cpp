// load-cpp.so - how much the machine has to do: the load now, and averaged over 1, 5 and 15 minutes.
#include "cm_plugin.h"

#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

cm_string text(std::string_view view) { return {view.data(), view.size()}; }

std::string copy(cm_string text) {
    return text.length > 0 ? std::string(text.data, text.length) : std::string();
}

/// Item `index` of a host's array, which may be of a later version with longer items.
template <class Item> const Item &at(const Item *items, std::uint64_t index, std::uint32_t stride) {
    return *reinterpret_cast<const Item *>(reinterpret_cast<const char *>(items) + index * stride);
}

// ---- What it finds, and what a layout may set. Limits, history and checking are the host's. ----

enum Metric : std::uint32_t { load, per_cpu };

/// A gauge without a unit. Fields that a later header appends are zero.
constexpr cm_metric gauge(cm_string id, cm_string label, cm_string help, std::uint32_t flags) {
    cm_metric metric{};
    metric.id = id;
    metric.label = label;
    metric.help = help;
    metric.kind = CM_METRIC_GAUGE;
    metric.warning = metric.critical = NAN;
    metric.flags = flags;
    return metric;
}

/// The same with limits, of which the higher is worse.
constexpr cm_metric limited(cm_metric metric, double warning, double critical) {
    metric.direction = CM_DIRECTION_HIGHER_IS_WORSE;
    metric.warning = warning;
    metric.critical = critical;
    return metric;
}

constexpr cm_metric metrics[] = {
    gauge({CM_TEXT("load")}, {CM_TEXT("Load")},
          {CM_TEXT("Threads that run or wait, from /proc/loadavg: now, or on average.")}, CM_METRIC_HISTORY),
    limited(gauge({CM_TEXT("per_cpu")}, {CM_TEXT("Per CPU")},
                  {CM_TEXT("The load divided by the CPUs in /proc/stat; above 1, threads wait.")},
                  CM_METRIC_HEADLINE),
            1, 2),
};

enum Option : std::uint32_t { show_now, cpus };

const cm_option options[] = {
    {{CM_TEXT("now")}, CM_OPTION_BOOL, 0, {CM_TEXT("true")}, NAN, NAN,
     {CM_TEXT("Whether the threads that run right now have a line of their own.")}},
    {{CM_TEXT("cpus")}, CM_OPTION_INTEGER, 0, {CM_TEXT("0")}, 0, 65536,
     {CM_TEXT("CPUs to divide the load by, as for a container; 0: those in /proc/stat.")}},
};

/// Why a call fails: a code, and one sentence that says what went wrong, where, and what to do.
struct Failure : std::runtime_error {
    std::uint32_t code;
    Failure(std::uint32_t code, const std::string &sentence) : std::runtime_error(sentence), code(code) {}
};

/// The state of one widget of a layout.
class Widget {
public:
    Widget(const cm_host &host, const cm_config &config)
        : root(copy(host.root)), shows_now(number(config, show_now) != 0), told_cpus(number(config, cpus)) {}

    /// A machine becomes samples.
    void collect(const cm_sink &sink) const {
        const double cpus = told_cpus > 0 ? told_cpus : count_cpus();
        double now = 0, average[3] = {};
        std::ifstream file = open("/proc/loadavg");
        if (!(file >> average[0] >> average[1] >> average[2] >> now))
            throw failure(CM_FAILED, "/proc/loadavg", "not four numbers in it");
        if (shows_now) emit(sink, load, "now", now);
        const char *const names[] = {"1 min", "5 min", "15 min"};
        for (int i = 0; i < 3; i++) {
            emit(sink, load, names[i], average[i]);
            emit(sink, per_cpu, names[i], average[i] / cpus);
        }
    }

    /// Samples become a picture: sign, name, number, past.
    static void draw(const cm_view &view, const cm_canvas &canvas) {
        for (std::uint32_t y = 0; y < view.instance_count && y < canvas.height; y++) {
            const cm_instance &row = at(view.instances, y, view.instance_stride);
            const cm_value &value = at(row.values, load, view.value_stride);
            const auto line = static_cast<std::int32_t>(y);
            canvas.status(&canvas, 0, line, at(row.values, per_cpu, view.value_stride).status);
            canvas.text(&canvas, 3, line, 6, CM_ALIGN_LEFT, CM_ROLE_LABEL, row.name);
            canvas.number(&canvas, 10, line, 6, CM_ALIGN_RIGHT, CM_ROLE_VALUE, value.number, text(""));
            if (canvas.width > 18)
                canvas.spark(&canvas, 18, line, canvas.width - 18, 1, CM_ROLE_GRAPH, value.history,
                             value.history_count, 0, NAN);
        }
    }

private:
    std::string root; // goes before every path
    bool shows_now;
    double told_cpus;

    static double number(const cm_config &config, Option option) {
        return option < config.value_count ? at(config.values, option, config.value_stride).number : 0;
    }

    Failure failure(std::uint32_t code, const char *path, const char *what) const {
        return {code, root + path + ": " + what + "; check that /proc is mounted"};
    }

    std::ifstream open(const char *path) const {
        std::ifstream file(root + path);
        if (!file) throw failure(CM_UNAVAILABLE, path, std::strerror(errno));
        return file;
    }

    /// One line stands for all CPUs together, then "cpu0", "cpu1", …, and then other things.
    double count_cpus() const {
        std::ifstream file = open("/proc/stat");
        double count = 0;
        for (std::string line; std::getline(file, line) && line.compare(0, 3, "cpu") == 0;)
            count += line.compare(0, 4, "cpu ") != 0;
        if (count == 0) throw failure(CM_FAILED, "/proc/stat", "no CPU in it");
        return count;
    }

    static void emit(const cm_sink &sink, Metric metric, std::string_view instance, double number) {
        const cm_sample sample = {sizeof sample, metric, text(instance), number, {}, CM_STATUS_AUTO, 0};
        sink.emit(&sink, &sample);
    }
};

// ---- The boundary. No exception may cross it, and no struct is read beyond its size. ----

void *create(const cm_host *host, const cm_config *config) {
    if (!CM_HOLDS(host, fail) || !CM_HOLDS(config, value_count)) return nullptr;
    try {
        return new Widget(*host, *config);
    } catch (const std::exception &error) {
        host->fail(host, CM_FAILED, text(error.what()));
        return nullptr;
    }
}

void destroy(void *self) { delete static_cast<Widget *>(self); }

std::uint32_t collect(void *self, const cm_tick *, const cm_sink *sink) {
    if (!CM_HOLDS(sink, fail)) return CM_INVALID;
    std::uint32_t code = CM_FAILED;
    try {
        static_cast<Widget *>(self)->collect(*sink);
        return CM_OK;
    } catch (const Failure &error) {
        sink->fail(sink, code = error.code, text(error.what()));
    } catch (const std::exception &error) {
        sink->fail(sink, code, text(error.what()));
    }
    return code;
}

void draw(void *, const cm_view *view, const cm_canvas *canvas) {
    if (CM_HOLDS(view, value_stride) && CM_HOLDS(canvas, spark)) Widget::draw(*view, *canvas);
}

const cm_plugin plugin = {
    sizeof(cm_plugin), CM_ABI_VERSION,
    {CM_TEXT("load-cpp")},                       // id: the name of the .so, and what a layout calls it
    {CM_TEXT("Load in C++")},                    // name
    {CM_TEXT("🚦")},                             // icon
    {CM_TEXT("1.0.0")},                          // version
    {CM_TEXT("How much the machine has to do.")}, // summary
    metrics, std::size(metrics), options, std::size(options), sizeof(cm_metric), sizeof(cm_option),
    create, destroy, collect, draw, nullptr,
};

} // namespace

const cm_plugin *cm_plugin_entry_v1(std::uint32_t host_abi) {
    return host_abi >> 16 == CM_ABI_MAJOR ? &plugin : nullptr;
}
