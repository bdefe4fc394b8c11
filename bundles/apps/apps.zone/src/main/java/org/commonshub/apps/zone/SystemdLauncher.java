package org.commonshub.apps.zone;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * Has systemd start zones: each connection to one socket is the standard input of a new instance of
 * {@code commonshub-zone@.service}, whose limits stand in that unit. A second socket stops an
 * instance.
 */
final class SystemdLauncher implements Launcher {
  static final Path SOCKET = Path.of("/run/commonshub/zone.sock");
  static final Path STOP_SOCKET = Path.of("/run/commonshub/zone-stop.sock");

  /**
   * What systemd makes of a connection: its number, since version 256 a cookie, and process and
   * user of who connected, or "unknown" where that process cannot be seen. As in bin/zone-stop.
   */
  private static final Pattern INSTANCE =
      Pattern.compile("[0-9]{1,10}(-unknown|(-[0-9]{1,20}){2,3})");

  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(4);

  private final Path socket;
  private final Path stopSocket;

  SystemdLauncher(Path socket, Path stopSocket) {
    this.socket = socket;
    this.stopSocket = stopSocket;
  }

  @Override
  public Optional<String> unavailable() {
    return Files.isWritable(socket) && Files.isWritable(stopSocket)
        ? Optional.empty()
        : Optional.of("There is no socket of commonshub-zone.socket.");
  }

  @Override
  public boolean confined() {
    return true;
  }

  @Override
  public Started start(String provider, int heapMb) throws IOException {
    SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
    return new Instance(channel);
  }

  /** An instance of the unit. */
  private final class Instance implements Started {
    private final SocketChannel channel;
    private String name = "";

    Instance(SocketChannel channel) {
      this.channel = channel;
    }

    @Override
    public SocketChannel channel() {
      return channel;
    }

    @Override
    public String token() {
      return "";
    }

    @Override
    public void instance(String given) throws IOException {
      if (!INSTANCE.matcher(given).matches()) {
        throw new IOException("the zone has no name of an instance");
      }
      name = given;
    }

    /** Hangs up, which ends the runtime, and has systemd end whatever is left of the instance. */
    @Override
    public void close() {
      try {
        channel.close();
        if (name.isEmpty()) {
          return;
        }
        try (SocketChannel stop = SocketChannel.open(UnixDomainSocketAddress.of(stopSocket));
            Selector selector = Selector.open()) {
          stop.write(ByteBuffer.wrap((name + "\n").getBytes(StandardCharsets.US_ASCII)));
          stop.configureBlocking(false);
          stop.register(selector, SelectionKey.OP_READ);
          ByteBuffer answer = ByteBuffer.allocate(16);
          long until = System.nanoTime() + PATIENCE;
          // It hangs up when the instance is gone.
          while (System.nanoTime() < until && stop.read(answer) >= 0 && answer.hasRemaining()) {
            selector.select(100);
          }
        }
      } catch (IOException e) {
        // systemd is gone or full; the runtime has seen the end of its connection.
      }
    }
  }
}
