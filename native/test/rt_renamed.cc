// What the monitor has instead of a C library (native/rt/README.md), under other names, so that rt_test.cc
// can hold it against the system's in one program. The headers come first: their declarations keep the usual
// names.
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>

#define memcpy rt_memcpy
#define memmove rt_memmove
#define memset rt_memset
#define memcmp rt_memcmp
#define memchr rt_memchr
#define strlen rt_strlen
#define strcmp rt_strcmp
#define strchr rt_strchr
#define strrchr rt_strrchr
#define strstr rt_strstr
#define strspn rt_strspn
#define strcpy rt_strcpy
#define snprintf rt_snprintf
#define vsnprintf rt_vsnprintf

#include "rt/format.cc"
#include "rt/string.cc"
