// Values of JavaScript as values of C++.
#ifndef LIBPOD_NATIVE_ADDON_VALUES_H_
#define LIBPOD_NATIVE_ADDON_VALUES_H_

#include <napi.h>

#include <string>

namespace libpod {

inline std::string ToText(const Napi::Value& value) {
    return value.As<Napi::String>().Utf8Value();
}

}  // namespace libpod

#endif  // LIBPOD_NATIVE_ADDON_VALUES_H_
