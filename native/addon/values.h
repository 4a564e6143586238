// Values of JavaScript as values of C++.
#ifndef LIBPOD_NATIVE_ADDON_VALUES_H_
#define LIBPOD_NATIVE_ADDON_VALUES_H_

#include <napi.h>

#include <string>
#include <vector>

#include "addon/async.h"
#include "sys/namespace.h"
#include "sys/result.h"

namespace libpod {

inline std::string ToText(const Napi::Value& value) {
    return value.As<Napi::String>().Utf8Value();
}

inline std::vector<std::string> ToTexts(const Napi::Value& value) {
    auto list = value.As<Napi::Array>();
    std::vector<std::string> texts;
    for (uint32_t i = 0; i < list.Length(); i++) texts.push_back(ToText(list.Get(i)));
    return texts;
}

inline std::vector<int> ToNumbers(const Napi::Value& value) {
    auto list = value.As<Napi::Array>();
    std::vector<int> numbers;
    for (uint32_t i = 0; i < list.Length(); i++) {
        numbers.push_back(Napi::Value(list.Get(i)).As<Napi::Number>().Int32Value());
    }
    return numbers;
}

// Two numbers an entry: the descriptor, and the CLONE_NEW* flags of the types that are meant.
inline std::vector<NamespaceEntry> ToEntries(const Napi::Value& value) {
    std::vector<int> numbers = ToNumbers(value);
    std::vector<NamespaceEntry> entries;
    for (size_t i = 0; i + 1 < numbers.size(); i += 2) {
        entries.push_back({numbers[i], static_cast<uint32_t>(numbers[i + 1])});
    }
    return entries;
}

inline int ToInt(const Napi::Value& value) {
    return value.As<Napi::Number>().Int32Value();
}

// What an operation without a result answers: undefined, or the failure.
inline Napi::Value ToAnswer(Napi::Env env, const Status& status) {
    return status.ok() ? env.Undefined() : ToFailure(env, status);
}

}  // namespace libpod

#endif  // LIBPOD_NATIVE_ADDON_VALUES_H_
