// A place (sys/place.h) as src/linux/place.ts hands it over: [kind, descriptor, root, path].
#ifndef LIBPOD_NATIVE_ADDON_PLACES_H_
#define LIBPOD_NATIVE_ADDON_PLACES_H_

#include <napi.h>

#include "addon/values.h"
#include "sys/place.h"

namespace libpod {

inline Place ToPlace(const Napi::Value& value) {
    auto parts = value.As<Napi::Array>();
    Place place;
    place.kind = static_cast<Place::Kind>(ToInt(parts.Get(0u)));
    place.fd = ToInt(parts.Get(1u));
    place.root = ToText(parts.Get(2u));
    place.path = ToText(parts.Get(3u));
    return place;
}

}  // namespace libpod

#endif  // LIBPOD_NATIVE_ADDON_PLACES_H_
