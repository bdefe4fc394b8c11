package org.commonshub.metering.broker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.commonshub.metering.api.DeviceServer;
import org.commonshub.testing.fakes.FakeDeviceServer;
import org.junit.jupiter.api.Test;

class PeerOutletTest {
  /** Takes as much as it is told to. */
  private static final class Peer implements DeviceServer.StreamPeer {
    final ByteArrayOutputStream taken = new ByteArrayOutputStream();
    int room = Integer.MAX_VALUE;
    int closed;

    @Override
    public DeviceServer.Peer peer() {
      return FakeDeviceServer.PEER;
    }

    @Override
    public synchronized boolean send(byte[] bytes) {
      if (room <= 0) {
        return false;
      }
      room -= bytes.length;
      taken.writeBytes(bytes);
      return true;
    }

    @Override
    public void close() {
      closed++;
    }
  }

  private final Peer peer = new Peer();
  private final PeerOutlet outlet = new PeerOutlet(peer, o -> {});

  @Test
  void bytesKeepTheirOrderWhateverTheirSizesAndThePeersRoom() {
    Random random = new Random(5);
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    peer.room = 0;
    for (int i = 0; i < 500; i++) {
      byte[] packet = new byte[1 + random.nextInt(i % 10 == 0 ? 40_000 : 200)];
      random.nextBytes(packet);
      expected.writeBytes(packet);
      outlet.write(packet);
      assertThat(outlet.waiting()).isEqualTo(expected.size() - peer.taken.size());
      peer.room = random.nextInt(30_000);
      outlet.flush();
    }
    peer.room = Integer.MAX_VALUE;
    outlet.end();
    outlet.write(new byte[] {1}); // too late
    outlet.flush();
    assertThat(peer.taken.toByteArray()).isEqualTo(expected.toByteArray());
    assertThat(peer.closed).isEqualTo(1);
    assertThat(outlet.isStuck()).isFalse();
  }

  @Test
  void stuckBeginsAnewWheneverSomethingWasTaken() {
    peer.room = 0;
    outlet.write(new byte[10]);
    assertThat(outlet.flush()).isFalse();
    outlet.stuckSince(100, false);
    outlet.stuckSince(200, false);
    assertThat(outlet.isStuckFor(50, 140)).isFalse();
    assertThat(outlet.isStuckFor(50, 151)).isTrue();
    outlet.stuckSince(300, true);
    assertThat(outlet.isStuckFor(50, 340)).isFalse();
    peer.room = 10;
    assertThat(outlet.flush()).isTrue();
    outlet.write(new byte[10]);
    assertThat(outlet.isStuckFor(50, 10_000)).isFalse();
    outlet.abandon();
    assertThat(peer.closed).isEqualTo(1);
    assertThat(outlet.waiting()).isZero();
  }

  @Test
  void severalThreadsFlushAndTheOrderHolds() throws Exception {
    List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
    CountDownLatch start = new CountDownLatch(1);
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  start.await();
                  for (int i = 0; i < 20_000; i++) {
                    outlet.flush();
                  }
                } catch (Throwable e) {
                  failures.add(e);
                }
              });
      thread.start();
      threads.add(thread);
    }
    start.countDown();
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    for (int i = 0; i < 20_000; i++) {
      byte[] packet = {(byte) (i >> 8), (byte) i};
      outlet.write(packet);
      expected.writeBytes(packet);
    }
    for (Thread thread : threads) {
      thread.join();
    }
    outlet.flush();
    assertThat(failures).isEmpty();
    assertThat(peer.taken.toByteArray()).isEqualTo(expected.toByteArray());
  }
}
