// snprintf(3) for what is printed here: %s %.*s %d %u, with l and ll, a width with leading zeros (%02u), and
// %%. Another directive is printed as it stands, which a test of whoever wrote it will show.
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>

namespace {

struct Output {
    char* data;
    size_t capacity;
    size_t size = 0;
    void Put(char c) {
        if (size + 1 < capacity) data[size] = c;
        size++;
    }
};

void PutNumber(Output* out, uint64_t value, bool negative, int width) {
    char digits[20];
    int count = 0;
    do {
        digits[count++] = static_cast<char>('0' + value % 10);
        value /= 10;
    } while (value != 0);
    if (negative) out->Put('-');
    for (int i = count; i < width; i++) out->Put('0');
    while (count > 0) out->Put(digits[--count]);
}

}  // namespace

extern "C" int vsnprintf(char* text, size_t capacity, const char* format, va_list arguments) {
    Output out{text, capacity};
    for (const char* at = format; *at != '\0'; at++) {
        if (*at != '%') {
            out.Put(*at);
            continue;
        }
        const char* directive = at++;
        int width = 0;
        while (*at >= '0' && *at <= '9') width = width * 10 + (*at++ - '0');
        int precision = -1;
        if (at[0] == '.' && at[1] == '*') {
            precision = va_arg(arguments, int);
            at += 2;
        }
        bool wide = false;
        for (; *at == 'l' || *at == 'z'; at++) wide = true;
        if (*at == 's') {
            const char* string = va_arg(arguments, const char*);
            for (int i = 0; (precision < 0 || i < precision) && string[i] != '\0'; i++) out.Put(string[i]);
        } else if (*at == 'd') {
            int64_t value = wide ? va_arg(arguments, long) : va_arg(arguments, int);
            uint64_t magnitude = value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
            PutNumber(&out, magnitude, value < 0, width);
        } else if (*at == 'u') {
            PutNumber(&out, wide ? va_arg(arguments, unsigned long) : va_arg(arguments, unsigned), false,
                      width);
        } else if (*at == '%') {
            out.Put('%');
        } else {
            for (const char* c = directive; c <= at && *c != '\0'; c++) out.Put(*c);
            if (*at == '\0') break;
        }
    }
    if (capacity > 0) text[out.size < capacity ? out.size : capacity - 1] = '\0';
    return static_cast<int>(out.size);
}

extern "C" int snprintf(char* text, size_t capacity, const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(text, capacity, format, arguments);
    va_end(arguments);
    return size;
}
