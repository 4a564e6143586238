#include "monitor/overlay.h"

#include "sys/mount.h"

namespace libpod {

// With its end (fsconfig(2), FSCONFIG_SET_STRING).
constexpr size_t kMostOption = 256;

Status MakeOverlay(const OverlayLayers& layers, uint64_t attributes, OwnedFd* mount, char* detail,
                   size_t detail_size) {
    FsContext context;
    LIBPOD_TRY(context.Open("overlay"));
    // One string as of mount(8), as long as fsconfig(2) takes it; a colon in a path is escaped. Many layers
    // are one key each, with paths as they are: `lowerdir+` came with Linux 6.5.
    char lower[kMostOption];
    size_t size = 0;
    bool fits = true;
    for (Text layer : layers.lower) {
        if (fits && size > 0) lower[size++] = ':';
        for (uint32_t i = 0; fits && i < layer.size; i++) {
            // Room for a backslash, the byte, a colon and the end.
            fits = size + 4 <= sizeof lower;
            if (fits && (layer.data[i] == ':' || layer.data[i] == '\\')) lower[size++] = '\\';
            if (fits) lower[size++] = layer.data[i];
        }
    }
    lower[size] = '\0';
    Status status = Ok();
    if (fits) status = context.SetString("lowerdir", lower);
    for (Text layer : layers.lower) {
        if (!fits && status.ok()) status = context.SetString("lowerdir+", layer.c_str());
    }
    if (status.ok() && !layers.upper.empty()) status = context.SetString("upperdir", layers.upper.c_str());
    if (status.ok() && !layers.work.empty()) status = context.SetString("workdir", layers.work.c_str());
    for (Text option : layers.options) {
        if (status.ok()) status = context.SetOption(option.c_str());
    }
    if (status.ok()) status = context.Create(attributes, mount);
    if (!status.ok()) context.ReadMessage(detail, detail_size);
    return status;
}

}  // namespace libpod
