// Memory and strings. Plain loops: what the monitor copies and compares is short, or moved by the kernel. The
// compiler must not turn a loop into a call of the very function that it implements
// (-fno-tree-loop-distribute-patterns).
#include <cstddef>
#include <cstdint>

extern "C" {

void* memcpy(void* to, const void* from, size_t size) {
    void* result = to;
#if defined(__x86_64__)
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
#else
    auto* out = static_cast<uint8_t*>(to);
    auto* in = static_cast<const uint8_t*>(from);
    while (size-- > 0) *out++ = *in++;
#endif
    return result;
}

void* memmove(void* to, const void* from, size_t size) {
    auto* out = static_cast<uint8_t*>(to);
    auto* in = static_cast<const uint8_t*>(from);
    if (out <= in || out >= in + size) return memcpy(to, from, size);
    while (size-- > 0) out[size] = in[size];
    return to;
}

void* memset(void* to, int value, size_t size) {
    void* result = to;
#if defined(__x86_64__)
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(size) : "a"(value) : "memory");
#else
    auto* out = static_cast<uint8_t*>(to);
    while (size-- > 0) *out++ = static_cast<uint8_t>(value);
#endif
    return result;
}

int memcmp(const void* left, const void* right, size_t size) {
    auto* a = static_cast<const uint8_t*>(left);
    auto* b = static_cast<const uint8_t*>(right);
    for (size_t i = 0; i < size; i++) {
        if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
    }
    return 0;
}

void* memchr(const void* where, int value, size_t size) {
    auto* at = static_cast<const uint8_t*>(where);
    uint8_t wanted = static_cast<uint8_t>(value);
    // Eight bytes at a time, as the log looks for the ends of lines in all output. A byte of `word` is zero
    // where it matches, and the subtraction borrows from its top bit there and nowhere before (Mycroft,
    // 1987).
    const uint64_t ones = 0x0101010101010101u;
    uint64_t pattern = ones * wanted;
    while (size >= sizeof(uint64_t)) {
        uint64_t word;
        __builtin_memcpy(&word, at, sizeof word);
        word ^= pattern;
        if (((word - ones) & ~word & (ones << 7)) != 0) break;
        at += sizeof word;
        size -= sizeof word;
    }
    for (; size > 0; at++, size--) {
        if (*at == wanted) return const_cast<uint8_t*>(at);
    }
    return nullptr;
}

size_t strlen(const char* text) {
    size_t size = 0;
    while (text[size] != '\0') size++;
    return size;
}

int strcmp(const char* left, const char* right) {
    while (*left != '\0' && *left == *right) {
        left++;
        right++;
    }
    return static_cast<uint8_t>(*left) - static_cast<uint8_t>(*right);
}

char* strchr(const char* text, int value) {
    for (;; text++) {
        if (*text == static_cast<char>(value)) return const_cast<char*>(text);
        if (*text == '\0') return nullptr;
    }
}

char* strrchr(const char* text, int value) {
    char* found = nullptr;
    for (;; text++) {
        if (*text == static_cast<char>(value)) found = const_cast<char*>(text);
        if (*text == '\0') return found;
    }
}

char* strstr(const char* text, const char* wanted) {
    size_t size = strlen(wanted);
    for (; *text != '\0'; text++) {
        size_t i = 0;
        while (i < size && text[i] == wanted[i]) i++;
        if (i == size) return const_cast<char*>(text);
    }
    return size == 0 ? const_cast<char*>(text) : nullptr;
}

size_t strspn(const char* text, const char* accepted) {
    size_t size = 0;
    while (text[size] != '\0' && strchr(accepted, text[size]) != nullptr) size++;
    return size;
}

char* strcpy(char* to, const char* from) {
    memcpy(to, from, strlen(from) + 1);
    return to;
}

}  // extern "C"
