package org.commonshub.ledger.anchor;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.annotation.Annotation;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.commonshub.ledger.api.LedgerClient;
import org.commonshub.neighbour.api.NeighbourService;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeHubPaths;
import org.commonshub.testing.fakes.FakeIdentity;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;

/** The component as a container would run it. */
class AnchorComponentTest {
  @TempDir Path directory;
  private final FakeHubClock clock = new FakeHubClock();
  private final FakeIdentity hub = new FakeIdentity("hub");
  private final MemoryJournal journal = new MemoryJournal(hub, clock).fill("x", 3);
  private final List<String> answered = new CopyOnWriteArrayList<>();

  private record Settings(
      int interval_min, String aggregator, boolean aggregate, String[] witnesses)
      implements AnchorComponent.Config {
    @Override
    public Class<? extends Annotation> annotationType() {
      return AnchorComponent.Config.class;
    }
  }

  private BundleContext context() {
    return (BundleContext)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {BundleContext.class},
            (context, method, arguments) -> {
              assertThat(method.getName()).isEqualTo("registerService");
              String topic = (String) ((Dictionary<?, ?>) arguments[2]).get(NeighbourService.TOPIC);
              answered.add(topic);
              return Proxy.newProxyInstance(
                  getClass().getClassLoader(),
                  new Class<?>[] {ServiceRegistration.class},
                  (registration, call, none) -> {
                    assertThat(call.getName()).isEqualTo("unregister");
                    answered.remove(topic);
                    return null;
                  });
            });
  }

  private AnchorComponent open(Settings settings) throws Exception {
    return new AnchorComponent(
        context(), hub, clock, FakeHubPaths.in(directory), journal, settings);
  }

  @Test
  void itAnchorsByItselfAndStopsWithoutATrace() throws Exception {
    AnchorComponent anchor = open(new Settings(15, " ", true, new String[] {" ", "did:x"}));
    FakeLedger ledger = new FakeLedger();
    anchor.bindLedger(ledger, Map.of(LedgerClient.NAME, "main"));
    assertThat(answered).containsExactly("CHECKPOINT", "ROOT");
    await(() -> !anchor.recent(1).isEmpty());
    assertThat(anchor.recent(1).get(0).ledger()).isEqualTo("main");
    assertThat(anchor.covering(2)).hasSize(1);
    assertThat(anchor.proof(anchor.covering(2).get(0))).isEmpty();
    anchor.unbindLedger(ledger, Map.of(LedgerClient.NAME, "main"));
    assertThat(anchor.recent(1)).isEmpty();
    anchor.deactivate();
    assertThat(answered).isEmpty();
    await(() -> !threads().contains("ledger-anchor")); // It may take a moment to leave the list.
  }

  @Test
  void nothingLeavesWhileARestoredJournalWaitsToBePutInPlace() throws Exception {
    Path parts = Files.createDirectories(directory.resolve("data/restore.parts"));
    List<String> waiting = List.of("ledger.journal", "ledger.anchor", "ledger.outbox");
    for (String part : waiting) {
      Files.createFile(parts.resolve(part));
    }
    AnchorComponent anchor = open(new Settings(15, "", false, new String[0]));
    FakeLedger ledger = new FakeLedger();
    anchor.bindLedger(ledger, Map.of(LedgerClient.NAME, "main"));
    for (String part : waiting) {
      anchor.look();
      assertThat(ledger.taken).isEmpty();
      Files.delete(parts.resolve(part));
    }
    anchor.look();
    assertThat(ledger.taken).hasSize(1);
    anchor.deactivate();
  }

  @Test
  void damagedFilesOfOnePartLeaveTheOthersRunning() throws Exception {
    Path data = Files.createDirectories(directory.resolve("data/ledger.anchor/aggregates"));
    Files.writeString(data.resolveSibling("witnessed"), "garbage");
    Files.writeString(data.resolve("open"), "garbage");
    Files.writeString(data.resolveSibling("aggregation"), "garbage");
    AnchorComponent anchor = open(new Settings(15, hub.did(), true, new String[0]));
    anchor.bindLedger(new FakeLedger(), Map.of(LedgerClient.NAME, "main"));
    assertThat(answered).isEmpty();
    await(() -> anchor.recent(1).stream().anyMatch(a -> a.ledger().equals("main")));
    assertThat(anchor.problem().orElseThrow()).contains("witnessed", "aggregates", "away");
    anchor.deactivate();
  }

  private static List<String> threads() {
    List<String> names = new ArrayList<>();
    Thread.getAllStackTraces().keySet().forEach(thread -> names.add(thread.getName()));
    return names;
  }

  private interface Condition {
    boolean holds();
  }

  private static void await(Condition condition) throws InterruptedException {
    for (int i = 0; i < 400; i++) {
      if (condition.holds()) {
        return;
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
    throw new AssertionError("did not happen within 20 s");
  }
}
