package org.commonshub.ledger.transparency;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.commonshub.identity.api.Cbor;
import org.commonshub.ledger.api.Ledger;
import org.commonshub.ledger.api.LedgerClient;
import org.commonshub.ledger.api.Stage;
import org.commonshub.ledger.api.Submission;
import org.commonshub.ledger.api.SubmissionKind;
import org.commonshub.platform.api.HubClock;
import org.commonshub.platform.api.HubPaths;
import org.commonshub.platform.api.Secrets;
import org.commonshub.testing.fakes.FakeHubPaths;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;

/**
 * In a real framework: the client's bundle is updated again and again while roots are submitted.
 * None is lost or doubled, and the {@link Ledger} stays the same service.
 */
@Timeout(300)
class LedgerSwapTest {
  private static final int SWAPS = Boolean.getBoolean("hub.quick") ? 8 : 30;
  private static final int ROOTS_PER_SWAP = 5;

  @TempDir Path temp;

  /** A second passes in fifty milliseconds. */
  private static final class QuickClock implements HubClock {
    private final long start = System.nanoTime();

    @Override
    public Instant now() {
      return Instant.parse("2026-01-15T12:00:00Z").plusNanos(monotonicNanos());
    }

    @Override
    public long monotonicNanos() {
      return (System.nanoTime() - start) * 20;
    }

    @Override
    public int epoch() {
      return 1;
    }

    @Override
    public Quality quality() {
      return Quality.SYNCHRONISED;
    }
  }

  private static final class PlainSecrets implements Secrets {
    @Override
    public Optional<String> resolve(String valueOrReference) {
      return Optional.of(valueOrReference);
    }

    @Override
    public String put(String name, String value) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void remove(String name) {
      throw new UnsupportedOperationException();
    }
  }

  @Test
  void updatesUnderLoadLoseAndDoubleNothing() throws Exception {
    try (LogServer log = new LogServer("log.example")) {
      Framework framework = framework();
      framework.start();
      try {
        BundleContext context = framework.getBundleContext();
        context.registerService(HubClock.class, new QuickClock(), null);
        context.registerService(HubPaths.class, FakeHubPaths.in(temp.resolve("hub")), null);
        context.registerService(Secrets.class, new PlainSecrets(), null);
        Bundle client = null;
        for (String name :
            new String[] {
              "org.osgi.util.function",
              "org.osgi.util.promise",
              "org.osgi.service.component",
              "org.apache.felix.configadmin",
              "org.apache.felix.scr",
              "ledger.outbox",
              "ledger.transparency"
            }) {
          client = context.installBundle(location(name));
          client.start();
        }
        configure(context, log);
        Ledger ledger = await(() -> service(context));
        await(() -> ledger.problem().isEmpty() ? "" : null);
        for (int swap = 0; swap < SWAPS; swap++) {
          for (int i = 1; i <= ROOTS_PER_SWAP; i++) {
            ledger.submit(submission(swap * ROOTS_PER_SWAP + i));
          }
          if (swap % 2 == 0) {
            client.update();
          } else {
            client.stop();
            client.start();
          }
          assertThat(service(context)).isSameAs(ledger);
        }
        int all = SWAPS * ROOTS_PER_SWAP;
        for (int i = 1; i <= all; i++) {
          Submission each = submission(i);
          await(() -> ledger.status(each.key()).orElseThrow().stage() == Stage.FINAL ? "" : null);
          assertThat(log.count(each.key(), each.digest())).as(each.key()).isEqualTo(1);
          Proof proof = Proof.decode(ledger.prove(each.key()).orElseThrow());
          assertThat(proof.verify("log.example", log.key(), each.digest())).isTrue();
          assertThat(proof.index()).as("order").isEqualTo(i - 1L);
        }
        assertThat(log.size()).isEqualTo(all);
        System.out.println(
            "transparency: " + SWAPS + " swaps under " + all + " roots: 0 lost, 0 doubled");
      } finally {
        framework.stop();
        framework.waitForStop(20_000);
      }
      assertThat(Thread.getAllStackTraces().keySet())
          .extracting(Thread::getName)
          .noneMatch(name -> name.startsWith("ledger-outbox"));
    }
  }

  private static Submission submission(int number) {
    byte[] digest = Arrays.copyOf(Cbor.encode((long) number), 32);
    return new Submission("s/" + number, SubmissionKind.ROOT, digest, new byte[0]);
  }

  /** Contracts and libraries come from the class path of the test. */
  private Framework framework() throws Exception {
    FrameworkFactory factory = ServiceLoader.load(FrameworkFactory.class).iterator().next();
    return factory.newFramework(
        Map.of(
            Constants.FRAMEWORK_STORAGE,
            temp.resolve("felix").toString(),
            Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA,
            export(Ledger.class)
                + export(Cbor.class)
                + export(HubClock.class)
                + "org.slf4j;version=2.0.17,"
                + "com.fasterxml.jackson.core;version=2.22.0,"
                + "com.fasterxml.jackson.core.io;version=2.22.0"));
  }

  /** A contract as its bundle exports it. */
  private static String export(Class<?> contract) throws Exception {
    String name = contract.getPackageName();
    Path path = Path.of(contract.getProtectionDomain().getCodeSource().getLocation().toURI());
    String exported;
    if (Files.isDirectory(path)) {
      try (InputStream in = Files.newInputStream(path.resolve("META-INF/MANIFEST.MF"))) {
        exported = new Manifest(in).getMainAttributes().getValue(Constants.EXPORT_PACKAGE);
      }
    } else {
      try (JarFile jar = new JarFile(path.toFile())) {
        exported = jar.getManifest().getMainAttributes().getValue(Constants.EXPORT_PACKAGE);
      }
    }
    Matcher version =
        Pattern.compile(Pattern.quote(name) + "(;uses:=\"[^\"]*\")?;version=\"([^\"]+)\"")
            .matcher(exported);
    assertThat(version.find()).as(exported).isTrue();
    return name + ";version=" + version.group(2) + ",";
  }

  /** Where a bundle is: a jar of the class path, or a folder with a manifest. */
  private static String location(String name) throws Exception {
    for (String each : System.getProperty("java.class.path").split(File.pathSeparator)) {
      Path path = Path.of(each);
      String file = path.getFileName().toString();
      boolean classes = each.contains(name + File.separator) && file.equals("classes");
      if (file.startsWith(name + "-") || file.equals(name + ".jar") || classes) {
        assertThat(Files.exists(path)).isTrue();
        return "reference:" + path.toUri();
      }
    }
    throw new IllegalStateException(name + " is not on the class path");
  }

  private static Ledger service(BundleContext context) {
    ServiceReference<Ledger> reference = context.getServiceReference(Ledger.class);
    return reference == null || !"log".equals(reference.getProperty(LedgerClient.NAME))
        ? null
        : context.getService(reference);
  }

  private static <T> T await(Callable<T> question) throws Exception {
    long until = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (System.nanoTime() < until) {
      T answer = question.call();
      if (answer != null) {
        return answer;
      }
      Thread.sleep(5);
    }
    throw new AssertionError("not within 60 s");
  }

  private static void configure(BundleContext context, LogServer log) throws Exception {
    ServiceReference<?> reference =
        context.getAllServiceReferences("org.osgi.service.cm.ConfigurationAdmin", null)[0];
    Bundle owner = reference.getBundle();
    Object configuration =
        owner
            .loadClass("org.osgi.service.cm.ConfigurationAdmin")
            .getMethod("createFactoryConfiguration", String.class, String.class)
            .invoke(context.getService(reference), TransparencyLedger.PID, "?");
    Dictionary<String, Object> settings = new Hashtable<>();
    settings.put("name", "log");
    settings.put("url", log.uri().toString());
    settings.put("origin", log.origin);
    settings.put("key", log.key().didKey());
    settings.put("account", "home");
    settings.put("token", "secret");
    owner
        .loadClass("org.osgi.service.cm.Configuration")
        .getMethod("update", Dictionary.class)
        .invoke(configuration, settings);
  }
}
