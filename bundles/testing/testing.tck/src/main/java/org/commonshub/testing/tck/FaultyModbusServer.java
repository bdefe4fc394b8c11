package org.commonshub.testing.tck;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A Modbus server in this process, on a loopback port or any other pair of streams, that goes wrong
 * on request. Written apart from the hub's own Modbus code: it shares no line with what it tests.
 * Answers hold what the registers were when the request came in.
 */
public final class FaultyModbusServer implements AutoCloseable {
  /** Time after which a late answer is sent, longer than the time-out of the driver under test. */
  public static final Duration LATE = Duration.ofMillis(190);

  private static final Duration DRIP = Duration.ofMillis(30);

  private final boolean rtu;
  private final int unit;
  private final Set<Closeable> connections = ConcurrentHashMap.newKeySet();
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
  private final AtomicInteger requests = new AtomicInteger();
  private final AtomicInteger writes = new AtomicInteger();
  private final Random random = new Random(7);
  private volatile Registers registers = new Registers();
  private volatile Fault fault = Fault.NONE;
  private volatile boolean closed;
  private volatile ServerSocket listener;
  private volatile int port = -1;

  private FaultyModbusServer(boolean rtu, int unit) {
    this.rtu = rtu;
    this.unit = unit;
  }

  /** Listens on a free loopback port. */
  public static FaultyModbusServer tcp(boolean rtu, int unit) throws IOException {
    FaultyModbusServer server = new FaultyModbusServer(rtu, unit);
    server.listen();
    return server;
  }

  /** Serves a pair of streams with RTU, for example one end of a pseudo-terminal. */
  public static FaultyModbusServer serial(int unit, InputStream in, OutputStream out) {
    FaultyModbusServer server = new FaultyModbusServer(true, unit);
    server.start("faulty-modbus-serial", () -> server.serve(in, out, in));
    return server;
  }

  /** The port it listens on. */
  public int port() {
    return port;
  }

  /** Sets what it answers from now on. */
  public void registers(Registers now) {
    registers = now;
  }

  /** Requests that came in. */
  public int requests() {
    return requests.get();
  }

  /** Requests that came in and would have changed something. */
  public int writes() {
    return writes.get();
  }

  /** Goes wrong in this way from now on. */
  public void fault(Fault next) throws IOException {
    Fault before = fault;
    fault = next;
    if (port >= 0 && next == Fault.REFUSE && before != Fault.REFUSE) {
      listener.close();
      hangUp();
    } else if (port >= 0 && next != Fault.REFUSE && before == Fault.REFUSE) {
      listen();
    }
  }

  private void listen() throws IOException {
    ServerSocket socket = new ServerSocket();
    socket.setReuseAddress(true);
    socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), Math.max(0, port)));
    port = socket.getLocalPort();
    listener = socket;
    start("faulty-modbus-accept", () -> accept(socket));
  }

  private void start(String name, Runnable work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } finally {
                threads.remove(Thread.currentThread());
              }
            },
            name);
    thread.setDaemon(true);
    threads.add(thread);
    thread.start();
  }

  private void accept(ServerSocket socket) {
    while (!closed) {
      try {
        Socket connection = socket.accept();
        connection.setTcpNoDelay(true);
        connections.add(connection);
        start(
            "faulty-modbus",
            () -> {
              try {
                serve(connection.getInputStream(), connection.getOutputStream(), connection);
              } catch (IOException e) {
                // The driver hung up.
              }
            });
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(InputStream in, OutputStream out, Closeable connection) {
    try {
      DataInputStream data = new DataInputStream(in);
      while (!closed) {
        byte[] head = new byte[rtu ? 0 : 6];
        data.readFully(head);
        byte[] body = new byte[6];
        data.readFully(body);
        if (rtu) {
          data.readFully(new byte[2]);
        }
        requests.incrementAndGet();
        if (body[1] > 4) {
          writes.incrementAndGet();
        }
        answer(head, body, out, connection);
      }
    } catch (IOException e) {
      // The driver hung up, or this server did.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      connections.remove(connection);
      try {
        connection.close();
      } catch (IOException e) {
        // It is gone already.
      }
    }
  }

  private void answer(byte[] head, byte[] body, OutputStream out, Closeable connection)
      throws IOException, InterruptedException {
    int function = body[1] & 0xFF;
    int address = (body[2] & 0xFF) << 8 | body[3] & 0xFF;
    int count = (body[4] & 0xFF) << 8 | body[5] & 0xFF;
    byte[] good = frame(head, unit, pdu(function, address, count));
    boolean turn = (requests.get() & 1) == 0;
    switch (fault) {
      case NONE -> send(out, good);
      case LATE -> {
        Thread.sleep(LATE.toMillis());
        send(out, good);
      }
      case SHORT ->
          send(
              out,
              turn && count > 1
                  ? frame(head, unit, pdu(function, address, count - 1))
                  : Arrays.copyOf(good, good.length - 1));
      case DUPLICATE -> {
        send(out, good);
        if (turn) {
          Thread.sleep(1);
        }
        send(out, good);
      }
      case WRONG_UNIT -> send(out, frame(head, unit + 1, others(pdu(function, address, count))));
      case WRONG_FUNCTION -> {
        byte[] pdu = others(pdu(function, address, count));
        pdu[0] = (byte) (function == 3 ? 4 : 3);
        send(out, frame(head, unit, pdu));
      }
      case GARBAGE -> {
        byte[] garbage = new byte[turn ? good.length : 3];
        random.nextBytes(garbage);
        send(out, garbage);
      }
      case HALF_OPEN, REFUSE -> {}
      case SLOW_DRIP -> {
        for (byte one : good) {
          send(out, new byte[] {one});
          Thread.sleep(DRIP.toMillis());
        }
      }
      case CORRUPTED -> {
        good[random.nextInt(good.length)] ^= (byte) (1 << random.nextInt(8));
        send(out, good);
      }
      case RESET -> {
        send(out, Arrays.copyOf(good, good.length / 2));
        if (connection instanceof Socket socket) {
          socket.setSoLinger(true, 0);
          socket.close();
        }
      }
    }
  }

  private static void send(OutputStream out, byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
  }

  private byte[] pdu(int function, int address, int count) {
    int[] words = registers.read(function, address, count).orElse(null);
    if (words == null) {
      return new byte[] {(byte) (function | 0x80), (byte) (function > 4 ? 1 : 2)};
    }
    byte[] pdu = new byte[2 + 2 * words.length];
    pdu[0] = (byte) function;
    pdu[1] = (byte) (2 * words.length);
    for (int i = 0; i < words.length; i++) {
      pdu[2 + 2 * i] = (byte) (words[i] >> 8);
      pdu[3 + 2 * i] = (byte) words[i];
    }
    return pdu;
  }

  /** The same answer with other values, so that it shows when it is taken for the right one. */
  private static byte[] others(byte[] pdu) {
    for (int i = 2; i < pdu.length; i++) {
      pdu[i] ^= 1;
    }
    return pdu;
  }

  private byte[] frame(byte[] head, int from, byte[] pdu) {
    byte[] answer;
    if (!rtu) {
      answer = new byte[7 + pdu.length];
      System.arraycopy(head, 0, answer, 0, 4);
      answer[4] = (byte) ((1 + pdu.length) >> 8);
      answer[5] = (byte) (1 + pdu.length);
      answer[6] = (byte) from;
      System.arraycopy(pdu, 0, answer, 7, pdu.length);
      return answer;
    }
    answer = new byte[3 + pdu.length];
    answer[0] = (byte) from;
    System.arraycopy(pdu, 0, answer, 1, pdu.length);
    int crc = 0xFFFF;
    for (int i = 0; i < answer.length - 2; i++) {
      crc ^= answer[i] & 0xFF;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 1) != 0 ? crc >> 1 ^ 0xA001 : crc >> 1;
      }
    }
    answer[answer.length - 2] = (byte) crc;
    answer[answer.length - 1] = (byte) (crc >> 8);
    return answer;
  }

  /** Ends all connections, as a device does that restarts. */
  public void hangUp() {
    for (Closeable connection : connections) {
      try {
        connection.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Override
  public void close() throws IOException {
    closed = true;
    if (listener != null) {
      listener.close();
    }
    hangUp();
    threads.forEach(Thread::interrupt);
  }
}
