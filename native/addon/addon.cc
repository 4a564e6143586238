// The module: glue between Node-API and native/sys. No system call is made here, and arguments are checked in
// TypeScript (src/native and src/linux), the only caller.
#include <napi.h>

#include "addon/rooms.h"

namespace {

Napi::Object Initialize(Napi::Env env, Napi::Object exports) {
    libpod::ExportArchives(env, exports);
    libpod::ExportCgroups(env, exports);
    libpod::ExportFiles(env, exports);
    libpod::ExportLocks(env, exports);
    libpod::ExportMounts(env, exports);
    libpod::ExportNamespaces(env, exports);
    libpod::ExportNetlink(env, exports);
    libpod::ExportProcessEnd(env, exports);
    libpod::ExportProcesses(env, exports);
    libpod::ExportTerminal(env, exports);
    libpod::ExportWatch(env, exports);
    libpod::ExportXattrs(env, exports);
    return exports;
}

}  // namespace

NODE_API_MODULE(libpod, Initialize)
