// W1 and W2 written by hand for a GPU: what a package cannot beat.
//
// One thread is one trajectory.  Its state and its generator live in registers from the first step to
// the last; a word of xoshiro256++ gives a pair of normal numbers, as in the package, so that both can
// be compared number by number.  What a compiler may not do to a kernel whose bits are promised is
// done here: products and sums are contracted freely, quotients and roots are an approximation that
// is refined without the last rounding, whole numbers become floats by their bits, and polynomial
// coefficients are read from constant memory, which spares the instructions that load them.
//
// Compiled by NVRTC for a GPU; without one, any C++ compiler makes a loop over trajectories of it.

typedef long long whole_t;
typedef unsigned long long word_t;
typedef unsigned int half_t;

#if defined(__CUDACC__) || defined(__CUDACC_RTC__)
#define DEVICE static __device__ __forceinline__
#define CONSTANT __device__ __constant__
#define UNROLL _Pragma("unroll")
DEVICE half_t high(double x) { return (half_t)__double2hiint(x); }
DEVICE half_t low(double x) { return (half_t)__double2loint(x); }
DEVICE double joined(half_t high, half_t low) { return __hiloint2double((int)high, (int)low); }
DEVICE double fused(double a, double b, double c) { return __fma_rn(a, b, c); }
// right to 20 bits, one instruction
DEVICE double about_1_over(double x) {
    double y;
    asm("rcp.approx.ftz.f64 %0, %1;" : "=d"(y) : "d"(x));
    return y;
}
DEVICE double about_1_over_sqrt(double x) {
    double y;
    asm("rsqrt.approx.ftz.f64 %0, %1;" : "=d"(y) : "d"(x));
    return y;
}
#else
#include <cmath>
#include <cstring>
#define DEVICE static inline
#define CONSTANT static const
#define UNROLL
#define __restrict__
DEVICE word_t bits(double x) { word_t u; std::memcpy(&u, &x, 8); return u; }
DEVICE half_t high(double x) { return (half_t)(bits(x) >> 32); }
DEVICE half_t low(double x) { return (half_t)bits(x); }
DEVICE double joined(half_t high, half_t low) {
    word_t u = (word_t)high << 32 | low;
    double x;
    std::memcpy(&x, &u, 8);
    return x;
}
DEVICE double fused(double a, double b, double c) { return __builtin_fma(a, b, c); }
// no better than a GPU's, so that the refinement is needed here too
DEVICE double about_1_over(double x) { return joined(high(1.0 / x) & ~3u, 0); }
DEVICE double about_1_over_sqrt(double x) { return joined(high(1.0 / std::sqrt(x)) & ~3u, 0); }
#endif

// ---- polynomials ----

// log(m) = s LOG(s*s), s = (m - 1)/(m + 1), m in (sqrt(1/2), sqrt(2))
CONSTANT double LOG[] = {
    2.0, 0.6666666666666736, 0.39999999999405417, 0.2857142874408454, 0.22222198423351716,
    0.18183571218449143, 0.1531389135116328, 0.14797409006148116};
// sin(w pi/4) = w SIN8(w*w), cos(w pi/4) = COS8(w*w), |w| <= 1
CONSTANT double SIN8[] = {
    0.7853981633974483, -0.08074551218827976, 0.00249039457018263, -3.6576204137696544e-05,
    3.133615872941205e-07, -1.7571219475090327e-09, 6.868724252837273e-12};
CONSTANT double COS8[] = {
    1.0, -0.30842513753404244, 0.01585434424381518, -0.0003259918869254246,
    3.5908604425772763e-06, -2.461135931614313e-08, 1.1500188520973477e-10,
    -3.8493926173412284e-13};
// sin(y) = y + y**3 SIN(y*y), cos(y) = COS(y*y), |y| <= pi/4
CONSTANT double SIN[] = {
    -0.1666666666666663, 0.008333333333321917, -0.00019841269829456887, 2.755731358173811e-06,
    -2.505074225004074e-08, 1.5895940330104092e-10};
CONSTANT double COS[] = {
    1.0, -0.5, 0.041666666666666595, -0.0013888888888873346, 2.4801587289005654e-05,
    -2.7557314218090764e-07, 2.0875705527154063e-09, -1.1358755064358332e-11};
// exp(r) for |r| <= log(2)/2
CONSTANT double EXP[] = {
    1.0, 1.0, 0.5000000000000012, 0.16666666666666402, 0.041666666666515785,
    0.008333333333497835, 0.0013888888947657591, 0.00019841269506892594,
    2.480148869245232e-05, 2.7557579135886558e-06, 2.7631895218750995e-07,
    2.500456449851005e-08};
CONSTANT double LN2 = 0.6931471805599453, LN2_TAIL = 2.3190468138462996e-17;
CONSTANT double HALF_PI = 1.5707963267948966, HALF_PI_TAIL = 6.123233995736766e-17;
CONSTANT double TWO_OVER_PI = 0.6366197723675814, ONE_OVER_LN2 = 1.4426950408889634;
CONSTANT double ROUNDING = 6755399441055744.0;  // 1.5 * 2**52: added, leaves the nearest whole number
CONSTANT double ROOT_1_2 = 0.7071067811865476;

template <int N> DEVICE double polynomial(const double (&c)[N], double x) {
    double sum = c[N - 1];
    UNROLL
    for (int i = N - 2; i >= 0; i--) sum = fused(sum, x, c[i]);
    return sum;
}

// ---- functions, for the arguments that occur ----

DEVICE double quotient(double a, double b) {
    double y = about_1_over(b), e = fused(-b, y, 1.0);
    return a * fused(y, fused(e, e, e), y);  // 1/b = y (1 + e + e**2 + ...)
}

DEVICE double square_root(double x) {
    double y = about_1_over_sqrt(x), g = x * y, e = fused(-g, y, 1.0);
    return fused(g * e, fused(e, 0.375, 0.5), g);  // g (1 - e)**(-1/2)
}

DEVICE double minus_log(double u) {
    half_t shifted = high(u) - 0x3fe6a09eu, power = shifted & 0xfff00000u;
    double m = joined(high(u) - power, low(u));
    double e = joined(0x43300000u, (half_t)((int)shifted >> 20) ^ 0x80000000u) - 4503601774854144.0;
    double s = quotient(m - 1.0, m + 1.0);
    return -fused(e, LN2, s * polynomial(LOG, s * s));
}

// |x| up to some 1e5
DEVICE void sine_cosine(double x, double &sine, double &cosine) {
    double shifted = fused(x, TWO_OVER_PI, ROUNDING), k = shifted - ROUNDING;
    half_t quadrant = low(shifted);
    double y = fused(k, -HALF_PI_TAIL, fused(k, -HALF_PI, x)), z = y * y;
    double s = fused(polynomial(SIN, z) * z, y, y), c = polynomial(COS, z);
    double a = quadrant & 1 ? c : s, b = quadrant & 1 ? s : c;
    sine = joined(high(a) ^ (quadrant & 2) << 30, low(a));
    cosine = joined(high(b) ^ ((quadrant + 1) & 2) << 30, low(b));
}

// x < 709
DEVICE double exponential(double x) {
    x = x < -708.0 ? -708.0 : x;
    double shifted = fused(x, ONE_OVER_LN2, ROUNDING), k = shifted - ROUNDING;
    double p = polynomial(EXP, fused(k, -LN2_TAIL, fused(k, -LN2, x)));
    return joined(high(p) + (low(shifted) << 20), low(p));  // times 2**k
}

// ---- random numbers ----

struct Generator {  // xoshiro256++ of D. Blackman and S. Vigna
    word_t a, b, c, d;
};

DEVICE word_t rotated(word_t x, int k) { return x << k | x >> (64 - k); }

DEVICE word_t next(Generator &g) {
    word_t word = rotated(g.a + g.d, 23) + g.a, t = g.b << 17;
    g.c ^= g.a;
    g.d ^= g.b;
    g.b ^= g.c;
    g.a ^= g.d;
    g.c ^= t;
    g.d = rotated(g.d, 45);
    return word;
}

// Box and Muller from one word: 38 bits of radius, 24 of angle, two signs
DEVICE void normal_pair(word_t word, double &first, double &second) {
    half_t top = (half_t)(word >> 32), bottom = (half_t)word;
    // 2**52 + (word >> 26), then scaled into (0, 1)
    double u = joined(0x43300000u | top >> 26, top << 6 | bottom >> 26);
    u = fused(u, 3.637978807091713e-12, -16383.999999999998181);
    // 2 + 2**-23 of the angle's bits, then moved into (-1, 1)
    double w = joined(0x40000000u | (bottom >> 6 & 0xfffffu), bottom << 26 & 0xf0000000u);
    w -= 2.9999999403953552;
    double radius = square_root(minus_log(u)), z = w * w;
    double s = w * polynomial(SIN8, z), c = polynomial(COS8, z);
    double n = radius * (c + s), m = radius * (c - s);
    first = joined(high(n) ^ bottom << 31, low(n));
    second = joined(high(m) ^ (bottom & 2) << 30, low(m));
}

// ---- W1: SGD on ARCHIMEDES, eta = 0.05; a pair of normal numbers makes two steps ----

struct Screw {
    static const int variables = 3, steps_a_pair = 2;
    DEVICE void move(double *s, double x) {
        const double eta = 0.05;
        double u = s[0], v = s[1], z = s[2], sine, cosine;
        sine_cosine(z, sine, cosine);
        double p = cosine * u + sine * v, q = cosine * v - sine * u;
        double r = -eta * ROOT_1_2 * x, minus_p = -eta * p;
        s[0] = (1 - eta) * u + minus_p * cosine + r * (cosine + sine);
        s[1] = (1 - eta) * v + minus_p * sine + r * (sine - cosine);
        s[2] = z + minus_p * q + r * (p + q);
    }
    DEVICE void both(double *s, double first, double second) {
        move(s, first);
        move(s, second);
    }
};

// ---- W2: the rotating double well, Euler-Maruyama, beta = 1, dt = 0.01, rotation 1.5 ----

struct Well {
    static const int variables = 2, steps_a_pair = 1;
    DEVICE void both(double *s, double first, double second) {
        const double dt = 0.01, noise = 0.1414213562373095;
        double x = s[0], y = s[1], x2 = x * x, y2 = y * y, w = x2 - 1.0, r2 = x2 + y2;
        double turn = 1.5 * exponential(0.25 * (w * w + 2.0 * y2 - r2 * r2));
        s[0] = x + noise * first - dt * (x * w + turn * y);
        s[1] = y + noise * second - dt * (y - turn * x);
    }
};

// ---- a trajectory ----

template <class System>
DEVICE void trajectory(
    double *__restrict__ state, word_t *__restrict__ words, whole_t count, whole_t steps, whole_t i) {
    double s[System::variables], first, second;
    for (int k = 0; k < System::variables; k++) s[k] = state[k * count + i];
    Generator g = {words[i], words[count + i], words[2 * count + i], words[3 * count + i]};
    int pairs = (int)(steps / System::steps_a_pair);
    for (int pair = 0; pair < pairs; pair++) {
        normal_pair(next(g), first, second);
        System::both(s, first, second);
    }
    for (int k = 0; k < System::variables; k++) state[k * count + i] = s[k];
    words[i] = g.a, words[count + i] = g.b, words[2 * count + i] = g.c, words[3 * count + i] = g.d;
}

#if defined(__CUDACC__) || defined(__CUDACC_RTC__)
#define ENTRY(name, System)                                                                       \
    extern "C" __global__ void name(                                                              \
        double *__restrict__ state, word_t *__restrict__ words, whole_t count, whole_t steps) {   \
        whole_t i = (whole_t)blockIdx.x * blockDim.x + threadIdx.x;                               \
        if (i < count) trajectory<System>(state, words, count, steps, i);                         \
    }
#else
#define ENTRY(name, System)                                                                       \
    extern "C" void name(double *state, word_t *words, whole_t count, whole_t steps) {            \
        for (whole_t i = 0; i < count; i++) trajectory<System>(state, words, count, steps, i);    \
    }
#endif
ENTRY(W1, Screw)
ENTRY(W2, Well)
