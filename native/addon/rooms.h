// What each file of this folder adds to the module's exports.
#ifndef LIBPOD_NATIVE_ADDON_ROOMS_H_
#define LIBPOD_NATIVE_ADDON_ROOMS_H_

#include <napi.h>

namespace libpod {

void ExportArchives(Napi::Env env, Napi::Object exports);    // archives.cc
void ExportCgroups(Napi::Env env, Napi::Object exports);     // cgroups.cc
void ExportFiles(Napi::Env env, Napi::Object exports);       // files.cc
void ExportLocks(Napi::Env env, Napi::Object exports);       // locks.cc
void ExportMounts(Napi::Env env, Napi::Object exports);      // mounts.cc
void ExportNamespaces(Napi::Env env, Napi::Object exports);  // namespaces.cc
void ExportNetlink(Napi::Env env, Napi::Object exports);     // netlink.cc
void ExportProcessEnd(Napi::Env env, Napi::Object exports);  // process_end.cc
void ExportProcesses(Napi::Env env, Napi::Object exports);   // processes.cc
void ExportTerminal(Napi::Env env, Napi::Object exports);    // terminal.cc
void ExportWatch(Napi::Env env, Napi::Object exports);       // watch.cc
void ExportXattrs(Napi::Env env, Napi::Object exports);      // xattrs.cc

}  // namespace libpod

#endif  // LIBPOD_NATIVE_ADDON_ROOMS_H_
