package org.commonshub.apps.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import javax.net.ssl.SSLContext;
import org.commonshub.apps.api.AppHttp;
import org.commonshub.apps.api.AppHttp.Request;
import org.commonshub.apps.api.AppHttp.Response;
import org.commonshub.apps.api.AppQuotaException;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.apps.desk.api.AppManifest.Resources;
import org.commonshub.apps.desk.api.AppSession;
import org.commonshub.apps.desk.api.AppSession.Restriction;
import org.commonshub.apps.desk.api.Grants;
import org.commonshub.apps.desk.api.UsageMeter;
import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Terms;
import org.commonshub.testing.fakes.SampleApp;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The way out, against a real TLS server on the loopback. */
class HttpTest {
  @TempDir static Path keys;
  @TempDir Path data;

  private final AppManifest manifest =
      World.with(
          new SampleApp("org.example.coach", "1.0.0")
              .host("api.example.com")
              .host("other.example.com")
              .data(Purpose.ADVICE, Granularity.HOUR)
              .data(Purpose.FORECASTING, Granularity.HOUR)
              .manifest(),
          new Resources(500, 8, 64, 64, 60));
  private TlsServer server;
  private World world;
  private AppSession session;
  private AppHttp http;
  private final AtomicInteger lookups = new AtomicInteger();
  private volatile List<String> addresses = List.of("127.0.0.1");
  private volatile Predicate<InetAddress> allowed = InetAddress::isLoopbackAddress;
  private volatile boolean believing = true;

  @BeforeEach
  void open() throws Exception {
    server = new TlsServer(keys);
    world =
        new World(
            data,
            new Outside(
                this::find,
                address -> allowed.test(address),
                () -> believing ? server.believing : SSLContext.getDefault(),
                server.port()));
    session = world.open(manifest);
    http = session.http();
  }

  @AfterEach
  void close() throws Exception {
    world.close();
    server.close();
  }

  private InetAddress[] find(String host) throws UnknownHostException {
    lookups.incrementAndGet();
    List<InetAddress> found = new ArrayList<>();
    for (String address : addresses) {
      found.add(InetAddress.getByName(address));
    }
    return found.toArray(InetAddress[]::new);
  }

  private Response get(String uri) throws Exception {
    return World.get(http.send(Request.get(uri)));
  }

  private Throwable failure(CompletionStage<Response> sent) throws Exception {
    try {
      Response answer = World.get(sent);
      throw new AssertionError("was answered: " + answer.status());
    } catch (ExecutionException e) {
      return e.getCause();
    }
  }

  private Throwable failure(String uri) throws Exception {
    return failure(http.send(Request.get(uri)));
  }

  @Test
  void aRequestAndItsAnswer() throws Exception {
    server.host =
        (head, in, out) ->
            TlsServer.write(
                out,
                "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nSet-Cookie: a=b\r\nContent-Length:"
                    + " 5\r\n\r\nhello");
    AtomicReference<String> thread = new AtomicReference<>();
    Response answer =
        World.get(
            http.send(
                    new Request(
                        "POST",
                        URI.create("https://API.example.com:443/v1/a%20b?q=ü&r=1"),
                        Map.of("Authorization", "Bearer x", "X-Thing", "1"),
                        "body".getBytes(StandardCharsets.UTF_8)))
                .whenComplete((a, e) -> thread.set(Thread.currentThread().getName())));
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).asString().isEqualTo("hello");
    assertThat(answer.headers())
        .containsEntry("content-type", List.of("text/plain"))
        .doesNotContainKey("set-cookie");
    assertThat(thread.get()).isEqualTo("app org.example.coach");
    assertThat(server.names).containsExactly("api.example.com");
    assertThat(server.heads.get(0))
        .startsWith("POST /v1/a%20b?q=%C3%BC&r=1 HTTP/1.1\r\nHost: api.example.com\r\n")
        .contains("authorization: Bearer x\r\n", "x-thing: 1\r\n", "content-length: 4\r\n")
        .doesNotContainIgnoringCase("cookie");
    assertThat(session.usage().networkBytes()).isGreaterThan(200);
    assertThat(world.meter.total(manifest.id(), UsageMeter.NETWORK_BYTES))
        .isEqualTo(session.usage().networkBytes());
  }

  @Test
  void redirectsAreNotFollowed() throws Exception {
    server.host =
        (head, in, out) ->
            TlsServer.write(out, "HTTP/1.1 302 Found\r\nLocation: https://192.168.0.1/\r\n\r\n");
    assertThat(get("https://api.example.com/").status()).isEqualTo(302);
    assertThat(server.heads).hasSize(1);
    assertThat(lookups).hasValue(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://api.example.com/",
        "HTTPS://api.example.com/",
        "ftp://api.example.com/",
        "//api.example.com/",
        "/path",
        "mailto:api.example.com",
        "https:api.example.com",
        "https:///path",
        "https://api.example.com:80/",
        "https://api.example.com:/",
        "https://api.example.com:0443/",
        "https://api.example.com:4430/",
        "https://user@api.example.com/",
        "https://user:word@api.example.com/",
        "https://@api.example.com/",
        "https://api.example.com/#part",
        "https://api_example.com/",
        "https://äpi.example.com/",
        "https://apİ.example.com/"
      })
  void addressesThatNobodyWrites(String uri) throws Exception {
    assertThat(failure(uri)).isInstanceOf(IOException.class).hasMessageContaining("https://HOST/");
    assertThat(lookups).hasValue(0);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://api.example.com./",
        "https://evil.com/",
        "https://evil.com/api.example.com",
        "https://api.example.com.evil.com/",
        "https://evil-api.example.com/",
        "https://xapi.example.com/",
        "https://example.com/",
        "https://localhost/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://192.168.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[fe80::1%25eth0]/",
        "https://xn--pi-wia.example.com/",
        "https://api.example.com%2eevil.com/"
      })
  void hostsThatWereNotGranted(String uri) throws Exception {
    assertThat(failure(uri)).isInstanceOfAny(SecurityException.class, IOException.class);
    assertThat(lookups).hasValue(0);
  }

  @Test
  void whatThePersonTakesBackCountsAtOnce() throws Exception {
    get("https://api.example.com/");
    CountDownLatch asked = new CountDownLatch(1);
    server.host =
        (head, in, out) -> {
          asked.countDown();
          in.read();
        };
    CompletionStage<Response> sent = http.send(Request.get("https://api.example.com/"));
    asked.await();
    session.regrant(new Grants(Set.of("other.example.com"), Set.of(), java.util.Optional.empty()));
    assertThat(failure(sent)).hasMessageContaining("took back");
    assertThat(failure("https://api.example.com/")).isInstanceOf(SecurityException.class);
  }

  @Test
  void onlyHeadersOfTheList() throws Exception {
    for (Map<String, String> headers :
        List.of(
            Map.of("Host", "evil.com"),
            Map.of("Cookie", "a=b"),
            Map.of("Connection", "keep-alive"),
            Map.of("Transfer-Encoding", "chunked"),
            Map.of("Content-Length", "0"),
            Map.of("Accept-Encoding", "gzip"),
            Map.of("Accept", "a\r\nHost: evil.com"),
            Map.of("Accept", "ä"),
            Map.of("Accept", "x".repeat(2049)),
            Map.of("X-", "1"),
            Map.of("X-A:", "1"),
            Map.of("X-A\r\nHost", "1"),
            Map.of("Accept", "a", "accept", "b"))) {
      assertThat(
              failure(
                  http.send(
                      new Request(
                          "GET", URI.create("https://api.example.com/"), headers, new byte[0]))))
          .as("%s", headers)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("is not sent");
    }
    assertThat(lookups).hasValue(0);
  }

  @Test
  void onlyThreeMethodsAndBoundedBodies() throws Exception {
    URI uri = URI.create("https://api.example.com/");
    for (Request request :
        List.of(
            new Request("DELETE", uri, Map.of(), new byte[0]),
            new Request("get", uri, Map.of(), new byte[0]),
            new Request("GET / HTTP/1.1\r\nX:", uri, Map.of(), new byte[0]),
            new Request("GET", uri, Map.of(), new byte[1]),
            new Request("POST", uri, Map.of(), new byte[AppHttp.MAX_SENT + 1]),
            Request.get("https://api.example.com/" + "x".repeat(2048)))) {
      assertThat(failure(http.send(request))).isInstanceOf(IOException.class);
    }
    assertThat(lookups).hasValue(0);
  }

  @Test
  void theNameIsLookedUpOnceAndTheAddressThatWasCheckedIsConnected() throws Exception {
    // A name service that tells another address the second time it is asked is never asked twice.
    List<InetAddress> checked = new ArrayList<>();
    allowed = checked::add;
    get("https://api.example.com/");
    assertThat(lookups).hasValue(1);
    assertThat(checked).containsExactly(InetAddress.getByName("127.0.0.1"));
    addresses = List.of("127.0.0.2");
    allowed = address -> address.getHostAddress().equals("127.0.0.2");
    // Nobody listens there: the server that answers the name is not found another way.
    assertThat(failure("https://api.example.com/")).hasMessageContaining("cannot be reached");
  }

  @Test
  void oneForbiddenAddressAmongManyRefusesAll() throws Exception {
    allowed = Addresses::isPublic;
    for (List<String> found :
        List.of(
            List.of("127.0.0.1"),
            List.of("192.0.2.0", "1.1.1.1"),
            List.of("1.1.1.1", "192.168.1.1"),
            List.of("1.1.1.1", "2606:4700::1", "::1"),
            List.of("64:ff9b::7f00:1"))) {
      addresses = found;
      assertThat(failure("https://api.example.com/")).hasMessageContaining("private network");
    }
    assertThat(server.heads).isEmpty();
    addresses = List.of();
    assertThat(failure("https://api.example.com/")).hasMessageContaining("no address");
  }

  @Test
  void theCertificateIsCheckedForTheNameAndByTrust() throws Exception {
    assertThat(failure("https://other.example.com/"))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("No trusted connection to other.example.com");
    believing = false;
    assertThat(failure("https://api.example.com/"))
        .hasMessageStartingWith("No trusted connection to api.example.com");
    assertThat(server.heads).isEmpty();
  }

  @Test
  void silenceEndsAfterHalfAMinute() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    server.host =
        (head, in, out) -> {
          asked.countDown();
          in.read(); // until it hangs up
        };
    CompletionStage<Response> sent = http.send(Request.get("https://api.example.com/"));
    asked.await();
    world.advance(Duration.ofSeconds(29));
    assertThat(sent.toCompletableFuture()).isNotDone();
    world.advance(Duration.ofSeconds(1));
    assertThat(failure(sent)).hasMessage("api.example.com did not answer within 30 s.");
  }

  @Test
  void fourAtATimeAndSixtyAMinute() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    server.host =
        (head, in, out) -> {
          try {
            go.await();
          } catch (InterruptedException e) {
            throw new IOException(e);
          }
          TlsServer.write(out, "HTTP/1.1 204 No Content\r\n\r\n");
        };
    List<CompletionStage<Response>> four = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      four.add(http.send(Request.get("https://api.example.com/")));
    }
    assertThat(failure("https://api.example.com/")).hasMessageContaining("4 requests at a time");
    go.countDown();
    for (CompletionStage<Response> sent : four) {
      assertThat(World.get(sent).status()).isEqualTo(204);
    }
    for (int i = 4; i < 60; i++) {
      assertThat(get("https://api.example.com/").status()).isEqualTo(204);
    }
    assertThat(failure("https://api.example.com/"))
        .isInstanceOf(AppQuotaException.class)
        .hasMessageContaining("60 requests a minute");
    World.settle(session);
    world.advance(Duration.ofMinutes(1));
    assertThat(get("https://api.example.com/").status()).isEqualTo(204);
  }

  @Test
  void theDaysQuotaCountsBothWaysAndBeginsAnewAtMidnightOfTheHome() throws Exception {
    server.host =
        (head, in, out) -> TlsServer.write(out, "HTTP/1.1 200 OK\r\n\r\n" + "x".repeat(40_000));
    get("https://api.example.com/");
    assertThat(failure("https://api.example.com/"))
        .isInstanceOf(AppQuotaException.class)
        .hasMessageContaining("64 KiB");
    long used = session.usage().networkBytes();
    assertThat(used).isBetween(40_000L, 64L * 1024);
    session.close();
    session = world.open(manifest);
    http = session.http();
    assertThat(session.usage().networkBytes()).as("off and on again").isEqualTo(used);
    // 12:00 UTC is 13:00 in Rome.
    World.settle(session);
    world.advance(Duration.ofHours(11));
    assertThat(session.usage().networkBytes()).isZero();
    get("https://api.example.com/");
  }

  @Test
  void aRestrictionHangsUp() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    server.host =
        (head, in, out) -> {
          asked.countDown();
          in.read();
        };
    CompletionStage<Response> sent = http.send(Request.get("https://api.example.com/"));
    asked.await();
    session.restrict(Restriction.NO_ACTING);
    assertThat(failure(sent)).hasMessageContaining("restricts");
    assertThat(failure("https://api.example.com/")).isInstanceOf(SecurityException.class);
    session.restrict(Restriction.NONE);
    server.host = (head, in, out) -> TlsServer.write(out, "HTTP/1.1 200 OK\r\n\r\n");
    assertThat(get("https://api.example.com/").status()).isEqualTo(200);
  }

  @Test
  void dataThatMayNotLeaveKeepsTheAppFromTalking() throws Exception {
    Terms terms = manifest.data().get(0).terms();
    world.view.open(Purpose.ADVICE, terms.toBuilder().hosts(Set.of()).build());
    assertThat(failure("https://api.example.com/"))
        .isInstanceOf(SecurityException.class)
        .hasMessageContaining("may not leave");
    // Nothing was read yet: it may talk when the consent is gone.
    world.view.close(Purpose.ADVICE);
    get("https://api.example.com/");

    world.view.open(Purpose.ADVICE, terms.toBuilder().hosts(Set.of()).build());
    session.energy().read(Purpose.ADVICE, world.clock.now(), world.clock.now());
    world.view.close(Purpose.ADVICE);
    assertThat(failure("https://api.example.com/")).hasMessageContaining("may not leave");
    world.view.grants.clear();
    assertThat(failure("https://api.example.com/")).hasMessageContaining("may not leave");

    // It is remembered over a restart of the hub ...
    world.close();
    world =
        new World(data, new Outside(this::find, allowed, () -> server.believing, server.port()));
    session = world.open(manifest);
    http = session.http();
    assertThat(failure("https://api.example.com/")).hasMessageContaining("may not leave");
    // ... until the person says otherwise.
    world.view.open(Purpose.ADVICE, terms.toBuilder().hosts(Set.of("api.example.com")).build());
    assertThat(get("https://api.example.com/").status()).isEqualTo(200);
    world.view.open(
        Purpose.FORECASTING, terms.toBuilder().hosts(Set.of("other.example.com")).build());
    assertThat(failure("https://api.example.com/")).hasMessageContaining("not go to api");
    assertThat(failure("https://other.example.com/")).hasMessageContaining("not go to other");
    world.view.open(Purpose.FORECASTING, terms);
    get("https://api.example.com/");
  }

  @Test
  void nothingIsSentAfterTheEnd() {
    session.close();
    assertThatThrownBy(() -> http.send(Request.get("https://api.example.com/")))
        .isInstanceOf(IllegalStateException.class);
  }
}
