package org.commonshub.identity.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.commonshub.identity.api.CoseSign1;
import org.commonshub.identity.api.Jws;
import org.commonshub.identity.api.KeyAlgorithm;
import org.commonshub.identity.api.KeyLog;
import org.commonshub.identity.api.KeyProvider;
import org.commonshub.identity.api.SigningPurpose;
import org.commonshub.identity.api.VerificationKey;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.testing.fakes.FakeHubClock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdentityTest {
  private static final byte[] PAYLOAD = "15 Wh".getBytes(StandardCharsets.UTF_8);

  @TempDir Path temporary;
  private final FakeHubClock clock = new FakeHubClock();
  private Path directory;

  @BeforeEach
  void place() {
    directory = temporary.resolve("identity.provider");
  }

  private Keyring files() throws IOException {
    Keyring keys = new Keyring();
    keys.add(new FileKeys(directory), Map.of(KeyProvider.NAME, "file"));
    return keys;
  }

  private Identity open(Keyring keys) throws IOException {
    return new Identity(keys, directory, clock, "");
  }

  private static ChipKeys plug(Keyring keys, Path directory) throws IOException {
    ChipKeys chip = new ChipKeys(directory);
    keys.add(chip, Map.of(KeyProvider.NAME, "tpm", "service.ranking", 100));
    return chip;
  }

  private static void proves(Identity hub, VerificationKey key, byte[] cose) throws Exception {
    CoseSign1 signed = CoseSign1.parse(cose);
    assertThat(signed.verify(key, SigningPurpose.CHECKPOINT)).isTrue();
    assertThat(signed.verify(key, SigningPurpose.ORDER)).isFalse();
    assertThat(signed.payload()).hasValue(PAYLOAD);
    assertThat(signed.unprotectedHeader().get(CoseSign1.KID))
        .isEqualTo(key.multikey().getBytes(StandardCharsets.UTF_8));
    assertThat(KeyLog.verify(hub.keyLog()).key(key.multikey())).contains(key);
  }

  @Test
  void theFirstStartMakesANameThatStays() throws Exception {
    Identity hub = open(files());
    assertThat(hub.did()).matches("did:webvh:Qm[1-9A-HJ-NP-Za-km-z]{44}:hub\\.local");
    assertThat(hub.key().algorithm()).isEqualTo(KeyAlgorithm.ED25519);
    assertThat(hub.fingerprint().replace(" ", "")).isEqualTo(hub.did().split(":")[2]);
    assertThat(hub.fingerprint()).startsWith("Qm").matches("(.{4} ){11}.{2}");
    assertThat(hub.card()).isEqualTo("commonshub:" + hub.did() + "?key=" + hub.key().multikey());
    assertThat(hub.aliases()).containsExactly(hub.key().didKey());

    clock.step(Instant.parse("2027-01-01T00:00:00Z"));
    Identity again = open(files());
    assertThat(again.did()).isEqualTo(hub.did());
    assertThat(again.keyLog()).isEqualTo(hub.keyLog());
    proves(hub, again.key(), again.sign(SigningPurpose.CHECKPOINT, PAYLOAD));
  }

  @Test
  void aHostNameMakesAnAlias() throws Exception {
    assertThat(new Identity(files(), directory, clock, "hub.example.org:8443").aliases())
        .last()
        .isEqualTo("did:web:hub.example.org%3A8443");
  }

  @Test
  void signaturesAreBoundToTheirPurposeAndSize() throws Exception {
    Identity hub = open(files());
    proves(hub, hub.key(), hub.sign(SigningPurpose.CHECKPOINT, PAYLOAD));
    Jws jws = Jws.parse(hub.jws(SigningPurpose.LICENCE, PAYLOAD));
    assertThat(jws.verify(hub.key(), SigningPurpose.LICENCE)).isTrue();
    assertThat(jws.verify(hub.key(), SigningPurpose.ORDER)).isFalse();
    assertThat(jws.keyId()).isEqualTo(hub.did() + "#" + hub.key().multikey());
    assertThat(jws.payload()).isEqualTo(PAYLOAD);
    byte[] big = new byte[(1 << 20) + 1];
    assertThatThrownBy(() -> hub.sign(SigningPurpose.ORDER, big))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> hub.jws(SigningPurpose.ORDER, big))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void rotationsKeepTheNameAndWhatWasSigned() throws Exception {
    Identity hub = open(files());
    VerificationKey first = hub.key();
    byte[] signed = hub.sign(SigningPurpose.CHECKPOINT, PAYLOAD);
    clock.step(Instant.parse("2020-01-01T00:00:00Z")); // a clock that was set back
    VerificationKey second = hub.rotate();
    VerificationKey third = hub.rotate();
    assertThat(hub.key()).isEqualTo(third).isNotEqualTo(second).isNotEqualTo(first);
    Identity again = open(files());
    assertThat(again.did()).isEqualTo(hub.did());
    assertThat(again.key()).isEqualTo(third);
    proves(again, first, signed);
    proves(again, third, again.sign(SigningPurpose.CHECKPOINT, PAYLOAD));
    assertThat(KeyLog.verify(again.keyLog()).periods())
        .extracting(KeyLog.Period::key)
        .containsExactly(first, second, third);
    FileKeys left = new FileKeys(directory);
    assertThat(left.find("hub-1")).isEmpty();
    assertThat(left.find("hub-2")).isEmpty();
    assertThat(left.find("hub-4")).isPresent();
  }

  @Test
  void whoSignsDuringRotationsIsNotDisturbed() throws Exception {
    Identity hub = open(files());
    List<Future<List<byte[]>>> signed = new ArrayList<>();
    ExecutorService pool = Executors.newFixedThreadPool(4);
    for (int thread = 0; thread < 4; thread++) {
      signed.add(
          pool.submit(
              () -> {
                List<byte[]> mine = new ArrayList<>();
                for (int i = 0; i < 50; i++) {
                  mine.add(hub.sign(SigningPurpose.CHECKPOINT, PAYLOAD));
                }
                return mine;
              }));
    }
    for (int i = 0; i < 5; i++) {
      hub.rotate();
    }
    pool.shutdown();
    KeyLog log = KeyLog.verify(hub.keyLog());
    for (Future<List<byte[]>> some : signed) {
      for (byte[] cose : some.get()) {
        byte[] kid = (byte[]) CoseSign1.parse(cose).unprotectedHeader().get(CoseSign1.KID);
        proves(hub, log.key(new String(kid, StandardCharsets.UTF_8)).orElseThrow(), cose);
      }
    }
  }

  @Test
  void eachHalfDoneStepIsFinishedAtTheNextStart() throws Exception {
    // first start: one key, both keys, no log yet
    new FileKeys(directory).create("hub-1", KeyAlgorithm.ED25519);
    Identity hub = open(files());
    // rotation: the key after the next is there, the log is not
    VerificationKey waiting = new FileKeys(directory).create("hub-3", KeyAlgorithm.ED25519);
    Identity again = open(files());
    assertThat(again.key()).isEqualTo(hub.key());
    again.rotate();
    assertThat(again.rotate()).isEqualTo(waiting);
    // rotation: the log is there, the spent key still is
    VerificationKey spent = new FileKeys(directory).create("hub-1", KeyAlgorithm.ED25519);
    assertThat(open(files()).key()).isEqualTo(waiting).isNotEqualTo(spent);
    assertThat(new FileKeys(directory).find("hub-1")).isEmpty();
  }

  @Test
  void aDamagedLogIsNotReplaced() throws Exception {
    open(files());
    Path log = directory.resolve("did.jsonl");
    byte[] bytes = Files.readAllBytes(log);
    bytes[bytes.length / 2] ^= 1;
    Files.write(log, bytes);
    assertThatThrownBy(() -> open(files()))
        .hasMessageContaining("did.jsonl is damaged: Entry 1")
        .hasMessageContaining("Restore a backup");
    assertThat(Files.readAllBytes(log)).isEqualTo(bytes);
  }

  @Test
  void aFailingDiskChangesNothing() throws Exception {
    Identity hub = open(files());
    VerificationKey before = hub.key();
    byte[] log = hub.keyLog();
    // What is in the way of the temporary file stands for a disk that refuses.
    Path blocked = Files.createDirectories(directory.resolve(".did.jsonl.tmp/x"));
    assertThatThrownBy(hub::rotate).isInstanceOf(IOException.class);
    assertThat(hub.key()).isEqualTo(before);
    assertThat(Files.readAllBytes(directory.resolve("did.jsonl"))).isEqualTo(log);
    Files.delete(blocked);
    assertThat(hub.rotate()).isNotEqualTo(before);
    assertThat(open(files()).key()).isEqualTo(hub.key());
  }

  @Test
  void theHighestRankedProviderMakesNewKeysAndOldOnesStay() throws Exception {
    Path chipCells = temporary.resolve("chip");
    Keyring keys = files();
    Identity hub = open(keys);
    VerificationKey file = hub.key();
    ChipKeys chip = plug(keys, chipCells);
    assertThat(hub.rotate().algorithm()).isEqualTo(KeyAlgorithm.ED25519); // was promised before
    assertThat(hub.rotate().algorithm()).isEqualTo(KeyAlgorithm.P256);
    assertThat(chip.find("hub-3")).contains(hub.key());
    proves(hub, hub.key(), hub.sign(SigningPurpose.CHECKPOINT, PAYLOAD));
    KeyLog log = KeyLog.verify(hub.keyLog());
    assertThat(log.periods().get(0).key()).isEqualTo(file);
    assertThat(new String(hub.keyLog(), StandardCharsets.UTF_8)).contains("ecdsa-jcs-2019");

    keys.remove(chip);
    assertThat(hub.usable()).isFalse();
    assertThatThrownBy(() -> open(files()))
        .isInstanceOf(Identity.KeyAbsentException.class)
        .hasMessageContaining("none of the key providers that are here (file)");
    Keyring both = files();
    plug(both, chipCells);
    assertThat(open(both).key()).isEqualTo(hub.key());
  }

  @Test
  void whatAChipKeptThroughAFactoryResetIsNotUsedAgain() throws Exception {
    Path chipCells = temporary.resolve("chip");
    Keyring keys = files();
    plug(keys, chipCells);
    Identity before = open(keys);
    before.rotate();
    Files.delete(directory.resolve("did.jsonl"));
    Files.deleteIfExists(directory.resolve("keys.sealed"));
    Keyring reset = files();
    plug(reset, chipCells);
    Identity after = open(reset);
    assertThat(after.did()).isNotEqualTo(before.did());
    after.rotate();
    after.rotate();
    assertThat(KeyLog.verify(after.keyLog()).periods())
        .extracting(KeyLog.Period::key)
        .doesNotContain(before.key())
        .doesNotHaveDuplicates();
  }

  @Test
  void aChipThatHangsIsWaitedForTwoSecondsAndCutsNothingOff() throws Exception {
    Keyring keys = files();
    ChipKeys chip = plug(keys, temporary.resolve("chip"));
    Identity hub = open(keys);
    CountDownLatch hang = new CountDownLatch(1);
    chip.hang = hang;
    assertThatThrownBy(() -> hub.sign(SigningPurpose.CHECKPOINT, PAYLOAD))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("tpm did not answer within 2 s");
    hang.countDown();
    proves(hub, hub.key(), hub.sign(SigningPurpose.CHECKPOINT, PAYLOAD));
    keys.remove(chip);
  }

  @Test
  void devicesHaveKeysOfTheirOwn() throws Exception {
    Keyring keys = files();
    Identity hub = open(keys);
    DeviceSigner devices = new DeviceSigner(keys);
    DeviceId meter = DeviceId.random();
    assertThat(devices.key(meter)).isEmpty();
    byte[] signed = devices.sign(meter, SigningPurpose.READINGS, PAYLOAD);
    VerificationKey key = devices.key(meter).orElseThrow();
    assertThat(key).isNotEqualTo(hub.key());
    assertThat(CoseSign1.parse(signed).verify(key, SigningPurpose.READINGS)).isTrue();
    assertThat(KeyLog.verify(hub.keyLog()).key(key.multikey())).isEmpty();
    assertThat(new DeviceSigner(files()).key(meter)).contains(key);
    devices.forget(meter);
    assertThat(devices.key(meter)).isEmpty();
  }
}
