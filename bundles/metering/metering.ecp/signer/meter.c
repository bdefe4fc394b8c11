/*
 * A meter on a PC, for trying and for the hub's tests.
 *
 *   meter SEED enrol NAME                          prints an enrolment in hexadecimal
 *   meter SEED frame AT BOOT SEQUENCE KEY=VALUE…    prints a message of one frame
 *   meter SEED key                                 prints public key and identifier
 *   meter … coap MESSAGE_ID                        as the last words: with a CoAP head in front
 *
 * SEED is 64 hexadecimal digits. KEY is a key of the catalogue, VALUE a decimal such as 421.3.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ecp.h"

static void print(const uint8_t *bytes, size_t length) {
  size_t i;
  for (i = 0; i < length; i++) printf("%02x", bytes[i]);
}

static int value(ecp_message *message, const char *text) {
  char digits[32];
  const char *equals = strchr(text, '=');
  size_t n = 0;
  int exponent = 0, point = 0;
  if (equals == NULL) return 0;
  for (const char *p = equals + 1; *p != 0; p++) {
    if (*p == '.') {
      point = 1;
    } else if (n < sizeof digits - 1) {
      digits[n++] = *p;
      exponent -= point;
    }
  }
  digits[n] = 0;
  ecp_value(message, (unsigned)strtoul(text, NULL, 10), strtoll(digits, NULL, 10), exponent);
  return 1;
}

int main(int count, char **words) {
  ecp_key key;
  uint8_t buffer[1024], head[20];
  size_t length = 0;
  int i, coap = -1;
  if (count > 4 && strcmp(words[count - 2], "coap") == 0) {
    coap = atoi(words[count - 1]);
    count -= 2;
  }
  if (count < 3 || strlen(words[1]) != 64) {
    fprintf(stderr, "usage: meter SEED key | enrol NAME | frame AT BOOT SEQUENCE KEY=VALUE...\n");
    return 2;
  }
  for (i = 0; i < 32; i++) {
    char digits[3] = {words[1][2 * i], words[1][2 * i + 1], 0};
    key.seed[i] = (uint8_t)strtoul(digits, NULL, 16);
  }
  ecp_make_key(&key);
  if (strcmp(words[2], "key") == 0) {
    print(key.public_key, sizeof key.public_key);
    printf(" ");
    print(key.id, sizeof key.id);
    printf("\n");
    return 0;
  }
  if (strcmp(words[2], "enrol") == 0 && count == 4) {
    length = ecp_enrol(buffer, sizeof buffer, &key, words[3]);
  } else if (strcmp(words[2], "frame") == 0 && count >= 6) {
    ecp_message message;
    ecp_begin(&message, buffer, sizeof buffer, &key, 1);
    ecp_frame(&message, strtoull(words[3], NULL, 10), (uint32_t)strtoul(words[4], NULL, 10),
              strtoull(words[5], NULL, 10), (unsigned)(count - 6));
    for (i = 6; i < count; i++) {
      if (!value(&message, words[i])) return 2;
    }
    length = ecp_end(&message);
  }
  if (length == 0) {
    fprintf(stderr, "meter: nothing was made; check the words and that it fits %u bytes\n",
            (unsigned)sizeof buffer);
    return 1;
  }
  if (coap >= 0) {
    print(head, ecp_coap(head, (uint16_t)coap, strcmp(words[2], "enrol") == 0));
  }
  print(buffer, length);
  printf("\n");
  return 0;
}
