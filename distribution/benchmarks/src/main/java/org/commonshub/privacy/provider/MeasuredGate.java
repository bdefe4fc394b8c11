package org.commonshub.privacy.provider;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.commonshub.measure.api.DeviceDirectory;
import org.commonshub.measure.api.MeterRecord;
import org.commonshub.platform.api.HubClock;
import org.commonshub.privacy.aggregate.AggregatePolicy;
import org.commonshub.privacy.api.AccessRequest;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.Consent;
import org.commonshub.privacy.api.EnergyData;
import org.commonshub.privacy.api.PrivacyDesk;
import org.commonshub.privacy.api.Recipient;
import org.commonshub.privacy.api.Terms;
import org.commonshub.privacy.delay.DelayPolicy;
import org.commonshub.privacy.noise.NoisePolicy;
import org.commonshub.privacy.pseudonym.PseudonymPolicy;
import org.commonshub.privacy.quantize.QuantizePolicy;
import org.commonshub.testing.fakes.FakeHubPaths;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;

/** The real gate with the hub's own policies, for {@code ./bench privacy}. */
public final class MeasuredGate implements AutoCloseable {
  private static final ZoneId ZONE = ZoneOffset.UTC;

  private final Gate gate;
  private final PrivacyDesk desk;
  private final BudgetFiles budget;

  public MeasuredGate(Path root, HubClock clock, DeviceDirectory devices) throws IOException {
    gate =
        new Gate(
            FakeHubPaths.in(root),
            clock,
            new Callers(noBundles()),
            new Gate.Others(
                () -> null, () -> devices, () -> ZONE, () -> null, () -> null, () -> null));
    desk = new Desk(gate, new Previews(gate), () -> null, () -> null);
    budget = new BudgetFiles(root.resolve("bench-budget"), clock, gate.secret());
    add(1, "aggregate", new AggregatePolicy());
    add(2, "delay", new DelayPolicy());
    add(3, "noise", new NoisePolicy());
    add(4, "quantize", new QuantizePolicy());
    add(5, "pseudonym", new PseudonymPolicy());
  }

  private void add(long id, String name, org.commonshub.privacy.api.PrivacyPolicy policy) {
    gate.policies().add(new Policies.Offer(id, 0, name, policy), true);
  }

  private static BundleContext noBundles() {
    return (BundleContext)
        Proxy.newProxyInstance(
            MeasuredGate.class.getClassLoader(),
            new Class<?>[] {BundleContext.class},
            (proxy, method, arguments) -> new Bundle[0]);
  }

  /** Has the prosumer say yes to what an app asks. */
  public EnergyData granted(String app, Terms asked) throws Exception {
    Recipient recipient = new Recipient(Recipient.Kind.APP, app);
    EnergyData view = new View(gate, recipient);
    view.ask(asked, "To be measured");
    for (AccessRequest request : desk.requests()) {
      if (request.recipient().equals(recipient)) {
        desk.grant(request.id(), Terms.ANY, "bench");
      }
    }
    return view;
  }

  /** Withdraws what an app was granted. */
  public void withdraw(String app) throws IOException {
    for (Consent consent : desk.consents()) {
      if (consent.recipient().name().equals(app) && consent.withdrawn().isEmpty()) {
        desk.withdraw(consent.id(), "bench");
      }
    }
  }

  /** Hands the gate what the bus does. */
  public void accept(List<MeterRecord> batch) {
    gate.flows().live().accept(batch);
  }

  /** Releases that slow listeners lost. */
  public long dropped() {
    return gate.flows().dropped();
  }

  /** Runs one block through the policies of terms, budget included. */
  public List<Block> release(Block block, Terms terms, Instant now, Instant from, Instant to) {
    CompletableFuture<List<Block>> made = new CompletableFuture<>();
    gate.policies()
        .run(
            List.of(block),
            new Round(terms, now, ZONE, from, to, budget),
            new Lane.Done() {
              @Override
              public void done(List<Block> blocks) {
                made.complete(blocks);
              }

              @Override
              public void failed(Fault fault) {
                made.completeExceptionally(fault);
              }
            });
    return made.join();
  }

  @Override
  public void close() throws Exception {
    budget.close();
    gate.close();
  }
}
