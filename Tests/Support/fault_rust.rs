//! For fault_plugin.c: a panic through the C of the boundary.

#[no_mangle]
pub extern "C" fn foreign_fault() {
    panic!("panicked through the boundary");
}
