/* For fault_plugin.c: an exception that nobody catches, through the C of the boundary. */
#include <stdexcept>

extern "C" void foreign_fault() { throw std::runtime_error("thrown through the boundary"); }
