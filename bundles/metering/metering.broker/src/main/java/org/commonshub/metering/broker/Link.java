package org.commonshub.metering.broker;

import java.net.InetAddress;

/** A connection of a client, or of somebody who did not say yet who it is. Data only. */
final class Link {
  final Outlet outlet;
  final InetAddress address;
  final PacketReader reader = new PacketReader(Broker.PACKET_STRANGER);
  final long openedAt;

  /** CONNECT that waits for its turn, and when that is. */
  Packet.Connect held;

  long turn;

  /** Null before a successful log-in. */
  Session session;

  Client client;
  Packet.Will will;
  long keepAliveNanos;
  long heardAt;
  Allowance messages;
  Allowance bytes;

  /** Bytes of an incomplete packet as they are counted. */
  int partial;

  boolean ended;

  Link(Outlet outlet, InetAddress address, long now) {
    this.outlet = outlet;
    this.address = address;
    this.openedAt = now;
    this.heardAt = now;
  }
}
