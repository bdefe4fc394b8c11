/*
 * Ed25519 (RFC 8032, section 5.1), written for size and without branches or table look-ups that
 * depend on a secret. Numbers are eight 32-bit words, the low one first. A signature costs two
 * hashes and one multiplication of the base point: 512 point additions, about a second on a
 * Cortex-M0 at 48 MHz and a few milliseconds on a PC.
 */
#include "ed25519.h"

#include <string.h>

#include "sha512.h"

/* ---- the field of integers modulo p = 2^255 - 19; values are kept below 2^256 ---- */

typedef uint32_t field[8];

static const field P = {0xffffffed, 0xffffffff, 0xffffffff, 0xffffffff,
    0xffffffff, 0xffffffff, 0xffffffff, 0x7fffffff};
static const field TWO_D = {0x26b2f159, 0xebd69b94, 0x8283b156, 0x00e0149a,
    0xeef3d130, 0x198e80f2, 0x56dffce7, 0x2406d9dc};
static const field BASE_X = {0x8f25d51a, 0xc9562d60, 0x9525a7b2, 0x692cc760,
    0xfdd6dc5c, 0xc0a4e231, 0xcd6e53fe, 0x216936d3};
static const field BASE_Y = {0x66666658, 0x66666666, 0x66666666, 0x66666666,
    0x66666666, 0x66666666, 0x66666666, 0x66666666};
static const field BASE_T = {0xa5b7dda3, 0x6dde8ab3, 0x775152f5, 0x20f09f80,
    0x64abe37d, 0x66ea4e8e, 0xd78b7665, 0x67875f0f};

/* Adds carry * 2^256, which is carry * 38 modulo p; twice, since the first may carry again. */
static void fold(field r, uint64_t carry) {
  unsigned again, i;
  for (again = 0; again < 2; again++) {
    carry *= 38;
    for (i = 0; i < 8; i++) {
      carry += r[i];
      r[i] = (uint32_t)carry;
      carry >>= 32;
    }
  }
}

static void field_add(field r, const field a, const field b) {
  uint64_t carry = 0;
  unsigned i;
  for (i = 0; i < 8; i++) {
    carry += (uint64_t)a[i] + b[i];
    r[i] = (uint32_t)carry;
    carry >>= 32;
  }
  fold(r, carry);
}

/* a - b as a + (2^256 - 1 - b) + 1 - 2^256, and 2^256 is 38 modulo p. */
static void field_subtract(field r, const field a, const field b) {
  uint64_t carry = 1;
  uint32_t off;
  unsigned again, i;
  for (i = 0; i < 8; i++) {
    carry += (uint64_t)a[i] + (uint32_t)~b[i];
    r[i] = (uint32_t)carry;
    carry >>= 32;
  }
  off = (uint32_t)(1 - carry) * 38;
  for (again = 0; again < 2; again++) {
    int64_t borrow = -(int64_t)off;
    for (i = 0; i < 8; i++) {
      borrow += r[i];
      r[i] = (uint32_t)borrow;
      borrow >>= 32;
    }
    off = (uint32_t)(-borrow) * 38;
  }
}

static void multiply_words(uint32_t product[16], const uint32_t a[8], const uint32_t b[8]) {
  unsigned i, k;
  memset(product, 0, 16 * sizeof *product);
  for (i = 0; i < 8; i++) {
    uint64_t carry = 0;
    for (k = 0; k < 8; k++) {
      carry += (uint64_t)a[i] * b[k] + product[i + k];
      product[i + k] = (uint32_t)carry;
      carry >>= 32;
    }
    product[i + 8] = (uint32_t)carry;
  }
}

static void field_multiply(field r, const field a, const field b) {
  uint32_t product[16];
  uint64_t carry = 0;
  unsigned i;
  multiply_words(product, a, b);
  for (i = 0; i < 8; i++) {
    carry += (uint64_t)product[i + 8] * 38 + product[i];
    r[i] = (uint32_t)carry;
    carry >>= 32;
  }
  fold(r, carry);
}

/* 1 / a as a^(p - 2); the exponent is 250 ones followed by 01011. */
static void field_invert(field r, const field a) {
  field result;
  int bit;
  memcpy(result, a, sizeof result);
  for (bit = 253; bit >= 0; bit--) {
    field_multiply(result, result, result);
    if (bit > 4 || (0x0b >> bit & 1)) field_multiply(result, result, a);
  }
  memcpy(r, result, sizeof result);
}

/* Takes p off if that leaves something; constant time. */
static void take_off(uint32_t *r, const uint32_t *p, unsigned words) {
  uint32_t less[9];
  uint64_t carry = 1;
  uint32_t keep;
  unsigned i;
  for (i = 0; i < words; i++) {
    carry += (uint64_t)r[i] + (uint32_t)~p[i];
    less[i] = (uint32_t)carry;
    carry >>= 32;
  }
  keep = (uint32_t)carry - 1; /* all ones if r < p */
  for (i = 0; i < words; i++) r[i] = (r[i] & keep) | (less[i] & ~keep);
}

static void field_bytes(uint8_t bytes[32], const field a) {
  field r;
  unsigned i;
  memcpy(r, a, sizeof r);
  take_off(r, P, 8);
  take_off(r, P, 8);
  for (i = 0; i < 32; i++) bytes[i] = (uint8_t)(r[i / 4] >> 8 * (i % 4));
}

/* ---- points in extended coordinates: x = X/Z, y = Y/Z, x * y = T/Z ---- */

typedef struct {
  field x, y, z, t;
} point;

/* The complete addition of RFC 8032, section 5.1.4; doubles as well. */
static void point_add(point *r, const point *p, const point *q) {
  field a, b, c, d, e, f, g, h;
  field_subtract(a, p->y, p->x);
  field_subtract(b, q->y, q->x);
  field_multiply(a, a, b);
  field_add(b, p->y, p->x);
  field_add(c, q->y, q->x);
  field_multiply(b, b, c);
  field_multiply(c, p->t, q->t);
  field_multiply(c, c, TWO_D);
  field_multiply(d, p->z, q->z);
  field_add(d, d, d);
  field_subtract(e, b, a);
  field_subtract(f, d, c);
  field_add(g, d, c);
  field_add(h, b, a);
  field_multiply(r->x, e, f);
  field_multiply(r->y, g, h);
  field_multiply(r->t, e, h);
  field_multiply(r->z, f, g);
}

/* The encoding of scalar * base point. */
static void base_times(uint8_t encoded[32], const uint32_t scalar[8]) {
  point sum, base, more;
  field inverse, x, y;
  uint8_t x_bytes[32];
  int bit;
  memset(&sum, 0, sizeof sum);
  sum.y[0] = sum.z[0] = 1;
  memset(&base, 0, sizeof base);
  memcpy(base.x, BASE_X, sizeof BASE_X);
  memcpy(base.y, BASE_Y, sizeof BASE_Y);
  memcpy(base.t, BASE_T, sizeof BASE_T);
  base.z[0] = 1;
  for (bit = 255; bit >= 0; bit--) {
    uint32_t take = (uint32_t)0 - (scalar[bit / 32] >> (bit % 32) & 1);
    uint32_t *to = (uint32_t *)&sum;
    const uint32_t *from = (const uint32_t *)&more;
    unsigned i;
    point_add(&sum, &sum, &sum);
    point_add(&more, &sum, &base);
    for (i = 0; i < sizeof sum / sizeof *to; i++) to[i] ^= (to[i] ^ from[i]) & take;
  }
  field_invert(inverse, sum.z);
  field_multiply(x, sum.x, inverse);
  field_multiply(y, sum.y, inverse);
  field_bytes(encoded, y);
  field_bytes(x_bytes, x);
  encoded[31] |= (uint8_t)((x_bytes[0] & 1) << 7);
}

/* ---- integers modulo the order of the base point ---- */

static const uint32_t ORDER[9] = {0x5cf5d3ed, 0x5812631a, 0xa2f79cd6, 0x14def9de,
    0x00000000, 0x00000000, 0x00000000, 0x10000000, 0x00000000};

/* 512 bits modulo the order, bit by bit from the top. */
static void reduce(uint32_t r[8], const uint32_t wide[16]) {
  uint32_t rest[9];
  int bit;
  memset(rest, 0, sizeof rest);
  for (bit = 511; bit >= 0; bit--) {
    unsigned i;
    for (i = 8; i > 0; i--) rest[i] = rest[i] << 1 | rest[i - 1] >> 31;
    rest[0] = rest[0] << 1 | (wide[bit / 32] >> (bit % 32) & 1);
    take_off(rest, ORDER, 9);
  }
  memcpy(r, rest, 8 * sizeof *r);
}

static void words_of(uint32_t *words, const uint8_t *bytes, unsigned count) {
  unsigned i;
  memset(words, 0, count * sizeof *words);
  for (i = 0; i < 4 * count; i++) words[i / 4] |= (uint32_t)bytes[i] << 8 * (i % 4);
}

static void digest_scalar(uint32_t scalar[8], sha512 *hash) {
  uint8_t digest[64];
  uint32_t wide[16];
  sha512_end(hash, digest);
  words_of(wide, digest, 16);
  reduce(scalar, wide);
}

/* The secret scalar and the prefix of a seed. */
static void expand(uint32_t scalar[8], uint8_t prefix[32], const uint8_t seed[32]) {
  sha512 hash;
  uint8_t digest[64];
  sha512_start(&hash);
  sha512_add(&hash, seed, 32);
  sha512_end(&hash, digest);
  digest[0] &= 248;
  digest[31] = (uint8_t)((digest[31] & 127) | 64);
  words_of(scalar, digest, 8);
  memcpy(prefix, digest + 32, 32);
}

void ed25519_public(uint8_t public_key[32], const uint8_t seed[32]) {
  uint32_t scalar[8];
  uint8_t prefix[32];
  expand(scalar, prefix, seed);
  base_times(public_key, scalar);
}

void ed25519_sign(uint8_t signature[64], const uint8_t seed[32], const uint8_t public_key[32],
                  const ed25519_part *parts, unsigned count) {
  uint32_t secret[8], nonce[8], challenge[8], product[16];
  uint8_t prefix[32];
  uint64_t carry = 0;
  sha512 hash;
  unsigned i;
  expand(secret, prefix, seed);
  sha512_start(&hash);
  sha512_add(&hash, prefix, 32);
  for (i = 0; i < count; i++) sha512_add(&hash, parts[i].bytes, parts[i].length);
  digest_scalar(nonce, &hash);
  base_times(signature, nonce);
  sha512_start(&hash);
  sha512_add(&hash, signature, 32);
  sha512_add(&hash, public_key, 32);
  for (i = 0; i < count; i++) sha512_add(&hash, parts[i].bytes, parts[i].length);
  digest_scalar(challenge, &hash);
  multiply_words(product, challenge, secret);
  for (i = 0; i < 16; i++) {
    carry += (uint64_t)product[i] + (i < 8 ? nonce[i] : 0);
    product[i] = (uint32_t)carry;
    carry >>= 32;
  }
  reduce(secret, product);
  for (i = 0; i < 32; i++) signature[32 + i] = (uint8_t)(secret[i / 4] >> 8 * (i % 4));
}
