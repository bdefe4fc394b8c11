package org.commonshub.apps.zone;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Starts zones as children of the hub, in a jail of bubblewrap: namespaces of their own for
 * processes, network, users and all else, no capability, and of the files only the Java runtime,
 * its libraries and the zone's class path, read-only. Without bubblewrap only if the operator says
 * that zones need not be confined.
 */
final class LocalLauncher implements Launcher {
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(15);
  private static final int OUT_OF_MEMORY = 3;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final ClassPath classPath;
  private final boolean unconfined;
  private final List<String> options;
  private Optional<String> unavailable;

  /**
   * A launcher.
   *
   * @param options further options of the virtual machine; tests only
   */
  LocalLauncher(ClassPath classPath, boolean unconfined, List<String> options) {
    this.classPath = classPath;
    this.unconfined = unconfined;
    this.options = List.copyOf(options);
  }

  @Override
  public boolean confined() {
    return !unconfined;
  }

  @Override
  public synchronized Optional<String> unavailable() {
    if (unavailable == null) {
      unavailable = unconfined ? Optional.empty() : tried();
    }
    return unavailable;
  }

  private static Optional<String> tried() {
    String advice =
        " Apps get a process of their own only with systemd (as the .deb sets it up) or with"
            + " bubblewrap (apt-get install bubblewrap).";
    try {
      List<String> command =
          new ArrayList<>(List.of("bwrap", "--unshare-all", "--cap-drop", "ALL"));
      system(command);
      command.addAll(List.of("--", "/bin/true"));
      command.addAll(1, List.of("--ro-bind", "/bin", "/bin"));
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (process.waitFor(5, TimeUnit.SECONDS) && process.exitValue() == 0) {
        return Optional.empty();
      }
      process.destroyForcibly();
      return Optional.of(
          "Bubblewrap is here, but this system lets it make no namespaces." + advice);
    } catch (IOException e) {
      return Optional.of("There is no bubblewrap here." + advice);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.of("Bubblewrap could not be tried.");
    }
  }

  /** The system's libraries. */
  private static void system(List<String> command) throws IOException {
    for (String directory : List.of("/usr/lib", "/usr/lib64", "/lib", "/lib64")) {
      Path path = Path.of(directory);
      if (Files.isSymbolicLink(path)) {
        command.addAll(List.of("--symlink", Files.readSymbolicLink(path).toString(), directory));
      } else if (Files.isDirectory(path)) {
        command.addAll(List.of("--ro-bind", directory, directory));
      }
    }
  }

  @Override
  public Started start(String provider, int heapMb) throws IOException {
    Path directory = Files.createTempDirectory("commonshub-zone"); // Mode 0700.
    Path socket = directory.resolve("s");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket), 1);
      byte[] secret = new byte[16];
      RANDOM.nextBytes(secret);
      String token = HexFormat.of().formatHex(secret);
      ProcessBuilder builder = new ProcessBuilder(command(provider, socket, heapMb));
      builder.environment().clear();
      builder.environment().put("PATH", "/usr/bin:/bin");
      builder.environment().put("MALLOC_ARENA_MAX", "1");
      builder.redirectErrorStream(true);
      Process process = builder.start();
      Child child = new Child(process, token, unconfined);
      try {
        process.getOutputStream().write((token + "\n").getBytes(StandardCharsets.US_ASCII));
        process.getOutputStream().close();
        child.channel = accept(server, process);
        return child;
      } catch (IOException e) {
        String said = child.said();
        child.close();
        throw said.isEmpty() ? e : new IOException(e.getMessage() + ": " + said, e);
      }
    } finally {
      Files.deleteIfExists(socket);
      Files.deleteIfExists(directory);
    }
  }

  private static SocketChannel accept(ServerSocketChannel server, Process process)
      throws IOException {
    server.configureBlocking(false);
    long until = System.nanoTime() + PATIENCE;
    try (Selector selector = Selector.open()) {
      server.register(selector, SelectionKey.OP_ACCEPT);
      while (System.nanoTime() < until) {
        selector.select(100);
        SocketChannel channel = server.accept();
        if (channel != null) {
          return channel;
        }
        if (!process.isAlive()) {
          throw new IOException("the process of the zone ended at once");
        }
      }
    }
    throw new IOException("the process of the zone did not connect within 15 s");
  }

  private List<String> command(String provider, Path socket, int heapMb) throws IOException {
    Path java = Path.of(System.getProperty("java.home")).toRealPath();
    String inside = unconfined ? socket.toString() : "/run/hub";
    List<String> command = new ArrayList<>();
    if (!unconfined) {
      jail(command, java, socket, inside);
    }
    command.add(java.resolve("bin/java").toString());
    command.addAll(JavaOptions.of(heapMb));
    command.addAll(options);
    command.add("-Dcommonshub.zone.socket=" + inside);
    command.add("-Dcommonshub.zone.provider=" + provider);
    command.add("-cp");
    command.add(
        classPath.jars().stream()
            .map(Path::toString)
            .collect(Collectors.joining(File.pathSeparator)));
    command.add("org.commonshub.apps.zone.runtime.Main");
    return command;
  }

  private void jail(List<String> command, Path java, Path socket, String inside)
      throws IOException {
    command.addAll(
        List.of(
            "bwrap",
            "--unshare-all",
            "--die-with-parent",
            "--as-pid-1",
            "--new-session",
            "--clearenv",
            "--cap-drop",
            "ALL",
            "--uid",
            "65534",
            "--gid",
            "65534",
            "--hostname",
            "zone"));
    system(command);
    // Before what is bound, which may lie in there.
    command.addAll(List.of("--dev", "/dev", "--size", "100663296", "--tmpfs", "/tmp"));
    bind(command, java);
    // Debian keeps a runtime's settings in /etc.
    Path settings =
        java.resolve("conf/security/java.security").toRealPath().getParent().getParent();
    if (!settings.startsWith(java)) {
      bind(command, settings);
    }
    for (Path jar : classPath.jars()) {
      bind(command, jar);
    }
    command.addAll(List.of("--ro-bind", socket.toString(), inside));
    command.addAll(List.of("--remount-ro", "/", "--chdir", "/"));
    command.addAll(List.of("--setenv", "MALLOC_ARENA_MAX", "1"));
    // Without /proc the loader cannot tell where the runtime lies.
    command.addAll(List.of("--setenv", "LD_LIBRARY_PATH", java.resolve("lib").toString(), "--"));
  }

  private static void bind(List<String> command, Path path) {
    command.addAll(List.of("--ro-bind", path.toString(), path.toString()));
  }

  /** A child of the hub's. */
  private static final class Child implements Started {
    private static final int MAX_SAID = 1000;

    private final Process process;
    private final String token;
    private final boolean direct;
    private final StringBuilder said = new StringBuilder();
    private SocketChannel channel;
    private ProcessHandle java;

    Child(Process process, String token, boolean direct) {
      this.process = process;
      this.token = token;
      this.direct = direct;
    }

    @Override
    public SocketChannel channel() {
      return channel;
    }

    @Override
    public String token() {
      return token;
    }

    @Override
    public synchronized long pid() {
      if (java == null) {
        // Bubblewrap waits outside for the one process inside.
        java = direct ? process.toHandle() : process.toHandle().children().findFirst().orElse(null);
      }
      return java == null ? 0 : java.pid();
    }

    /** Takes what is there, without waiting; a zone that says too much waits for itself. */
    @Override
    public synchronized String said() {
      try {
        InputStream in = process.getInputStream();
        byte[] bytes = in.readNBytes(Math.min(in.available(), 1 << 16));
        said.append(new String(bytes, StandardCharsets.UTF_8).replaceAll("[\\p{Cntrl}\\s]+", " "));
        said.delete(0, said.length() - MAX_SAID < 0 ? 0 : said.length() - MAX_SAID);
      } catch (IOException e) {
        // It is gone.
      }
      return said.toString().strip();
    }

    @Override
    public boolean outOfMemory() {
      return !process.isAlive() && process.exitValue() == OUT_OF_MEMORY;
    }

    @Override
    public void close() {
      pid();
      try {
        if (channel != null) {
          channel.close(); // The runtime ends itself then.
        }
        if (!process.waitFor(channel == null ? 0 : 1, TimeUnit.SECONDS)) {
          // First the one inside: it is the init of its namespace, and nothing outlives it.
          if (java != null) {
            java.destroyForcibly();
          }
          process.destroyForcibly();
          process.waitFor(3, TimeUnit.SECONDS);
        }
      } catch (IOException e) {
        process.destroyForcibly();
      } catch (InterruptedException e) {
        process.destroyForcibly();
        Thread.currentThread().interrupt();
      }
    }
  }
}
