package org.commonshub.verify;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.commonshub.ledger.api.ContentStore;
import org.commonshub.ledger.api.EntryKind;
import org.commonshub.ledger.api.SlotRegisters;
import org.commonshub.ledger.content.ContentService;
import org.commonshub.ledger.content.SealingHub;
import org.commonshub.ledger.journal.JournalComponent;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.ReadingFrame;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeHubPaths;
import org.commonshub.testing.fakes.FakeIdentity;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The jar as a person runs it, in an empty directory with nothing but a file. */
class VerifyJarTest {
  private static final Path JAR = Path.of("target", "verify.jar").toAbsolutePath();

  @TempDir Path work;
  @TempDir Path data;
  private final FakeIdentity identity = new FakeIdentity("hub");
  private JournalComponent journal;

  private record Ran(int code, String out) {}

  @BeforeEach
  void record() throws Exception {
    journal = new JournalComponent(FakeHubPaths.in(data), new FakeHubClock(), identity, null);
    journal.append(
        EntryKind.READINGS,
        new SlotRegisters(
                UUID.fromString("6f1e2d3c-0000-4000-8000-000000000001"),
                Instant.parse("2026-01-15T11:45:00Z"),
                0,
                List.of(
                    new SlotRegisters.Register(
                        "1-0:1.8.0", Instant.parse("2026-01-15T11:59:59Z"), 1234567, -1, 0)),
                Optional.empty())
            .encode());
    Files.write(work.resolve("a.receipt"), journal.receipt(1));
    try (OutputStream out = Files.newOutputStream(work.resolve("all.journal"))) {
      journal.export(out);
    }
  }

  @AfterEach
  void close() throws Exception {
    journal.deactivate();
  }

  private Ran run(String... args) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-jar");
    command.add(JAR.toString());
    command.addAll(List.of(args));
    Process process =
        new ProcessBuilder(command).directory(work.toFile()).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Ran(process.exitValue(), out);
  }

  @Test
  void isSmall() throws Exception {
    System.out.println("verify.jar: " + Files.size(JAR) + " bytes");
    assertThat(Files.size(JAR)).isLessThan(150_000);
  }

  @Test
  void saysWhatAReceiptProves() throws Exception {
    Ran ran = run("a.receipt", "--did", identity.did());
    assertThat(ran.out())
        .contains("1-0:1.8.0 = 123456.7 Wh")
        .contains("proven      It says what was recorded")
        .contains("proven      It is entry 1 of the signed journal of 2 entries")
        .contains("proven      It comes from the expected hub")
        .contains("not proven  No neighbour signed it")
        .contains("not proven  No ledger is named");
    assertThat(ran.code()).isZero();
    assertThat(run("a.receipt", "--key", identity.key().multikey()).code()).isZero();
    Ran anybody = run("a.receipt");
    assertThat(anybody.out()).contains("not proven  It comes from " + identity.did());
    assertThat(anybody.code()).isZero();
  }

  @Test
  void saysWhatIsWrong() throws Exception {
    FakeIdentity other = new FakeIdentity("other");
    Ran ran = run("a.receipt", "--did", other.did());
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.out()).contains("WRONG       It comes from another hub");
    assertThat(run("a.receipt", "--key", other.key().didKey()).code()).isEqualTo(1);
    byte[] changed = journal.receipt(1);
    String text = new String(changed, StandardCharsets.ISO_8859_1);
    changed[text.indexOf("1-0:1.8.0") + 10 + 9] ^= 1; // within the reading
    Files.write(work.resolve("changed.receipt"), changed);
    Ran tampered = run("changed.receipt");
    assertThat(tampered.out()).contains("WRONG       Entry 1 does not say what was recorded");
    assertThat(tampered.code()).isEqualTo(1);
  }

  @Test
  void checksAWholeJournal() throws Exception {
    Ran ran = run("all.journal", "--json", "--did", identity.did());
    assertThat(ran.code()).isZero();
    assertThat(ran.out()).startsWith("{\"sound\":true,\"entries\":2,");
    byte[] cut = Files.readAllBytes(work.resolve("all.journal"));
    Files.write(work.resolve("cut.journal"), java.util.Arrays.copyOf(cut, cut.length / 2));
    assertThat(run("cut.journal").code()).isEqualTo(2);
  }

  @Test
  void whatCannotBeReadIsSaidInASentence() throws Exception {
    Files.writeString(work.resolve("x.receipt"), "hello");
    assertThat(run("x.receipt").code()).isEqualTo(2);
    assertThat(run("missing.receipt").out()).contains("does not exist");
    assertThat(run("a.receipt", "--did", "nonsense").out()).contains("neither a DID nor a key");
    assertThat(run().code()).isEqualTo(2);
    assertThat(run("--unknown").code()).isEqualTo(2);
    assertThat(run("--help").code()).isZero();
  }

  @Test
  void opensWhatWasSealedToItsKey() throws Exception {
    Ran made = run("new-key", "my.key");
    assertThat(made.code()).isZero();
    String publicKey = made.out().lines().filter(line -> line.startsWith("z6LS")).findFirst().get();
    assertThat(run("new-key", "my.key").code()).as("never overwritten").isEqualTo(2);
    seal(publicKey, work.resolve("day.car"));
    Ran opened = run("open", "day.car", "--key", "my.key", "--out", "day");
    assertThat(opened.out())
        .contains("100 records of 1 meters")
        .contains("proven      Signed, all of it, with key " + identity.key().multikey())
        .contains(identity.did());
    assertThat(opened.code()).isZero();
    assertThat(Files.size(work.resolve("day"))).isGreaterThan(1000);
    assertThat(run("open", "day.car", "--key", "my.key", "--out", "day").out())
        .contains("is there already");
    assertThat(run("new-key", "other.key").code()).isZero();
    Ran other = run("open", "day.car", "--key", "other.key", "--out", "nothing");
    assertThat(other.out()).contains("not sealed to this key");
    assertThat(other.code()).isEqualTo(1);
    assertThat(work.resolve("nothing")).doesNotExist();
    assertThat(run("open", "day.car", "--key", "a.receipt", "--out", "nothing").out())
        .contains("holds no key");
    assertThat(run("open", "none.car", "--key", "my.key", "--out", "nothing").out())
        .contains("none.car does not exist");
  }

  /** A day of one meter, as a hub seals it. */
  private void seal(String publicKey, Path to) throws Exception {
    DeviceId meter = DeviceId.random();
    Instant from = Instant.parse("2026-01-14T00:00:00Z");
    ContentService content =
        SealingHub.open(
            identity,
            data.resolve("content"),
            sink -> {
              for (int i = 0; i < 100; i++) {
                sink.accept(
                    new ReadingFrame(
                        meter,
                        0,
                        from.plusSeconds(i * 60L),
                        i,
                        1,
                        List.of(Measurement.of(Quantity.ENERGY_IMPORT, 5_000_000L + i, 0))));
              }
            });
    ContentStore.Sealed sealed =
        content.seal(
            List.of(meter),
            from,
            from.plusSeconds(86_400),
            List.of(new ContentStore.Recipient("me", publicKey)));
    try (InputStream in = content.open(sealed.cid()).orElseThrow()) {
      Files.copy(in, to);
    }
  }
}
