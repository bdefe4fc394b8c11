package org.commonshub.metering.web;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;

/**
 * Who may connect: so many in all, so many from one address, and plain connections only from where
 * the settings allow them. This computer itself is not counted by address.
 */
final class Admission {
  /** Which peers may connect without TLS. */
  enum Plain {
    /** From private, link-local and loopback addresses. */
    PRIVATE,
    /** Nobody. */
    OFF,
    /** Everybody. */
    ANY
  }

  private final int most;
  private final int perAddress;
  private final Map<InetAddress, Integer> counts = new HashMap<>();
  private int all;

  Admission(int most, int perAddress) {
    this.most = most;
    this.perAddress = perAddress;
  }

  /** Counts a connection in, if there is room for it. */
  synchronized boolean enter(InetAddress address) {
    int mine = counts.getOrDefault(address, 0);
    if (all >= most || (mine >= perAddress && !address.isLoopbackAddress())) {
      return false;
    }
    counts.put(address, mine + 1);
    all++;
    return true;
  }

  /** Counts it out. */
  synchronized void leave(InetAddress address) {
    counts.computeIfPresent(address, (a, count) -> count == 1 ? null : count - 1);
    all--;
  }

  synchronized int count() {
    return all;
  }

  /** Whether an address is of the home's own networks (RFC 1918, 3927, 4193, 4291). */
  static boolean local(InetAddress address) {
    if (address.isLoopbackAddress()
        || address.isLinkLocalAddress()
        || address.isSiteLocalAddress()) {
      return true;
    }
    return !(address instanceof Inet4Address) && (address.getAddress()[0] & 0xfe) == 0xfc;
  }

  /** Whether a peer may speak without TLS. */
  static boolean permitted(Plain plain, InetAddress address) {
    return switch (plain) {
      case ANY -> true;
      case PRIVATE -> local(address);
      case OFF -> false;
    };
  }
}
