//! cm_plugin.h, ABI 1, for Rust: the same structs by the same names, and the little that makes them pleasant.
//! The header says what every field and call means, who owns it and how long it lives; read it there.
#![allow(dead_code, non_camel_case_types)]

use std::ffi::{c_char, c_void};
use std::mem::{offset_of, size_of};

pub const CM_ABI_MAJOR: u32 = 1;
pub const CM_ABI_MINOR: u32 = 0;
pub const CM_ABI_VERSION: u32 = CM_ABI_MAJOR << 16 | CM_ABI_MINOR;

pub const CM_STATUS_AUTO: u32 = 0;
pub const CM_STATUS_OK: u32 = 1;
pub const CM_STATUS_WARNING: u32 = 2;
pub const CM_STATUS_CRITICAL: u32 = 3;
pub const CM_STATUS_UNKNOWN: u32 = 4;

pub const CM_OK: u32 = 0;
pub const CM_FAILED: u32 = 1;
pub const CM_UNAVAILABLE: u32 = 2;
pub const CM_DENIED: u32 = 3;
pub const CM_TIMEOUT: u32 = 4;
pub const CM_INVALID: u32 = 5;
pub const CM_LIMIT: u32 = 6;

pub const CM_METRIC_GAUGE: u32 = 0;
pub const CM_METRIC_COUNTER: u32 = 1;
pub const CM_METRIC_TEXT: u32 = 2;
pub const CM_METRIC_STATE: u32 = 3;

pub const CM_DIRECTION_NONE: u32 = 0;
pub const CM_DIRECTION_HIGHER_IS_WORSE: u32 = 1;
pub const CM_DIRECTION_LOWER_IS_WORSE: u32 = 2;

pub const CM_METRIC_HISTORY: u32 = 1;
pub const CM_METRIC_HEADLINE: u32 = 2;
pub const CM_METRIC_LASTING: u32 = 4;
pub const CM_METRIC_AGE: u32 = 8;

pub const CM_OPTION_BOOL: u32 = 0;
pub const CM_OPTION_INTEGER: u32 = 1;
pub const CM_OPTION_FLOAT: u32 = 2;
pub const CM_OPTION_TEXT: u32 = 3;
pub const CM_OPTION_DURATION: u32 = 4;
pub const CM_OPTION_SIZE: u32 = 5;
pub const CM_OPTION_LIST: u32 = 6;

pub const CM_LOG_DEBUG: u32 = 0;
pub const CM_LOG_INFO: u32 = 1;
pub const CM_LOG_WARNING: u32 = 2;
pub const CM_LOG_ERROR: u32 = 3;

pub const CM_TICK_FIRST: u32 = 1;
pub const CM_TICK_REFRESH: u32 = 2;

pub const CM_VALUE_ABSENT: u32 = 0;
pub const CM_VALUE_NUMBER: u32 = 1;
pub const CM_VALUE_TEXT: u32 = 2;

pub const CM_VIEW_STALE: u32 = 1;
pub const CM_VIEW_FOCUSED: u32 = 2;
pub const CM_VIEW_ZOOMED: u32 = 4;

pub const CM_ROLE_VALUE: u32 = 0;
pub const CM_ROLE_LABEL: u32 = 1;
pub const CM_ROLE_MUTED: u32 = 2;
pub const CM_ROLE_TITLE: u32 = 3;
pub const CM_ROLE_ACCENT: u32 = 4;
pub const CM_ROLE_GRAPH: u32 = 5;
pub const CM_ROLE_OK: u32 = 6;
pub const CM_ROLE_WARNING: u32 = 7;
pub const CM_ROLE_CRITICAL: u32 = 8;
pub const CM_ROLE_UNKNOWN: u32 = 9;

pub const CM_ALIGN_LEFT: u32 = 0;
pub const CM_ALIGN_RIGHT: u32 = 1;
pub const CM_ALIGN_CENTER: u32 = 2;

pub const CM_CELL_EMPTY: u32 = 0;
pub const CM_CELL_TEXT: u32 = 1;
pub const CM_CELL_NUMBER: u32 = 2;
pub const CM_CELL_GAUGE: u32 = 3;
pub const CM_CELL_SPARK: u32 = 4;
pub const CM_CELL_STATUS: u32 = 5;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct cm_string {
    pub data: *const c_char,
    pub length: u64,
}

#[repr(C)]
pub struct cm_metric {
    pub id: cm_string,
    pub label: cm_string,
    pub unit: cm_string,
    pub help: cm_string,
    pub kind: u32,
    pub direction: u32,
    pub warning: f64,
    pub critical: f64,
    pub flags: u32,
    pub remember_days: u32,
}

#[repr(C)]
pub struct cm_option {
    pub key: cm_string,
    pub r#type: u32,
    pub flags: u32,
    pub default_value: cm_string,
    pub minimum: f64,
    pub maximum: f64,
    pub help: cm_string,
}

#[repr(C)]
pub struct cm_option_value {
    pub r#type: u32,
    pub is_set: u32,
    pub number: f64,
    pub text: cm_string,
    pub items: *const cm_string,
    pub item_count: u64,
}

#[repr(C)]
pub struct cm_config {
    pub size: u32,
    pub value_stride: u32,
    pub values: *const cm_option_value,
    pub value_count: u64,
    pub widget: cm_string,
}

#[repr(C)]
pub struct cm_host {
    pub size: u32,
    pub abi: u32,
    pub context: *mut c_void,
    pub name: cm_string,
    pub root: cm_string,
    pub fail: extern "C" fn(*const cm_host, u32, cm_string),
    pub log: extern "C" fn(*const cm_host, u32, cm_string),
    pub get_extension: extern "C" fn(*const cm_host, cm_string) -> *const c_void,
}

#[repr(C)]
pub struct cm_tick {
    pub size: u32,
    pub flags: u32,
    pub number: u64,
    pub monotonic_ns: u64,
    pub unix_ns: i64,
    pub interval_ns: u64,
}

#[repr(C)]
pub struct cm_sample {
    pub size: u32,
    pub metric: u32,
    pub instance: cm_string,
    pub number: f64,
    pub text: cm_string,
    pub status: u32,
    pub reserved: u32,
}

#[repr(C)]
pub struct cm_sink {
    pub size: u32,
    pub reserved: u32,
    pub context: *mut c_void,
    pub emit: extern "C" fn(*const cm_sink, *const cm_sample) -> u32,
    pub note: extern "C" fn(*const cm_sink, u32, cm_string) -> u32,
    pub fail: extern "C" fn(*const cm_sink, u32, cm_string) -> u32,
    pub cancelled: extern "C" fn(*const cm_sink) -> u32,
    pub taken: extern "C" fn(*const cm_sink, f64) -> u32,
}

#[repr(C)]
pub struct cm_value {
    pub kind: u32,
    pub status: u32,
    pub number: f64,
    pub text: cm_string,
    pub history: *const f32,
    pub history_count: u64,
}

#[repr(C)]
pub struct cm_instance {
    pub name: cm_string,
    pub values: *const cm_value,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct cm_limits {
    pub warning: f64,
    pub critical: f64,
}

#[repr(C)]
pub struct cm_view {
    pub size: u32,
    pub flags: u32,
    pub taken_unix_ns: i64,
    pub now_unix_ns: i64,
    pub interval_ns: u64,
    pub instances: *const cm_instance,
    pub instance_count: u64,
    pub instance_stride: u32,
    pub value_stride: u32,
    pub limits: *const cm_limits,
    pub metric_count: u64,
    pub note: cm_string,
    pub host: cm_string,
}

#[repr(C)]
pub struct cm_cell {
    pub kind: u32,
    pub role: u32,
    pub status: u32,
    pub reserved: u32,
    pub text: cm_string,
    pub number: f64,
    pub limits: cm_limits,
    pub history: *const f32,
    pub history_count: u64,
}

#[repr(C)]
pub struct cm_column {
    pub title: cm_string,
    pub align: u32,
    pub width: u32,
    pub grow: u32,
    pub priority: u32,
}

#[repr(C)]
pub struct cm_table {
    pub size: u32,
    pub flags: u32,
    pub columns: *const cm_column,
    pub column_count: u64,
    pub column_stride: u32,
    pub cell_stride: u32,
    pub cells: *const cm_cell,
    pub row_count: u64,
}

#[repr(C)]
pub struct cm_canvas {
    pub size: u32,
    pub reserved: u32,
    pub context: *mut c_void,
    pub width: u32,
    pub height: u32,
    pub text: extern "C" fn(*const cm_canvas, i32, i32, u32, u32, u32, cm_string),
    pub number: extern "C" fn(*const cm_canvas, i32, i32, u32, u32, u32, f64, cm_string),
    pub status: extern "C" fn(*const cm_canvas, i32, i32, u32),
    pub gauge: extern "C" fn(*const cm_canvas, i32, i32, u32, f64, cm_limits),
    pub spark: extern "C" fn(*const cm_canvas, i32, i32, u32, u32, u32, *const f32, u64, f64, f64),
    pub fill: extern "C" fn(*const cm_canvas, i32, i32, u32, u32, u32, u32),
    pub table: extern "C" fn(*const cm_canvas, i32, i32, u32, u32, *const cm_table),
    pub measure: extern "C" fn(*const cm_canvas, cm_string) -> u32,
}

#[repr(C)]
pub struct cm_plugin {
    pub size: u32,
    pub abi: u32,
    pub id: cm_string,
    pub name: cm_string,
    pub icon: cm_string,
    pub version: cm_string,
    pub summary: cm_string,
    pub metrics: *const cm_metric,
    pub metric_count: u64,
    pub options: *const cm_option,
    pub option_count: u64,
    pub metric_stride: u32,
    pub option_stride: u32,
    pub create: unsafe extern "C" fn(*const cm_host, *const cm_config) -> *mut c_void,
    pub destroy: unsafe extern "C" fn(*mut c_void),
    pub collect: unsafe extern "C" fn(*mut c_void, *const cm_tick, *const cm_sink) -> u32,
    pub draw: Option<unsafe extern "C" fn(*mut c_void, *const cm_view, *const cm_canvas)>,
    pub get_extension: Option<unsafe extern "C" fn(cm_string) -> *const c_void>,
}

// A descriptor and its tables never change, so they may be statics.
unsafe impl Sync for cm_metric {}
unsafe impl Sync for cm_option {}
unsafe impl Sync for cm_plugin {}

impl cm_string {
    /// A text of ours, lent to the host.
    pub const fn new(text: &str) -> cm_string {
        cm_string { data: text.as_ptr().cast(), length: text.len() as u64 }
    }

    /// A copy of a text of the host's.
    ///
    /// # Safety
    /// It must be one that the host has passed to the call that runs.
    pub unsafe fn to_owned(self) -> String {
        if self.length == 0 {
            return String::new();
        }
        let bytes = unsafe { std::slice::from_raw_parts(self.data.cast(), self.length as usize) };
        String::from_utf8_lossy(bytes).into_owned()
    }
}

/// Whether a struct of the host's, as the host was compiled, has a field: `holds!(sink, cancelled)`.
macro_rules! holds {
    ($pointer:ident, $field:ident) => {
        std::ptr::addr_of!((*$pointer).$field).add(1) as usize
            <= $pointer as usize + (*$pointer).size as usize
    };
}

/// Item `index` of an array of the host's, which may be of a later version with longer items.
///
/// # Safety
/// The array must have that many items.
pub unsafe fn at<'a, Item>(items: *const Item, index: usize, stride: u32) -> &'a Item {
    unsafe { &*items.byte_add(index * stride as usize) }
}

/// The layout of the header on 64-bit machines: a slip in this file fails the build and nothing else.
#[cfg(target_pointer_width = "64")]
const _: () = {
    assert!(size_of::<cm_string>() == 16 && size_of::<cm_limits>() == 16);
    assert!(size_of::<cm_metric>() == 96 && offset_of!(cm_metric, warning) == 72);
    assert!(offset_of!(cm_metric, flags) == 88);
    assert!(size_of::<cm_option>() == 72 && offset_of!(cm_option, default_value) == 24);
    assert!(offset_of!(cm_option, minimum) == 40 && offset_of!(cm_option, help) == 56);
    assert!(size_of::<cm_option_value>() == 48 && offset_of!(cm_option_value, text) == 16);
    assert!(size_of::<cm_config>() == 40 && offset_of!(cm_config, widget) == 24);
    assert!(size_of::<cm_host>() == 72 && offset_of!(cm_host, root) == 32);
    assert!(offset_of!(cm_host, fail) == 48 && offset_of!(cm_host, get_extension) == 64);
    assert!(size_of::<cm_tick>() == 40 && offset_of!(cm_tick, unix_ns) == 24);
    assert!(size_of::<cm_sample>() == 56 && offset_of!(cm_sample, number) == 24);
    assert!(offset_of!(cm_sample, text) == 32 && offset_of!(cm_sample, status) == 48);
    assert!(size_of::<cm_sink>() == 56 && offset_of!(cm_sink, emit) == 16);
    assert!(size_of::<cm_value>() == 48 && offset_of!(cm_value, history) == 32);
    assert!(size_of::<cm_instance>() == 24);
    assert!(size_of::<cm_view>() == 104 && offset_of!(cm_view, instances) == 32);
    assert!(offset_of!(cm_view, limits) == 56 && offset_of!(cm_view, note) == 72);
    assert!(size_of::<cm_cell>() == 72 && offset_of!(cm_cell, limits) == 40);
    assert!(size_of::<cm_column>() == 32 && size_of::<cm_table>() == 48);
    assert!(size_of::<cm_canvas>() == 88 && offset_of!(cm_canvas, text) == 24);
    assert!(offset_of!(cm_canvas, measure) == 80);
    assert!(size_of::<cm_plugin>() == 168 && offset_of!(cm_plugin, metrics) == 88);
    assert!(offset_of!(cm_plugin, metric_stride) == 120 && offset_of!(cm_plugin, create) == 128);
    assert!(offset_of!(cm_plugin, get_extension) == 160);
};
