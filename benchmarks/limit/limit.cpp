// W1, W2 and W4 written by hand with vectors of WIDTH bytes: what a processor can do.
//
// The same generator, the same 64 bits for a pair of normal numbers and polynomials of the same
// lengths as the package's; rounding is free (-ffast-math).  Every operation is made on GROUP
// vectors before the next one, so that a processor need not wait for one vector's last result.
// A kernel works in one of two forms.  `registers`: the state of COUNT groups stays in registers
// while words become normals and normals steps.  `blocks`: the normals of COUNT groups are drawn
// first, then their steps are made.  What is fastest differs between processors and compilers: the
// benchmark tries all.
#include <immintrin.h>
#include <cstdint>
#include <cstring>

const int BYTES = WIDTH * GROUP, LANES = BYTES / 8;
typedef double vd __attribute__((vector_size(BYTES)));
typedef uint64_t vu __attribute__((vector_size(BYTES)));
typedef int64_t vi __attribute__((vector_size(BYTES)));
#define INLINE static inline __attribute__((always_inline))

INLINE vd all(double x) { return vd{} + x; }
INLINE vd as_float(vu x) { return (vd)x; }
INLINE vu as_word(vd x) { return (vu)x; }

// instructions that have no operator, for each vector of a group
template <class Part, class F, class... In> INLINE vd each(F instruction, In... x) {
    vd y;
    for (int g = 0; g < GROUP; g++) {
        auto part = [g](auto whole) {
            Part p;
            std::memcpy(&p, (const char *)&whole + g * WIDTH, WIDTH);
            return p;
        };
        auto result = instruction(part(x)...);
        std::memcpy((char *)&y + g * WIDTH, &result, WIDTH);
    }
    return y;
}
#if WIDTH == 64
typedef __m512d pd;
typedef __m512i pi;
INLINE vd root(vd x) { return each<pd>([](pd p) { return _mm512_sqrt_pd(p); }, x); }
INLINE vd nearest(vd x) { return each<pd>([](pd p) { return _mm512_roundscale_pd(p, 8); }, x); }
INLINE vd fused(vd a, vd b, vd c) {
    return each<pd>([](pd a, pd b, pd c) { return _mm512_fmadd_pd(a, b, c); }, a, b, c);
}
INLINE vd to_float(vu x) { return each<pi>([](pi p) { return _mm512_cvtepu64_pd(p); }, x); }
INLINE vd small_to_float(vi x) { return each<pi>([](pi p) { return _mm512_cvtepi64_pd(p); }, x); }
#else
typedef __m256d pd;
INLINE vd root(vd x) { return each<pd>([](pd p) { return _mm256_sqrt_pd(p); }, x); }
INLINE vd nearest(vd x) { return each<pd>([](pd p) { return _mm256_round_pd(p, 8); }, x); }
INLINE vd fused(vd a, vd b, vd c) {
    return each<pd>([](pd a, pd b, pd c) { return _mm256_fmadd_pd(a, b, c); }, a, b, c);
}
// words below 2**52 and small whole numbers: the processor has no instruction for them
INLINE vd to_float(vu x) { return as_float(x | 0x4330000000000000ull) - 0x1p52; }
INLINE vd small_to_float(vi x) { return as_float((vu)(x + 0x4338000000000000ll)) - 0x1.8p52; }
#endif
INLINE vd scaled(vd p, vd k) {  // p 2**k
    return as_float(as_word(p) + (as_word(k + 0x1.8p52) << 52));
}

// c0 + x (c1 + x (c2 + ...))
INLINE vd horner(vd, double c) { return all(c); }
template <class... More> INLINE vd horner(vd x, double c, double next, More... more) {
    return fused(horner(x, next, more...), x, all(c));
}

// -- random words and normal numbers -------------------------------------------------------------

INLINE vu rotated(vu x, int k) { return (x << k) | (x >> (64 - k)); }

INLINE vu next_word(vu *s) {  // xoshiro256++
    vu word = rotated(s[0] + s[3], 23) + s[0], t = s[1] << 17;
    s[2] ^= s[0], s[3] ^= s[1], s[1] ^= s[2], s[0] ^= s[3], s[2] ^= t;
    s[3] = rotated(s[3], 45);
    return word;
}

static uint64_t splitmix(uint64_t &s) {
    uint64_t z = (s += 0x9E3779B97F4A7C15ull);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
}

INLINE vd log_unit(vd u) {  // log(u), 0 < u < 1
    vu word = as_word(u), shifted = word - 0x3FE6A09E667F3BCDull;
    vi e = (vi)shifted >> 52;
    vd f = as_float(word - ((vu)e << 52)) - 1.0, s = f / (f + 2.0);
    vd p = horner(s * s, 0x1p1, 0x1.5555555555594p-1, 0x1.999999997f733p-2, 0x1.249249423bc69p-2,
                  0x1.c71c51d5e1a81p-3, 0x1.746648289e3a3p-3, 0x1.39a0e50a38301p-3,
                  0x1.2f0d0a2bc15f6p-3);
    return fused(small_to_float(e), all(0x1.62e42fefa39efp-1), s * p);
}

// R (cos y + sin y) and R (cos y - sin y), y in (-pi/4, pi/4), with a sign each
INLINE void normal_pair(vu word, vd &first, vd &second) {
    vd u = fused(to_float(word >> 26), all(0x1p-38), all(0x1p-39));
    vd w = fused(to_float((word >> 2) & 0xFFFFFF), all(0x1p-23), all(0x1p-24 - 1.0));
    vd radius = root(-log_unit(u)), z = w * w;
    vd p = horner(z, 0x1.921fb54442d18p-1, -0x1.4abbce625be09p-4, 0x1.466bc67754fffp-9,
                  -0x1.32d2ccdfe9424p-15, 0x1.50782d5f14825p-22, -0x1.e2fe76fdffd2bp-30,
                  0x1.e357ef99eb0bap-38);
    vd c = horner(z, 1.0, -0x1.3bd3cc9be45dep-2, 0x1.03c1f081b5a67p-6, -0x1.55d3c7e3c325bp-12,
                  0x1.e1f5067b90b37p-19, -0x1.a6d1e7294bffap-26, 0x1.f9c89ca1d5187p-34,
                  -0x1.b167302e37195p-42);
    vd s = w * p;
    first = as_float(as_word(radius * (c + s)) ^ (word << 63));
    second = as_float(as_word(radius * (c - s)) ^ ((word & 2) << 62));
}

// -- functions of the steps ----------------------------------------------------------------------

INLINE void sine_cosine(vd x, vd &sine, vd &cosine) {  // |x| < 1e5
    vd turns = x * all(0x1.45f306dc9c883p-1), k = nearest(turns);
    vu q = as_word(fused(x, all(0x1.45f306dc9c883p-1), all(0x1.8p52)));
    vd y = fused(k, all(-0x1.1a62633145c07p-54), fused(k, all(-0x1.921fb54442d18p0), x)), z = y * y;
    vd p = horner(z, -0x1.5555555555548p-3, 0x1.111111110f75dp-7, -0x1.a01a019bf22f2p-13,
                  0x1.71de355f1c726p-19, -0x1.ae5e548d96fe3p-26, 0x1.5d8e3fa9ca54fp-33);
    vd c = horner(z, 1.0, -0.5, 0x1.555555555554ap-5, -0x1.6c16c16c14e49p-10,
                  0x1.a01a019c6876bp-16, -0x1.27e4f7d8de4bep-22, 0x1.1ee9ccb0b5b1ap-29,
                  -0x1.8f9f5e72bfce2p-37);
    vd s = fused(p * z, y, y);
    vi odd = (q & 1) != 0;
    sine = as_float(as_word(odd ? c : s) ^ ((q & 2) << 62));
    cosine = as_float(as_word(odd ? s : c) ^ (((q + 1) & 2) << 62));
}

INLINE vd exponential(vd x) {  // held between exp(-708) and exp(709)
    x = x < -708.0 ? all(-708.0) : x;
    x = x > 709.0 ? all(709.0) : x;
    vd k = nearest(x * all(0x1.71547652b82fep0));
    vd r = fused(k, all(-0x1.abc9e3b39803fp-56), fused(k, all(-0x1.62e42fefa39efp-1), x));
    vd p = horner(r, 1.0, 1.0, 0x1.000000000000bp-1, 0x1.5555555555511p-3, 0x1.555555555029cp-5,
                  0x1.1111111122326p-7, 0x1.6c16c1852d3c4p-10, 0x1.a01a014761d7bp-13,
                  0x1.a01997c296aa7p-16, 0x1.71dee61e21325p-19, 0x1.28af4645c86c8p-22,
                  0x1.ade16d03eeda4p-26);
    return scaled(p, k);
}

// -- steps ---------------------------------------------------------------------------------------

struct W1 {
    static const int ROWS = 3, NORMALS = 1;
    INLINE void begin(vd *s) { s[0] = all(0.5), s[1] = all(0.3), s[2] = all(0.1); }
    INLINE void step(vd *s, const vd *n) {
        vd u = s[0], v = s[1], z = s[2], x = n[0], sine, cosine;
        sine_cosine(z, sine, cosine);
        vd r = x * all(0.70710678118654752440);
        vd p = cosine * u + sine * v, q = cosine * v - sine * u;
        s[0] = u - 0.05 * (u + p * cosine + r * (cosine + sine));
        s[1] = v - 0.05 * (v + p * sine + r * (sine - cosine));
        s[2] = z - 0.05 * (p * q + r * (p + q));
    }
};

struct W2 {
    static const int ROWS = 2, NORMALS = 2;
    INLINE void begin(vd *s) { s[0] = all(1.0), s[1] = all(0.1); }
    INLINE void step(vd *s, const vd *n) {
        vd x = s[0], y = s[1], y2 = y * y, w = x * x - 1.0, r2 = x * x + y2;
        vd turn = 1.5 * exponential(0.25 * (w * w) + 0.5 * y2 - 0.25 * (r2 * r2));
        s[0] = x - 0.01 * (x * w + turn * y) + 0.14142135623730951 * n[0];
        s[1] = y - 0.01 * (y - turn * x) + 0.14142135623730951 * n[1];
    }
};

struct W4 {
    static const int ROWS = 1, NORMALS = 1;
    INLINE void begin(vd *s) { s[0] = all(0.2); }
    INLINE void step(vd *s, const vd *n) {
        s[0] = s[0] - 0.025 * (1.0 - n[0] * n[0] * exponential(-s[0]));
    }
};

// -- kernels -------------------------------------------------------------------------------------

template <class W> INLINE void load(vd *state, vu *words, int first, uint64_t seed) {
    W::begin(state);
    for (int l = 0; l < LANES; l++) {
        uint64_t s = seed + 0x632BE59BD9B4E019ull * (uint64_t)(first + l + 1);
        for (int i = 0; i < 4; i++) words[i][l] = splitmix(s);
    }
}

template <class W> INLINE void store(double *out, const vd *state, int count, int first) {
    for (int i = 0; i < W::ROWS; i++)
        std::memcpy(out + (long)i * count + first, &state[i], BYTES);
}

template <class W, int COUNT> void registers(double *out, int count, long steps, uint64_t seed) {
    const int turns = 2 / W::NORMALS;  // steps of a pair
    for (int first = 0; first < count; first += LANES * COUNT) {
        vd state[COUNT][W::ROWS];
        vu words[COUNT][4];
        for (int v = 0; v < COUNT; v++) load<W>(state[v], words[v], first + LANES * v, seed);
        for (long k = 0; k < steps; k += turns) {
#pragma GCC unroll 16
            for (int v = 0; v < COUNT; v++) {
                vd n[2];
                normal_pair(next_word(words[v]), n[0], n[1]);
                for (int j = 0; j < turns; j++) W::step(state[v], n + j * W::NORMALS);
            }
        }
        for (int v = 0; v < COUNT; v++) store<W>(out, state[v], count, first + LANES * v);
    }
}

template <class W, int COUNT> void blocks(double *out, int count, long steps, uint64_t seed) {
    const int turns = 2 / W::NORMALS;
    for (int first = 0; first < count; first += LANES * COUNT) {
        vd state[COUNT][W::ROWS], n[COUNT][2];
        vu words[COUNT][4];
        for (int v = 0; v < COUNT; v++) load<W>(state[v], words[v], first + LANES * v, seed);
        for (long k = 0; k < steps; k += turns) {
#pragma GCC unroll 1
            for (int v = 0; v < COUNT; v++) normal_pair(next_word(words[v]), n[v][0], n[v][1]);
            for (int j = 0; j < turns; j++)
#pragma GCC unroll 2
                for (int v = 0; v < COUNT; v++) W::step(state[v], n[v] + j * W::NORMALS);
        }
        for (int v = 0; v < COUNT; v++) store<W>(out, state[v], count, first + LANES * v);
    }
}

#define ENTRY(W, form, COUNT)                                                                   \
    extern "C" void W##_##form##_##COUNT(double *out, int count, long steps, uint64_t seed) {   \
        form<W, COUNT>(out, count, steps, seed);                                                \
    }
#define ENTRIES(W) ENTRY(W, registers, 4) ENTRY(W, blocks, 8)
ENTRIES(W1) ENTRIES(W2) ENTRIES(W4)
