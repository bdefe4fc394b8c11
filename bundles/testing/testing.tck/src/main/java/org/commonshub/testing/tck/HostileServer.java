package org.commonshub.testing.tck;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** An HTTP server on a loopback port that answers every request with the same mischief. */
final class HostileServer implements AutoCloseable {
  /** What it does. */
  enum Mischief {
    /** Closes at once. */
    CLOSES,
    /** Bytes that are no HTTP. */
    GARBAGE,
    /** A body without end. */
    ENDLESS,
    /** Headers without end. */
    ENDLESS_HEADERS,
    /** Says that 2 GB follow, and sends four bytes. */
    LONG_PROMISE,
    /** A JSON document of 100,000 open brackets. */
    NESTED,
    /** Valid JSON of a shape nobody expects. */
    OTHER_SHAPE,
    /** A number of a million digits. */
    LONG_NUMBER,
    /** Not UTF-8. */
    NOT_TEXT,
    /** 500 with a page for people. */
    ERROR,
    /** Sends the client elsewhere, for ever. */
    REDIRECT,
    /** Nothing at all; only an interrupt or a time-out ends the wait. */
    SILENT
  }

  private final ServerSocket server;
  private final Mischief mischief;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private volatile boolean reached;

  HostileServer(Mischief mischief) throws IOException {
    this.mischief = mischief;
    this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread thread = new Thread(this::run, "hostile-server");
    thread.setDaemon(true);
    thread.start();
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + server.getLocalPort());
  }

  /** Whether anybody asked. */
  boolean reached() {
    return reached;
  }

  private void run() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        open.add(socket);
        Thread thread = new Thread(() -> serve(socket), "hostile-answer");
        thread.setDaemon(true);
        thread.start();
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      socket.setSoTimeout(60_000);
      InputStream in = socket.getInputStream();
      byte[] request = new byte[16 * 1024];
      if (in.read(request) < 0) {
        return;
      }
      reached = true;
      answer(socket.getOutputStream(), in);
    } catch (IOException e) {
      // The client had enough.
    } finally {
      open.remove(socket);
    }
  }

  private void answer(OutputStream out, InputStream in) throws IOException {
    String json = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n";
    switch (mischief) {
      case CLOSES -> {}
      case GARBAGE -> out.write(new byte[] {0, 1, 2, (byte) 0xFF, '\r', '\n', '\r', '\n'});
      case ENDLESS -> {
        text(out, json + "\r\n[");
        endlessly(out, "0,".repeat(8 * 1024));
      }
      case ENDLESS_HEADERS -> {
        text(out, json);
        endlessly(out, ("X-" + "a".repeat(1000) + ": b\r\n").repeat(8));
      }
      case LONG_PROMISE -> text(out, json + "Content-Length: 2147483647\r\n\r\n{\"a\"");
      case NESTED -> text(out, json + "\r\n" + "[".repeat(100_000));
      case OTHER_SHAPE ->
          text(
              out, json + "\r\n{\"jsonrpc\":[],\"id\":{},\"result\":-1,\"size\":\"x\",\"root\":7}");
      case LONG_NUMBER -> text(out, json + "\r\n{\"size\":" + "9".repeat(1_000_000) + "}");
      case NOT_TEXT -> {
        text(out, json + "\r\n");
        out.write(new byte[] {'{', '"', (byte) 0xC3, (byte) 0x28, '"', ':', '1', '}'});
      }
      case ERROR ->
          text(
              out,
              "HTTP/1.1 500 Oh no\r\nConnection: close\r\n\r\n<html>" + "sorry ".repeat(50_000));
      case REDIRECT ->
          text(
              out,
              "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nConnection: close\r\nLocation: "
                  + uri()
                  + "/again\r\n\r\n");
      case SILENT -> {
        while (in.read() >= 0) {
          // Until the client hangs up.
        }
      }
    }
    out.flush();
  }

  private static void text(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.US_ASCII));
  }

  private void endlessly(OutputStream out, String text) throws IOException {
    byte[] chunk = text.getBytes(StandardCharsets.US_ASCII);
    while (!server.isClosed()) {
      out.write(Arrays.copyOf(chunk, chunk.length));
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
