package org.commonshub.privacy.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Hashtable;
import java.util.Map;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.apache.felix.framework.FrameworkFactory;
import org.commonshub.privacy.api.Consent;
import org.commonshub.privacy.api.EnergyData;
import org.commonshub.privacy.api.EnergyData.Grant.State;
import org.commonshub.privacy.api.PrivacyDesk;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Recipient;
import org.commonshub.privacy.api.RefusedException;
import org.commonshub.testing.fakes.FakeHubClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.launch.Framework;

/** Who gets which view, in a real Felix. */
@Timeout(60)
class ContainerTest {
  @TempDir Path root;
  private Framework framework;
  private House house;

  @BeforeEach
  void start() throws Exception {
    framework =
        new FrameworkFactory()
            .newFramework(Map.of("org.osgi.framework.storage", root.resolve("cache").toString()));
    framework.start();
    BundleContext context = framework.getBundleContext();
    house = new House(root.resolve("hub"), new FakeHubClock(), context);
    context.registerService(EnergyData.class, new ViewFactory(house.gate), new Hashtable<>());
    context.registerService(PrivacyDesk.class, new DeskFactory(house.desk), new Hashtable<>());
  }

  @AfterEach
  void stop() throws Exception {
    house.close();
    framework.stop();
    framework.waitForStop(20_000);
  }

  private Bundle bundle(String location, String name, String version) throws Exception {
    String manifest =
        "Manifest-Version: 1.0\nBundle-ManifestVersion: 2\nBundle-SymbolicName: "
            + name
            + "\nBundle-Name: App of "
            + name
            + "\nBundle-Version: "
            + version
            + "\n";
    ByteArrayOutputStream jar = new ByteArrayOutputStream();
    new JarOutputStream(
            jar, new Manifest(new ByteArrayInputStream(manifest.getBytes(StandardCharsets.UTF_8))))
        .close();
    Bundle bundle =
        framework
            .getBundleContext()
            .installBundle(location, new ByteArrayInputStream(jar.toByteArray()));
    bundle.start();
    return bundle;
  }

  private static <T> T service(Bundle bundle, Class<T> type) {
    BundleContext context = bundle.getBundleContext();
    ServiceReference<T> reference = context.getServiceReference(type);
    return context.getService(reference);
  }

  @Test
  void theViewBelongsToTheBundleThatAsked() throws Exception {
    Bundle app = bundle("app:a", "com.example.a", "1.0.0");
    Bundle uplink = bundle("hub:org.commonshub/u.jar", "org.commonshub.uplink.mqtt", "1.0.0");
    Bundle fake = bundle("app:f", "org.commonshub.uplink.mqtt", "2.0.0");
    assertThat(service(app, EnergyData.class).recipient())
        .isEqualTo(new Recipient(Recipient.Kind.APP, "com.example.a"));
    assertThat(service(uplink, EnergyData.class).recipient())
        .isEqualTo(new Recipient(Recipient.Kind.UPLINK, "mqtt"));
    assertThat(service(fake, EnergyData.class).recipient())
        .isEqualTo(new Recipient(Recipient.Kind.APP, "org.commonshub.uplink.mqtt"));
    service(app, EnergyData.class).ask(house.raw(), "Please");
    assertThat(house.desk.requests().get(0).name()).isEqualTo("App of com.example.a");
    assertThat(service(uplink, EnergyData.class).grants()).isEmpty();
  }

  @Test
  void flowsEndWithTheBundle() throws Exception {
    Bundle app = bundle("app:a", "com.example.a", "1.0.0");
    EnergyData view = service(app, EnergyData.class);
    house.consent(view, house.raw());
    House.Got got = new House.Got();
    view.subscribe(Purpose.ADVICE, got::add);
    House.await(
        () -> {
          house.clock.advance(java.time.Duration.ofSeconds(1));
          house.frame(house.meter, 1, 1);
          return !got.nothing();
        });
    app.stop();
    int before = got.queue.size();
    for (int i = 0; i < 50; i++) {
      house.second(i);
    }
    assertThatThrownBy(() -> view.read(Purpose.ADVICE, Instant.EPOCH, Instant.MAX))
        .isInstanceOf(IllegalStateException.class);
    assertThat(got.queue.size()).isLessThanOrEqualTo(before + 1);
  }

  @Test
  void twoOfOneNameGetNothing() throws Exception {
    Bundle app = bundle("app:a", "com.example.a", "1.0.0");
    EnergyData view = service(app, EnergyData.class);
    Consent consent = house.consent(view, house.raw());
    assertThat(consent.state()).isEqualTo(State.OPEN);
    Bundle twin = bundle("app:twin", "com.example.a", "6.6.6");
    assertThat(view.grants().get(0).state()).isEqualTo(State.CLOSED);
    assertThatThrownBy(
            () -> service(twin, EnergyData.class).read(Purpose.ADVICE, Instant.EPOCH, Instant.MAX))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("Two bundles");
    twin.uninstall();
    assertThat(view.grants().get(0).state()).isEqualTo(State.OPEN);
  }

  @Test
  void onlyTheConsoleDecides() throws Exception {
    Bundle console = bundle("hub:org.commonshub/c.jar", "org.commonshub.console.rest", "1.0.0");
    Bundle fake = bundle("app:c", "org.commonshub.console.web", "1.0.0");
    Bundle other = bundle("hub:org.commonshub/m.jar", "org.commonshub.metering.web", "1.0.0");
    assertThat(service(console, PrivacyDesk.class).paused()).isFalse();
    for (Bundle refused : java.util.List.of(fake, other)) {
      PrivacyDesk desk = service(refused, PrivacyDesk.class);
      assertThatThrownBy(desk::requests).isInstanceOf(SecurityException.class);
      assertThatThrownBy(() -> desk.viewOf(House.APP)).isInstanceOf(SecurityException.class);
    }
  }
}
