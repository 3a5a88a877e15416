//! load-rust.so - how much the machine has to do: the load now, and averaged over 1, 5 and 15 minutes.

#[macro_use]
#[path = "cm_plugin.rs"]
mod abi;
use abi::*;

use std::ffi::c_void;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};

// ---- What it finds, and what a layout may set. Limits, history and checking are the host's. ----

const LOAD: usize = 0;
const PER_CPU: usize = 1;

static METRICS: [cm_metric; 2] = [
    cm_metric {
        id: cm_string::new("load"),
        label: cm_string::new("Load"),
        unit: cm_string::new(""),
        help: cm_string::new("Threads that run or wait, from /proc/loadavg: now, or on average."),
        kind: CM_METRIC_GAUGE,
        direction: CM_DIRECTION_NONE,
        warning: f64::NAN,
        critical: f64::NAN,
        flags: CM_METRIC_HISTORY,
        remember_days: 0,
    },
    cm_metric {
        id: cm_string::new("per_cpu"),
        label: cm_string::new("Per CPU"),
        unit: cm_string::new(""),
        help: cm_string::new("The load divided by the CPUs in /proc/stat; above 1, threads wait."),
        kind: CM_METRIC_GAUGE,
        direction: CM_DIRECTION_HIGHER_IS_WORSE,
        warning: 1.0,
        critical: 2.0,
        flags: CM_METRIC_HEADLINE,
        remember_days: 0,
    },
];

const SHOW_NOW: usize = 0;
const CPUS: usize = 1;

static OPTIONS: [cm_option; 2] = [
    cm_option {
        key: cm_string::new("now"),
        r#type: CM_OPTION_BOOL,
        flags: 0,
        default_value: cm_string::new("true"),
        minimum: f64::NAN,
        maximum: f64::NAN,
        help: cm_string::new("Whether the threads that run right now have a line of their own."),
    },
    cm_option {
        key: cm_string::new("cpus"),
        r#type: CM_OPTION_INTEGER,
        flags: 0,
        default_value: cm_string::new("0"),
        minimum: 0.0,
        maximum: 65536.0,
        help: cm_string::new("CPUs to divide the load by, as for a container; 0: those in /proc/stat."),
    },
];

/// Why a collect fails: a code, and one sentence that says what went wrong, where, and what to do.
struct Failure(u32, String);

/// The state of one widget of a layout.
struct Widget {
    root: String, // goes before every path
    shows_now: bool,
    cpus: f64,
}

/// One instance, one metric, one number.
type Sample = (&'static str, usize, f64);

impl Widget {
    /// A machine becomes samples.
    fn collect(&self) -> Result<Vec<Sample>, Failure> {
        let cpus = if self.cpus > 0.0 { self.cpus } else { self.count_cpus()? };
        let path = "/proc/loadavg";
        let mut text = String::new();
        self.open(path)?.read_to_string(&mut text).map_err(|error| self.failure(CM_FAILED, path, error))?;
        // The fourth is "2/612": two threads run.
        let words = text.split_whitespace().take(4).map(|word| word.split('/').next().unwrap_or(""));
        let numbers: Vec<f64> = words.filter_map(|word| word.parse().ok()).collect();
        let [one, five, fifteen, now] = numbers[..] else {
            return Err(self.failure(CM_FAILED, path, "not four numbers in it"));
        };
        let mut samples = Vec::new();
        if self.shows_now {
            samples.push(("now", LOAD, now));
        }
        for (name, average) in [("1 min", one), ("5 min", five), ("15 min", fifteen)] {
            samples.push((name, LOAD, average));
            samples.push((name, PER_CPU, average / cpus));
        }
        Ok(samples)
    }

    /// One line stands for all CPUs together, then "cpu0", "cpu1", …, and then other things.
    fn count_cpus(&self) -> Result<f64, Failure> {
        let path = "/proc/stat";
        let lines = self.open(path)?.lines().map_while(Result::ok);
        let of_cpus = lines.take_while(|line| line.starts_with("cpu"));
        match of_cpus.filter(|line| !line.starts_with("cpu ")).count() {
            0 => Err(self.failure(CM_FAILED, path, "no CPU in it")),
            count => Ok(count as f64),
        }
    }

    fn open(&self, path: &str) -> Result<BufReader<File>, Failure> {
        let file = File::open(format!("{}{path}", self.root));
        file.map(BufReader::new).map_err(|error| self.failure(CM_UNAVAILABLE, path, error))
    }

    fn failure(&self, code: u32, path: &str, what: impl std::fmt::Display) -> Failure {
        Failure(code, format!("{}{path}: {what}; check that /proc is mounted", self.root))
    }
}

// ---- The boundary. A panic ends the worker and shows on the widget; no struct is read beyond its size. ----

unsafe extern "C" fn create(host: *const cm_host, config: *const cm_config) -> *mut c_void {
    unsafe {
        if !holds!(host, root) || !holds!(config, value_count) {
            return std::ptr::null_mut();
        }
        let config = &*config;
        let number = |option: usize| match (option as u64) < config.value_count {
            true => at(config.values, option, config.value_stride).number,
            false => 0.0,
        };
        let root = (*host).root.to_owned();
        Box::into_raw(Box::new(Widget { root, shows_now: number(SHOW_NOW) != 0.0, cpus: number(CPUS) }))
            .cast()
    }
}

unsafe extern "C" fn destroy(state: *mut c_void) {
    drop(unsafe { Box::from_raw(state.cast::<Widget>()) });
}

unsafe extern "C" fn collect(state: *mut c_void, _: *const cm_tick, sink: *const cm_sink) -> u32 {
    if unsafe { !holds!(sink, fail) } {
        return CM_INVALID;
    }
    let (widget, sink) = unsafe { (&*state.cast::<Widget>(), &*sink) };
    match widget.collect() {
        Ok(samples) => {
            for (instance, metric, number) in samples {
                let sample = cm_sample {
                    size: size_of::<cm_sample>() as u32,
                    metric: metric as u32,
                    instance: cm_string::new(instance),
                    number,
                    text: cm_string::new(""),
                    status: CM_STATUS_AUTO,
                    reserved: 0,
                };
                (sink.emit)(sink, &sample);
            }
            CM_OK
        }
        Err(Failure(code, sentence)) => {
            (sink.fail)(sink, code, cm_string::new(&sentence));
            code
        }
    }
}

/// Samples become a picture: sign, name, number, past.
unsafe extern "C" fn draw(_: *mut c_void, view: *const cm_view, canvas: *const cm_canvas) {
    unsafe {
        if !holds!(view, value_stride) || !holds!(canvas, spark) {
            return;
        }
        let (view, canvas) = (&*view, &*canvas);
        for row in 0..view.instance_count.min(canvas.height as u64) as usize {
            let instance = at(view.instances, row, view.instance_stride);
            let load = at(instance.values, LOAD, view.value_stride);
            let per_cpu = at(instance.values, PER_CPU, view.value_stride);
            let y = row as i32;
            (canvas.status)(canvas, 0, y, per_cpu.status);
            (canvas.text)(canvas, 3, y, 6, CM_ALIGN_LEFT, CM_ROLE_LABEL, instance.name);
            (canvas.number)(canvas, 10, y, 6, CM_ALIGN_RIGHT, CM_ROLE_VALUE, load.number, cm_string::new(""));
            if canvas.width > 18 {
                let (past, count) = (load.history, load.history_count);
                let width = canvas.width - 18;
                (canvas.spark)(canvas, 18, y, width, 1, CM_ROLE_GRAPH, past, count, 0.0, f64::NAN);
            }
        }
    }
}

static PLUGIN: cm_plugin = cm_plugin {
    size: size_of::<cm_plugin>() as u32,
    abi: CM_ABI_VERSION,
    id: cm_string::new("load-rust"),
    name: cm_string::new("Load in Rust"),
    icon: cm_string::new("🚦"),
    version: cm_string::new("1.0.0"),
    summary: cm_string::new("How much the machine has to do."),
    metrics: METRICS.as_ptr(),
    metric_count: METRICS.len() as u64,
    options: OPTIONS.as_ptr(),
    option_count: OPTIONS.len() as u64,
    metric_stride: size_of::<cm_metric>() as u32,
    option_stride: size_of::<cm_option>() as u32,
    create,
    destroy,
    collect,
    draw: Some(draw),
    get_extension: None,
};

#[no_mangle]
pub extern "C" fn cm_plugin_entry_v1(host_abi: u32) -> *const cm_plugin {
    if host_abi >> 16 == CM_ABI_MAJOR {
        &PLUGIN
    } else {
        std::ptr::null()
    }
}
