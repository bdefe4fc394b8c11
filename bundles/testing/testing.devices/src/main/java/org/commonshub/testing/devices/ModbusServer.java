package org.commonshub.testing.devices;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Map;

/**
 * Modbus TCP devices on any number of ports, read-only, in one thread.
 *
 * <p>Bounds: {@link #MAX_CONNECTIONS} connections over all ports unless said otherwise (further
 * ones are closed at once), one request buffer and {@link #PENDING} bytes of unsent answers each;
 * who doesn't fetch answers is not read any more; who says nothing for {@link #IDLE_SECONDS} is
 * dropped. A frame that can't be Modbus TCP (protocol identifier, length) closes the connection,
 * because what follows can't be told apart any more.
 */
public final class ModbusServer implements Closeable {
  /** Connections over all ports. */
  public static final int MAX_CONNECTIONS = 256;

  static final int PENDING = 4096;
  static final int IDLE_SECONDS = 600;
  private static final int LARGEST_FRAME = 260;

  private final Selector selector;
  private final Thread thread;
  private final int maxConnections;
  private volatile boolean closing;
  private int connections;

  /** A server without ports; see {@link #listen} and {@link #start}. */
  public ModbusServer() throws IOException {
    this(MAX_CONNECTIONS);
  }

  /** A server for this many connections. */
  public ModbusServer(int maxConnections) throws IOException {
    this.maxConnections = maxConnections;
    selector = Selector.open();
    thread = new Thread(this::serve, "modbus-server");
    thread.setDaemon(true);
  }

  /**
   * Opens a port. Before {@link #start} only.
   *
   * @param address where; port 0 for any free one
   * @param units what each unit identifier answers
   * @return the port
   */
  public int listen(InetSocketAddress address, Map<Integer, Registers> units) throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open();
    try {
      channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      channel.bind(address, 128);
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_ACCEPT, Map.copyOf(units));
      return ((InetSocketAddress) channel.getLocalAddress()).getPort();
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** Begins to answer. */
  public void start() {
    thread.start();
  }

  /** Closes all ports and connections and waits for the thread, at most 2 s. */
  @Override
  public void close() {
    closing = true;
    selector.wakeup();
    if (thread.getState() == Thread.State.NEW) {
      closeAll();
      return;
    }
    try {
      thread.join(2000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Key sets are not made for two threads: only the one that serves touches them. */
  private void closeAll() {
    selector.keys().forEach(ModbusServer::close);
    try {
      selector.close();
    } catch (IOException e) {
      // The channels are closed; nothing is left to answer.
    }
  }

  private void serve() {
    long swept = System.nanoTime();
    try {
      while (!closing) {
        selector.select(1000);
        for (SelectionKey key : selector.selectedKeys()) {
          handle(key);
        }
        selector.selectedKeys().clear();
        long now = System.nanoTime();
        if (now - swept > 5_000_000_000L) {
          swept = now;
          for (SelectionKey key : selector.keys()) {
            if (key.attachment() instanceof Client client
                && now - client.heard > IDLE_SECONDS * 1_000_000_000L) {
              drop(key);
            }
          }
        }
      }
    } catch (IOException e) {
      System.err.println("The simulated devices stopped answering: " + e.getMessage());
    } finally {
      closeAll();
    }
  }

  private void handle(SelectionKey key) {
    try {
      if (key.isAcceptable()) {
        accept(key);
      } else {
        Client client = (Client) key.attachment();
        SocketChannel channel = (SocketChannel) key.channel();
        if (key.isReadable()) {
          if (channel.read(client.in) < 0) {
            drop(key);
            return;
          }
          client.heard = System.nanoTime();
        }
        client.answer();
        if (client.out.position() > 0) {
          client.out.flip();
          channel.write(client.out);
          client.out.compact();
          // What was waiting for room in the answers can go on.
          client.answer();
        }
        boolean room = client.out.remaining() >= LARGEST_FRAME;
        key.interestOps(
            (room ? SelectionKey.OP_READ : 0)
                | (client.out.position() > 0 ? SelectionKey.OP_WRITE : 0));
      }
    } catch (IOException | RuntimeException e) {
      // A client that went away or spoke something else; the others are not concerned.
      if (key.attachment() instanceof Client) {
        drop(key);
      }
    }
  }

  @SuppressWarnings("unchecked")
  private void accept(SelectionKey key) throws IOException {
    SocketChannel channel = ((ServerSocketChannel) key.channel()).accept();
    if (channel == null) {
      return;
    }
    if (connections >= maxConnections) {
      channel.close();
      return;
    }
    try {
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.register(
          selector,
          SelectionKey.OP_READ,
          new Client((Map<Integer, Registers>) key.attachment(), System.nanoTime()));
      connections++;
    } catch (IOException e) {
      channel.close();
    }
  }

  private void drop(SelectionKey key) {
    if (key.isValid()) {
      connections--;
    }
    close(key);
  }

  private static void close(SelectionKey key) {
    key.cancel();
    try {
      key.channel().close();
    } catch (IOException e) {
      // It is gone either way.
    }
  }

  /** One connection. */
  private static final class Client {
    final Map<Integer, Registers> units;
    final ByteBuffer in = ByteBuffer.allocate(2 * LARGEST_FRAME);
    final ByteBuffer out = ByteBuffer.allocate(PENDING);
    long heard;

    Client(Map<Integer, Registers> units, long now) {
      this.units = units;
      heard = now;
    }

    /** Answers every complete request for which there is room. */
    void answer() throws IOException {
      in.flip();
      while (in.remaining() >= 8 && out.remaining() >= LARGEST_FRAME) {
        int length = in.getShort(in.position() + 4) & 0xFFFF;
        if (in.getShort(in.position() + 2) != 0 || length < 2 || length > 254) {
          throw new IOException("not Modbus TCP");
        }
        if (in.remaining() < 6 + length) {
          break;
        }
        ByteBuffer request = in.slice(in.position(), 6 + length);
        in.position(in.position() + 6 + length);
        answer(request);
      }
      in.compact();
    }

    private void answer(ByteBuffer request) {
      int unit = request.get(6) & 0xFF;
      int function = request.get(7) & 0xFF;
      int start = out.position();
      out.putShort(request.getShort(0)).putShort((short) 0).putShort((short) 0).put((byte) unit);
      try {
        int[] words = read(request, unit, function);
        out.put((byte) function).put((byte) (2 * words.length));
        for (int word : words) {
          out.putShort((short) word);
        }
      } catch (ModbusRefusal e) {
        out.put((byte) (function | 0x80)).put((byte) e.code());
      }
      out.putShort(start + 4, (short) (out.position() - start - 6));
    }

    private int[] read(ByteBuffer request, int unit, int function) throws ModbusRefusal {
      Registers registers = units.get(unit);
      if (registers == null) {
        throw new ModbusRefusal(ModbusRefusal.TARGET_SILENT);
      }
      if (function != 3 && function != 4) {
        throw new ModbusRefusal(ModbusRefusal.ILLEGAL_FUNCTION);
      }
      if (request.limit() != 12) {
        throw new ModbusRefusal(ModbusRefusal.ILLEGAL_VALUE);
      }
      int address = request.getShort(8) & 0xFFFF;
      int count = request.getShort(10) & 0xFFFF;
      if (count < 1 || count > 125) {
        throw new ModbusRefusal(ModbusRefusal.ILLEGAL_VALUE);
      }
      if (address + count > 0x10000) {
        throw new ModbusRefusal(ModbusRefusal.ILLEGAL_ADDRESS);
      }
      return registers.read(function, address, count);
    }
  }
}
