// The counterpart of Reader: lays arguments out in a fixed buffer. A writer that ran over says so at the end.
#ifndef LIBPOD_NATIVE_LAUNCH_WRITER_H_
#define LIBPOD_NATIVE_LAUNCH_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace libpod {

class Writer {
  public:
    Writer(uint8_t* data, size_t capacity) : data_(data), capacity_(capacity) {}

    void Put(const void* bytes, size_t size) {
        if (size > capacity_ - size_) {
            overrun_ = true;
            return;
        }
        memcpy(data_ + size_, bytes, size);
        size_ += size;
    }
    void PutU8(uint8_t value) { Put(&value, sizeof value); }
    void PutU32(uint32_t value) { Put(&value, sizeof value); }
    void PutU64(uint64_t value) { Put(&value, sizeof value); }
    void PutText(const char* text) {
        size_t size = strlen(text);
        PutU32(static_cast<uint32_t>(size));
        Put(text, size + 1);
    }

    const uint8_t* data() const { return data_; }
    size_t size() const { return size_; }
    bool overrun() const { return overrun_; }

  private:
    uint8_t* data_;
    size_t capacity_;
    size_t size_ = 0;
    bool overrun_ = false;
};

}  // namespace libpod

#endif  // LIBPOD_NATIVE_LAUNCH_WRITER_H_
