package org.commonshub.console.web;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.commonshub.benchmarks.HubProcess;

/** A hub as its owner starts it, which nobody has claimed yet. */
final class TourHub implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  final Path folder = Files.createTempDirectory("hub-tour");
  final Path config = Files.createDirectories(folder.resolve("config"));
  private HubProcess hub;
  private int tlsPort;

  TourHub() throws Exception {}

  TourHub start(Map<String, String> environment, String... options) throws Exception {
    tlsPort = HubProcess.freePort();
    List<String> all = new ArrayList<>(List.of(options));
    all.addAll(List.of("--tls-port", Integer.toString(tlsPort)));
    hub =
        HubProcess.start(
            HubProcess.image(),
            folder,
            HubProcess.freePort(),
            environment,
            all.toArray(String[]::new));
    hub.awaitGreeting(PATIENCE);
    return this;
  }

  /** {@code http://HOST:PORT/}, on this machine only. */
  String url(String host) {
    return "http://" + host + ":" + hub.port() + "/";
  }

  /** {@code https://HOST:PORT/}, with the hub's own certificate. */
  String secureUrl(String host) {
    return "https://" + host + ":" + tlsPort + "/";
  }

  /** The claim code that it printed. */
  String code() throws Exception {
    return hub.awaitSaid(Pattern.compile("Claim code: (\\S+)"), PATIENCE).group(1);
  }

  /** Ends it in good order. */
  void stop() throws Exception {
    hub.process().destroy();
    if (!hub.process().waitFor(20, TimeUnit.SECONDS)) {
      throw new AssertionError("The hub does not stop on SIGTERM. It said:\n" + hub.said());
    }
  }

  @Override
  public void close() throws Exception {
    if (hub == null) {
      HubProcess.delete(folder);
    } else {
      hub.close();
    }
  }
}
