package org.commonshub.launcher;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The command line.
 *
 * @param home directory of the image ({@code features}, {@code bundles}, {@code lib})
 * @param overlays further directories with {@code features} and {@code bundles}
 * @param port console port on loopback
 * @param tlsPort console port with TLS, or −1 to leave it to the configuration
 * @param data directory for durable data
 * @param config directory of the configuration files
 * @param features features asked for; empty when nobody chose
 * @param simulation whether features with a process beside the hub run
 */
public record Options(
    Path home,
    List<Path> overlays,
    int port,
    int tlsPort,
    Path data,
    Path config,
    List<String> features,
    boolean simulation) {

  static final String USAGE =
      """
      Usage: %s [options]

      Starts the hub. The console is on http://127.0.0.1:PORT, on this machine only.

        --port N           console port (default 8080; the next free one if it is taken)
        --tls-port N       console port for HTTPS (default 8443, as configured)
        --data DIR         readings, accounts, keys (default %s)
        --config DIR       one JSON file per component (default %s)
        --features a,b,c   run these features and what they require, instead of all
        --no-simulation    no simulated home beside the hub
        --help             this text
      """;

  /** Said when an option cannot be used; the message is for people. */
  public static final class UsageException extends Exception {
    private static final long serialVersionUID = 1L;

    UsageException(String message) {
      super(message);
    }
  }

  /** Parses the command line; {@code null} means help was asked for. */
  public static Options parse(String[] args, Path home) throws UsageException {
    List<Path> overlays = new ArrayList<>();
    int port = 8080;
    int tlsPort = -1;
    Path data = null;
    Path config = null;
    List<String> features = List.of();
    boolean simulation = true;
    for (int i = 0; i < args.length; i++) {
      switch (args[i]) {
        case "--help", "-h" -> {
          return null;
        }
        case "--no-simulation" -> simulation = false;
        case "--home" -> home = directory(args, i++);
        case "--overlay" -> overlays.add(directory(args, i++));
        case "--port" -> port = port(args, i++);
        case "--tls-port" -> tlsPort = port(args, i++);
        case "--data" -> data = directory(args, i++);
        case "--config" -> config = directory(args, i++);
        case "--features" ->
            features =
                Arrays.stream(argument(args, i++).split(",", -1))
                    .map(String::strip)
                    .filter(s -> !s.isEmpty())
                    .toList();
        default ->
            throw new UsageException("Unknown option '" + args[i] + "'. Try --help for the list.");
      }
    }
    if (data == null) {
      data = home.resolve("var");
    }
    if (config == null) {
      config = data.resolveSibling("config");
    }
    return new Options(
        home.toAbsolutePath().normalize(),
        List.copyOf(overlays),
        port,
        tlsPort,
        data.toAbsolutePath().normalize(),
        config.toAbsolutePath().normalize(),
        features,
        simulation);
  }

  private static String argument(String[] args, int at) throws UsageException {
    if (at + 1 >= args.length) {
      throw new UsageException("Option " + args[at] + " needs a value. Try --help for the list.");
    }
    return args[at + 1];
  }

  private static Path directory(String[] args, int at) throws UsageException {
    return Path.of(argument(args, at));
  }

  private static int port(String[] args, int at) throws UsageException {
    String text = argument(args, at);
    try {
      int port = Integer.parseInt(text);
      if (port >= 1 && port <= 65535) {
        return port;
      }
    } catch (NumberFormatException e) {
      // falls through to the one message
    }
    throw new UsageException(
        "Option " + args[at] + " takes a port from 1 to 65535, not '" + text + "'.");
  }
}
