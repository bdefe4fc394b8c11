package org.commonshub.hubtests.escape;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.commonshub.benchmarks.HubProcess;
import org.commonshub.launcher.FeatureSet;
import org.commonshub.launcher.Hub;
import org.commonshub.launcher.Main;
import org.commonshub.launcher.Options;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;

/** The hub as the image ships it, in this JVM, with feature {@code apps} and what that needs. */
final class EscapeHub implements AutoCloseable {
  private static final Path ROOT =
      Path.of(System.getProperty("hub.root", "../..")).toAbsolutePath();
  private static final long PATIENCE_SECONDS = 30;

  final Path image = ROOT.resolve("distribution/image/target/hub");
  private final Path work = Files.createTempDirectory("escape");
  private final Hub hub;

  EscapeHub() throws Exception {
    int port = HubProcess.freePort();
    Options options =
        Options.parse(
            new String[] {
              "--data", work.resolve("data").toString(),
              "--config", Files.createDirectories(work.resolve("config")).toString(),
              "--port", Integer.toString(port),
              "--tls-port", Integer.toString(HubProcess.freePort()),
              "--no-simulation"
            },
            image);
    Files.createDirectories(options.data());
    hub = new Hub(options, Main.properties(options, port));
    List<String> problems = new ArrayList<>();
    FeatureSet features = FeatureSet.read(List.of(options.home().resolve("features")));
    problems.addAll(hub.start(features.resolve(List.of("apps"), problems)));
    if (!problems.isEmpty()) {
      throw new IOException("the hub does not start: " + problems);
    }
  }

  BundleContext context() {
    return hub.context();
  }

  /** A bundle of the hub by the end of its symbolic name. */
  Bundle ours(String name) {
    for (Bundle bundle : hub.context().getBundles()) {
      if (("org.commonshub." + name).equals(bundle.getSymbolicName())) {
        return bundle;
      }
    }
    throw new AssertionError("there is no " + name);
  }

  void await(String what, BooleanSupplier there) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!there.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("not within " + PATIENCE_SECONDS + " s: " + what);
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  @Override
  public void close() throws Exception {
    hub.stop(20_000);
    HubProcess.delete(work);
  }
}
