/* Ed25519 signatures (RFC 8032, section 5.1): making keys and signing. */
#ifndef ECP_ED25519_H
#define ECP_ED25519_H

#include <stddef.h>
#include <stdint.h>

/* A part of a message that is signed as one. */
typedef struct {
  const uint8_t *bytes;
  size_t length;
} ed25519_part;

/* The public key of a seed of 32 random bytes. */
void ed25519_public(uint8_t public_key[32], const uint8_t seed[32]);

/* Signs the parts as one message. */
void ed25519_sign(uint8_t signature[64], const uint8_t seed[32], const uint8_t public_key[32],
                  const ed25519_part *parts, unsigned count);

#endif
