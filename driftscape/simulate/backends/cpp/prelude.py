"""The head of every C++ kernel: types, and the instructions of `intrinsics`.

A GPU has no instruction for a quotient or a root.  A compiler turns ``a / b`` into an approximation
right to 20 bits, refined by fused multiply-adds until the last bit is that of IEEE 754, with tests
and a call for numbers whose exponents leave no room for the intermediate steps.  The random draws
divide and take roots of numbers far from those, and need no tests.
"""

_PRELUDE = """\
typedef long long whole_t;
typedef unsigned long long word_t;
typedef double real_t;

#if defined(__CUDACC__) || defined(__CUDACC_RTC__)
#define INLINE static __device__ __forceinline__
#define CONSTANT __device__ __constant__
INLINE word_t own_bits(double x) { return (word_t)__double_as_longlong(x); }
INLINE double own_from_bits(word_t u) { return __longlong_as_double((whole_t)u); }
INLINE void add_to(whole_t &count, whole_t more) { atomicAdd((word_t *)&count, (word_t)more); }
INLINE double wide_fma(double a, double b, double c) { return __fma_rn(a, b, c); }
INLINE float narrow_fma(float a, float b, float c) { return __fmaf_rn(a, b, c); }
#define not_a_number __longlong_as_double(0x7ff8000000000000ll)
#define infinity __longlong_as_double(0x7ff0000000000000ll)
#else
#include <cmath>
#include <cstring>
#define INLINE static inline
#define CONSTANT static const
INLINE word_t own_bits(double x) { word_t u; std::memcpy(&u, &x, 8); return u; }
INLINE double own_from_bits(word_t u) { double x; std::memcpy(&x, &u, 8); return x; }
INLINE void add_to(whole_t &count, whole_t more) { count += more; }
INLINE double wide_fma(double a, double b, double c) { return __builtin_fma(a, b, c); }
INLINE float narrow_fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
#define not_a_number __builtin_nan("")
#define infinity __builtin_inf()
#endif

// a / b, correctly rounded, from a y near 1/b: P. Markstein, IBM J. Res. Dev. 34 (1990) 111
INLINE double refined_quotient(double a, double b, double y) {
    double e = wide_fma(-b, y, 1.0), q;
    y = wide_fma(y, wide_fma(e, e, e), y);
    y = wide_fma(y, wide_fma(-b, y, 1.0), y);
    q = a * y;
    return wide_fma(y, wide_fma(-b, q, a), q);
}
// sqrt(x), correctly rounded, from a y near 1/sqrt(x)
INLINE double refined_root(double x, double y) {
    double e = wide_fma(x, -(y * y), 1.0), g;
    y = wide_fma(wide_fma(e, 0.375, 0.5), y * e, y);
    g = x * y;
    return wide_fma(wide_fma(g, -g, x), 0.5 * y, g);
}
#if defined(__CUDACC__) || defined(__CUDACC_RTC__)
// the low halves of the seeds are those that compilers give them for a / b and sqrt(x)
INLINE double wide_quotient(double a, double b) {
    double y;
    asm("rcp.approx.ftz.f64 %0, %1;" : "=d"(y) : "d"(b));
    return refined_quotient(a, b, __hiloint2double(__double2hiint(y), 1));
}
INLINE double wide_root(double x) {
    double y;
    asm("rsqrt.approx.ftz.f64 %0, %1;" : "=d"(y) : "d"(x));
    return refined_root(x, __hiloint2double(__double2hiint(y), __double2hiint(x) - 0x3500000));
}
#else
INLINE double wide_quotient(double a, double b) { return a / b; }
INLINE double wide_root(double x) { return sqrt(x); }
#endif
INLINE double wide_floor(double x) { return floor(x); }
INLINE float narrow_quotient(float a, float b) { return a / b; }
INLINE float narrow_root(float x) { return sqrtf(x); }

INLINE real_t own_fma(real_t a, real_t b, real_t c) { return wide_fma(a, b, c); }
INLINE real_t own_tame_quotient(real_t a, real_t b) { return wide_quotient(a, b); }
INLINE real_t own_tame_sqrt(real_t x) { return wide_root(x); }
// a sum with 2**52 or 1.5 * 2**52 in place of a conversion, which a card does slowly: exact for the
// words below 2**52 and the small exponents that it is given
INLINE real_t own_to_float(word_t u) {
    return (real_t)(own_from_bits(u | 0x4330000000000000ull) - 4503599627370496.0);
}
INLINE real_t own_exponent(word_t u) {
    return (real_t)(own_from_bits(((whole_t)u >> 52) + 0x4338000000000000ull) - 6755399441055744.0);
}
INLINE real_t own_sqrt(real_t x) { return sqrt(x); }
INLINE real_t own_rint(real_t x) { return rint(x); }
INLINE real_t own_floor(real_t x) { return floor(x); }
INLINE real_t own_absolute(real_t x) { return fabs(x); }
INLINE real_t own_copysign(real_t x, real_t s) { return copysign(x, s); }
"""


def prelude(single: bool = False) -> str:
    """Return the types and instructions, for coordinates in double or in single precision."""
    if not single:
        return _PRELUDE
    text = _PRELUDE.replace("typedef double real_t", "typedef float real_t")
    return text.replace("{ return wide_", "{ return narrow_")
