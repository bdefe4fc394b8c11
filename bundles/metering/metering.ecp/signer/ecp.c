/* Signed readings for a Commons Hub; see ecp.h. */
#include "ecp.h"

#include <string.h>

#include "ed25519.h"
#include "sha512.h"

/* Major types of RFC 8949, section 3.1. */
enum { UNSIGNED = 0, NEGATIVE = 1, BYTES = 2, TEXT = 3, ARRAY = 4, MAP = 5, TAG = 6 };

/* COSE_Sign1 of RFC 9052: tag 18, protected header {alg: EdDSA}, unprotected {kid: ...}. */
static const uint8_t PROTECTED[] = {0xa1, 0x01, 0x27};

static void put(ecp_message *m, const void *bytes, size_t length) {
  if (m->failed || length > m->capacity - m->length) {
    m->failed = 1;
    return;
  }
  memcpy(m->buffer + m->length, bytes, length);
  m->length += length;
}

/* A head in its shortest form. */
static size_t head(uint8_t out[9], unsigned type, uint64_t value) {
  unsigned size = value < 24 ? 0 : value < 0x100 ? 1 : value < 0x10000 ? 2 : value < 0x100000000ULL ? 4 : 8;
  unsigned i;
  out[0] = (uint8_t)(type << 5 | (size == 0 ? value : size == 1 ? 24 : size == 2 ? 25 : size == 4 ? 26 : 27));
  for (i = 0; i < size; i++) out[1 + i] = (uint8_t)(value >> 8 * (size - 1 - i));
  return 1 + size;
}

static void put_head(ecp_message *m, unsigned type, uint64_t value) {
  uint8_t bytes[9];
  put(m, bytes, head(bytes, type, value));
}

static void put_integer(ecp_message *m, int64_t value) {
  put_head(m, value < 0 ? NEGATIVE : UNSIGNED, value < 0 ? (uint64_t)-(value + 1) : (uint64_t)value);
}

void ecp_make_key(ecp_key *key) {
  sha512 hash;
  uint8_t digest[64];
  ed25519_public(key->public_key, key->seed);
  sha512_start(&hash);
  sha512_add(&hash, key->public_key, 32);
  sha512_end(&hash, digest);
  memcpy(key->id, digest, sizeof key->id);
}

/* Everything in front of the payload, with room for the longest head of it. */
static void open(ecp_message *m, uint8_t *buffer, size_t capacity, const ecp_key *key) {
  m->buffer = buffer;
  m->capacity = capacity;
  m->length = 0;
  m->key = key;
  m->failed = 0;
  put_head(m, TAG, 18);
  put_head(m, ARRAY, 4);
  put_head(m, BYTES, sizeof PROTECTED);
  put(m, PROTECTED, sizeof PROTECTED);
  put_head(m, MAP, 1);
  put_head(m, UNSIGNED, 4);
  put_head(m, BYTES, sizeof key->id);
  put(m, key->id, sizeof key->id);
  put(m, "\0\0\0", 3);
  m->payload = m->length;
}

/* Moves the payload behind a head of the right length, and signs the Sig_structure (section 4.4). */
static size_t close(ecp_message *m) {
  static const char CONTEXT[] = "Signature1";
  uint8_t signature[64], start[32], payload_head[9];
  size_t payload_length = m->length - m->payload, head_length, begin, at = 0;
  ed25519_part parts[2];
  if (m->failed) return 0;
  begin = m->payload - 3;
  head_length = head(payload_head, BYTES, payload_length);
  if (head_length > 3) return 0;
  memmove(m->buffer + begin + head_length, m->buffer + m->payload, payload_length);
  memcpy(m->buffer + begin, payload_head, head_length);
  m->length = begin + head_length + payload_length;
  at += head(start + at, ARRAY, 4);
  at += head(start + at, TEXT, sizeof CONTEXT - 1);
  memcpy(start + at, CONTEXT, sizeof CONTEXT - 1);
  at += sizeof CONTEXT - 1;
  at += head(start + at, BYTES, sizeof PROTECTED);
  memcpy(start + at, PROTECTED, sizeof PROTECTED);
  at += sizeof PROTECTED;
  at += head(start + at, BYTES, 0);
  parts[0].bytes = start;
  parts[0].length = at;
  parts[1].bytes = m->buffer + begin;
  parts[1].length = head_length + payload_length;
  ed25519_sign(signature, m->key->seed, m->key->public_key, parts, 2);
  put_head(m, BYTES, sizeof signature);
  put(m, signature, sizeof signature);
  return m->failed ? 0 : m->length;
}

void ecp_begin(ecp_message *m, uint8_t *buffer, size_t capacity, const ecp_key *key,
               unsigned frames) {
  open(m, buffer, capacity, key);
  put_head(m, ARRAY, frames);
}

void ecp_frame(ecp_message *m, uint64_t at, uint32_t boot, uint64_t sequence, unsigned values) {
  unsigned i;
  put_head(m, MAP, 5);
  put_head(m, UNSIGNED, 1); /* device: by its key */
  put_head(m, BYTES, sizeof m->key->id);
  put(m, m->key->id, sizeof m->key->id);
  put_head(m, UNSIGNED, 2);
  put_head(m, UNSIGNED, at);
  put_head(m, UNSIGNED, 3);
  put_head(m, UNSIGNED, sequence);
  put_head(m, UNSIGNED, 4);
  put_head(m, UNSIGNED, boot);
  put_head(m, UNSIGNED, 7);
  /* Each value is three items: the negated key, mantissa and exponent. */
  i = 3 * values;
  put_head(m, ARRAY, i);
}

void ecp_value(ecp_message *m, unsigned quantity, int64_t mantissa, int exponent) {
  put_integer(m, -(int64_t)quantity);
  put_integer(m, mantissa);
  put_integer(m, exponent);
}

size_t ecp_end(ecp_message *m) { return close(m); }

size_t ecp_enrol(uint8_t *buffer, size_t capacity, const ecp_key *key, const char *name) {
  ecp_message m;
  size_t length = strlen(name);
  open(&m, buffer, capacity, key);
  put_head(&m, MAP, 2);
  put_head(&m, UNSIGNED, 1);
  put_head(&m, BYTES, sizeof key->public_key);
  put(&m, key->public_key, sizeof key->public_key);
  put_head(&m, UNSIGNED, 2);
  put_head(&m, TEXT, length);
  put(&m, name, length);
  return close(&m);
}

size_t ecp_coap(uint8_t out[20], uint16_t message_id, int enrol) {
  static const uint8_t OPTIONS[] = {0xb3, 'e', 'c', 'p', 0x05, 'e', 'n', 'r', 'o', 'l'};
  size_t length = 4, options = enrol ? 10 : 4;
  out[0] = 0x40; /* version 1, confirmable, no token */
  out[1] = 0x02; /* POST */
  out[2] = (uint8_t)(message_id >> 8);
  out[3] = (uint8_t)message_id;
  memcpy(out + length, OPTIONS, options); /* Uri-Path: 11, and again */
  length += options;
  out[length++] = 0x11; /* Content-Format: 12 is one more than 11; one byte: 18, application/cose */
  out[length++] = 18;
  out[length++] = 0xff;
  return length;
}
