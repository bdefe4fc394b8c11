package org.commonshub.metering.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.StreamConnection;
import org.commonshub.metering.api.TransportProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class FileConnectionTest {
  private static final int PATIENCE_SECONDS = 20;

  @TempDir Path folder;

  private NetworkTransport transport = new NetworkTransport();

  @AfterEach
  void stop() {
    transport.close();
  }

  /** What a listener got: bytes, or why the stream broke. */
  private static final class Heard implements StreamConnection.Listener {
    final BlockingQueue<Object> all = new LinkedBlockingQueue<>();

    @Override
    public void received(byte[] bytes) {
      all.add(bytes);
    }

    @Override
    public void broken(DeviceException why) {
      all.add(why);
    }

    Object next() throws InterruptedException {
      Object next = all.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      assertThat(next).as("something to be heard").isNotNull();
      return next;
    }

    byte[] bytes(int count) throws InterruptedException {
      byte[] bytes = {};
      while (bytes.length < count) {
        byte[] more = (byte[]) next();
        bytes = Arrays.copyOf(bytes, bytes.length + more.length);
        System.arraycopy(more, 0, bytes, bytes.length - more.length, more.length);
      }
      return bytes;
    }

    DeviceException broken() throws InterruptedException {
      for (Object next = next(); ; next = next()) {
        if (next instanceof DeviceException why) {
          return why;
        }
      }
    }
  }

  private StreamConnection stream(String endpoint) {
    return transport.open(Endpoint.parse(endpoint)).stream();
  }

  private Path recording(int size) throws Exception {
    byte[] content = new byte[size];
    new Random(size).nextBytes(content);
    return Files.write(folder.resolve("a recording " + size), content);
  }

  private static String path(Path file) {
    return file.toUri().getRawPath();
  }

  @Test
  void replaysAFileInPiecesAndSaysWhenItIsOver() throws Exception {
    Path file = recording(100_000);
    Heard heard = new Heard();
    StreamConnection stream = stream("file:" + path(file) + "?rate=1000000");
    try (AutoCloseable subscription = stream.listen(heard)) {
      assertThat(heard.bytes(100_000)).isEqualTo(Files.readAllBytes(file));
      DeviceException over = heard.broken();
      assertThat(over.kind()).isEqualTo(Kind.DISCONNECTED);
      assertThat(over).hasMessageContaining("loop=true");
      // Who comes after the end has it replayed anew.
      Heard late = new Heard();
      try (AutoCloseable second = stream.listen(late)) {
        assertThat(late.bytes(100_000)).isEqualTo(Files.readAllBytes(file));
      }
    }
  }

  @Test
  void repeatsIt() throws Exception {
    Path file = recording(1_000);
    Heard heard = new Heard();
    try (AutoCloseable subscription =
        stream("file:" + path(file) + "?rate=100000&loop=true").listen(heard)) {
      byte[] three = heard.bytes(3_000);
      byte[] once = Files.readAllBytes(file);
      for (int i = 0; i < 3_000; i++) {
        assertThat(three[i]).isEqualTo(once[i % 1_000]);
      }
    }
  }

  @Test
  void listenersShareTheReplay() throws Exception {
    Path file = recording(50_000);
    Heard first = new Heard();
    Heard second = new Heard();
    String endpoint = "file:" + path(file) + "?rate=50000&loop=true";
    StreamConnection stream = stream(endpoint);
    assertThat(stream(endpoint)).isSameAs(stream);
    try (AutoCloseable one = stream.listen(first);
        AutoCloseable two = stream.listen(second)) {
      assertThat(first.bytes(10)).startsWith(Arrays.copyOf(Files.readAllBytes(file), 10));
      assertThat(second.bytes(10)).hasSizeGreaterThanOrEqualTo(10);
    }
    first.all.clear();
    // With nobody left it begins anew.
    Heard third = new Heard();
    try (AutoCloseable one = stream.listen(third)) {
      assertThat(third.bytes(10)).startsWith(Arrays.copyOf(Files.readAllBytes(file), 10));
    }
  }

  @Test
  void keepsTheRate() throws Exception {
    Path file = recording(600);
    Heard heard = new Heard();
    long start = System.nanoTime();
    try (AutoCloseable subscription = stream("file:" + path(file) + "?rate=2000").listen(heard)) {
      heard.bytes(600);
    }
    // At least: a busy machine may be slower.
    assertThat(System.nanoTime() - start).isGreaterThan(250_000_000L);
  }

  @Test
  void comesWhenTheFileComes() throws Exception {
    Path file = folder.resolve("later");
    Heard heard = new Heard();
    try (AutoCloseable subscription = stream("file:" + file + "?rate=1000000").listen(heard)) {
      assertThat(heard.broken().kind()).isEqualTo(Kind.UNREACHABLE);
      Files.write(file, new byte[] {1, 2, 3});
      Object next = heard.next();
      while (next instanceof DeviceException) {
        next = heard.next();
      }
      assertThat((byte[]) next).containsExactly(1, 2, 3);
    }
  }

  @Test
  void answersNothing() {
    StreamConnection stream = stream("file:/nowhere");
    assertThatThrownBy(
            () ->
                stream
                    .exchange(new byte[] {1}, received -> 1, Duration.ofSeconds(1))
                    .toCompletableFuture()
                    .get())
        .hasCauseInstanceOf(DeviceException.class)
        .hasMessageContaining("recording");
  }

  private DeviceException why(String endpoint) throws Exception {
    Heard heard = new Heard();
    TransportProvider.Handle handle = transport.open(Endpoint.parse(endpoint));
    try (AutoCloseable subscription = handle.stream().listen(heard)) {
      return heard.broken();
    } finally {
      handle.close();
    }
  }

  @Test
  void saysWhatIsWrongWithAFile() throws Exception {
    assertThat(why("file:/nowhere/at/all")).hasMessageContaining("does not exist");
    assertThat(why("file:" + folder)).hasMessageContaining("not a regular file");
    assertThat(why("file:/dev/zero")).hasMessageContaining("not a regular file");
    assertThat(why("file:some.txt")).hasMessageContaining("absolute path");
    assertThat(why("file://host/some.txt")).hasMessageContaining("no path");
    assertThat(why("file:%00")).hasMessageContaining("path");
    Files.createFile(folder.resolve("empty"));
    assertThat(why("file:" + folder.resolve("empty"))).hasMessageContaining("is empty");
  }

  @Test
  void staysInItsFolder() throws Exception {
    transport.close();
    Path inside = Files.createDirectory(folder.resolve("recordings"));
    Files.write(inside.resolve("one.txt"), new byte[] {7});
    Path secret = Files.write(folder.resolve("secret.txt"), new byte[] {9});
    Files.createSymbolicLink(inside.resolve("link.txt"), secret);
    transport = new NetworkTransport(inside.toString());
    for (String good : new String[] {"one.txt", inside.resolve("one.txt").toString()}) {
      Heard heard = new Heard();
      TransportProvider.Handle handle = transport.open(Endpoint.parse("file:" + good));
      try (AutoCloseable subscription = handle.stream().listen(heard)) {
        assertThat(heard.bytes(1)).containsExactly(7);
      } finally {
        handle.close();
      }
    }
    assertThat(why("file:" + secret)).hasMessageContaining("outside");
    assertThat(why("file:../secret.txt")).hasMessageContaining("outside");
    assertThat(why("file:link.txt")).hasMessageContaining("outside");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"rate=0", "rate=x", "rate=1000001", "rate=-5", "loop=yes", "loop=", "speed=1"})
  void refusesParametersThatMakeNoSense(String parameter) {
    assertThatThrownBy(() -> transport.open(Endpoint.parse("file:/tmp/x?" + parameter)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("file:/tmp/x");
  }
}
