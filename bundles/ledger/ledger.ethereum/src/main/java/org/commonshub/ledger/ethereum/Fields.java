package org.commonshub.ledger.ethereum;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;

/** A JSON object whose fields are read strictly. */
record Fields(Map<?, ?> map) {
  static Fields of(Object value) throws MalformedException {
    if (value instanceof Map<?, ?> map) {
      return new Fields(map);
    }
    throw new MalformedException("not a JSON object");
  }

  boolean has(String name) {
    return map.get(name) != null;
  }

  List<?> list(String name) throws MalformedException {
    if (map.get(name) instanceof List<?> list) {
      return list;
    }
    throw new MalformedException(name + " is not a list");
  }

  byte[] bytes(String name) throws MalformedException {
    return bytes(map.get(name), name);
  }

  byte[] bytes(String name, int length) throws MalformedException {
    byte[] bytes = bytes(name);
    if (bytes.length != length) {
      throw new MalformedException(name + " has not " + length + " bytes");
    }
    return bytes;
  }

  BigInteger quantity(String name) throws MalformedException {
    return quantity(map.get(name), name);
  }

  long number(String name) throws MalformedException {
    return number(map.get(name), name);
  }

  static byte[] bytes(Object value, String name) throws MalformedException {
    if (value instanceof String hex) {
      try {
        return Bytes.parse(hex);
      } catch (IllegalArgumentException e) {
        throw new MalformedException(name + " is not hexadecimal");
      }
    }
    throw new MalformedException(name + " is missing");
  }

  static BigInteger quantity(Object value, String name) throws MalformedException {
    if (value instanceof String hex && hex.matches("0x[0-9a-fA-F]{1,64}")) {
      return new BigInteger(hex.substring(2), 16);
    }
    throw new MalformedException(name + " is not a quantity");
  }

  static long number(Object value, String name) throws MalformedException {
    BigInteger number = quantity(value, name);
    if (number.bitLength() > 63) {
      throw new MalformedException(name + " is too large");
    }
    return number.longValue();
  }
}
