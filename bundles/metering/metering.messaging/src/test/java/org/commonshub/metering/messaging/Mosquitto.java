package org.commonshub.metering.messaging;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Debian's mosquitto on a free port of loopback. */
final class Mosquitto implements AutoCloseable {
  private static final int ATTEMPTS = 200;

  final int port;
  private final Path config;
  private final Path log;
  private Process process;

  /**
   * @param directory where its files go
   * @param lines of its configuration, beside the listener
   */
  Mosquitto(Path directory, String... lines) throws IOException, InterruptedException {
    this(directory, freePort(), lines);
  }

  Mosquitto(Path directory, int port, String... lines) throws IOException, InterruptedException {
    this.port = port;
    List<String> all = new ArrayList<>(List.of("listener " + port + " 127.0.0.1"));
    all.addAll(List.of(lines));
    all.add("user " + System.getProperty("user.name")); // or it changes to a user that may not read
    all.addAll(List.of("persistence false", "log_dest stderr", "log_type all"));
    config = Files.write(directory.resolve("mosquitto-" + port + ".conf"), all);
    log = directory.resolve("mosquitto-" + port + ".log");
    start();
  }

  /** Skips the test where there is none. */
  static void assumePresent() {
    assumeTrue(
        program("mosquitto") != null,
        "skipped: mosquitto is not installed (apt install mosquitto)");
  }

  static String program(String name) {
    for (String folder : List.of("/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin")) {
      if (Files.isExecutable(Path.of(folder, name))) {
        return folder + "/" + name;
      }
    }
    return null;
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Runs a program to its end. */
  static void run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes());
    if (process.waitFor() != 0) {
      throw new IOException(String.join(" ", command) + ": " + output);
    }
  }

  void start() throws IOException, InterruptedException {
    process =
        new ProcessBuilder(program("mosquitto"), "-c", config.toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    for (int attempt = 0; ; attempt++) {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
        return;
      } catch (IOException e) {
        if (attempt == ATTEMPTS || process.waitFor(100, TimeUnit.MILLISECONDS)) {
          throw new IOException("mosquitto does not start: " + Files.readString(log), e);
        }
      }
    }
  }

  String log() throws IOException {
    return Files.readString(log);
  }

  /** Kills it without a chance to say goodbye. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
  }

  @Override
  public void close() throws InterruptedException {
    kill();
  }
}
