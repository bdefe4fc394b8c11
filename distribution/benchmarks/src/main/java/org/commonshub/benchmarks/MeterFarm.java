package org.commonshub.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Random;

/**
 * A process of thousands of Modbus TCP meters, each with a loopback address of its own, on one
 * thread. Every answer tells the meter's number, the time it was made, and numbers that follow from
 * the two, so that an answer that belongs to another meter or another request is found out.
 *
 * <p>Standard input: {@code faulty}, {@code healthy}; the end of it ends the process.
 */
final class MeterFarm {
  /** Registers of every meter: ten unsigned 32-bit numbers. */
  static final int REGISTERS = 20;

  private static final int REQUEST = 12;
  private static final long SOON_NANOS = 300_000_000L;
  private static final long LATE_NANOS = 800_000_000L;

  private static final class Meter {
    final int number;
    final ByteBuffer in = ByteBuffer.allocate(64);

    Meter(int number) {
      this.number = number;
    }
  }

  private record Answer(long at, SocketChannel channel, byte[] bytes) {}

  private final Selector selector;
  private final ArrayDeque<Answer> soon = new ArrayDeque<>();
  private final ArrayDeque<Answer> late = new ArrayDeque<>();
  private final Random random = new Random(1);
  private volatile boolean faulty;
  private volatile boolean over;

  private MeterFarm(Selector selector) {
    this.selector = selector;
  }

  /** Loopback address of a meter. */
  static String host(int number) {
    return "127.1." + number / 250 + "." + (1 + number % 250);
  }

  /** Whether a meter stays healthy. */
  static boolean good(int number) {
    return number % 100 >= 10;
  }

  /** Number {@code index} of a meter at a time in hundredths of a second. */
  static long value(int number, long centis, int index) {
    return switch (index) {
      case 0 -> number;
      case 1 -> centis & 0x7FFF_FFFFL;
      default -> {
        long mixed = (number * 31L + (centis & 0x7FFF_FFFFL)) * 0x9E3779B97F4A7C15L + index;
        yield (mixed ^ mixed >>> 32) & 0xFF_FFFFL;
      }
    };
  }

  static long centis() {
    return System.currentTimeMillis() / 10;
  }

  public static void main(String[] args) throws Exception {
    int count = Integer.parseInt(args[0]);
    MeterFarm farm = new MeterFarm(Selector.open());
    int port = farm.listen(count);
    Thread commands = new Thread(farm::commands, "commands");
    commands.setDaemon(true);
    commands.start();
    System.out.println("port " + port);
    System.out.flush();
    farm.serve();
  }

  private void commands() {
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        faulty = line.equals("faulty");
        System.out.println("ok");
        System.out.flush();
      }
    } catch (IOException e) {
      // The same as its end.
    }
    over = true;
    selector.wakeup();
  }

  private int listen(int count) throws IOException {
    int port = 0;
    for (int number = 0; number < count; number++) {
      ServerSocketChannel server = ServerSocketChannel.open();
      server.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      server.bind(new InetSocketAddress(InetAddress.getByName(host(number)), port), 16);
      port = ((InetSocketAddress) server.getLocalAddress()).getPort();
      server.configureBlocking(false);
      server.register(selector, SelectionKey.OP_ACCEPT, number);
    }
    return port;
  }

  private void serve() throws IOException {
    while (!over) {
      selector.select(this::ready, soon.isEmpty() && late.isEmpty() ? 500 : 5);
      send(soon);
      send(late);
    }
  }

  private void send(ArrayDeque<Answer> answers) {
    long now = System.nanoTime();
    while (!answers.isEmpty() && answers.peek().at - now <= 0) {
      Answer answer = answers.poll();
      try {
        answer.channel.write(ByteBuffer.wrap(answer.bytes));
      } catch (IOException e) {
        // The asker has given up.
      }
    }
  }

  private void ready(SelectionKey key) {
    try {
      if (key.isAcceptable()) {
        SocketChannel channel = ((ServerSocketChannel) key.channel()).accept();
        if (channel != null) {
          channel.configureBlocking(false);
          channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
          channel.register(selector, SelectionKey.OP_READ, new Meter((Integer) key.attachment()));
        }
      } else {
        read((SocketChannel) key.channel(), (Meter) key.attachment());
      }
    } catch (IOException e) {
      try {
        key.channel().close();
      } catch (IOException again) {
        // Nothing is lost.
      }
    }
  }

  private void read(SocketChannel channel, Meter meter) throws IOException {
    if (channel.read(meter.in) < 0) {
      channel.close();
      return;
    }
    while (meter.in.position() >= REQUEST) {
      meter.in.flip();
      byte[] request = new byte[REQUEST];
      meter.in.get(request);
      meter.in.compact();
      answer(channel, meter.number, request);
    }
  }

  private void answer(SocketChannel channel, int number, byte[] request) throws IOException {
    int kind = faulty ? number % 100 : 99;
    if (kind < 4) {
      return; // Accepts and stays silent.
    }
    byte[] answer = new byte[9 + 2 * REGISTERS];
    if (kind == 9) {
      random.nextBytes(answer);
      channel.write(ByteBuffer.wrap(answer));
      return;
    }
    ByteBuffer buffer = ByteBuffer.wrap(answer);
    buffer.put(request, 0, 4).putShort((short) (3 + 2 * REGISTERS)).put(request[6]);
    buffer.put(request[7]).put((byte) (2 * REGISTERS));
    long centis = centis();
    for (int index = 0; index < REGISTERS / 2; index++) {
      buffer.putInt((int) value(number, centis, index));
    }
    if (kind < 7) {
      soon.add(new Answer(System.nanoTime() + SOON_NANOS, channel, answer));
    } else if (kind < 9) {
      late.add(new Answer(System.nanoTime() + LATE_NANOS, channel, answer));
    } else {
      channel.write(ByteBuffer.wrap(answer));
    }
  }
}
