package org.commonshub.metering.modbus;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/** A small Modbus server in memory: bytes in, bytes out. Written apart from the code under test. */
final class Server implements Function<byte[], byte[]> {
  private final boolean rtu;
  private final int unit;
  private final Map<Integer, Integer> holding = new HashMap<>();
  private final Map<Integer, Integer> input = new HashMap<>();
  private final Map<Integer, Integer> coils = new HashMap<>();

  Server(boolean rtu, int unit) {
    this.rtu = rtu;
    this.unit = unit;
  }

  Server holding(int address, int... words) {
    return set(holding, address, words);
  }

  Server input(int address, int... words) {
    return set(input, address, words);
  }

  Server coils(int address, int... bits) {
    return set(coils, address, bits);
  }

  private Server set(Map<Integer, Integer> table, int address, int... words) {
    for (int i = 0; i < words.length; i++) {
      table.put(address + i, words[i]);
    }
    return this;
  }

  @Override
  public byte[] apply(byte[] request) {
    int at = rtu ? 0 : 6;
    int function = request[at + 1] & 0xFF;
    int address = u16(request, at + 2);
    int count = u16(request, at + 4);
    Map<Integer, Integer> table =
        switch (function) {
          case 1, 2 -> coils;
          case 3 -> holding;
          case 4 -> input;
          default -> Map.of();
        };
    byte[] pdu;
    if (function == 5 || function == 6 || function == 15 || function == 16) {
      return frame(request, written(request, at, function, address, count));
    }
    if (!complete(table, address, count)) {
      pdu = new byte[] {(byte) (function | 0x80), 2};
    } else if (function <= 2) {
      pdu = new byte[2 + (count + 7) / 8];
      for (int i = 0; i < count; i++) {
        pdu[2 + i / 8] |= (byte) (table.get(address + i) << i % 8);
      }
      pdu[0] = (byte) function;
      pdu[1] = (byte) (pdu.length - 2);
    } else {
      pdu = new byte[2 + 2 * count];
      pdu[0] = (byte) function;
      pdu[1] = (byte) (2 * count);
      for (int i = 0; i < count; i++) {
        pdu[2 + 2 * i] = (byte) (table.get(address + i) >> 8);
        pdu[3 + 2 * i] = (byte) (int) table.get(address + i);
      }
    }
    return frame(request, pdu);
  }

  /** Takes the values and echoes the first five bytes. */
  private byte[] written(byte[] request, int at, int function, int address, int count) {
    Map<Integer, Integer> table = function == 5 || function == 15 ? coils : holding;
    if (function <= 6) {
      table.put(address, function == 5 ? count >> 15 : count);
    } else {
      for (int i = 0; i < count; i++) {
        table.put(
            address + i,
            function == 15 ? request[at + 7 + i / 8] >> i % 8 & 1 : u16(request, at + 7 + 2 * i));
      }
    }
    byte[] echo = new byte[5];
    System.arraycopy(request, at + 1, echo, 0, 5);
    return echo;
  }

  /** Holding registers from an address on. */
  int[] holding(int address, int count, boolean coil) {
    int[] words = new int[count];
    for (int i = 0; i < count; i++) {
      words[i] = (coil ? coils : holding).getOrDefault(address + i, 0);
    }
    return words;
  }

  private static boolean complete(Map<Integer, Integer> table, int address, int count) {
    for (int i = 0; i < count; i++) {
      if (!table.containsKey(address + i)) {
        return false;
      }
    }
    return true;
  }

  private byte[] frame(byte[] request, byte[] pdu) {
    if (rtu) {
      byte[] answer = new byte[1 + pdu.length + 2];
      answer[0] = (byte) unit;
      System.arraycopy(pdu, 0, answer, 1, pdu.length);
      int crc = 0xFFFF;
      for (int i = 0; i < answer.length - 2; i++) {
        crc ^= answer[i] & 0xFF;
        for (int bit = 0; bit < 8; bit++) {
          crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xA001 : crc >> 1;
        }
      }
      answer[answer.length - 2] = (byte) crc;
      answer[answer.length - 1] = (byte) (crc >> 8);
      return answer;
    }
    byte[] answer = new byte[7 + pdu.length];
    System.arraycopy(request, 0, answer, 0, 4);
    answer[4] = (byte) ((1 + pdu.length) >> 8);
    answer[5] = (byte) (1 + pdu.length);
    answer[6] = (byte) unit;
    System.arraycopy(pdu, 0, answer, 7, pdu.length);
    return answer;
  }

  private static int u16(byte[] bytes, int at) {
    return (bytes[at] & 0xFF) << 8 | bytes[at + 1] & 0xFF;
  }
}
