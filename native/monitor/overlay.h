// Overlays of many layers (overlayfs.rst).
#ifndef LIBPOD_NATIVE_MONITOR_OVERLAY_H_
#define LIBPOD_NATIVE_MONITOR_OVERLAY_H_

#include <cstddef>
#include <cstdint>

#include "launch/reader.h"
#include "sys/fd.h"
#include "sys/result.h"

namespace libpod {

struct OverlayLayers {
    Texts lower;  // the topmost first
    Text upper;
    Text work;
    Texts options;
};

// Mounts an overlay, detached. What the kernel says of a failure goes into `detail`.
Status MakeOverlay(const OverlayLayers& layers, uint64_t attributes, OwnedFd* mount, char* detail,
                   size_t size);

}  // namespace libpod

#endif  // LIBPOD_NATIVE_MONITOR_OVERLAY_H_
