package org.commonshub.ledger.outbox;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.commonshub.identity.api.Cbor;
import org.commonshub.ledger.anchor.OpenAnchor;
import org.commonshub.ledger.api.Anchor;
import org.commonshub.ledger.api.EntryKind;
import org.commonshub.ledger.api.LedgerClient;
import org.commonshub.ledger.journal.JournalComponent;
import org.commonshub.platform.api.HubClock;
import org.commonshub.testing.fakes.FakeHubPaths;
import org.commonshub.testing.fakes.FakeIdentity;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;

/**
 * The whole way from journal to receipt in a process of its own, made to be killed: {@code
 * DIRECTORY PORT NANOS}. Journal, anchor and outbox are the real ones, each on a thread of its own;
 * the ledger is elsewhere. Says on standard output, in whole lines that end in a full stop, what it
 * has acknowledged: {@code ENTRY index number}, {@code ROOT key hex}, {@code RECEIPT index base64}.
 */
final class HubProcess {
  /** A quarter of an hour passes in 150 ms, so that a short life sees several roots. */
  static final int SPEED = 6000;

  /** What of a hub is on that way. */
  static final class Hub implements AutoCloseable {
    final JournalComponent journal;
    final Outbox outbox;
    final OpenAnchor anchor;

    Hub(Path directory, HubClock clock, LedgerClient client) throws IOException {
      Path box = Files.createDirectories(directory.resolve("outbox"));
      outbox = new Outbox("remote", box, clock, Duration.ofHours(1), status -> {});
      outbox.client(client);
      journal =
          new JournalComponent(
              FakeHubPaths.in(directory), clock, new FakeIdentity("hub"), context());
      anchor =
          new OpenAnchor(directory.resolve("anchor"), clock, journal, Map.of("remote", outbox));
    }

    /** Where the journal finds the anchor. */
    private BundleContext context() {
      return proxy(
          BundleContext.class,
          name ->
              switch (name) {
                case "getServiceReference" -> proxy(ServiceReference.class, unused -> null);
                case "getService" -> service();
                default -> true; // ungetService
              });
    }

    private Anchor service() {
      return anchor.service();
    }

    @Override
    public void close() throws Exception {
      anchor.close();
      outbox.closeLog();
      journal.deactivate();
    }
  }

  private interface Answer {
    Object to(String method);
  }

  private static <T> T proxy(Class<T> type, Answer answer) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, args) -> answer.to(method.getName())));
  }

  private HubProcess() {}

  public static void main(String[] args) throws Exception {
    HubClock clock = new OutboxProcess.FastClock(SPEED, Long.parseLong(args[2]));
    Hub hub = new Hub(Path.of(args[0]), clock, new RemoteLedger.Client(Integer.parseInt(args[1])));
    loop("outbox", () -> hub.outbox.step() > 0);
    loop("anchor", new Anchors(hub));
    Random random = new Random(Long.parseLong(args[2]));
    while (true) {
      long number = random.nextLong();
      long index = hub.journal.append(EntryKind.ORDER, Cbor.encode(Map.of(1L, number)));
      say("ENTRY " + index + " " + number);
      long any = random.nextLong(index + 1);
      byte[] receipt = hub.journal.receipt(any);
      say("RECEIPT " + any + " " + Base64.getEncoder().encodeToString(receipt));
      LockSupport.parkNanos(2_000_000);
    }
  }

  /** Anchors, and says what the outbox has taken. */
  private record Anchors(Hub hub) implements Step {
    @Override
    public boolean idle() {
      hub.anchor.tick();
      List<Anchor.Anchored> newest = hub.anchor.service().recent(1);
      newest.forEach(
          root -> say("ROOT " + root.status().key() + " " + HexFormat.of().formatHex(root.root())));
      return true;
    }
  }

  private interface Step {
    boolean idle();
  }

  private static void loop(String name, Step step) {
    new Thread(
            () -> {
              while (true) {
                if (step.idle()) {
                  LockSupport.parkNanos(1_000_000);
                }
              }
            },
            name)
        .start();
  }

  private static void say(String line) {
    System.out.print(line + " .\n");
  }
}
