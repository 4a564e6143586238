#include "monitor/log_format.h"

#include <time.h>

#include <cstdio>
#include <cstring>

namespace libpod {
namespace {

// The civil date of a day count since 1970-01-01, proleptic Gregorian. gmtime(3) would do, but reads the time
// zone.
struct Date {
    int64_t year;
    unsigned month, day;
};
Date CivilDate(int64_t days) {
    days += 719468;  // from 0000-03-01: a year that starts in March has its leap day last
    int64_t era = days / 146097;
    unsigned day_of_era = static_cast<unsigned>(days - era * 146097);
    unsigned year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    unsigned shifted = (5 * day_of_year + 2) / 153;
    unsigned month = shifted < 10 ? shifted + 3 : shifted - 9;
    return Date{year_of_era + era * 400 + (month <= 2 ? 1 : 0), month,
                day_of_year - (153 * shifted + 2) / 5 + 1};
}

constexpr int kNanoDigits = 9;

void PutNanoseconds(char* out, uint32_t value) {
    for (int i = kNanoDigits; i-- > 0; value /= 10) out[i] = static_cast<char>('0' + value % 10);
}

uint8_t* PutText(uint8_t* out, const char* text) {
    while (*text != '\0') *out++ = static_cast<uint8_t>(*text++);
    return out;
}

// The bytes that a character of UTF-8 with this first byte has, 0 if none begins so (RFC 3629).
unsigned CharacterSize(uint8_t first) {
    if (first < 0x80) return 1;
    if (first >= 0xc2 && first <= 0xdf) return 2;
    if (first >= 0xe0 && first <= 0xef) return 3;
    return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

// Whether `second` may follow `first`: neither overlong forms, nor surrogates, nor what is beyond U+10FFFF.
bool MayFollow(uint8_t first, uint8_t second) {
    uint8_t low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    uint8_t high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    return second >= low && second <= high;
}

// The bytes of the whole character that a text begins with, 0 if it does not begin with one.
unsigned WholeCharacter(const uint8_t* text, size_t size) {
    unsigned wanted = CharacterSize(text[0]);
    if (wanted == 0 || wanted > size) return 0;
    if (wanted > 1 && !MayFollow(text[0], text[1])) return 0;
    for (unsigned i = 2; i < wanted; i++) {
        if ((text[i] & 0xc0) != 0x80) return 0;
    }
    return wanted;
}

bool IsPlain(uint8_t c) {
    return c >= 0x20 && c < 0x80 && c != '\\' && c != '"' && c != '<' && c != '>' && c != '&';
}

}  // namespace

void Timestamp::Now() {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    nanosecond_ = static_cast<uint32_t>(now.tv_nsec);
    if (now.tv_sec == at_) return;
    at_ = now.tv_sec;
    Date date = CivilDate(now.tv_sec / 86400);
    unsigned second = static_cast<unsigned>(now.tv_sec % 86400);
    snprintf(second_, sizeof second_, "%04lld-%02u-%02uT%02u:%02u:%02u", static_cast<long long>(date.year),
             date.month, date.day, second / 3600, second / 60 % 60, second % 60);
}

uint8_t* PutEscaped(uint8_t* out, const uint8_t* text, size_t size) {
    static const char kHex[] = "0123456789abcdef";
    for (size_t i = 0; i < size;) {
        uint8_t c = text[i];
        if (IsPlain(c)) {
            *out++ = c;
            i++;
            continue;
        }
        unsigned whole = WholeCharacter(text + i, size - i);
        if (whole == 0) {
            out = PutText(out, "\\ufffd");
            i++;
        } else if (whole > 1) {
            // Line and paragraph separators end a line in JavaScript, though not in JSON.
            bool separator = c == 0xe2 && text[i + 1] == 0x80 && (text[i + 2] & 0xfe) == 0xa8;
            if (separator) {
                out = PutText(out, text[i + 2] == 0xa8 ? "\\u2028" : "\\u2029");
            } else {
                for (unsigned at = 0; at < whole; at++) *out++ = text[i + at];
            }
            i += whole;
        } else {
            *out++ = '\\';
            if (c == '\\' || c == '"') {
                *out++ = c;
            } else if (c == '\n' || c == '\r') {
                *out++ = c == '\n' ? 'n' : 'r';
            } else {
                out = PutText(out, "u00");
                *out++ = static_cast<uint8_t>(kHex[c >> 4]);
                *out++ = static_cast<uint8_t>(kHex[c & 15]);
            }
            i++;
        }
    }
    return out;
}

K8sPrefix::K8sPrefix(const Timestamp& time, bool error_stream) {
    memcpy(text, time.second(), Timestamp::kSecond);
    char* at = text + Timestamp::kSecond;
    *at++ = '.';
    PutNanoseconds(at, time.nanosecond());
    memcpy(at + kNanoDigits, error_stream ? "+00:00 stderr F " : "+00:00 stdout F ",
           sizeof "+00:00 stdout F " - 1);
}

size_t PutJson(uint8_t* out, const Timestamp& time, bool error_stream, const uint8_t* text, size_t size,
               bool newline, const Bytes& attributes) {
    uint8_t* at = PutText(out, "{");
    // An empty `log` is left out, as docker does.
    if (size > 0 || newline) {
        at = PutText(at, "\"log\":\"");
        at = PutEscaped(at, text, size);
        at = PutText(at, newline ? "\\n\"," : "\",");
    }
    at = PutText(at, error_stream ? "\"stream\":\"stderr\"" : "\"stream\":\"stdout\"");
    if (attributes.size > 0) {
        at = PutText(at, ",\"attrs\":");
        memcpy(at, attributes.data, attributes.size);
        at += attributes.size;
    }
    at = PutText(at, ",\"time\":\"");
    memcpy(at, time.second(), Timestamp::kSecond);
    at += Timestamp::kSecond;
    char digits[kNanoDigits];
    PutNanoseconds(digits, time.nanosecond());
    // RFC3339Nano of Go has no zeros at its end.
    int count = kNanoDigits;
    while (count > 0 && digits[count - 1] == '0') count--;
    if (count > 0) *at++ = '.';
    for (int i = 0; i < count; i++) *at++ = static_cast<uint8_t>(digits[i]);
    at = PutText(at, "Z\"}\n");
    return static_cast<size_t>(at - out);
}

size_t IncompleteTail(const uint8_t* text, size_t size) {
    for (size_t back = 1; back <= 3 && back <= size; back++) {
        uint8_t c = text[size - back];
        if ((c & 0xc0) == 0x80) continue;
        unsigned wanted = CharacterSize(c);
        bool begun = wanted > back && (back == 1 || MayFollow(c, text[size - back + 1]));
        return begun ? back : 0;
    }
    return 0;
}

}  // namespace libpod
