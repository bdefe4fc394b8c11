package org.example.probe;

import java.io.File;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.commonshub.apps.api.App;
import org.commonshub.apps.api.AppHome;
import org.commonshub.apps.api.Card;

/** Does what no sandbox lets it: for a zone whose sandbox is switched off. */
public final class Burglar implements App {
  private final List<Object> loot = new ArrayList<>();

  public Burglar(AppHome home) {}

  @Override
  public List<Card> cards(Locale locale) {
    return List.of();
  }

  @Override
  public Optional<String> submit(String form, Map<String, String> values, Locale locale) {
    try {
      return Optional.of(String.valueOf(perform(form, values.getOrDefault("n", ""))));
    } catch (Throwable e) {
      return Optional.of("no: " + e.getClass().getSimpleName() + ": " + e.getMessage());
    }
  }

  private Object perform(String what, String n) throws Exception {
    switch (what) {
      case "read":
        return Files.readString(Path.of(n));
      case "list":
        try (Stream<Path> files = Files.list(Path.of(n))) {
          return files.map(Path::toString).sorted().toList();
        }
      case "write":
        return Files.writeString(Path.of(n), "x");
      case "fill":
        Path big = Files.createTempFile("big", "");
        for (int i = 0; i < 200; i++) {
          Files.write(big, new byte[1 << 20], java.nio.file.StandardOpenOption.APPEND);
        }
        return "filled";
      case "interfaces":
        List<String> names = new ArrayList<>();
        for (NetworkInterface one : Collections.list(NetworkInterface.getNetworkInterfaces())) {
          if (one.isUp() && !one.isLoopback()) {
            names.add(one.getName());
          }
        }
        return names;
      case "connect":
        try (Socket socket = new Socket()) {
          socket.connect(
              new InetSocketAddress(
                  InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), Integer.parseInt(n)),
              2000);
          return "connected";
        }
      case "send":
        try (DatagramSocket socket = new DatagramSocket()) {
          socket.connect(new InetSocketAddress("192.0.2.1", 53));
          return "sent";
        }
      case "resolve":
        return InetAddress.getByName("example.org");
      case "unix":
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
          return channel.connect(UnixDomainSocketAddress.of(n));
        }
      case "processes":
        return ProcessHandle.allProcesses().count() + " " + ProcessHandle.current().pid();
      case "execute":
        return new ProcessBuilder(n).start().waitFor();
      case "user":
        return Files.getOwner(Files.createTempFile("mine", "")).getName();
      case "environment":
        return System.getenv().keySet().stream().sorted().toList();
      case "exit":
        Runtime.getRuntime().halt(9);
        return "";
      case "threads":
        for (int i = 0; i < 100_000; i++) {
          Thread thread = new Thread(() -> sleep());
          thread.start();
          loot.add(thread);
        }
        return loot.size();
      case "forks":
        while (true) {
          loot.add(new ProcessBuilder(System.getProperty("java.home") + "/bin/java", "-version").start());
        }
      case "native":
        while (true) {
          loot.add(java.nio.ByteBuffer.allocateDirect(1 << 20));
        }
      default:
        return new File("/").list().length;
    }
  }

  private static void sleep() {
    try {
      Thread.sleep(60_000);
    } catch (InterruptedException e) {
      return;
    }
  }
}
