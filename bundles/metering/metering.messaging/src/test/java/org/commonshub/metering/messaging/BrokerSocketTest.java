package org.commonshub.metering.messaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class BrokerSocketTest {
  private static BrokerSocket connected(Peer peer) throws IOException {
    BrokerSocket socket = new BrokerSocket(null, "localhost");
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), peer.port), 10_000);
    socket.setSoTimeout(1_000);
    return socket;
  }

  private static byte[] packet(InputStream in, int length) throws IOException {
    byte[] packet = new byte[length];
    for (int at = 0; at < length; ) {
      try {
        int count = in.read(packet, at, length - at);
        if (count < 0) {
          throw new IOException("end");
        }
        at += count;
      } catch (SocketTimeoutException e) {
        assertThat(at).as("a time-out in the middle of a packet").isZero();
        throw e;
      }
    }
    return packet;
  }

  @Test
  void showsNoFailureBeforeTheSenderRuns() throws Exception {
    try (Peer peer = new Peer((in, out, connection) -> {});
        BrokerSocket socket = connected(peer)) {
      InputStream in = socket.getInputStream();
      OutputStream out = socket.getOutputStream();
      assertThatThrownBy(in::read).isInstanceOf(SocketTimeoutException.class);
      socket.kill();
      assertThatThrownBy(in::read).isInstanceOf(SocketTimeoutException.class);
      assertThatThrownBy(() -> out.write(1)).isInstanceOf(IOException.class);
      assertThatThrownBy(in::read)
          .isInstanceOf(IOException.class)
          .isNotInstanceOf(SocketTimeoutException.class);
    }
  }

  /** A broker that sends but does not read: its acknowledgements must not pile up. */
  @Test
  void readsNoFurtherWhileTooManyAcknowledgementsWait() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    try (Peer peer =
            new Peer(
                (in, out, connection) -> {
                  Peer.send(out, "20020000");
                  for (int i = 1; i <= BrokerSocket.UNACKNOWLEDGED + 10; i++) {
                    out.write(PacketGuardTest.publish(1, i, "t", 0));
                  }
                  end.await();
                });
        BrokerSocket socket = connected(peer)) {
      InputStream in = socket.getInputStream();
      OutputStream out = socket.getOutputStream();
      out.write(new byte[] {(byte) 0xC0, 0});
      packet(in, 4);
      for (int i = 0; i < BrokerSocket.UNACKNOWLEDGED; i++) {
        packet(in, 7);
      }
      assertThatThrownBy(() -> packet(in, 7)).isInstanceOf(SocketTimeoutException.class);
      // A publish whose payload looks like acknowledgements, then one acknowledgement in pieces.
      out.write(new byte[] {0x30, 7, 0, 1, 't', 0x40, 2, 0x40, 2});
      assertThatThrownBy(() -> packet(in, 7)).isInstanceOf(SocketTimeoutException.class);
      out.write(0x40);
      out.write(2);
      out.write(new byte[] {0, 1});
      packet(in, 7);
      assertThatThrownBy(() -> packet(in, 7)).isInstanceOf(SocketTimeoutException.class);
      out.write(new byte[] {0x40, 2, 0, 2, 0x40, 2, 0, 3});
      packet(in, 7);
      packet(in, 7);
      end.countDown();
    }
  }

  @Test
  void killEndsAPendingRead() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    try (Peer peer = new Peer((in, out, connection) -> end.await());
        BrokerSocket socket = connected(peer)) {
      socket.setSoTimeout(0);
      InputStream in = socket.getInputStream();
      socket.getOutputStream().write(1);
      CountDownLatch ended = new CountDownLatch(1);
      Thread reader =
          new Thread(
              () -> {
                try {
                  in.read();
                } catch (IOException e) {
                  ended.countDown();
                }
              });
      reader.start();
      socket.kill();
      assertThat(ended.await(20, TimeUnit.SECONDS)).isTrue();
      reader.join();
      end.countDown();
    }
  }
}
