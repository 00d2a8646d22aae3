// Defaults of AddressSanitizer for many short executions; ASAN_OPTIONS overrides them.

/// Freed memory is kept from reuse as long as it fits in the cache, longer than one execution needs. Of the stack at
/// each allocation two frames are recorded, the least with which leaks are found: without a caller they count as the
/// dynamic linker's. Run what was found again with ASAN_OPTIONS=malloc_context_size=30 to see more.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() { return "quarantine_size_mb=1:malloc_context_size=2"; }
