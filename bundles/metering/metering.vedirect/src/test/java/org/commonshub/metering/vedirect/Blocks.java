package org.commonshub.metering.vedirect;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Writes blocks as the paper describes them. */
final class Blocks {
  private Blocks() {}

  /** Labels and values by turns. */
  static byte[] block(String... fields) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = 0; i < fields.length; i += 2) {
      out.writeBytes(text("\r\n" + fields[i] + "\t" + fields[i + 1]));
    }
    out.writeBytes(text("\r\nChecksum\t"));
    int sum = 0;
    for (byte each : out.toByteArray()) {
      sum += each;
    }
    out.write(-sum);
    return out.toByteArray();
  }

  static byte[] text(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** A SmartSolar MPPT 75|15; every step has other values. */
  static byte[] solar(int step) {
    return block(
        "PID", "0xA053",
        "FW", "159",
        "SER#", "HQ2100ABCDE",
        "V", Integer.toString(13_310 + 10 * step),
        "I", Integer.toString(2_400 - 1_700 * step),
        "VPV", Integer.toString(36_120 + step),
        "PPV", Integer.toString(34 + 7 * step),
        "CS", "3",
        "MPPT", "2",
        "OR", "0x00000000",
        "ERR", "0",
        "LOAD", "ON",
        "IL", "200",
        "H19", Integer.toString(41_700 + step),
        "H20", "25",
        "H21", "183",
        "H22", "38",
        "H23", "168",
        "HSDS", "8");
  }

  /** The main block of a SmartShunt. */
  static byte[] shunt(int step) {
    return block(
        "PID", "0xA389",
        "V", "26201",
        "VS", "13102",
        "I", Integer.toString(-1_500 + 1_000 * step),
        "P", Integer.toString(-39 + 26 * step),
        "CE", "-1203",
        "SOC", Integer.toString(987 + step),
        "TTG", "-1",
        "Alarm", "OFF",
        "AR", "0",
        "BMV", "SmartShunt 500A/50mV",
        "FW", "0412",
        "MON", "0");
  }

  /** The history block that a SmartShunt sends by turns with it. */
  static byte[] history(int step) {
    return block(
        "H1", "-112000",
        "H4", "3",
        "H7", "21012",
        "H17", Integer.toString(12_345 + step),
        "H18", Integer.toString(23_456 + step));
  }
}
