package org.commonshub.console.rest;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.apache.felix.framework.FrameworkFactory;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.launch.Framework;

/**
 * The API on the real whiteboard of Felix Http and the real Jetty, in an embedded framework; the
 * rest of the hub is {@link Fakes}.
 */
final class Hub implements AutoCloseable {
  static {
    System.setProperty("jdk.httpclient.allowRestrictedHeaders", "host,connection,content-length");
  }

  static final String PASSWORD = "correct horse battery";

  private static Framework framework;
  private static String base;

  final Fakes fakes = new Fakes();
  final Services services = fakes.services();
  final AtomicLong nanos = new AtomicLong();
  final Api api;
  private final List<ServiceRegistration<?>> registrations;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  Hub() throws Exception {
    BundleContext context = context();
    api =
        new Api(
            services,
            new Api.Setup(
                "1.2.3",
                List.of("hub.example"),
                Duration.ofMinutes(60),
                Duration.ofHours(24),
                nanos::get));
    registrations = Console.register(context, api);
  }

  /** One framework for all tests of the module. */
  static synchronized BundleContext context() throws Exception {
    if (framework == null) {
      Path cache = Files.createTempDirectory("console-rest-test");
      Map<String, String> properties = new HashMap<>();
      properties.put(Constants.FRAMEWORK_STORAGE, cache.toString());
      properties.put("org.osgi.service.http.port", "0");
      properties.put("org.apache.felix.http.host", "127.0.0.1");
      properties.put("org.apache.felix.jetty.gziphandler.enable", "true");
      properties.put("org.apache.felix.http.timeout", "4000");
      properties.put(
          Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA,
          packages("6.1.0", "jakarta.servlet", "jakarta.servlet.http", "jakarta.servlet.annotation")
              + packages("6.1.0", "jakarta.servlet.descriptor")
              + packages("3.1.0", "javax.servlet", "javax.servlet.http", "javax.servlet.descriptor")
              + packages(
                  "2.0.17", "org.slf4j", "org.slf4j.event", "org.slf4j.helpers", "org.slf4j.spi")
              + packages(
                  "1.6.0", "org.apache.commons.fileupload", "org.apache.commons.fileupload.disk")
              + packages(
                  "1.6.0",
                  "org.apache.commons.fileupload.servlet",
                  "org.apache.commons.fileupload.util")
              + "x.unused");
      properties.put(
          Constants.FRAMEWORK_SYSTEMCAPABILITIES_EXTRA,
          "osgi.contract;osgi.contract=JavaServlet;version:Version=4.0,"
              + "osgi.contract;osgi.contract=JakartaServlet;version:Version=6.0");
      framework = new FrameworkFactory().newFramework(properties);
      framework.start();
      BundleContext context = framework.getBundleContext();
      for (String entry :
          System.getProperty("java.class.path").split(java.io.File.pathSeparator, -1)) {
        if (entry.contains("http.jetty12")) {
          Bundle jetty = context.installBundle(Path.of(entry).toUri().toString());
          jetty.start();
        }
      }
      base = endpoint(context);
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    try (Stream<Path> files = Files.walk(cache)) {
                      framework.stop();
                      framework.waitForStop(5000);
                      files.sorted(Comparator.reverseOrder()).forEach(p -> p.toFile().delete());
                    } catch (Exception e) {
                      // Left to the operating system's cleaning of temporary files.
                    }
                  }));
    }
    return framework.getBundleContext();
  }

  private static String packages(String version, String... names) {
    StringBuilder text = new StringBuilder();
    for (String name : names) {
      text.append(name).append(";version=").append(version).append(',');
    }
    return text.toString();
  }

  private static String endpoint(BundleContext context) throws Exception {
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (System.nanoTime() < deadline) {
      ServiceReference<?>[] all =
          context.getAllServiceReferences(
              "org.osgi.service.servlet.runtime.HttpServiceRuntime", null);
      if (all != null
          && all[0].getProperty("osgi.http.endpoint") instanceof String[] endpoints
          && endpoints.length > 0
          && endpoints[0].startsWith("http")) {
        String endpoint = endpoints[0];
        return endpoint.substring(0, endpoint.length() - 1);
      }
      Thread.onSpinWait();
    }
    throw new IllegalStateException("Felix Http did not start");
  }

  String base() {
    return base;
  }

  int port() {
    return URI.create(base).getPort();
  }

  @Override
  public void close() {
    Console.unregister(registrations);
    api.close();
  }

  /** An answer with its body parsed. */
  record Answer(int status, Map<String, List<String>> headers, String text) {
    String header(String name) {
      return headers.entrySet().stream()
          .filter(e -> e.getKey().equalsIgnoreCase(name))
          .map(e -> e.getValue().get(0))
          .findFirst()
          .orElse("");
    }

    Object json() {
      return Json.parse(text.getBytes(StandardCharsets.UTF_8));
    }

    /** A value by path, {@code user.name} or {@code checks.0.status}. */
    Object at(String path) {
      Object value = json();
      for (String step : path.split("\\.", -1)) {
        value =
            value instanceof List<?> list
                ? list.get(Integer.parseInt(step))
                : ((Map<?, ?>) value).get(step);
      }
      return value;
    }
  }

  /** A browser: keeps the cookie and the CSRF token. */
  final class Browser {
    String cookie;
    String csrf;
    final Map<String, String> extra = new LinkedHashMap<>();

    Answer get(String path, String... headers) throws Exception {
      return send("GET", path, null, headers);
    }

    Answer post(String path, String json, String... headers) throws Exception {
      return send("POST", path, json, headers);
    }

    Answer send(String method, String path, String json, String... headers) throws Exception {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(URI.create(base + "/api/v1" + path))
              .timeout(Duration.ofSeconds(20));
      Map<String, String> all = new LinkedHashMap<>();
      if (cookie != null) {
        all.put("Cookie", "hub_session=" + cookie);
      }
      if (csrf != null && !method.equals("GET")) {
        all.put("X-CSRF-Token", csrf);
      }
      if (json != null) {
        all.put("Content-Type", "application/json");
      }
      all.putAll(extra);
      for (int i = 0; i < headers.length; i += 2) {
        if (headers[i + 1] == null) {
          all.remove(headers[i]);
        } else {
          all.put(headers[i], headers[i + 1]);
        }
      }
      all.forEach(request::header);
      request.method(
          method,
          json == null
              ? HttpRequest.BodyPublishers.noBody()
              : HttpRequest.BodyPublishers.ofString(json));
      HttpResponse<String> response =
          http.send(request.build(), HttpResponse.BodyHandlers.ofString());
      Answer answer = new Answer(response.statusCode(), response.headers().map(), response.body());
      String set = answer.header("Set-Cookie");
      if (set.startsWith("hub_session=")) {
        cookie = set.substring(12, set.indexOf(';'));
      }
      if (answer.status() == 200 && path.matches("/(session|login|claim)")) {
        csrf = (String) answer.at("csrf");
      }
      Contract.check(method, path, answer);
      return answer;
    }

    Browser logIn(String name) throws Exception {
      get("/session");
      Answer answer =
          post("/login", "{\"name\":\"" + name + "\",\"password\":\"" + PASSWORD + "\"}");
      if (answer.status() != 200) {
        throw new IllegalStateException("log-in failed: " + answer);
      }
      return this;
    }
  }

  Browser browser() {
    return new Browser();
  }

  /** The same log-in in another window. */
  Browser browserOf(Browser other) {
    Browser browser = new Browser();
    browser.cookie = other.cookie;
    browser.csrf = other.csrf;
    return browser;
  }

  Browser prosumer() throws Exception {
    fakes.people.put("anna", PASSWORD, org.commonshub.platform.api.Accounts.Role.PROSUMER);
    return browser().logIn("anna");
  }

  Browser operator() throws Exception {
    fakes.people.put("oscar", PASSWORD, org.commonshub.platform.api.Accounts.Role.OPERATOR);
    return browser().logIn("oscar");
  }

  /** Sends bytes as they are and returns all that comes back until the peer closes. */
  String raw(String request) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", port())) {
      socket.setSoTimeout(10_000);
      OutputStream out = socket.getOutputStream();
      out.write(request.getBytes(StandardCharsets.ISO_8859_1));
      out.flush();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** An open event stream. */
  final class Events implements AutoCloseable {
    final Socket socket;
    private final BufferedReader reader;
    final List<String> head = new ArrayList<>();

    Events(Browser browser) throws IOException {
      socket = new Socket("127.0.0.1", port());
      socket.setSoTimeout(10_000);
      socket
          .getOutputStream()
          .write(
              ("GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: hub_session="
                      + browser.cookie
                      + "\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      reader =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      for (String line = reader.readLine(); line != null && !line.isEmpty(); ) {
        head.add(line);
        line = reader.readLine();
      }
    }

    /** The data of the next event of this name; fails at the socket's time-out. */
    String next(String name) throws IOException {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        if (line.equals("event: " + name)) {
          return reader.readLine().substring("data: ".length());
        }
      }
      throw new IOException("the stream ended");
    }

    /** Reads on until the peer ends the stream. */
    void awaitEnd() throws IOException {
      while (reader.readLine() != null) {
        // skip
      }
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  Events events(Browser browser) throws IOException {
    return new Events(browser);
  }
}
