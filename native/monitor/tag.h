// What an epoll event of a session is about: the address of a page, and in the bits that it leaves free a
// kind. Objects that come and go with clients have a page each, as this process has no other allocator.
#ifndef LIBPOD_NATIVE_MONITOR_TAG_H_
#define LIBPOD_NATIVE_MONITOR_TAG_H_

#include <sys/mman.h>

#include <cstdint>
#include <new>

namespace libpod {

enum class Kind : uint64_t { kClient, kChannel, kOutput, kError, kInput, kTimer };

constexpr uint64_t kKindBits = 4095;

inline uint64_t Tag(const void* page, Kind kind) {
    return reinterpret_cast<uint64_t>(page) | static_cast<uint64_t>(kind);
}
inline Kind KindOf(uint64_t tag) {
    return static_cast<Kind>(tag & kKindBits);
}
inline void* PageOf(uint64_t tag) {
    return reinterpret_cast<void*>(tag & ~kKindBits);
}

template <typename T>
T* NewMapped() {
    void* memory = mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? nullptr : new (memory) T();
}

template <typename T>
void DeleteMapped(T* object) {
    object->~T();
    munmap(static_cast<void*>(object), sizeof(T));
}

}  // namespace libpod

#endif  // LIBPOD_NATIVE_MONITOR_TAG_H_
