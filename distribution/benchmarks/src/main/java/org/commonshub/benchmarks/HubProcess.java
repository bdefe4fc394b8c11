package org.commonshub.benchmarks;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A hub as its owner starts it: the image's own script, a process of its own, a fresh data folder.
 */
public final class HubProcess implements AutoCloseable {
  private static final Pattern CLAIM = Pattern.compile("Claim code: (\\S+)");
  private static final Pattern GREETING = Pattern.compile("Console: http://127.0.0.1:(\\d+)/");
  private static final String ACCOUNT =
      "\"name\":\"bench\",\"password\":\"correct horse battery staple\"}";
  private static final Pattern CSRF = Pattern.compile("\"csrf\"\\s*:\\s*\"([^\"]+)\"");

  /** Lines kept; the oldest give way. */
  private static final int LINES = 1000;

  private final Process process;
  private final Path folder;
  private volatile int port;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(2))
          .build();
  private final Deque<String> output = new ArrayDeque<>();
  private String cookie = "";
  private String csrf = "";

  private HubProcess(Process process, Path folder, int port) {
    this.process = process;
    this.folder = folder;
    this.port = port;
    Thread reader = new Thread(this::readOutput, "hub output");
    reader.setDaemon(true);
    reader.start();
  }

  /** The checkout the benches run in. */
  public static Path root() {
    return Path.of(System.getProperty("hub.root", ".")).toAbsolutePath().normalize();
  }

  /** The image as the build left it, which runs on the JDK at hand. */
  public static Path image() throws IOException {
    Path hub = root().resolve("distribution/image/target/hub");
    if (!Files.isExecutable(hub.resolve("bin/hub"))) {
      throw new IOException(
          "There is no image in "
              + hub
              + ". Build it with: mvn -DskipTests -pl :image -am install");
    }
    return hub;
  }

  /**
   * The image as it is shipped and installed: packed with a runtime of its own, unpacked, prepared
   * with a class archive.
   */
  static Path installedImage(Path folder) throws IOException, InterruptedException {
    image();
    run(
        folder,
        root().resolve("distribution/image/package").toString(),
        "--out",
        folder.resolve("packed").toString());
    Path packed;
    try (Stream<Path> files = Files.list(folder.resolve("packed"))) {
      packed = files.filter(f -> f.toString().endsWith(".tar.gz")).findFirst().orElseThrow();
    }
    Path unpacked = Files.createDirectory(folder.resolve("image"));
    run(unpacked, "tar", "-xzf", packed.toString());
    Path home;
    try (Stream<Path> files = Files.list(unpacked)) {
      home = files.findFirst().orElseThrow();
    }
    run(home, home.resolve("bin/hub-prepare").toString());
    return home;
  }

  static void run(Path directory, String... command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectInput(new File("/dev/null"))
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(String.join(" ", command) + " failed: " + said.strip());
    }
  }

  /** A port nobody listens on now. */
  public static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Deletes a folder with all in it. */
  public static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  /**
   * Starts a hub.
   *
   * @param image from {@link #image} or {@link #installedImage}
   * @param folder for data and configuration; what is in its {@code config} is read
   * @param options further ones for the start script
   */
  static HubProcess start(Path image, Path folder, String... options) throws IOException {
    return start(image, folder, freePort(), Map.of(), options);
  }

  /**
   * Starts a hub on a port of the caller's choice.
   *
   * @param port for the console; when it is taken, {@link #awaitGreeting} finds the other
   * @param environment added to this process's
   * @param options further ones for the start script; they win over those given here
   */
  public static HubProcess start(
      Path image, Path folder, int port, Map<String, String> environment, String... options)
      throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                image.resolve("bin/hub").toString(),
                "--port",
                Integer.toString(port),
                "--tls-port",
                Integer.toString(freePort()),
                "--data",
                folder.resolve("data").toString(),
                "--config",
                folder.resolve("config").toString()));
    command.addAll(List.of(options));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    return new HubProcess(builder.start(), folder, port);
  }

  private void readOutput() {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      String line;
      while ((line = lines.readLine()) != null) {
        synchronized (output) {
          if (output.size() == LINES) {
            output.removeFirst();
          }
          output.addLast(line);
          output.notifyAll();
        }
      }
    } catch (IOException e) {
      // The process ended.
    }
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }

  /** Waits until a path answers 200. */
  void awaitAnswer(String path, Duration most) throws IOException, InterruptedException {
    awaitAnswer(process, uri(path), 200, most, this::said);
  }

  /** Why a process did not come up, from what it printed. */
  interface Said {
    String text();
  }

  /**
   * Waits until an address answers, asking every few milliseconds.
   *
   * @param status the status waited for, 0 for any
   */
  static void awaitAnswer(Process process, URI uri, int status, Duration most, Said said)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + most.toNanos();
    byte[] request =
        ("GET "
                + uri.getPath()
                + " HTTP/1.1\r\nHost: "
                + uri.getAuthority()
                + "\r\nConnection: close\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII);
    while (true) {
      try (java.net.Socket socket = new java.net.Socket()) {
        socket.setSoTimeout(5000);
        socket.connect(new java.net.InetSocketAddress(uri.getHost(), uri.getPort()), 1000);
        socket.getOutputStream().write(request);
        String head = new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
        if (head.startsWith("HTTP/1.1 ")
            && (status == 0 || head.substring(9).equals(Integer.toString(status)))) {
          return;
        }
      } catch (IOException e) {
        // Not up yet.
      }
      if (!process.isAlive() || System.nanoTime() > deadline) {
        throw new IOException(
            uri
                + (process.isAlive()
                    ? " did not answer within " + most.toSeconds() + " s"
                    : " ended")
                + ". It said: "
                + said.text());
      }
      TimeUnit.MILLISECONDS.sleep(5);
    }
  }

  /** What it printed, on either stream. */
  public String said() {
    synchronized (output) {
      return String.join("\n", output);
    }
  }

  /** Waits for a line that holds a pattern, and returns the match. */
  public Matcher awaitSaid(Pattern pattern, Duration most)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + most.toNanos();
    synchronized (output) {
      while (true) {
        for (String line : output) {
          Matcher matcher = pattern.matcher(line);
          if (matcher.find()) {
            return matcher;
          }
        }
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (left <= 0) {
          throw new IOException("The hub did not print '" + pattern + "'. It said:\n" + said());
        }
        output.wait(Math.min(left, 200));
        if (!process.isAlive()) {
          deadline = Math.min(deadline, System.nanoTime() + TimeUnit.SECONDS.toNanos(1));
        }
      }
    }
  }

  /** Waits until it says that it runs, and turns to the port it names. */
  public void awaitGreeting(Duration most) throws IOException, InterruptedException {
    port = Integer.parseInt(awaitSaid(GREETING, most).group(1));
  }

  /** Port of the console. */
  public int port() {
    return port;
  }

  /** Makes the one at the keyboard the owner, with the code the hub printed, and logs in. */
  public void claim() throws IOException, InterruptedException {
    String code = awaitSaid(CLAIM, Duration.ofSeconds(30)).group(1);
    enter("/api/v1/claim", "{\"code\":\"" + code + "\"," + ACCOUNT);
  }

  /** Logs in to a hub that was claimed in an earlier run. */
  public void login() throws IOException, InterruptedException {
    enter("/api/v1/login", "{" + ACCOUNT);
  }

  private void enter(String path, String body) throws IOException, InterruptedException {
    remember(send(request("/api/v1/session").GET().build()));
    HttpResponse<String> entered =
        send(
            request(path)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body))
                .build());
    if (entered.statusCode() / 100 != 2) {
      throw new IOException(path + " was refused: " + entered.body());
    }
    remember(entered);
  }

  private HttpRequest.Builder request(String path) {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri(path));
    if (!cookie.isEmpty()) {
      request.header("Cookie", cookie).header("X-CSRF-Token", csrf);
    }
    return request;
  }

  private HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
    return http.send(request, BodyHandlers.ofString());
  }

  private void remember(HttpResponse<String> response) {
    for (String value : response.headers().allValues("Set-Cookie")) {
      if (value.startsWith("hub_session=")) {
        cookie = value.split(";", 2)[0];
      }
    }
    Matcher matcher = CSRF.matcher(response.body());
    if (matcher.find()) {
      csrf = matcher.group(1);
    }
  }

  /** The stream of a GET, as the logged-in owner. */
  InputStream stream(String path) throws IOException, InterruptedException {
    HttpResponse<InputStream> response =
        http.send(
            request(path).header("Accept", "text/event-stream").GET().build(),
            BodyHandlers.ofInputStream());
    if (response.statusCode() != 200) {
      throw new IOException(
          path
              + " answered "
              + response.statusCode()
              + ": "
              + new String(response.body().readNBytes(2000), StandardCharsets.UTF_8));
    }
    return response.body();
  }

  /** The body of a GET, as the logged-in owner. */
  public String get(String path) throws IOException, InterruptedException {
    return send(request(path).GET().build()).body();
  }

  /** The body of a request with a JSON body, as the logged-in owner; whatever its status. */
  public String send(String method, String path, String json)
      throws IOException, InterruptedException {
    return send(request(path)
            .header("Content-Type", "application/json")
            .method(method, BodyPublishers.ofString(json))
            .build())
        .body();
  }

  /** The process itself: what to signal, what to wait for. */
  public Process process() {
    return process;
  }

  /** Resident memory of a process in MB of 1,024 kB, as the kernel counts them. */
  static double residentMegabytes(long pid) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) / 1024.0;
      }
    }
    throw new IOException("process " + pid + " tells no VmRSS");
  }

  /** Processor time of a process so far, in seconds. */
  static double processorSeconds(Process process) {
    return process.info().totalCpuDuration().orElse(Duration.ZERO).toMillis() / 1000.0;
  }

  /** Ends a process the polite way, then the other. */
  public static void end(Process process) throws InterruptedException {
    process.destroy();
    if (!process.waitFor(15, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor(5, TimeUnit.SECONDS);
    }
  }

  @Override
  public void close() throws IOException, InterruptedException {
    end(process);
    delete(folder);
  }
}
