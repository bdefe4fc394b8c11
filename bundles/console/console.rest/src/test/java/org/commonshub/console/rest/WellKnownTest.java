package org.commonshub.console.rest;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.Servlet;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.commonshub.identity.api.HubIdentity;
import org.commonshub.identity.api.KeyLog;
import org.commonshub.testing.fakes.FakeIdentity;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.servlet.whiteboard.HttpWhiteboardConstants;

/** The DID document for everybody, if the owner wants one. */
class WellKnownTest {
  private final FakeIdentity identity = new FakeIdentity("hub");
  private final WellKnown wellKnown = new WellKnown();
  private Hub hub;
  private ServiceRegistration<?> registration;

  @BeforeEach
  void start() throws Exception {
    hub = new Hub();
    registration =
        Hub.context()
            .registerService(
                Servlet.class,
                wellKnown,
                FrameworkUtil.asDictionary(
                    Map.of(
                        HttpWhiteboardConstants.HTTP_WHITEBOARD_SERVLET_PATTERN,
                        new String[] {WellKnown.DOCUMENT, WellKnown.LOG})));
  }

  @AfterEach
  void stop() {
    registration.unregister();
    hub.close();
  }

  /** The same hub with a host name. */
  private HubIdentity withHostName() {
    return (HubIdentity)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {HubIdentity.class},
            (proxy, method, arguments) ->
                method.getName().equals("aliases")
                    ? List.of(identity.key().didKey(), "did:web:home.example%3A8443")
                    : method.invoke(identity, arguments));
  }

  private HttpResponse<String> get(String path) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(hub.base() + path)).build(),
            HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void withoutAHostNameThereIsNothing() throws Exception {
    for (HubIdentity each : new HubIdentity[] {null, identity}) {
      wellKnown.identity = each;
      for (String path : List.of(WellKnown.DOCUMENT, WellKnown.LOG)) {
        assertThat(get(path).statusCode()).isEqualTo(404);
        assertThat(get(path).body()).doesNotContain(identity.did());
      }
    }
  }

  @Test
  void withOneEverybodyFindsThePublicKey() throws Exception {
    wellKnown.identity = withHostName();
    HttpResponse<String> answer = get(WellKnown.DOCUMENT);
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type"))
        .hasValueSatisfying(type -> assertThat(type).startsWith("application/did+json"));
    assertThat(answer.headers().firstValue("Access-Control-Allow-Origin")).hasValue("*");
    assertThat(answer.headers().firstValue("Set-Cookie")).isEmpty();
    String key = identity.key().multikey();
    String id = "did:web:home.example%3A8443";
    assertThat(Json.parse(answer.body().getBytes(StandardCharsets.UTF_8)))
        .isEqualTo(
            Map.of(
                "@context",
                List.of("https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"),
                "id",
                id,
                "alsoKnownAs",
                List.of(identity.did(), identity.key().didKey()),
                "verificationMethod",
                List.of(
                    Map.of(
                        "id",
                        id + "#" + key,
                        "type",
                        "Multikey",
                        "controller",
                        id,
                        "publicKeyMultibase",
                        key)),
                "authentication",
                List.of(id + "#" + key),
                "assertionMethod",
                List.of(id + "#" + key)));
    KeyLog log = KeyLog.verify(get(WellKnown.LOG).body().getBytes(StandardCharsets.UTF_8));
    assertThat(log.did()).isEqualTo(identity.did());
    assertThat(log.current()).isEqualTo(identity.key());
  }

  @Test
  void theGuardStandsBeforeIt() throws Exception {
    wellKnown.identity = withHostName();
    assertThat(
            hub.raw(
                "GET "
                    + WellKnown.DOCUMENT
                    + " HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 421");
    HttpResponse<String> put =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(hub.base() + WellKnown.DOCUMENT))
                    .PUT(HttpRequest.BodyPublishers.ofString("{}"))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(put.statusCode()).isEqualTo(405);
  }
}
