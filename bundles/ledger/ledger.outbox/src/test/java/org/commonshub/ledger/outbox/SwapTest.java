package org.commonshub.ledger.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Dictionary;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.commonshub.ledger.api.Ledger;
import org.commonshub.ledger.api.LedgerClient;
import org.commonshub.ledger.api.Stage;
import org.commonshub.ledger.api.Status;
import org.commonshub.testing.fakes.FakeHubPaths;
import org.commonshub.testing.fakes.FakeLedger;
import org.commonshub.testing.fakes.FakeLedgerClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;

/** Clients that come and go, with real threads. */
@Timeout(120)
class SwapTest {
  @TempDir Path temp;
  private final Map<String, Ledger> services = new ConcurrentHashMap<>();
  private final List<OutboxComponent> components = new ArrayList<>();
  private int ranks;

  @AfterEach
  void end() {
    components.forEach(OutboxComponent::deactivate);
    assertThat(services).isEmpty();
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .noneMatch(name -> name.startsWith("ledger-outbox-"));
  }

  private OutboxComponent component(String home) {
    BundleContext context =
        (BundleContext)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {BundleContext.class},
                (proxy, method, args) -> {
                  assertThat(method.getName()).isEqualTo("registerService");
                  String name = (String) ((Dictionary<?, ?>) args[2]).get(LedgerClient.NAME);
                  services.put(name, (Ledger) args[1]);
                  return registration(name);
                });
    OutboxComponent.Config config =
        (OutboxComponent.Config)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {OutboxComponent.Config.class},
                (proxy, method, args) -> 6);
    OutboxComponent component =
        new OutboxComponent(
            context,
            new OutboxProcess.FastClock(200, 0),
            FakeHubPaths.in(temp.resolve(home)),
            config);
    components.add(component);
    return component;
  }

  private ServiceRegistration<?> registration(String name) {
    return (ServiceRegistration<?>)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {ServiceRegistration.class},
            (proxy, method, args) -> services.remove(name));
  }

  @SuppressWarnings("unchecked")
  private ServiceReference<LedgerClient> reference(String name) {
    int rank = ranks++;
    return (ServiceReference<LedgerClient>)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {ServiceReference.class},
            (proxy, method, args) ->
                switch (method.getName()) {
                  case "getProperty" -> args[0].equals(LedgerClient.NAME) ? name : null;
                  case "hashCode" -> rank;
                  case "equals" -> proxy == args[0];
                  case "compareTo" -> Integer.compare(rank, args[0].hashCode());
                  default -> null;
                });
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    long until = System.nanoTime() + 60_000_000_000L;
    while (!condition.getAsBoolean() && System.nanoTime() < until) {
      Thread.sleep(2);
    }
    assertThat(condition.getAsBoolean()).isTrue();
  }

  @Test
  void aHundredSwapsUnderLoadLoseAndDoubleNothing() throws Exception {
    OutboxComponent component = component("a");
    FakeLedger chain = new FakeLedger("test");
    Set<String> heard = Collections.newSetFromMap(new ConcurrentHashMap<>());
    component.addListener(
        (ledger, status) -> {
          if (status.stage() == Stage.FINAL) {
            heard.add(status.key());
          }
        });
    ServiceReference<LedgerClient> now = reference("main");
    component.addClient(now, new FakeLedgerClient("main", chain, "test"));
    Ledger ledger = services.get("main");
    for (int i = 1; i <= 400; i++) {
      ledger.submit(OutboxProcess.submission("s" + i % 5 + "/" + i));
      if (i % 4 == 0) {
        // One version beside the other, or a moment without any.
        ServiceReference<LedgerClient> next = reference("main");
        if (i % 8 == 0) {
          component.removeClient(now);
        }
        component.addClient(next, new FakeLedgerClient("main", chain, "test"));
        component.removeClient(now);
        now = next;
        assertThat(services.get("main")).isSameAs(ledger);
      }
      chain.mine(1);
    }
    await(
        () -> {
          chain.mine(1);
          return heard.size() == 400;
        });
    for (int i = 1; i <= 400; i++) {
      String key = "s" + i % 5 + "/" + i;
      assertThat(chain.paid(key)).as(key).isEqualTo(1);
      assertThat(ledger.status(key).map(Status::stage)).contains(Stage.FINAL);
    }
  }

  @Test
  void aHangingClientDelaysNoOtherAndIsInterruptedWhenSwapped() throws Exception {
    OutboxComponent component = component("b");
    FakeLedger chain = new FakeLedger("test").instant(true);
    FakeLedgerClient hanging = new FakeLedgerClient("slow", chain, "test").hangs(true);
    ServiceReference<LedgerClient> slow = reference("slow");
    component.addClient(slow, hanging);
    component.addClient(reference("quick"), new FakeLedgerClient("quick", chain, "test"));
    services.get("slow").submit(OutboxProcess.submission("slow/1"));
    services.get("quick").submit(OutboxProcess.submission("quick/1"));
    await(() -> hanging.calls() == 1);
    await(() -> stage("quick", "quick/1") == Stage.FINAL);
    assertThat(stage("slow", "slow/1")).isEqualTo(Stage.ACCEPTED);
    await(() -> services.get("slow").problem().orElse("").contains("not answered"));
    component.removeClient(slow);
    assertThat(services.get("slow").problem().orElseThrow()).contains("Nothing speaks");
    component.addClient(reference("slow"), new FakeLedgerClient("slow", chain, "test"));
    await(() -> stage("slow", "slow/1") == Stage.FINAL);
    assertThat(chain.paid("slow/1")).isEqualTo(1);
  }

  private Stage stage(String ledger, String key) {
    return services.get(ledger).status(key).orElseThrow().stage();
  }

  @Test
  void whatWaitsIsThereAfterARestartBeforeItsClientIs() throws Exception {
    OutboxComponent first = component("c");
    ServiceReference<LedgerClient> reference = reference("main");
    FakeLedger chain = new FakeLedger("test").instant(true);
    first.addClient(reference, new FakeLedgerClient("main", chain, "test").cut(true));
    services.get("main").submit(OutboxProcess.submission("s/1"));
    await(() -> services.get("main").description().technology().equals("fake"));
    first.deactivate();
    OutboxComponent second = component("c");
    assertThat(stage("main", "s/1")).isEqualTo(Stage.ACCEPTED);
    assertThat(services.get("main").description().technology()).isEqualTo("fake");
    second.addClient(reference("main"), new FakeLedgerClient("main", chain, "test"));
    await(() -> stage("main", "s/1") == Stage.FINAL);
  }

  @Test
  void aBackupComesBackOnAnotherDevice() throws Exception {
    OutboxComponent first = component("d");
    FakeLedger chain = new FakeLedger("test");
    first.addClient(reference("main"), new FakeLedgerClient("main", chain, "test"));
    first.addClient(reference("other"), new FakeLedgerClient("other", chain, "test").cut(true));
    services.get("main").submit(OutboxProcess.submission("s/1"));
    services.get("other").submit(OutboxProcess.submission("o/1"));
    ByteArrayOutputStream backup = new ByteArrayOutputStream();
    first.writeBackup(backup);
    await(
        () -> {
          chain.mine(1);
          return stage("main", "s/1") == Stage.FINAL;
        });
    first.deactivate();
    OutboxComponent second = component("e");
    byte[] bytes = backup.toByteArray();
    second.restoreBackup(new ByteArrayInputStream(bytes));
    assertThat(stage("other", "o/1")).isEqualTo(Stage.ACCEPTED);
    second.addClient(reference("main"), new FakeLedgerClient("main", chain, "test"));
    await(() -> stage("main", "s/1") == Stage.FINAL);
    assertThat(chain.paid("s/1")).isEqualTo(1);
    bytes[bytes.length / 2] ^= 1;
    assertThatThrownBy(() -> second.restoreBackup(new ByteArrayInputStream(bytes)))
        .isInstanceOf(IOException.class);
  }

  @Test
  void theNinthLedgerIsRefusedUnlessOneIsIdle() {
    OutboxComponent component = component("f");
    FakeLedger chain = new FakeLedger("test");
    List<ServiceReference<LedgerClient>> references = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      ServiceReference<LedgerClient> reference = reference("l" + i);
      references.add(reference);
      component.addClient(reference, new FakeLedgerClient("l" + i, chain, "test"));
    }
    assertThat(services).hasSize(8).doesNotContainKey("l8");
    component.removeClient(references.get(3));
    component.addClient(references.get(8), new FakeLedgerClient("l8", chain, "test"));
    assertThat(services).hasSize(8).containsKey("l8").doesNotContainKey("l3");
    component.addClient(reference("../x"), new FakeLedgerClient("x", chain, "test"));
    assertThat(services).hasSize(8);
  }
}
