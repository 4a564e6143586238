// The sanitizers' options for a whole monitor, which reads no environment, so ASAN_OPTIONS does not reach it.
//
// detect_leaks: LeakSanitizer stops the process by ptrace(2) at its exit, which a process that is not
// dumpable refuses; the monitor makes itself so (CVE-2016-9962). Leaks of its parts are found by native-test.
// log_path: its standard error is /dev/null.
extern "C" const char* __asan_default_options() {
    return "detect_leaks=0:log_path=" LIBPOD_REPORTS;
}
extern "C" const char* __ubsan_default_options() {
    return "print_stacktrace=1:log_path=" LIBPOD_REPORTS;
}
