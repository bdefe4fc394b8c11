package org.commonshub.metering.messaging;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A peer on loopback whose behaviour is written by each test. */
final class Peer implements AutoCloseable {
  /** What it does with one connection. */
  interface Script {
    void talk(InputStream in, OutputStream out, int connection) throws Exception;
  }

  private final ServerSocket server;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  final AtomicInteger connections = new AtomicInteger();
  final int port;

  Peer(Script script) throws IOException {
    server = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    port = server.getLocalPort();
    daemon(
        () -> {
          try {
            while (true) {
              Socket socket = server.accept();
              int number = connections.incrementAndGet();
              sockets.add(socket);
              daemon(
                  () -> {
                    try (socket) {
                      script.talk(socket.getInputStream(), socket.getOutputStream(), number);
                    } catch (Exception e) {
                      // The test sees it on the other side.
                    }
                  });
            }
          } catch (IOException e) {
            // Closed.
          }
        });
  }

  private static void daemon(Runnable task) {
    Thread thread = new Thread(task, "peer");
    thread.setDaemon(true);
    thread.start();
  }

  static void send(OutputStream out, String hex) throws IOException {
    out.write(HexFormat.of().parseHex(hex.replace(" ", "")));
    out.flush();
  }

  /** Reads one packet: fixed header and all. */
  static byte[] packet(InputStream in) throws IOException {
    int first = in.read();
    if (first < 0) {
      throw new EOFException();
    }
    int length = 0;
    int shift = 0;
    int digit;
    do {
      digit = in.read();
      length |= (digit & 0x7F) << shift;
      shift += 7;
    } while (digit > 127);
    byte[] packet = new byte[1 + length];
    packet[0] = (byte) first;
    if (in.readNBytes(packet, 1, length) < length) {
      throw new EOFException();
    }
    return packet;
  }

  /** Answers like a broker until the client hangs up; messages go nowhere. */
  static void serve(InputStream in, OutputStream out) throws IOException {
    while (true) {
      byte[] packet = packet(in);
      switch ((packet[0] & 0xFF) >> 4) {
        case 1 -> send(out, "20020000");
        case 3 -> {
          int id = 3 + (packet[1] << 8 | packet[2] & 0xFF);
          out.write(new byte[] {0x40, 2, packet[id], packet[id + 1]});
        }
        case 8 -> out.write(new byte[] {(byte) 0x90, 3, packet[1], packet[2], 1});
        case 10 -> out.write(new byte[] {(byte) 0xB0, 2, packet[1], packet[2]});
        case 12 -> send(out, "d000");
        default -> {
          return;
        }
      }
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
