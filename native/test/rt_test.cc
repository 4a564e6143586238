// The monitor's own C functions (native/rt) beside the system's: the same answers.
#include <algorithm>
#include <climits>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>

#include "test/harness.h"

extern "C" {
void* rt_memcpy(void* to, const void* from, size_t size);
void* rt_memmove(void* to, const void* from, size_t size);
void* rt_memset(void* to, int value, size_t size);
int rt_memcmp(const void* left, const void* right, size_t size);
void* rt_memchr(const void* where, int value, size_t size);
size_t rt_strlen(const char* text);
int rt_strcmp(const char* left, const char* right);
char* rt_strchr(const char* text, int value);
char* rt_strrchr(const char* text, int value);
char* rt_strstr(const char* text, const char* wanted);
size_t rt_strspn(const char* text, const char* accepted);
char* rt_strcpy(char* to, const char* from);
int rt_snprintf(char* text, size_t capacity, const char* format, ...) __attribute__((format(printf, 3, 4)));
}

namespace libpod::test {
namespace {

int Sign(int value) {
    return value < 0 ? -1 : value > 0 ? 1 : 0;
}

TEST(RtMovesMemoryThatOverlaps) {
    for (size_t from = 0; from < 12; from++) {
        for (size_t to = 0; to < 12; to++) {
            char mine[32], theirs[32];
            for (size_t i = 0; i < sizeof mine; i++) mine[i] = theirs[i] = static_cast<char>('a' + i);
            CHECK(rt_memmove(mine + to, mine + from, 16) == mine + to);
            memmove(theirs + to, theirs + from, 16);
            CHECK(memcmp(mine, theirs, sizeof mine) == 0);
        }
    }
}

TEST(RtFillsAndCopies) {
    char mine[16] = {}, theirs[16] = {};
    CHECK(rt_memset(mine + 1, 0x1ff, 5) == mine + 1);
    memset(theirs + 1, 0x1ff, 5);
    CHECK(memcmp(mine, theirs, sizeof mine) == 0);
    CHECK(rt_memcpy(mine + 8, "abcdef", 6) == mine + 8);
    CHECK(memcmp(mine + 8, "abcdef", 7) == 0);
    CHECK(rt_memcpy(mine, "x", 0) == mine && mine[0] == 0);
    CHECK(rt_strcpy(mine, "text") == mine && strcmp(mine, "text") == 0);
}

TEST(RtFindsAByteAtEveryPlace) {
    // Bytes around the one that is looked for, at which a trick with words of eight goes wrong first.
    for (int wanted : {0x00, 0x01, 0x0a, 0x7f, 0x80, 0xff}) {
        for (int other : {0x00, 0x01, 0x7f, 0x80, 0x81, 0xfe, 0xff, '\n' + 1, '\n' - 1}) {
            if (other == wanted) continue;
            for (size_t size = 0; size <= 20; size++) {
                std::string text(size, static_cast<char>(other));
                CHECK(rt_memchr(text.data(), wanted, size) == nullptr);
                for (size_t place = 0; place < size; place++) {
                    std::string with = text;
                    with[place] = static_cast<char>(wanted);
                    CHECK(rt_memchr(with.data(), wanted, size) == with.data() + place);
                    CHECK(rt_memchr(with.data(), wanted + 256, size) == with.data() + place);
                    CHECK(rt_memchr(with.data(), wanted, place) == nullptr);
                }
            }
        }
    }
}

TEST(RtComparesAsTheSystemDoes) {
    const char* texts[] = {"", "a", "b", "ab", "abc", "abd", "\x7f", "\x80", "\xff", "a\xff"};
    for (const char* left : texts) {
        CHECK(rt_strlen(left) == strlen(left));
        for (const char* right : texts) {
            CHECK(Sign(rt_strcmp(left, right)) == Sign(strcmp(left, right)));
            size_t size = std::min(strlen(left), strlen(right));
            CHECK(Sign(rt_memcmp(left, right, size)) == Sign(memcmp(left, right, size)));
            CHECK(rt_strstr(left, right) == strstr(left, right));
            CHECK(rt_strspn(left, right) == strspn(left, right));
        }
        for (int letter : {0, 0x61, 0x62, 0xff, 0x80}) {
            CHECK(rt_strchr(left, letter) == strchr(left, letter));
            CHECK(rt_strrchr(left, letter) == strrchr(left, letter));
        }
    }
    CHECK(strcmp(rt_strstr("aab oom_kill 3", "oom_kill "), "oom_kill 3") == 0);
}

// What the system's snprintf and ours make of the same directives, in buffers of every size.
#define CHECK_FORMAT(...)                                                                  \
    for (size_t capacity = 0; capacity < 80; capacity++) {                                 \
        std::string mine(capacity + 1, '#'), theirs(capacity + 1, '#');                    \
        int mine_size = rt_snprintf(mine.data(), capacity, __VA_ARGS__);                   \
        _Pragma("clang diagnostic push")                                                   \
            _Pragma("clang diagnostic ignored \"-Wformat-security\"") int theirs_size =    \
                snprintf(theirs.data(), capacity, __VA_ARGS__);                            \
        _Pragma("clang diagnostic pop") CHECK(mine_size == theirs_size && mine == theirs); \
    }

TEST(RtFormatsAsTheSystemDoes) {
    CHECK_FORMAT("plain %% text");
    CHECK_FORMAT("%s/%s", "directory", "");
    CHECK_FORMAT("%.*s/.gone-%s", 4, "directory", "name");
    CHECK_FORMAT("%.*s|", 20, "short");
    CHECK_FORMAT("%d %d %d", 0, -1, INT_MIN);
    CHECK_FORMAT("%ld %lld", LONG_MIN, LLONG_MAX);
    CHECK_FORMAT("%u %lu %llu", UINT_MAX, ULONG_MAX, 0ULL);
    CHECK_FORMAT("%04lld-%02u-%02uT%02u:%02u:%02u.%09ld+00:00 %s ", 2026LL, 1u, 2u, 3u, 4u, 59u, 5L,
                 "stdout");
}

}  // namespace
}  // namespace libpod::test
