package org.commonshub.metering.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.Callable;

/** A client that sends what the test says, byte by byte if it must. */
final class Wire implements AutoCloseable {
  static final int PATIENCE = 20_000;

  final Socket socket;

  Wire(int port) throws IOException {
    this(new Socket(InetAddress.getLoopbackAddress(), port));
  }

  Wire(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(PATIENCE);
    socket.setTcpNoDelay(true);
  }

  Wire send(String text) throws IOException {
    return send(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  Wire send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
    return this;
  }

  /** Reads until the text so far ends with an ending. */
  String until(String ending) throws IOException {
    byte[] wanted = ending.getBytes(StandardCharsets.ISO_8859_1);
    byte[] all = new byte[256];
    int length = 0;
    while (length < wanted.length
        || !Arrays.equals(all, length - wanted.length, length, wanted, 0, wanted.length)) {
      int one = socket.getInputStream().read();
      if (one < 0) {
        throw new IOException(
            "ended after: " + new String(all, 0, length, StandardCharsets.ISO_8859_1));
      }
      if (length == all.length) {
        all = Arrays.copyOf(all, 2 * length);
      }
      all[length++] = (byte) one;
    }
    return new String(all, 0, length, StandardCharsets.ISO_8859_1);
  }

  byte[] read(int count) throws IOException {
    byte[] bytes = socket.getInputStream().readNBytes(count);
    assertThat(bytes).hasSize(count);
    return bytes;
  }

  /** Reads until the peer ends; a reset counts as an end. */
  String rest() {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    try {
      for (int one = socket.getInputStream().read();
          one >= 0;
          one = socket.getInputStream().read()) {
        all.write(one);
      }
    } catch (java.net.SocketTimeoutException e) {
      throw new AssertionError("not ended after: " + all, e);
    } catch (IOException e) {
      // Reset.
    }
    return all.toString(StandardCharsets.ISO_8859_1);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  static void await(String what, Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + PATIENCE * 1_000_000L;
    while (!condition.call()) {
      assertThat(System.nanoTime()).as(what).isLessThan(end);
      Thread.onSpinWait();
      Thread.yield();
    }
  }
}
