package org.commonshub.ledger.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.identity.api.Cbor;
import org.commonshub.ledger.api.Anchor;
import org.commonshub.ledger.api.Checkpoint;
import org.commonshub.ledger.api.EntryKind;
import org.commonshub.ledger.api.Journal;
import org.commonshub.ledger.api.ReceiptVerifier;
import org.commonshub.ledger.api.Stage;
import org.commonshub.ledger.api.Status;
import org.commonshub.measure.api.Device;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.ReadingFrame;
import org.commonshub.testing.fakes.FakeDeviceDirectory;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeHubPaths;
import org.commonshub.testing.fakes.FakeIdentity;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;

class JournalComponentTest {
  @TempDir Path directory;
  private final FakeHubClock clock = new FakeHubClock();
  private final FakeIdentity identity = new FakeIdentity("hub");
  private final List<JournalComponent> open = new ArrayList<>();

  private JournalComponent open(String name, FakeIdentity who) {
    FakeHubPaths paths = FakeHubPaths.in(directory.resolve(name));
    JournalComponent journal = new JournalComponent(paths, clock, who, null);
    open.add(journal);
    return journal;
  }

  private JournalComponent filled(String name, int entries) throws IOException {
    JournalComponent journal = open(name, identity);
    for (long i = journal.size(); i < entries; i++) {
      clock.advance(Duration.ofSeconds(1));
      journal.append(EntryKind.ORDER, Cbor.encode(Map.of(1L, i)));
    }
    return journal;
  }

  @AfterEach
  void close() throws Exception {
    for (JournalComponent journal : open) {
      journal.deactivate();
    }
  }

  private static byte[] backup(JournalComponent journal) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    journal.writeBackup(out);
    return out.toByteArray();
  }

  @Test
  void goesOnAfterAStartOnARealDisk() throws Exception {
    JournalComponent journal = filled("a", 200);
    Checkpoint signed = journal.checkpoint();
    journal.deactivate();
    JournalComponent again = open("a", identity);
    again.awaitCheck();
    assertThat(again.size()).isEqualTo(200);
    assertThat(again.latest())
        .hasValueSatisfying(c -> assertThat(c.signed()).isEqualTo(signed.signed()));
    assertThat(again.content(77)).hasValue(Cbor.encode(Map.of(1L, 77L)));
    assertThat(again.alarms()).isEmpty();
    assertThat(new ReceiptVerifier(Optional.of(identity.did())).receipt(again.receipt(77)).sound())
        .isTrue();
  }

  @Test
  void aBackupOnAnotherDeviceOpensANewEpoch() throws Exception {
    JournalComponent old = filled("old", 50);
    old.erase(List.of(5L, 6L));
    byte[] receipt = old.receipt(20);
    byte[] backup = backup(old);
    JournalComponent fresh = open("fresh", identity);
    int generation = fresh.generation();
    fresh.restoreBackup(new ByteArrayInputStream(backup));
    assertThat(fresh.generation()).isGreaterThan(generation);
    assertThat(fresh.size()).isEqualTo(52);
    assertThat(fresh.content(51)).hasValue(HubEntry.of(HubEntry.EPOCH, "restored", 2L, 51L));
    assertThat(fresh.checkpoint().epoch()).isEqualTo(2);
    assertThat(fresh.content(20)).hasValue(old.content(20).orElseThrow());
    assertThat(fresh.entries(5, 7)).allMatch(Journal.Entry::erased);
    ReceiptVerifier verifier = new ReceiptVerifier(Optional.of(identity.did()));
    assertThat(verifier.receipt(receipt).sound()).isTrue();
    assertThat(verifier.receipt(fresh.receipt(20)).sound()).isTrue();
    fresh.deactivate();
    JournalComponent again = open("fresh", identity);
    again.awaitCheck();
    assertThat(again.size()).isEqualTo(52);
    assertThat(again.alarms()).isEmpty();
    // The other hub goes on: whoever sees both knows that they are two.
    assertThat(old.checkpoint().epoch()).isEqualTo(1);
  }

  @Test
  void anOlderBackupOfThisJournalTakesNothingAway() throws Exception {
    JournalComponent journal = filled("a", 30);
    byte[] backup = backup(journal);
    filled("b", 3);
    for (int i = 30; i < 40; i++) {
      journal.append(EntryKind.ORDER, Cbor.encode(Map.of(1L, (long) i)));
    }
    journal.restoreBackup(new ByteArrayInputStream(backup));
    assertThat(journal.size()).isEqualTo(41);
    assertThat(journal.content(39)).hasValue(Cbor.encode(Map.of(1L, 39L)));
    assertThat(journal.content(40)).hasValue(HubEntry.of(HubEntry.EPOCH, "restored", 2L, 30L));
    assertThat(journal.checkpoint().epoch()).isEqualTo(2);
  }

  @Test
  void aDamagedBackupIsRefusedAndNothingChanges() throws Exception {
    byte[] backup = backup(filled("a", 30));
    JournalComponent journal = filled("b", 10);
    for (int at = 0; at < backup.length; at += 97) {
      byte[] damaged = backup.clone();
      damaged[at] ^= 4;
      assertThatThrownBy(() -> journal.restoreBackup(new ByteArrayInputStream(damaged)))
          .as("byte %d", at)
          .isInstanceOf(IOException.class);
      assertThat(journal.size()).isEqualTo(10);
    }
    assertThat(journal.content(9)).isPresent();
  }

  @Test
  void aDiskThatCannotBeUsedIsNamedAndTriedAgain() throws Exception {
    Path data = FakeHubPaths.in(directory.resolve("a")).data();
    Files.writeString(data.resolve("ledger.journal"), "in the way");
    JournalComponent journal = open("a", identity);
    assertThatThrownBy(() -> journal.append(EntryKind.ORDER, Cbor.encode(1L)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("cannot be opened");
    assertThat(journal.alarms()).extracting(Journal.Alarm::word).containsExactly("disk");
    Files.delete(data.resolve("ledger.journal"));
    assertThat(journal.append(EntryKind.ORDER, Cbor.encode(1L))).isEqualTo(1);
    assertThat(journal.alarms()).isEmpty();
  }

  @Test
  void anInterruptedCallerDoesNoHarm() throws Exception {
    JournalComponent journal = filled("a", 5);
    Thread.currentThread().interrupt();
    journal.append(EntryKind.ORDER, Cbor.encode(1L));
    assertThat(Thread.interrupted()).isTrue();
    assertThat(journal.content(5)).isPresent();
    assertThat(journal.checkpoint().size()).isEqualTo(6);
  }

  @Test
  void thousandsOfEntriesOverManyFilesStartFromTheLastOnes() throws Exception {
    JournalComponent journal = open("a", identity);
    Store store = journal.store();
    byte[] content = Cbor.encode(new byte[16_000]);
    for (int i = 0; i < 1200; i++) { // 19 MB of contents in three files
      store.append(EntryKind.ORDER, content);
    }
    journal.checkpoint();
    journal.deactivate();
    JournalComponent again = open("a", identity);
    assertThat(again.content(600)).hasValue(content);
    again.awaitCheck();
    assertThat(again.alarms()).isEmpty();
  }

  @Test
  void aReceiptNamesEveryLedgerThatHasTheRoot() throws Exception {
    JournalComponent journal = filled("a", 10);
    byte[] root = journal.checkpoint().root();
    List<Anchor.Anchored> anchored = new ArrayList<>();
    for (String ledger : List.of("one", "two")) {
      Status status =
          new Status(
              "root/" + ledger,
              Stage.FINAL,
              clock.now(),
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              Optional.empty());
      anchored.add(new Anchor.Anchored(ledger, 10, root, clock.now(), Optional.empty(), status));
    }
    Anchor anchor =
        fake(
            Anchor.class,
            (method, args) ->
                method.equals("covering")
                    ? anchored
                    : Optional.of(
                        Cbor.encode(
                            Map.of(
                                1L,
                                "Ledger " + ((Anchor.Anchored) args[0]).ledger(),
                                2L,
                                "root/1",
                                3L,
                                root,
                                4L,
                                List.of(),
                                5L,
                                new byte[9]))));
    ServiceReference<?> reference = fake(ServiceReference.class, (method, args) -> null);
    BundleContext context =
        fake(
            BundleContext.class,
            (method, args) ->
                switch (method) {
                  case "getServiceReference" -> reference;
                  case "getService" -> anchor;
                  default -> true;
                });
    journal.deactivate();
    JournalComponent again =
        new JournalComponent(FakeHubPaths.in(directory.resolve("a")), clock, identity, context);
    open.add(again);
    ReceiptVerifier.Report report =
        new ReceiptVerifier(Optional.of(identity.did())).receipt(again.receipt(4));
    assertThat(report.sound()).isTrue();
    assertThat(report.findings().stream().filter(f -> f.word().equals("anchored")))
        .extracting(ReceiptVerifier.Finding::text)
        .satisfiesExactly(
            one -> assertThat(one).contains("Ledger one"),
            two -> assertThat(two).contains("Ledger two"));
  }

  private interface Answer {
    Object to(String method, Object[] args);
  }

  private static <T> T fake(Class<T> type, Answer answer) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, args) -> answer.to(method.getName(), args)));
  }

  @Test
  void quartersComeFromTheBusAndAreSigned() throws Exception {
    JournalComponent journal = open("a", identity);
    FakeDeviceDirectory devices = new FakeDeviceDirectory();
    Device grid = devices.add("Grid", DeviceRole.GRID_METER);
    FakeHubPaths paths = FakeHubPaths.in(directory.resolve("a"));
    SlotSink sink = new SlotSink(journal, devices, clock, paths);
    clock.advance(Duration.ofSeconds(1));
    sink.accept(List.of(frame(grid, 100)));
    sink.deactivate();
    clock.advance(Duration.ofMinutes(16));
    sink = new SlotSink(journal, devices, clock, paths);
    sink.tick(); // not closed before the bus had a minute to bring what it kept
    assertThat(journal.size()).isEqualTo(1);
    clock.advance(Duration.ofMinutes(2));
    sink.tick();
    assertThat(journal.size()).isEqualTo(2);
    assertThat(journal.latest()).hasValueSatisfying(c -> assertThat(c.size()).isEqualTo(2));
    // Another journal takes its place: the sink learns afresh.
    byte[] backup = backup(filled("other", 9));
    journal.restoreBackup(new ByteArrayInputStream(backup));
    sink.accept(List.of(frame(grid, 120)));
    clock.advance(Duration.ofMinutes(18));
    sink.tick();
    assertThat(journal.entries(10, 20))
        .extracting(Journal.Entry::kind)
        .contains(EntryKind.READINGS);
    assertThat(journal.latest()).hasValueSatisfying(c -> assertThat(c.epoch()).isEqualTo(2));
    sink.deactivate();
  }

  private ReadingFrame frame(Device device, long value) {
    return new ReadingFrame(
        device.id(),
        0,
        clock.now(),
        value,
        1,
        List.of(Measurement.of(Quantity.ENERGY_IMPORT, value, 0)));
  }
}
