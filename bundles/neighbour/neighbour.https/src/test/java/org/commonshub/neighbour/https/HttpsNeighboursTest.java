package org.commonshub.neighbour.https;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLSocket;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.HubIdentity;
import org.commonshub.identity.api.SigningPurpose;
import org.commonshub.neighbour.api.NeighbourException;
import org.commonshub.neighbour.api.NeighbourException.Kind;
import org.commonshub.neighbour.api.Neighbours;
import org.commonshub.neighbour.api.Topic;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeIdentity;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real instances over loopback, friendly and not. */
class HttpsNeighboursTest {
  private static final FakeIdentity MALLORY = new FakeIdentity("mallory");

  @TempDir Path directory;
  private final FakeIdentity alice = new FakeIdentity("alice");
  private final FakeIdentity bob = new FakeIdentity("bob");
  private Hub a;
  private Hub b;

  @BeforeEach
  void meet() throws IOException {
    a = new Hub(alice, directory.resolve("a"));
    b = new Hub(bob, directory.resolve("b"));
    a.enter(b);
    b.enter(a);
  }

  @AfterEach
  void part() {
    a.close();
    b.close();
  }

  private static NeighbourException refused(Hub hub, HubIdentity other) {
    return catchThrowableOfType(NeighbourException.class, () -> hub.ask(other));
  }

  @Test
  void twoHubsAskEachOther() throws Exception {
    assertThat(a.ask(bob)).isEqualTo("heard you");
    assertThat(b.ask(alice)).isEqualTo("heard you");
    assertThat(a.heard(bob)).isEqualTo(FakeHubClock.START);
    assertThat(b.heard(alice)).isEqualTo(FakeHubClock.START);
    assertThat(a.problem(bob)).isEmpty();
    assertThat(a.neighbours.keyLog(bob.did()).orElseThrow().current()).isEqualTo(bob.key());
    assertThat(a.audit).containsExactly("neighbour.add " + bob.did());
  }

  @Test
  void whoAnswersKnowsWhoAsks() throws Exception {
    b.service = (did, question) -> did.getBytes(StandardCharsets.UTF_8);
    assertThat(a.ask(bob)).isEqualTo(alice.did());
  }

  @Test
  void questionsAndAnswersMayBeAsLargeAsPromised() throws Exception {
    String large = "x".repeat(Neighbours.MAX_BYTES);
    b.service = (did, question) -> question;
    assertThat(a.ask(bob, large)).isEqualTo(large);
    assertThatThrownBy(
            () -> a.neighbours.ask(bob.did(), Topic.CHECKPOINT, new byte[Neighbours.MAX_BYTES + 1]))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void refusalsReachPeopleAndNothingElse() {
    b.service =
        (did, question) -> {
          throw new NeighbourException(Kind.REFUSED, "Your log\u202e is a fork.\n");
        };
    NeighbourException refusal = refused(a, bob);
    assertThat(refusal.kind()).isEqualTo(Kind.REFUSED);
    assertThat(refusal).hasMessage("other refuses: Your log  is a fork. ");
    assertThat(a.problem(bob)).isEmpty();
    b.service =
        (did, question) -> {
          throw new IllegalStateException("secret detail");
        };
    assertThat(refused(a, bob).getMessage()).contains("its log says what").doesNotContain("secret");
    b.service = (did, question) -> new byte[Neighbours.MAX_BYTES + 1];
    assertThat(refused(a, bob).kind()).isEqualTo(Kind.REFUSED);
  }

  @Test
  void aTopicThatNobodyAnswersIsRefused() {
    assertThat(
            catchThrowableOfType(
                    java.util.concurrent.ExecutionException.class,
                    () ->
                        a.neighbours
                            .ask(bob.did(), Topic.ROOT, new byte[0])
                            .toCompletableFuture()
                            .get(Hub.PATIENCE_SECONDS, TimeUnit.SECONDS))
                .getCause())
        .hasMessageContaining("switched off");
  }

  @Test
  void strangersAreToldToHaveThemselvesEntered() throws Exception {
    try (Hub m = new Hub(MALLORY, directory.resolve("m"))) {
      m.enter(b);
      NeighbourException refusal = refused(m, bob);
      assertThat(refusal.kind()).isEqualTo(Kind.REFUSED);
      assertThat(refusal).hasMessageContaining("enter this hub's card there");
      assertThat(m.problem(bob)).isEmpty();
    }
    assertThat(b.neighbours.list()).hasSize(1);
    assertThat(b.problem(alice)).isEmpty();
    assertThat(a.ask(bob)).isEqualTo("heard you");
  }

  @Test
  void aRemovedNeighbourIsAStrangerAtOnce() throws Exception {
    assertThat(a.ask(bob)).isEqualTo("heard you");
    b.neighbours.remove(alice.did());
    assertThat(refused(a, bob).kind()).isEqualTo(Kind.REFUSED);
    assertThat(b.audit).contains("neighbour.remove " + alice.did());
    a.neighbours.remove(bob.did());
    assertThat(refused(a, bob).kind()).isEqualTo(Kind.UNKNOWN);
    a.neighbours.remove(bob.did());
    assertThat(a.audit).hasSize(2);
  }

  @Test
  void anotherHubAtTheAddressIsNotTheOne() throws Exception {
    try (Hub m = new Hub(MALLORY, directory.resolve("m"))) {
      m.enter(a);
      a.neighbours.remove(bob.did());
      a.neighbours.add(bob.card(), "other", "127.0.0.1", m.port());
      NeighbourException refusal = refused(a, bob);
      assertThat(refusal.kind()).isEqualTo(Kind.NOT_THE_ONE);
      assertThat(refusal).hasMessageContaining("another hub answers");
      assertThat(a.problem(bob)).contains("could not prove");
    }
  }

  /** Whoever takes a neighbour's name fails, both as the one who calls and as the one called. */
  private void impostorFails(HubIdentity impostor, String why) throws Exception {
    try (Hub m = new Hub(impostor, directory.resolve("m" + System.nanoTime()))) {
      m.enter(a);
      assertThat(refused(m, alice).kind()).isEqualTo(Kind.REFUSED);
      assertThat(a.problem(bob)).contains("in its name").contains(why);
      assertThat(a.heard(bob)).isNull();
      a.neighbours.remove(bob.did());
      a.neighbours.add(bob.card(), "other", "127.0.0.1", m.port());
      NeighbourException refusal = refused(a, bob);
      assertThat(refusal.kind()).isEqualTo(Kind.NOT_THE_ONE);
      assertThat(refusal).hasMessageContaining(why);
      assertThat(a.neighbours.keyLog(bob.did())).isEmpty();
    }
  }

  @Test
  void aForeignKeyUnderItsNameIsRefused() throws Exception {
    impostorFails(new Impostor(bob, MALLORY, MALLORY), "key log of another hub");
  }

  @Test
  void itsKeyLogWithAForeignKeyIsRefused() throws Exception {
    impostorFails(new Impostor(bob, bob, MALLORY), "not the current one");
  }

  @Test
  void anOldKeyIsRefusedOnceTheLogHasGrown() throws Exception {
    FakeIdentity rotated = new FakeIdentity("bob");
    rotated.rotate();
    impostorFails(new Impostor(bob, rotated, bob), "not the current one");
  }

  @Test
  void aReplayedStatementAboutAnotherTransportKeyIsRefused() throws Exception {
    Passport.Made genuine = Passport.make(bob, FakeHubClock.START);
    byte[] extension =
        Der.content(
            Der.OCTET_STRING,
            Der.content(
                Der.OCTET_STRING, genuine.certificate().getExtensionValue(Passport.EXTENSION)));
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(256);
    KeyPair own = generator.generateKeyPair();
    var forged =
        Passport.certificate(
            own,
            extension,
            FakeHubClock.START,
            FakeHubClock.START.plus(Duration.ofDays(1)),
            new SecureRandom());
    assertThatThrownBy(
            () ->
                Passport.read(
                    new java.security.cert.X509Certificate[] {forged}, FakeHubClock.START))
        .isInstanceOf(UnprovenException.class)
        .hasMessageContaining("did not sign this certificate");
  }

  @Test
  void aStolenTransportKeyEndsWithItsStatement() throws Exception {
    Passport.Made genuine = Passport.make(bob, FakeHubClock.START);
    byte[] extension =
        Der.content(
            Der.OCTET_STRING,
            Der.content(
                Der.OCTET_STRING, genuine.certificate().getExtensionValue(Passport.EXTENSION)));
    var later = FakeHubClock.START.plus(Duration.ofDays(30));
    var prolonged =
        Passport.certificate(
            genuine.keys(), extension, later, later.plus(Duration.ofDays(1)), new SecureRandom());
    assertThatThrownBy(
            () -> Passport.read(new java.security.cert.X509Certificate[] {prolonged}, later))
        .isInstanceOf(UnprovenException.class)
        .hasMessageContaining("not valid now");
  }

  @Test
  void aSignatureForAnotherPurposeIsNoPassport() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(256);
    byte[] spki = generator.generateKeyPair().getPublic().getEncoded();
    byte[] statement =
        Cbor.encode(
            Map.of(
                1L,
                bob.did(),
                2L,
                spki,
                3L,
                FakeHubClock.START.plus(Duration.ofDays(1)).toEpochMilli()));
    byte[] log = Passport.pack(bob.keyLog());
    byte[] good = Cbor.encode(Map.of(1L, bob.sign(SigningPurpose.NEIGHBOUR, statement), 2L, log));
    assertThat(Passport.read(good, spki, FakeHubClock.START).did()).isEqualTo(bob.did());
    byte[] other = Cbor.encode(Map.of(1L, bob.sign(SigningPurpose.CHECKPOINT, statement), 2L, log));
    assertThatThrownBy(() -> Passport.read(other, spki, FakeHubClock.START))
        .isInstanceOf(UnprovenException.class);
  }

  @Test
  void clocksTooFarApartAreNamed() throws Exception {
    b.clock.step(FakeHubClock.START.plus(Duration.ofDays(30)));
    assertThat(refused(a, bob)).hasMessageContaining("check date and time");
    assertThat(refused(b, alice)).hasMessageContaining("check date and time");
    b.clock.step(FakeHubClock.START.plus(Duration.ofHours(3)));
    assertThat(a.ask(bob)).isEqualTo("heard you");
  }

  @Test
  void theCertificateIsRenewedInTime() throws Exception {
    for (int day = 0; day < 20; day++) {
      assertThat(a.ask(bob)).isEqualTo("heard you");
      a.clock.advance(Duration.ofDays(1));
      b.clock.advance(Duration.ofDays(1));
    }
  }

  @Test
  void aRotatedKeyIsAcceptedAndRemembered() throws Exception {
    assertThat(a.ask(bob)).isEqualTo("heard you");
    bob.rotate();
    assertThat(b.ask(alice)).isEqualTo("heard you");
    assertThat(a.neighbours.keyLog(bob.did()).orElseThrow().periods()).hasSize(2);
    assertThat(a.ask(bob)).isEqualTo("heard you");
    int port = a.port();
    a.close();
    a.open(port);
    assertThat(a.neighbours.keyLog(bob.did()).orElseThrow().current()).isEqualTo(bob.key());

    // Whoever has the old key shows the old log: it does not begin with the known one.
    try (Hub old = new Hub(new FakeIdentity("bob"), directory.resolve("old"))) {
      old.enter(a);
      assertThat(refused(old, alice).kind()).isEqualTo(Kind.REFUSED);
      assertThat(a.problem(bob)).contains("old backup").contains("enter it again");
    }
    assertThat(a.ask(bob)).isEqualTo("heard you");
    assertThat(a.problem(bob)).isEmpty();
  }

  @Test
  void aLongKeyLogFits() throws Exception {
    for (int i = 0; i < 60; i++) {
      bob.rotate();
    }
    assertThat(Passport.pack(bob.keyLog())).hasSizeLessThan(Passport.MAX_PACKED);
    assertThat(a.ask(bob)).isEqualTo("heard you");
    assertThat(a.neighbours.keyLog(bob.did()).orElseThrow().periods()).hasSize(61);
  }

  @Test
  void unpluggedAndBackAgain() throws Exception {
    assertThat(a.ask(bob)).isEqualTo("heard you");
    int port = b.port();
    b.close();
    NeighbourException failure = refused(a, bob);
    assertThat(failure.kind()).isEqualTo(Kind.UNREACHABLE);
    assertThat(a.problem(bob)).contains("127.0.0.1 port " + port).contains("check that it is on");
    b.open(port);
    assertThat(a.ask(bob)).isEqualTo("heard you");
    assertThat(a.problem(bob)).isEmpty();
  }

  @Test
  void theListSurvivesARestart() throws Exception {
    int port = a.port();
    a.close();
    a.open(port);
    assertThat(a.neighbours.list())
        .singleElement()
        .satisfies(
            n -> {
              assertThat(n.did()).isEqualTo(bob.did());
              assertThat(n.name()).isEqualTo("other");
              assertThat(n.port()).isEqualTo(b.port());
            });
    assertThat(a.ask(bob)).isEqualTo("heard you");
  }

  @Test
  void whoAcceptsAndSaysNothingDelaysNobody() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Hub hasty = new Hub(MALLORY, directory.resolve("m"), 1_500)) {
      b.neighbours.add(MALLORY.card(), "hasty", "127.0.0.1", hasty.port());
      hasty.neighbours.add(alice.card(), "silent", "127.0.0.1", silent.getLocalPort());
      hasty.enter(b);
      var lost =
          hasty.neighbours.ask(alice.did(), Topic.CHECKPOINT, new byte[0]).toCompletableFuture();
      assertThat(hasty.ask(bob)).isEqualTo("heard you");
      assertThat(
              catchThrowableOfType(
                      java.util.concurrent.ExecutionException.class,
                      () -> lost.get(Hub.PATIENCE_SECONDS, TimeUnit.SECONDS))
                  .getCause())
          .isInstanceOfSatisfying(
              NeighbourException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE));
      Hub.await(() -> hasty.problem(alice).contains("does not answer"));
    }
  }

  @Test
  void slowStrangersAreEndedAndDelayNobody() throws Exception {
    try (Hub brisk = new Hub(MALLORY, directory.resolve("m"), 3_000)) {
      brisk.enter(a);
      a.enter(brisk);
      List<Socket> slow = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), brisk.port());
        socket.getOutputStream().write(new byte[] {0x16, 3, 1, 2}); // a record that never ends
        slow.add(socket);
      }
      assertThat(a.ask(MALLORY)).isEqualTo("heard you");
      for (Socket socket : slow) {
        InputStream in = socket.getInputStream();
        socket.setSoTimeout((int) TimeUnit.SECONDS.toMillis(Hub.PATIENCE_SECONDS));
        try {
          while (in.read() >= 0) {
            continue;
          }
        } catch (java.net.SocketException e) {
          assertThat(e).hasMessageContaining("reset");
        }
        socket.close();
      }
      Hub.await(() -> brisk.neighbours.connections() == 0);
    }
  }

  @Test
  void oneAddressCannotTakeAllConnections() throws Exception {
    List<Socket> many = new ArrayList<>();
    try {
      for (int i = 0; i < Door.CONNECTIONS; i++) {
        many.add(new Socket(InetAddress.getLoopbackAddress(), b.port()));
      }
      Hub.await(() -> b.neighbours.connections() == Door.PER_ADDRESS);
    } finally {
      for (Socket socket : many) {
        socket.close();
      }
    }
    Hub.await(() -> b.neighbours.connections() == 0);
    assertThat(a.ask(bob)).isEqualTo("heard you");
  }

  @Test
  void aNeighbourThatTalksNonsenseIsCutOff() throws Exception {
    Book book = new Book(directory.resolve("raw"), alice.did());
    book.add(bob.card(), "bob", "127.0.0.1", b.port());
    Handshake handshake = new Handshake(alice, a.clock, book);
    byte[][] nonsense = {
      ByteBuffer.allocate(4).putInt(Integer.MAX_VALUE).array(),
      ByteBuffer.allocate(4).putInt(-1).array(),
      ByteBuffer.allocate(8).putInt(4).putInt(0x7fffffff).array(),
      ByteBuffer.allocate(5).putInt(1).put((byte) 0xf6).array(),
      "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII)
    };
    for (byte[] each : nonsense) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), b.port());
          SSLSocket secure = handshake.shake(socket, bob.did())) {
        secure.setSoTimeout((int) TimeUnit.SECONDS.toMillis(Hub.PATIENCE_SECONDS));
        assertThat(secure.getInputStream().read()).isEqualTo(Frames.READY);
        secure.getOutputStream().write(each);
        secure.getOutputStream().flush();
        int next;
        try {
          next = secure.getInputStream().read();
        } catch (IOException e) {
          next = -1;
        }
        assertThat(next).isEqualTo(-1);
      }
    }
    assertThat(a.ask(bob)).isEqualTo("heard you");
  }

  @Test
  void olderTlsAndPlainTextAreRefused() throws Exception {
    Book book = new Book(directory.resolve("raw"), alice.did());
    book.add(bob.card(), "bob", "127.0.0.1", b.port());
    try (SSLSocket old =
        (SSLSocket)
            javax.net.ssl.SSLContext.getDefault()
                .getSocketFactory()
                .createSocket(InetAddress.getLoopbackAddress(), b.port())) {
      old.setEnabledProtocols(new String[] {"TLSv1.2"});
      assertThatThrownBy(old::startHandshake).isInstanceOf(IOException.class);
    }
    assertThat(a.ask(bob)).isEqualTo("heard you");
  }

  @Test
  void atMostFiveQuestionsToOneNeighbour() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    b.service =
        (did, question) -> {
          most.accumulateAndGet(inside.incrementAndGet(), Math::max);
          try {
            if (!go.await(5, TimeUnit.SECONDS)) {
              throw new AssertionError("nobody let it go");
            }
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
          inside.decrementAndGet();
          return question;
        };
    List<CompletableFuture<byte[]>> answers = new ArrayList<>();
    for (int i = 0; i < 1 + Caller.WAITING; i++) {
      answers.add(
          a.neighbours.ask(bob.did(), Topic.CHECKPOINT, new byte[] {1}).toCompletableFuture());
    }
    assertThat(refused(a, bob)).hasMessageContaining("has not answered the last questions");
    go.countDown();
    for (CompletableFuture<byte[]> answer : answers) {
      assertThat(answer.get(Hub.PATIENCE_SECONDS, TimeUnit.SECONDS)).containsExactly(1);
    }
    assertThat(most).hasValue(1);
  }

  @Test
  void aPortInUseIsNoReasonToFail() throws Exception {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      HttpsNeighbours blocked =
          new HttpsNeighbours(
              MALLORY,
              a.clock,
              org.commonshub.testing.fakes.FakeHubPaths.in(directory.resolve("blocked")),
              new org.commonshub.platform.api.AuditLog() {
                @Override
                public void record(String actor, String action, String subject, String outcome) {}

                @Override
                public List<Entry> latest(int limit) {
                  return List.of();
                }
              },
              InetAddress.getLoopbackAddress(),
              other.getLocalPort(),
              5_000);
      assertThat(blocked.port()).isEqualTo(-1);
      blocked.deactivate();
    }
  }
}
