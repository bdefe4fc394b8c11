/*
 * Signed readings for a Commons Hub, from a device without an operating system.
 *
 * A message is a COSE_Sign1 structure (RFC 9052, section 4.2) with an Ed25519 signature over a CBOR
 * document of the hub's data structure (docs/data-structure.md). No memory is allocated; the caller
 * gives the buffer. What the device has to keep over a restart is its seed and a boot counter.
 *
 *   ecp_message m;
 *   ecp_begin(&m, buffer, sizeof buffer, &key, 1);
 *   ecp_frame(&m, unix_millis, boot_count, sequence++, 2);
 *   ecp_value(&m, ECP_POWER_ACTIVE, 4213, -1);      421.3 W taken
 *   ecp_value(&m, ECP_ENERGY_IMPORT, 1234567, 0);   1,234,567 Wh
 *   length = ecp_end(&m);                           0 if the buffer was too small
 */
#ifndef ECP_H
#define ECP_H

#include <stddef.h>
#include <stdint.h>

/* Keys of the catalogue, docs/data-structure.md section 8; every other one may be used as well. */
enum {
  ECP_POWER_ACTIVE = 1,
  ECP_FREQUENCY = 17,
  ECP_VOLTAGE_L1 = 19,
  ECP_VOLTAGE_L2 = 20,
  ECP_VOLTAGE_L3 = 21,
  ECP_CURRENT_L1 = 26,
  ECP_CURRENT_L2 = 27,
  ECP_CURRENT_L3 = 28,
  ECP_ENERGY_IMPORT = 40,
  ECP_ENERGY_EXPORT = 50
};

/* Most bytes that are not payload: heads, key identifier and signature. */
#define ECP_OVERHEAD 94

typedef struct {
  uint8_t seed[32];       /* random, secret, never leaves the device */
  uint8_t public_key[32]; /* made from the seed */
  uint8_t id[16];         /* the first half of the first half of the public key's SHA-512 */
} ecp_key;

typedef struct {
  uint8_t *buffer;
  size_t capacity;
  size_t length;
  size_t payload;
  const ecp_key *key;
  uint8_t failed;
} ecp_message;

/* Fills in public key and identifier of a key whose seed is set. */
void ecp_make_key(ecp_key *key);

/* Begins a message of so many frames, 1 to 64. */
void ecp_begin(ecp_message *message, uint8_t *buffer, size_t capacity, const ecp_key *key,
               unsigned frames);

/*
 * Begins a frame.
 * at        milliseconds since 1970 in UTC, or 0 if the device does not know: the hub stamps it
 * boot      rises at every start of the device
 * sequence  rises with every frame since
 * values    so many follow
 */
void ecp_frame(ecp_message *message, uint64_t at, uint32_t boot, uint64_t sequence,
               unsigned values);

/* A value: mantissa * 10^exponent in the quantity's unit; + is taken by the device, - is given. */
void ecp_value(ecp_message *message, unsigned quantity, int64_t mantissa, int exponent);

/* Signs. Returns the length of the message, or 0 if the buffer was too small. */
size_t ecp_end(ecp_message *message);

/*
 * The message that asks a hub to enrol this device: it carries the public key and, for people, a
 * name of at most 64 bytes. Returns its length, or 0 if the buffer was too small.
 */
size_t ecp_enrol(uint8_t *buffer, size_t capacity, const ecp_key *key, const char *name);

/*
 * The head of a confirmable CoAP request (RFC 7252) POST /ecp or POST /ecp/enrol, to be sent in
 * front of a message in one UDP datagram. Returns its length, at most 20.
 */
size_t ecp_coap(uint8_t head[20], uint16_t message_id, int enrol);

#endif
