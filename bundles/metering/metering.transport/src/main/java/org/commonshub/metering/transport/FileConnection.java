package org.commonshub.metering.transport;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.Framing;
import org.commonshub.metering.api.StreamConnection;

/**
 * A recorded stream, replayed to whoever listens: {@code file:/path?rate=BYTES_PER_S&loop=true}. It
 * begins with the first listener, later ones join where it is. All fields belong to the reactor
 * thread; the file is read in pieces on the pool for what blocks.
 */
final class FileConnection implements StreamConnection {
  static final String RATE = "rate";
  static final String LOOP = "loop";

  private static final int DEFAULT_RATE = 1_000;
  private static final int MOST_RATE = 1_000_000;
  private static final int PIECE = 16 * 1024;
  private static final long SECOND_NANOS = 1_000_000_000L;
  private static final long LONGEST_TICK_NANOS = SECOND_NANOS / 10;
  private static final long SHORTEST_TICK_NANOS = SECOND_NANOS / 100;
  private static final long FIRST_BACK_OFF_NANOS = SECOND_NANOS / 2;
  private static final long LAST_BACK_OFF_NANOS = 60 * SECOND_NANOS;

  /** What one read gave: the file, to go on with, and the bytes; none at its end. */
  private record Read(FileChannel file, byte[] bytes) {}

  private final Reactor reactor;
  private final Endpoint endpoint;
  private final String directory;
  private final int rate;
  private final boolean loop;
  private final long tickNanos;

  private final List<Listener> listeners = new ArrayList<>();
  private FileChannel file;
  private long position;
  private long accountedNanos;
  private long backOff = FIRST_BACK_OFF_NANOS;
  private int attempt;
  private boolean ended;
  private boolean closed;

  private final Reactor.Deadline tick =
      new Reactor.Deadline() {
        @Override
        void expired() {
          read();
        }
      };

  /**
   * @param directory the only folder files may be in, or empty for any
   */
  FileConnection(Reactor reactor, Endpoint endpoint, String directory) {
    this.reactor = reactor;
    this.endpoint = endpoint;
    this.directory = directory;
    this.rate = rate(endpoint);
    this.loop =
        switch (endpoint.parameter(LOOP, "false")) {
          case "true" -> true;
          case "false" -> false;
          default -> throw refused(endpoint, LOOP, "true or false");
        };
    this.tickNanos =
        Math.max(
            SHORTEST_TICK_NANOS, Math.min(LONGEST_TICK_NANOS, PIECE / 2 * SECOND_NANOS / rate));
  }

  private static int rate(Endpoint endpoint) {
    try {
      int rate = Integer.parseInt(endpoint.parameter(RATE, Integer.toString(DEFAULT_RATE)));
      if (rate >= 1 && rate <= MOST_RATE) {
        return rate;
      }
    } catch (NumberFormatException e) {
      // Refused below.
    }
    throw refused(endpoint, RATE, "1 to 1000000 bytes a second");
  }

  private static IllegalArgumentException refused(Endpoint endpoint, String name, String expected) {
    return new IllegalArgumentException(
        "'"
            + endpoint
            + "': '"
            + endpoint.parameter(name, "")
            + "' cannot be used for "
            + name
            + "; expected "
            + expected
            + ".");
  }

  @Override
  public Endpoint endpoint() {
    return endpoint;
  }

  @Override
  public CompletionStage<byte[]> exchange(byte[] request, Framing answer, Duration timeout) {
    return CompletableFuture.failedFuture(
        new DeviceException(
            Kind.SETTINGS,
            endpoint
                + " is a recording: it can be listened to but answers nothing. Use it for a device"
                + " that sends by itself."));
  }

  @Override
  public AutoCloseable listen(Listener listener) {
    reactor.execute(
        () -> {
          if (closed) {
            listener.broken(Failures.closed(endpoint));
            return;
          }
          listeners.add(listener);
          if (listeners.size() == 1 || ended) {
            begin();
          }
        });
    return () ->
        reactor.execute(
            () -> {
              listeners.remove(listener);
              if (listeners.isEmpty()) {
                tick.disarm();
                drop();
              }
            });
  }

  @Override
  public void reset() {
    reactor.execute(
        () -> {
          if (!listeners.isEmpty() && !ended) {
            broken(Failures.disconnected(endpoint, "it was reset by the driver"));
          }
        });
  }

  /** Reactor thread: lets go of the file. */
  void close() {
    closed = true;
    tick.disarm();
    listeners.clear();
    drop();
  }

  private void begin() {
    drop();
    ended = false;
    position = 0;
    backOff = FIRST_BACK_OFF_NANOS;
    schedule(0);
  }

  private void schedule(long nanosFromNow) {
    accountedNanos = System.nanoTime() + nanosFromNow;
    reactor.arm(tick, nanosFromNow + tickNanos);
  }

  /** Asks the pool for the bytes that are due by now. */
  private void read() {
    if (closed || listeners.isEmpty()) {
      return;
    }
    long now = System.nanoTime();
    // What the hub was late with is made up for, but not at a rush.
    long elapsed = Math.min(now - accountedNanos, SECOND_NANOS);
    long due = Math.min(PIECE, elapsed * rate / SECOND_NANOS);
    if (due < 1) {
      reactor.arm(tick, tickNanos);
      return;
    }
    accountedNanos = due == PIECE ? now : now - (elapsed - due * SECOND_NANOS / rate);
    int mine = attempt;
    FileChannel known = file;
    long from = position;
    reactor.offload(
        () -> read(known, from, (int) due), (read, failure) -> done(mine, read, failure));
  }

  private void done(int mine, Read read, Exception failure) {
    if (mine != attempt || closed) {
      if (read != null) {
        quietly(read.file());
      }
      return;
    }
    if (failure != null) {
      broken(explain(failure));
      return;
    }
    file = read.file();
    byte[] bytes = read.bytes();
    if (bytes.length == 0 && position == 0) {
      broken(unreachable("is empty. Record something first", null));
      return;
    }
    if (bytes.length == 0) {
      position = 0;
      if (!loop) {
        end();
        return;
      }
    } else {
      position += bytes.length;
      backOff = FIRST_BACK_OFF_NANOS;
      for (Listener listener : List.copyOf(listeners)) {
        listener.received(bytes.clone());
      }
    }
    reactor.arm(tick, tickNanos);
  }

  private void end() {
    drop();
    ended = true;
    DeviceException why =
        new DeviceException(
            Kind.DISCONNECTED,
            "The recording "
                + endpoint
                + " was replayed to its end. Add loop=true to have it repeated.");
    for (Listener listener : List.copyOf(listeners)) {
      listener.broken(why);
    }
  }

  private void broken(DeviceException why) {
    drop();
    schedule(backOff);
    backOff = Math.min(backOff * 2, LAST_BACK_OFF_NANOS);
    for (Listener listener : List.copyOf(listeners)) {
      listener.broken(why);
    }
  }

  private void drop() {
    attempt++;
    quietly(file);
    file = null;
  }

  private static void quietly(FileChannel file) {
    if (file != null) {
      try {
        file.close();
      } catch (IOException e) {
        // It was only read.
      }
    }
  }

  /** Pool thread: opens the file if need be and reads a piece. */
  private Read read(FileChannel known, long from, int count) throws IOException, DeviceException {
    FileChannel channel = known == null ? open() : known;
    try {
      ByteBuffer piece = ByteBuffer.allocate(count);
      int got = channel.read(piece, from);
      byte[] bytes = new byte[Math.max(0, got)];
      piece.flip();
      piece.get(bytes);
      return new Read(channel, bytes);
    } catch (IOException | RuntimeException e) {
      quietly(channel);
      throw e;
    }
  }

  private FileChannel open() throws IOException, DeviceException {
    Path path;
    try {
      URI uri = URI.create("file:" + endpoint.host());
      if (uri.getAuthority() != null) {
        throw new IllegalArgumentException("it names a host");
      }
      path = Path.of(uri.isOpaque() ? uri.getSchemeSpecificPart() : uri.getPath());
    } catch (IllegalArgumentException e) {
      throw unreachable("is no path of a file. Expected for example file:/var/tmp/p1.txt", e);
    }
    if (directory.isEmpty() && !path.isAbsolute()) {
      throw unreachable("needs an absolute path: no folder of recordings is configured", null);
    }
    Path real = Path.of(directory).resolve(path).toRealPath();
    if (!directory.isEmpty() && !real.startsWith(Path.of(directory).toRealPath())) {
      throw unreachable("is outside the configured folder of recordings", null);
    }
    if (!Files.isRegularFile(real)) {
      throw unreachable("is not a regular file. For a serial port use serial:" + real, null);
    }
    return FileChannel.open(real, StandardOpenOption.READ);
  }

  private DeviceException explain(Exception failure) {
    if (failure instanceof DeviceException known) {
      return known;
    }
    if (failure instanceof NoSuchFileException) {
      return unreachable("does not exist on the hub. Check the path", failure);
    }
    if (failure instanceof AccessDeniedException) {
      return unreachable("may not be read by the hub's user. Change its permissions", failure);
    }
    if (failure instanceof InvalidPathException) {
      return unreachable("is no path of a file. Check the path", failure);
    }
    return unreachable(
        "cannot be read (" + failure.getClass().getSimpleName() + "). Check the disk", failure);
  }

  private DeviceException unreachable(String what, Exception cause) {
    return new DeviceException(
        Kind.UNREACHABLE, "The recording " + endpoint + " " + what + ".", cause);
  }
}
