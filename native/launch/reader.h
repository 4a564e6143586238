// A bounded reader over untrusted bytes: the layout of docs/launch-program.md, little-endian. Views point
// into the bytes, which must outlive them. Every Read answers false, and reads nothing more, once the bytes
// do not fit.
#ifndef LIBPOD_NATIVE_LAUNCH_READER_H_
#define LIBPOD_NATIVE_LAUNCH_READER_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace libpod {

struct Bytes {
    const uint8_t* data = nullptr;
    uint32_t size = 0;
};

// A string that ends in a NUL which `size` does not count, and holds no other.
struct Text {
    const char* data = "";
    uint32_t size = 0;
    const char* c_str() const { return data; }
    bool empty() const { return size == 0; }
};

// A list of strings, already checked.
class Texts {
  public:
    class Iterator {
      public:
        explicit Iterator(const uint8_t* at) : at_(at) {}
        Text operator*() const {
            uint32_t size;
            memcpy(&size, at_, sizeof size);
            return Text{reinterpret_cast<const char*>(at_ + sizeof size), size};
        }
        Iterator& operator++() {
            uint32_t size;
            memcpy(&size, at_, sizeof size);
            at_ += sizeof size + size + 1;
            return *this;
        }
        bool operator!=(const Iterator& other) const { return at_ != other.at_; }

      private:
        const uint8_t* at_;
    };

    Texts() = default;
    Texts(const uint8_t* begin, const uint8_t* end, uint32_t count)
        : begin_(begin), end_(end), count_(count) {}
    Iterator begin() const { return Iterator(begin_); }
    Iterator end() const { return Iterator(end_); }
    uint32_t count() const { return count_; }

  private:
    const uint8_t* begin_ = nullptr;
    const uint8_t* end_ = nullptr;
    uint32_t count_ = 0;
};

// A list of 32-bit words, perhaps unaligned.
struct Words {
    const uint8_t* data = nullptr;
    uint32_t count = 0;
    uint32_t operator[](uint32_t index) const {
        uint32_t word;
        memcpy(&word, data + static_cast<size_t>(index) * sizeof word, sizeof word);
        return word;
    }
};

class Reader {
  public:
    Reader(const uint8_t* data, size_t size) : at_(data), end_(data + size) {}

    size_t left() const { return static_cast<size_t>(end_ - at_); }
    const uint8_t* at() const { return at_; }

    bool Read(uint8_t* value) { return Copy(value, sizeof *value); }
    bool Read(uint16_t* value) { return Copy(value, sizeof *value); }
    bool Read(uint32_t* value) { return Copy(value, sizeof *value); }
    bool Read(uint64_t* value) { return Copy(value, sizeof *value); }
    bool Read(int64_t* value) { return Copy(value, sizeof *value); }

    bool Read(Bytes* value) {
        uint32_t size;
        if (!Read(&size) || size > left()) return Fail();
        *value = Bytes{at_, size};
        at_ += size;
        return true;
    }

    bool Read(Text* value) {
        uint32_t size;
        if (!Read(&size) || size >= left()) return Fail();
        if (memchr(at_, 0, size) != nullptr || at_[size] != 0) return Fail();
        *value = Text{reinterpret_cast<const char*>(at_), size};
        at_ += size + 1;
        return true;
    }

    bool Read(Texts* value) {
        uint32_t count;
        if (!Read(&count)) return false;
        const uint8_t* begin = at_;
        Text item;
        for (uint32_t i = 0; i < count; i++) {
            if (!Read(&item)) return false;
        }
        *value = Texts(begin, at_, count);
        return true;
    }

    bool Read(Words* value) {
        uint32_t count;
        if (!Read(&count) || count > left() / sizeof(uint32_t)) return Fail();
        *value = Words{at_, count};
        at_ += static_cast<size_t>(count) * sizeof(uint32_t);
        return true;
    }

  private:
    bool Copy(void* value, size_t size) {
        if (size > left()) return Fail();
        memcpy(value, at_, size);
        at_ += size;
        return true;
    }
    bool Fail() {
        at_ = end_;
        return false;
    }

    const uint8_t* at_;
    const uint8_t* end_;
};

}  // namespace libpod

#endif  // LIBPOD_NATIVE_LAUNCH_READER_H_
