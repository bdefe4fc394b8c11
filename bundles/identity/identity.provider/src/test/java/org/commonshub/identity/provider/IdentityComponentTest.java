package org.commonshub.identity.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.commonshub.identity.api.Delegations;
import org.commonshub.identity.api.DeviceKeys;
import org.commonshub.identity.api.HubIdentity;
import org.commonshub.identity.api.KeyLog;
import org.commonshub.identity.api.KeyProvider;
import org.commonshub.identity.api.SigningPurpose;
import org.commonshub.identity.api.VerificationKey;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeHubPaths;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;

class IdentityComponentTest {
  @TempDir Path temporary;

  /** One hub: its directory, its component, and what that registered. */
  private final class Hub {
    final FakeHubPaths paths;
    final Map<Class<?>, Object> services = new HashMap<>();
    FileKeys files;
    IdentityComponent component;

    Hub(String name) {
      paths = FakeHubPaths.in(temporary.resolve(name));
    }

    Hub start(KeyProvider... others) throws IOException {
      files = new FileKeys(paths);
      component = new IdentityComponent(context(), files, paths, new FakeHubClock(), config());
      component.addProvider(files, Map.of(KeyProvider.NAME, "file", "service.ranking", 0));
      for (KeyProvider other : others) {
        component.addProvider(other, Map.of(KeyProvider.NAME, "tpm", "service.ranking", 1));
      }
      component.activate();
      return this;
    }

    private BundleContext context() {
      return (BundleContext)
          Proxy.newProxyInstance(
              getClass().getClassLoader(),
              new Class<?>[] {BundleContext.class},
              (proxy, method, arguments) -> {
                if (!method.getName().equals("registerService")) {
                  throw new UnsupportedOperationException(method.getName());
                }
                Class<?> type = (Class<?>) arguments[0];
                services.put(type, arguments[1]);
                return Proxy.newProxyInstance(
                    getClass().getClassLoader(),
                    new Class<?>[] {ServiceRegistration.class},
                    (registration, call, none) -> services.remove(type));
              });
    }

    HubIdentity identity() {
      return (HubIdentity) services.get(HubIdentity.class);
    }

    DeviceKeys devices() {
      return (DeviceKeys) services.get(DeviceKeys.class);
    }

    byte[] backup() throws IOException {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      component.writeBackup(out);
      return out.toByteArray();
    }

    void restore(byte[] backup) throws IOException {
      component.restoreBackup(new ByteArrayInputStream(backup));
    }
  }

  private static IdentityComponent.Config config() {
    return (IdentityComponent.Config)
        Proxy.newProxyInstance(
            IdentityComponent.Config.class.getClassLoader(),
            new Class<?>[] {IdentityComponent.Config.class},
            (proxy, method, arguments) -> "hub.example.org");
  }

  @Test
  void itOffersEverythingWhileItRuns() throws Exception {
    Hub hub = new Hub("a").start();
    assertThat(hub.services)
        .containsOnlyKeys(HubIdentity.class, DeviceKeys.class, Delegations.class);
    assertThat(hub.identity().aliases()).contains("did:web:hub.example.org");
    hub.component.deactivate();
    assertThat(hub.services).isEmpty();
  }

  @Test
  void itWaitsForTheProviderOfItsKey() throws Exception {
    ChipKeys chip = new ChipKeys(temporary.resolve("chip"));
    Hub hub = new Hub("a").start(chip);
    String did = hub.identity().did();
    assertThat(chip.find("hub-1")).isPresent();
    hub.component.removeProvider(chip);
    assertThat(hub.services).isEmpty();
    hub.component.addProvider(chip, Map.of(KeyProvider.NAME, "tpm", "service.ranking", 1));
    assertThat(hub.identity().did()).isEqualTo(did);
    // a provider that does not hold the key may come and go
    ChipKeys second = new ChipKeys(temporary.resolve("second"));
    HubIdentity same = hub.identity();
    hub.component.addProvider(second, Map.of(KeyProvider.NAME, "hsm", "service.ranking", 2));
    hub.component.removeProvider(second);
    assertThat(hub.identity()).isSameAs(same);

    Hub without = new Hub("a").start();
    assertThat(without.services).isEmpty();
    without.restore(hub.backup());
    assertThat(without.services).as("nothing is made up").isEmpty();
  }

  @Test
  void aSealedBackupMovesTheHubAndLeavesTheOldOneASpentKey() throws Exception {
    Hub old = new Hub("old").start();
    DeviceId meter = DeviceId.random();
    old.devices().sign(meter, SigningPurpose.READINGS, new byte[1]);
    old.identity().rotate();
    byte[] backup = old.backup();
    VerificationKey before = old.identity().key();

    Hub fresh = new Hub("fresh");
    Path waiting = fresh.paths.data().resolve("restore.parts/identity.provider");
    Files.createDirectories(waiting.getParent());
    Files.write(waiting, backup);
    fresh.start();
    assertThat(fresh.services).as("no key is made while a copy waits").isEmpty();
    assertThat(fresh.component.sealed()).isTrue();
    fresh.restore(backup);
    assertThat(fresh.identity().did()).isEqualTo(old.identity().did());
    assertThat(fresh.identity().key()).isNotEqualTo(before);
    assertThat(fresh.devices().key(meter)).isEqualTo(old.devices().key(meter)).isPresent();
    KeyLog moved = KeyLog.verify(fresh.identity().keyLog());
    assertThat(moved.continues(KeyLog.verify(old.identity().keyLog()))).isTrue();

    // the hub that was left behind goes on, too: two hubs with one key can be told
    old.identity().rotate();
    KeyLog left = KeyLog.verify(old.identity().keyLog());
    assertThat(left.continues(moved) || moved.continues(left)).isFalse();
  }

  @Test
  void aRestoreReplacesAnotherIdentityWholly() throws Exception {
    Hub old = new Hub("old").start();
    byte[] backup = old.backup();
    Hub other = new Hub("other").start();
    for (int i = 0; i < 3; i++) {
      other.identity().rotate();
    }
    String name = other.identity().did();
    other.restore(backup);
    assertThat(other.identity().did()).isEqualTo(old.identity().did()).isNotEqualTo(name);
    assertThat(other.files.find("hub-5")).as("no key of the other name is left").isEmpty();
    Hub again = new Hub("other").start();
    assertThat(again.identity().keyLog()).isEqualTo(other.identity().keyLog());
  }

  @Test
  void anOldBackupOfTheSameHubDoesNotTakeItBack() throws Exception {
    Hub hub = new Hub("a").start();
    DeviceId meter = DeviceId.random();
    hub.devices().sign(meter, SigningPurpose.READINGS, new byte[1]);
    Optional<VerificationKey> device = hub.devices().key(meter);
    byte[] backup = hub.backup();
    hub.devices().forget(meter);
    hub.identity().rotate();
    byte[] log = hub.identity().keyLog();
    hub.restore(backup);
    assertThat(hub.identity().keyLog()).isEqualTo(log);
    assertThat(hub.devices().key(meter)).isEqualTo(device);
    assertThat(hub.files.find("hub-1")).as("spent").isEmpty();
  }

  @Test
  void keysInAChipAreNotInTheBackup() throws Exception {
    Hub old = new Hub("old").start(new ChipKeys(temporary.resolve("chip")));
    byte[] backup = old.backup();
    Hub fresh = new Hub("fresh").start();
    String own = fresh.identity().did();
    assertThatThrownBy(() -> fresh.restore(backup)).hasMessageContaining("kept by a chip");
    assertThat(fresh.identity().did()).isEqualTo(own);
  }

  @Test
  void damageLeavesTheHubItsName() throws Exception {
    Hub hub = new Hub("a").start();
    String did = hub.identity().did();
    byte[] backup = hub.backup();
    backup[backup.length / 2] ^= 1;
    byte[] damaged = backup.clone();
    assertThatThrownBy(() -> new Hub("b").start().restore(damaged)).isInstanceOf(IOException.class);
    for (byte[] bytes : new byte[][] {{}, {0x01}, {(byte) 0xA0}}) {
      assertThatThrownBy(() -> hub.restore(bytes)).isInstanceOf(IOException.class);
      assertThat(hub.identity().did()).isEqualTo(did);
    }
  }
}
