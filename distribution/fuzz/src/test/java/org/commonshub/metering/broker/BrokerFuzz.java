package org.commonshub.metering.broker;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A program for several clients of the hub's MQTT broker: each step is a client, an action and
 * bytes. Nothing may escape, and nothing may be left when all are gone.
 */
public final class BrokerFuzz {
  private static final Client ALL = new Client("a", List.of("#"));
  private static final byte[] LOGIN = {
    0x10, 19, 0, 4, 'M', 'Q', 'T', 'T', 4, (byte) 0xC0, 0, 60, 0, 1, 'i', 0, 1, 'a', 0, 1, 'a'
  };

  private BrokerFuzz() {}

  private static final class Sink implements Outlet {
    private int waiting;

    @Override
    public void write(byte[] bytes) {}

    @Override
    public int waiting() {
      return waiting;
    }

    @Override
    public void end() {}
  }

  public static void fuzzerTestOneInput(byte[] data) {
    Broker broker =
        new Broker(
            new Broker.Doorkeeper() {
              @Override
              public Optional<Client> admit(String user, byte[] password) {
                return user.equals("a") ? Optional.of(ALL) : Optional.empty();
              }

              @Override
              public boolean knows(String user) {
                return true;
              }
            },
            (about, what) -> {});
    InetAddress address = InetAddress.getLoopbackAddress();
    List<Sink> sinks = new ArrayList<>();
    List<Link> links = new ArrayList<>();
    long now = 1;
    for (int i = 0; i < 4; i++) {
      sinks.add(new Sink());
      links.add(broker.opened(sinks.get(i), address, now));
      byte[] login = LOGIN.clone();
      login[14] = (byte) ('i' + i / 2); // two share an identifier
      broker.received(links.get(i), login, now);
    }
    for (int at = 0; at + 2 < data.length; ) {
      int which = data[at] & 3;
      int action = data[at] >> 2 & 7;
      int length = Math.min(data[at + 1] & 0x7F, data.length - at - 2);
      byte[] bytes = Arrays.copyOfRange(data, at + 2, at + 2 + length);
      at += 2 + length;
      switch (action) {
        case 0 -> {
          broker.closed(links.get(which), now);
          links.set(which, broker.opened(sinks.get(which), address, now));
          broker.received(links.get(which), LOGIN, now);
        }
        case 1 -> {
          now += 1_000_000_000L * (1 + length);
          broker.tick(now);
        }
        case 2 -> {
          sinks.get(which).waiting = length * 1_000;
          broker.writable(links.get(which));
        }
        default -> broker.received(links.get(which), bytes, now);
      }
    }
    links.forEach(link -> broker.closed(link, 1));
    broker.changed("a", now);
    if (broker.connected() != 0
        || broker.sessions() != 0
        || broker.strangers() != 0
        || broker.subscriptions() != 0
        || broker.bytes() != 0
        || broker.partialBytes() != 0) {
      throw new AssertionError("left over: " + broker.sessions() + " " + broker.bytes());
    }
  }
}
