package org.commonshub.metering.modbus;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** Two ends of a serial line, made by socat; pulling it out is {@link #close}. */
final class Pty implements AutoCloseable {
  private final Process socat;
  private final Path hub;
  private final Path device;

  /** Makes {@code hub} and {@code device} in a folder. */
  Pty(Path folder) throws IOException, InterruptedException {
    hub = folder.resolve("hub");
    device = folder.resolve("device");
    Files.deleteIfExists(hub);
    Files.deleteIfExists(device);
    socat =
        new ProcessBuilder("socat", "pty,raw,echo=0,link=" + hub, "pty,raw,echo=0,link=" + device)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("socat.log").toFile())
            .start();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (!Files.exists(hub) || !Files.exists(device)) {
      if (System.nanoTime() > end || !socat.isAlive()) {
        throw new IOException("socat made no pseudo-terminals");
      }
      Thread.sleep(5);
    }
  }

  /** Skips the test, and says so, where socat is not installed. */
  static void require() throws IOException, InterruptedException {
    boolean there;
    try {
      there = new ProcessBuilder("socat", "-V").redirectErrorStream(true).start().waitFor() == 0;
    } catch (IOException e) {
      there = false;
    }
    if (!there) {
      System.out.println("SKIPPED: socat is not installed; RTU over a serial line is not tried");
    }
    Assumptions.assumeTrue(there, "socat is not installed");
  }

  /** Whether it was not pulled out. */
  boolean plugged() {
    return socat.isAlive();
  }

  Path hub() {
    return hub;
  }

  Path device() {
    return device;
  }

  @Override
  public void close() throws InterruptedException {
    socat.destroy();
    if (!socat.waitFor(5, TimeUnit.SECONDS)) {
      socat.destroyForcibly();
    }
  }
}
