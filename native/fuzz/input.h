// What a fuzzer gives, taken a piece at a time; zeros after its end.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include <string>

class FuzzInput {
  public:
    FuzzInput(const uint8_t* data, size_t size) : data_(data), left_(size) {}
    bool empty() const { return left_ == 0; }
    uint8_t Byte() {
        if (left_ == 0) return 0;
        left_--;
        return *data_++;
    }
    // As many as there are.
    std::string Bytes(size_t count) {
        if (count > left_) count = left_;
        std::string bytes(reinterpret_cast<const char*>(data_), count);
        data_ += count;
        left_ -= count;
        return bytes;
    }

  private:
    const uint8_t* data_;
    size_t left_;
};
