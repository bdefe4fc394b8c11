package org.commonshub.apps.zone;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.commonshub.apps.desk.api.AppException;
import org.commonshub.apps.desk.api.AppRunner.Running;
import org.commonshub.apps.zone.wire.Ask;
import org.commonshub.apps.zone.wire.Frames;
import org.commonshub.apps.zone.wire.Message;
import org.commonshub.apps.zone.wire.Op;
import org.commonshub.apps.zone.wire.Outcome;
import org.commonshub.identity.api.Cbor;
import org.commonshub.testing.fakes.SampleApp;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A peer that speaks the protocol itself, and badly: the zone ends, the hub and others do not. */
class HostileZoneTest {
  private static final String TOKEN = "right";

  @TempDir Path directory;
  private Path jar;
  private final Peer peer = new Peer();
  private final ZoneRunner runner = new ZoneRunner(peer);
  private final TestSession session = new TestSession(Apps.manifest("org.example.probe"));

  /** A process that is a thread of the test. */
  private final class Peer implements Launcher {
    private volatile SocketChannel end;
    private volatile byte[] hello =
        new Message(Message.Kind.HELLO, 0, 0, Message.VERSION, List.of(TOKEN, "")).encode();
    private final CountDownLatch silent = new CountDownLatch(1);
    private volatile boolean pongs = true;
    private volatile boolean answers = true;

    @Override
    public Optional<String> unavailable() {
      return Optional.empty();
    }

    @Override
    public boolean confined() {
      return true;
    }

    @Override
    public Started start(String provider, int heapMb) throws IOException {
      Path socket = Files.createTempDirectory("z").resolve("s");
      SocketChannel ours;
      try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
        server.bind(UnixDomainSocketAddress.of(socket));
        end = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        ours = server.accept();
      }
      Files.delete(socket);
      Files.delete(socket.getParent());
      write(hello);
      new Thread(this::serve, "peer").start();
      return new Started() {
        @Override
        public SocketChannel channel() {
          return ours;
        }

        @Override
        public String token() {
          return TOKEN;
        }

        @Override
        public void close() {
          try {
            end.close();
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        }
      };
    }

    /** Answers everything well. */
    private void serve() {
      try {
        ByteBuffer in = ByteBuffer.allocate(1 << 16);
        Frames frames = new Frames(true);
        while (end.read(in) >= 0) {
          frames.add(in.flip());
          in.clear();
          for (byte[] bytes = frames.next(); bytes != null; bytes = frames.next()) {
            Message asked = Message.decode(bytes, Integer.MAX_VALUE);
            if (asked.app() == 0) {
              if (pongs) {
                write(Message.answer(0, asked.id(), Outcome.OK, 1L, 1L, 1L, Map.of()).encode());
              }
            } else if (asked.kind() == Message.Kind.REQUEST && answers) {
              Object[] body =
                  asked.code() == Ask.PROBLEM.ordinal() ? new Object[] {null} : new Object[0];
              if (asked.code() != Ask.CARDS.ordinal()) {
                write(Message.answer(asked.app(), asked.id(), Outcome.OK, body).encode());
              }
            }
          }
        }
      } catch (Exception e) {
        silent.countDown(); // Hung up.
      }
    }

    void write(byte[] message) throws IOException {
      for (ByteBuffer frame : Frames.split(message)) {
        raw(frame);
      }
    }

    synchronized void raw(ByteBuffer bytes) throws IOException {
      while (bytes.hasRemaining()) {
        end.write(bytes);
      }
    }
  }

  /** What a hostile zone sends, and what the hub calls it. */
  private record Attack(String name, byte[] bytes, String said) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static byte[] frame(byte[] message) {
    return ByteBuffer.allocate(4 + message.length).putInt(message.length).put(message).array();
  }

  private static byte[] request(Op op, Object... body) {
    return frame(Message.request(1, 1, op, body).encode());
  }

  private static byte[] value(Object value) {
    return frame(Cbor.encode(value));
  }

  private static byte[] repeated(int head, int times) {
    byte[] bytes = new byte[times];
    Arrays.fill(bytes, (byte) head);
    return bytes;
  }

  static Stream<Attack> attacks() {
    byte[] many = new byte[0];
    for (int i = 0; i < 65; i++) {
      byte[] one =
          frame(
              Message.request(
                      1, i, Op.HTTP, "GET", "https://api.example.org/", Map.of(), new byte[0])
                  .encode());
      many = ByteBuffer.allocate(many.length + one.length).put(many).put(one).array();
    }
    byte[] deep = repeated(0x81, 40);
    System.arraycopy(new byte[] {(byte) 0x85, 1, 1, 1, 0}, 0, deep, 0, 5);
    deep[39] = 0;
    List<Object> empty = Collections.nCopies(100_000, List.of());
    return Stream.of(
        new Attack("empty frame", new byte[4], "a frame"),
        new Attack("frame of 2 GiB", new byte[] {0x7F, -1, -1, -1}, "a frame"),
        new Attack("frame above 1 MiB", new byte[] {0, 0x10, 0, 1}, "a frame"),
        new Attack("message in pieces", new byte[] {-128, 0, 0, 1, 0}, "a frame"),
        new Attack("no CBOR", frame(new byte[] {-1, -1}), "no CBOR"),
        new Attack("cut short", frame(new byte[] {(byte) 0x85, 1}), "no CBOR"),
        new Attack(
            "a text too long",
            frame(new byte[] {0x7B, 0x7F, -1, -1, -1, -1, -1, -1, -1}),
            "cut short"),
        new Attack(
            "a negative length",
            frame(new byte[] {0x5B, -1, -1, -1, -1, -1, -1, -1, -1}),
            "cut short"),
        new Attack("indefinite length", frame(new byte[] {(byte) 0x9F, (byte) 0xFF}), "no CBOR"),
        new Attack("not the shortest form", frame(new byte[] {(byte) 0x98, 0}), "no CBOR"),
        new Attack("a float", frame(new byte[] {(byte) 0xF9, 0, 0}), "no CBOR"),
        new Attack("a text that is no UTF-8", frame(new byte[] {0x61, -1}), "no CBOR"),
        new Attack("keys twice", frame(new byte[] {(byte) 0xA2, 1, 1, 1, 1}), "no CBOR"),
        new Attack("a bomb of lists", value(empty), "more than 16384 values"),
        new Attack("nested in itself", frame(repeated(0x81, 10_000)), "no CBOR"),
        new Attack("nested deeper than read", frame(deep), "no CBOR"),
        new Attack("no list", value("hello"), "a list"),
        new Attack("too short a list", value(List.of(1L, 1L)), "too short"),
        new Attack("too long a list", value(List.of(1L, 1L, 1L, 0L, List.of(), 1L)), "too long"),
        new Attack("unknown kind", value(List.of(3L, 1L, 1L, 0L, List.of())), "out of its range"),
        new Attack(
            "a negative app", value(List.of(1L, -1L, 1L, 0L, List.of())), "out of its range"),
        new Attack(
            "a huge id", value(List.of(1L, 1L, Long.MAX_VALUE, 0L, List.of())), "out of its range"),
        new Attack("a tag", value(new Cbor.Tagged(1, 1L)), "a list"),
        new Attack("unknown request", value(List.of(1L, 1L, 1L, 99L, List.of())), "not known"),
        new Attack(
            "second hello", value(List.of(0L, 0L, 0L, 1L, List.of(TOKEN, ""))), "second hello"),
        new Attack(
            "answer to nothing",
            frame(Message.answer(1, 99, Outcome.OK).encode()),
            "answer to nothing"),
        new Attack(
            "pong to nothing",
            frame(Message.answer(0, 99, Outcome.OK).encode()),
            "nobody asked for"),
        new Attack(
            "request of the zone itself",
            frame(Message.request(0, 1, Op.HOME).encode()),
            "nobody asked for"),
        new Attack("too many arguments", request(Op.HOME, 1L), "too long"),
        new Attack("a name too long", request(Op.GET, "x".repeat(65)), "more than 64"),
        new Attack(
            "a value too large", request(Op.PUT, "x", new byte[256 * 1024 + 1]), "more than"),
        new Attack("a number for a name", request(Op.GET, 1L), "String"),
        new Attack("a log line too long", request(Op.LOG, true, "x".repeat(501)), "more than 500"),
        new Attack("an amount of nothing", request(Op.USE, "m", 0L), "out of its range"),
        new Attack("an amount below nothing", request(Op.USE, "m", -1L), "out of its range"),
        new Attack(
            "a timer for ever", request(Op.TIMER, 1L, Long.MAX_VALUE, true), "out of its range"),
        new Attack(
            "a device that is none", request(Op.SET, "x", "a", "1", "r", 10_000L), "no UUID"),
        new Attack(
            "a number of a billion digits",
            request(Op.SET, TestSession.CAR.toString(), "a", "1E+999999999", "r", 10_000L),
            "24 digits"),
        new Attack(
            "a number that is none",
            request(Op.SET, TestSession.CAR.toString(), "a", "NaN", "r", 10_000L),
            "24 digits"),
        new Attack(
            "a reason too long",
            request(Op.SET, TestSession.CAR.toString(), "a", "1", "r".repeat(201), 10_000L),
            "more than 200"),
        new Attack(
            "a lease for ever",
            request(Op.SET, TestSession.CAR.toString(), "a", "1", "r", Long.MAX_VALUE),
            "out of its range"),
        new Attack(
            "an address that is none",
            request(Op.HTTP, "GET", "https:// /", Map.of(), new byte[0]),
            "an address"),
        new Attack(
            "17 headers",
            request(Op.HTTP, "GET", "https://api.example.org/", headers(), new byte[0]),
            "a map"),
        new Attack(
            "a body too large",
            request(Op.HTTP, "POST", "https://api.example.org/", Map.of(), new byte[65_537]),
            "more than"),
        new Attack(
            "a purpose that is none",
            request(Op.READ, "SPYING", List.of(0L, 0L), List.of(1L, 0L)),
            "a word"),
        new Attack(
            "an instant out of time",
            request(Op.READ, "ADVICE", List.of(Long.MAX_VALUE, 0L), List.of(1L, 0L)),
            "out of its range"),
        new Attack("terms that are no map", request(Op.ASK, "terms", "text"), "Map"),
        new Attack("65 open requests", many, "more than 64 open"));
  }

  private static Map<String, String> headers() {
    Map<String, String> headers = new java.util.HashMap<>();
    for (int i = 0; i < 17; i++) {
      headers.put("X-" + i, "");
    }
    return headers;
  }

  @BeforeEach
  void file() throws IOException {
    jar = Files.write(directory.resolve("app.jar"), new byte[300_000]);
  }

  @AfterEach
  void end() {
    runner.stop();
  }

  @ParameterizedTest
  @MethodSource("attacks")
  void aBadMessageEndsTheZone(Attack attack) throws Exception {
    List<String> log = new ArrayList<>();
    java.util.logging.Logger logger = java.util.logging.Logger.getLogger(Zone.class.getName());
    java.util.logging.Handler handler =
        new java.util.logging.Handler() {
          @Override
          public void publish(java.util.logging.LogRecord line) {
            log.add(new java.util.logging.SimpleFormatter().formatMessage(line));
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    logger.addHandler(handler);
    try {
      Running app = runner.start(jar, session);
      assertThat(app.problem().toCompletableFuture().get(20, SECONDS)).isEmpty();
      try {
        peer.raw(ByteBuffer.wrap(attack.bytes()));
      } catch (IOException e) {
        // Hung up on in the middle of it.
      }
      assertThat(session.ended.get(20, SECONDS)).contains("broke the rules of its connection");
      assertThat(String.join("\n", log)).contains(attack.said());
      assertThat(peer.silent.await(20, SECONDS)).isTrue();
      app.close();
      assertThat(runner.zones()).isEmpty();
    } finally {
      logger.removeHandler(handler);
    }
  }

  static Stream<List<?>> hellos() {
    return Stream.of(
        List.of(0L, 0L, 0L, 2L, List.of(TOKEN, "")),
        List.of(0L, 0L, 0L, 1L, List.of("wrong", "")),
        List.of(0L, 0L, 0L, 1L, List.of(TOKEN)),
        List.of(1L, 0L, 0L, 1L, List.of(TOKEN, "")),
        List.of("hello"));
  }

  @ParameterizedTest
  @MethodSource("hellos")
  void anotherHelloIsNoZone(List<?> hello) {
    peer.hello = Cbor.encode(hello);
    assertThatThrownBy(() -> runner.start(jar, session))
        .isInstanceOf(AppException.class)
        .hasMessageContaining("did not start");
    assertThat(runner.zones()).isEmpty();
  }

  @Test
  void aServiceThatWasNotGrantedEndsTheZone() throws Exception {
    TestSession modest = new TestSession(new SampleApp("org.example.modest", "1.0.0").manifest());
    Running app = runner.start(jar, modest);
    peer.raw(ByteBuffer.wrap(request(Op.ACTUATORS)));
    assertThat(modest.ended.get(20, SECONDS)).contains("broke the rules");
    app.close();
  }

  @ParameterizedTest
  @MethodSource("badCards")
  void badCardsEndTheZone(List<?> cards) throws Exception {
    Running app = runner.start(jar, session);
    java.util.concurrent.CompletableFuture<?> shown =
        app.cards(Locale.ENGLISH).toCompletableFuture();
    // Ids rise by one from the first piece of the jar: three pieces, the start, then this.
    peer.write(Message.answer(1, 5, Outcome.OK, cards).encode());
    assertThatThrownBy(() -> shown.get(20, SECONDS)).isNotNull();
    assertThat(session.ended.get(20, SECONDS)).contains("broke the rules");
    app.close();
  }

  static Stream<List<?>> badCards() {
    List<?> good = List.of("t", List.of(List.of("text", "x")));
    return Stream.of(
        Collections.nCopies(9, good),
        List.of(List.of("", List.of(List.of("text", "x")))),
        List.of(List.of("t", List.of())),
        List.of(List.of("t", Collections.nCopies(17, List.of("text", "x")))),
        List.of(List.of("t", List.of(List.of("script", "x")))),
        List.of(List.of("t", List.of(List.of("text", "x".repeat(1001))))),
        List.of(List.of("t", List.of(List.of("figure", "l", "1E+99", "W")))),
        List.of(List.of("t", List.of(List.of("figure", "l", "1", "w".repeat(17))))),
        List.of(List.of("t", List.of(List.of("notice", "LOUD", "x")))),
        List.of(List.of("t", List.of(List.of("table", List.of("a"), List.of(List.of("1", "2")))))),
        List.of(chart("1,2,3", 2)),
        List.of(chart("1", 0)),
        List.of(chart("1,x", 2)),
        List.of(chart(",".repeat(2000), 2001)),
        List.of(List.of("t", List.of(List.of("form", "No Id", "t", List.of(), "b")))),
        List.of(
            List.of(
                "t",
                List.of(
                    List.of(
                        "form",
                        "id",
                        "t",
                        List.of(Arrays.asList("id", "l", "CHOICE", "", null, null, List.of())),
                        "b")))));
  }

  private static List<?> chart(String values, long size) {
    return List.of(
        "t",
        List.of(
            List.of(
                "chart",
                "t",
                "LINE",
                "W",
                List.of(List.of("l", List.of(0L, 0L), 1000L, values, size)))));
  }

  @Test
  void aSilentZoneIsEnded() throws Exception {
    Running app = runner.start(jar, session);
    peer.pongs = false;
    assertThat(session.ended.get(30, SECONDS)).contains("did not answer for 5 s");
    app.close();
  }

  @Test
  void anAppThatAnswersNothingIsEnded() throws Exception {
    Running app = runner.start(jar, session);
    peer.answers = false;
    app.problem();
    assertThat(session.ended.get(30, SECONDS))
        .isEqualTo("org.example.probe did not answer within 5 s.");
    app.close();
  }

  @Test
  void noMoreIsAskedThanMayWait() throws Exception {
    Running app = runner.start(jar, session);
    peer.answers = false;
    for (int i = 0; i < ZoneApp.MAX_OPEN; i++) {
      app.problem();
    }
    assertThatThrownBy(() -> app.problem().toCompletableFuture().get(20, SECONDS))
        .hasMessageContaining("does not keep up");
  }

  @Test
  void aDriverRunsInNoZone() {
    TestSession driver =
        new TestSession(
            new SampleApp("org.example.driver", "1.0.0")
                .kind(org.commonshub.apps.desk.api.AppManifest.Kind.DRIVER)
                .manifest());
    assertThatThrownBy(() -> runner.start(jar, driver)).hasMessageContaining("is no app");
  }
}
