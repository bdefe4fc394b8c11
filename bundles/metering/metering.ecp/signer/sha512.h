/* SHA-512 (FIPS 180-4) of several pieces. */
#ifndef ECP_SHA512_H
#define ECP_SHA512_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
  uint64_t state[8];
  uint8_t block[128];
  uint32_t filled;
  uint64_t length;
} sha512;

void sha512_start(sha512 *hash);
void sha512_add(sha512 *hash, const uint8_t *bytes, size_t length);
void sha512_end(sha512 *hash, uint8_t digest[64]);

#endif
