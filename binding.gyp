{
  "target_defaults": {
    "include_dirs": ["native"],
    "cflags": ["-Wall", "-Wextra", "-Werror", "-fvisibility=hidden"],
    "cflags_cc": ["-std=c++17", "-fno-exceptions", "-fno-rtti"],
    "cflags_cc!": ["-std=gnu++17", "-std=gnu++20", "-frtti"],
    "default_configuration": "Release"
  },
  "targets": [
    {
      "target_name": "addon",
      "sources": ["<!@(node -p \"const s=require('./native/sources.json');[...s.sys,...s.addon].join(' ')\")"],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
      # A worker that is terminated amid a call takes no exception any more: that is no reason to abort the process.
      "defines": [
        "NAPI_VERSION=8",
        "NAPI_DISABLE_CPP_EXCEPTIONS",
        "NODE_ADDON_API_DISABLE_DEPRECATED",
        "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"
      ],
      # A thread of its own (addon/thread.h) may outlive the worker that loaded the addon: the code must stay.
      "ldflags": ["-Wl,-z,nodelete"],
      "libraries": ["-ldl"]
    },
    {
      # No C library: native/rt/README.md says why. The flags keep the compiler from calling one behind our back.
      "target_name": "libpod-monitor",
      "type": "executable",
      "sources": ["<!@(node -p \"const s=require('./native/sources.json');[...s.sys,...s.monitor,...s.rt].join(' ')\")"],
      "cflags!": ["-O3", "-fPIC"],
      "cflags": [
        "-Os",
        "-fno-pie",
        "-fno-stack-protector",
        "-fno-asynchronous-unwind-tables",
        "-fno-threadsafe-statics",
        "-fno-tree-loop-distribute-patterns",
        "-ffunction-sections",
        "-U_FORTIFY_SOURCE"
      ],
      "ldflags!": ["-rdynamic"],
      "ldflags": ["-nostdlib", "-static", "-no-pie", "-Wl,--gc-sections"],
      "libraries": ["-nostdlib", "-static", "-no-pie"]
    }
  ]
}
