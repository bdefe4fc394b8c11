package org.commonshub.apps.host;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Collections;
import java.util.List;

/**
 * Which addresses are somewhere on the public internet, and not in this home. Ranges are those of
 * IANA's special-purpose registries for IPv4 and IPv6 (RFC 6890) that are not globally reachable,
 * and those that lead to another address inside (mapped, NAT64, 6to4, Teredo).
 */
final class Addresses {
  private record Range(byte[] prefix, int bits) {
    boolean holds(byte[] address) {
      return address.length == prefix.length && same(address, prefix, bits);
    }
  }

  private static final List<Range> NOT_PUBLIC_4 =
      List.of(
          range(8, 0), // this network
          range(8, 10), // private
          range(10, 100, 64), // shared, carrier-grade NAT
          range(8, 127), // loopback
          range(16, 169, 254), // link-local, and clouds' metadata
          range(12, 172, 16), // private
          range(24, 192, 0, 0), // protocol assignments
          range(24, 192, 0, 2), // documentation
          range(24, 192, 31, 196), // AS112
          range(24, 192, 52, 193), // AMT
          range(24, 192, 88, 99), // 6to4 relays
          range(16, 192, 168), // private
          range(24, 192, 175, 48), // AS112
          range(15, 198, 18), // benchmarks
          range(24, 198, 51, 100), // documentation
          range(24, 203, 0, 113), // documentation
          range(4, 224), // multicast
          range(4, 240)); // reserved, broadcast

  /** All that is global unicast. */
  private static final Range PUBLIC_6 = range6(3, 0x20);

  private static final List<Range> NOT_PUBLIC_6 =
      List.of(
          range6(23, 0x20, 0x01, 0x00), // protocol assignments, Teredo, ORCHID, benchmarks
          range6(32, 0x20, 0x01, 0x0d, 0xb8), // documentation
          range6(16, 0x20, 0x02), // 6to4
          range6(48, 0x26, 0x20, 0x00, 0x4f, 0x80, 0x00), // AS112
          range6(20, 0x3f, 0xff, 0x00)); // documentation

  private Addresses() {}

  /** Whether an address is public and not in a network that this hub is attached to. */
  static boolean outside(InetAddress address) {
    return isPublic(address) && !attached(address);
  }

  static boolean isPublic(InetAddress address) {
    byte[] bytes = address.getAddress();
    if (address instanceof Inet4Address) {
      return NOT_PUBLIC_4.stream().noneMatch(range -> range.holds(bytes));
    }
    return PUBLIC_6.holds(bytes) && NOT_PUBLIC_6.stream().noneMatch(range -> range.holds(bytes));
  }

  private static boolean attached(InetAddress address) {
    try {
      for (NetworkInterface network : Collections.list(NetworkInterface.getNetworkInterfaces())) {
        for (InterfaceAddress own : network.getInterfaceAddresses()) {
          byte[] prefix = own.getAddress().getAddress();
          if (prefix.length == address.getAddress().length
              && own.getNetworkPrefixLength() > 0
              && same(address.getAddress(), prefix, own.getNetworkPrefixLength())) {
            return true;
          }
        }
      }
      return false;
    } catch (SocketException e) {
      return true; // It cannot be told.
    }
  }

  private static boolean same(byte[] a, byte[] b, int bits) {
    for (int i = 0; i < bits; i++) {
      int mask = 0x80 >> i % 8;
      if ((a[i / 8] & mask) != (b[i / 8] & mask)) {
        return false;
      }
    }
    return true;
  }

  private static Range range(int bits, int... begin) {
    return new Range(bytes(4, begin), bits);
  }

  private static Range range6(int bits, int... begin) {
    return new Range(bytes(16, begin), bits);
  }

  private static byte[] bytes(int length, int... begin) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < begin.length; i++) {
      bytes[i] = (byte) begin[i];
    }
    return bytes;
  }
}
