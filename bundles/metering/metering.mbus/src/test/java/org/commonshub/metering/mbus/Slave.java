package org.commonshub.metering.mbus;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * A wired meter as EN 13757-2 has it, for tests: primary and secondary address, frame count bit,
 * several telegrams. Shares no code with what is tested.
 */
final class Slave {
  private final int address;
  private final byte[] secondary;
  private List<byte[]> telegrams = List.of();
  private boolean selected;
  private int at = -1;
  private int lastBit = -1;
  private int access;
  final List<String> heard = new ArrayList<>();

  /**
   * @param address primary address
   * @param secondary identification number, manufacturer, version, type as on the wire, in hex
   */
  Slave(int address, String secondary) {
    this.address = address;
    this.secondary = hex(secondary);
  }

  static byte[] hex(String text) {
    return HexFormat.of().parseHex(text.replace(" ", ""));
  }

  /**
   * @param records what follows the long header, a telegram each
   */
  Slave says(String... records) {
    telegrams = Arrays.stream(records).map(Slave::hex).toList();
    return this;
  }

  /** Empty while a request is not whole; no bytes if it does not answer. */
  synchronized Optional<byte[]> answer(byte[] request) {
    if (request.length < 5) {
      return Optional.empty();
    }
    if (request[0] == 0x68) {
      int length = request[1] & 0xFF;
      if (request.length < length + 6) {
        return Optional.empty();
      }
    }
    heard.add(HexFormat.of().formatHex(request));
    int control = request[request[0] == 0x68 ? 4 : 1] & 0xFF;
    int to = request[request[0] == 0x68 ? 5 : 2] & 0xFF;
    if (request[0] == 0x68) {
      if (to == 0xFD && request[6] == 0x52) {
        selected = matches(Arrays.copyOfRange(request, 7, 15));
        at = -1;
        lastBit = -1;
        return Optional.of(selected ? new byte[] {(byte) 0xE5} : new byte[0]);
      }
      return Optional.of(new byte[0]);
    }
    if (to != address && to != 0xFE && !(to == 0xFD && selected)) {
      return Optional.of(new byte[0]);
    }
    if ((control & 0x0F) == 0) {
      at = -1;
      lastBit = -1;
      selected = false;
      return Optional.of(new byte[] {(byte) 0xE5});
    }
    int bit = (control >> 5) & 1;
    if (bit != lastBit || at < 0) {
      at = at + 1 < telegrams.size() ? at + 1 : 0;
      lastBit = bit;
      access++;
    }
    if (telegrams.isEmpty()) {
      return Optional.of(new byte[] {(byte) 0xE5});
    }
    return Optional.of(telegram(address, telegrams.get(at)));
  }

  private boolean matches(byte[] mask) {
    for (int i = 0; i < 4; i++) {
      for (int shift = 0; shift <= 4; shift += 4) {
        int digit = (mask[i] >> shift) & 0x0F;
        if (digit != 0x0F && digit != ((secondary[i] >> shift) & 0x0F)) {
          return false;
        }
      }
    }
    boolean maker =
        (mask[4] == (byte) 0xFF && mask[5] == (byte) 0xFF)
            || (mask[4] == secondary[4] && mask[5] == secondary[5]);
    return maker
        && (mask[6] == (byte) 0xFF || mask[6] == secondary[6])
        && (mask[7] == (byte) 0xFF || mask[7] == secondary[7]);
  }

  byte[] telegram(int from, byte[] records) {
    byte[] data = new byte[13 + records.length];
    data[0] = 0x72;
    System.arraycopy(secondary, 0, data, 1, 8);
    data[9] = (byte) access;
    System.arraycopy(records, 0, data, 13, records.length);
    return frame(0x08, from, data);
  }

  static byte[] frame(int control, int address, byte[] data) {
    byte[] frame = new byte[data.length + 8];
    frame[0] = 0x68;
    frame[1] = (byte) (data.length + 2);
    frame[2] = (byte) (data.length + 2);
    frame[3] = 0x68;
    frame[4] = (byte) control;
    frame[5] = (byte) address;
    int sum = control + address;
    for (int i = 0; i < data.length; i++) {
      frame[6 + i] = data[i];
      sum += data[i];
    }
    frame[frame.length - 2] = (byte) sum;
    frame[frame.length - 1] = 0x16;
    return frame;
  }
}
