package org.commonshub.testing.fakes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.commonshub.apps.desk.api.AppDesk;
import org.commonshub.apps.desk.api.AppDesk.Step;
import org.commonshub.apps.desk.api.AppException;
import org.commonshub.apps.desk.api.AppId;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.apps.desk.api.AppVersion;
import org.commonshub.apps.desk.api.Catalogues.Source;
import org.commonshub.apps.desk.api.Grants;
import org.commonshub.apps.desk.api.Listing;
import org.commonshub.apps.desk.api.ManifestCodec;
import org.commonshub.apps.desk.api.Place;
import org.commonshub.apps.desk.api.Standing;
import org.commonshub.identity.api.Json;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.Purpose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FakeAppsTest {
  private static final AppId COACH = new AppId("org.example.coach");

  private final FakeCatalogues catalogues = new FakeCatalogues();
  private final FakeLicences licences = new FakeLicences();
  private final FakeAppDesk desk = new FakeAppDesk(catalogues, licences);

  private static SampleApp coach(String version) {
    return new SampleApp(COACH.name(), version)
        .data(Purpose.FORECASTING, Granularity.HOUR)
        .host("api.example.org")
        .actuator(DeviceRole.EV_CHARGER, "current-limit")
        .place()
        .level("plus", 2_990_000, 14);
  }

  @Test
  void manifestOfTheSampleHolds() throws Exception {
    AppManifest manifest = coach("1.0.0").manifest();
    String json = ManifestCodec.json(manifest);
    AppManifest read = ManifestCodec.read(json.getBytes(StandardCharsets.UTF_8));
    assertThat(read.data()).isEqualTo(manifest.data());
    assertThat(ManifestCodec.json(read)).isEqualTo(json);
    // Canonical: a reader that sorts makes the same of it.
    assertThat(Json.canonical(Json.object(json.getBytes(StandardCharsets.UTF_8)))).isEqualTo(json);
  }

  @Test
  void anAppIsInstalledTriedUpdatedRolledBackAndRemoved() throws Exception {
    catalogues.source("home", Source.State.FRESH);
    catalogues.list("home", coach("1.0.0"));
    assertThat(desk.offers()).hasSize(1);
    AppDesk.Installed there =
        desk.install(COACH, "home", "anna").toCompletableFuture().getNow(null);
    assertThat(there.step()).isEqualTo(Step.ASKING);
    desk.consent(
        COACH, new Grants(Set.of("api.example.org"), Set.of(), Optional.empty()), Place.ZONE, "a");
    assertThatThrownBy(() -> desk.enable(COACH, true, "a")).isInstanceOf(AppException.class);
    licences.startTrial(COACH, "plus", "a");
    assertThat(desk.enable(COACH, true, "a").step()).isEqualTo(Step.ON);
    assertThat(desk.cards(COACH, Locale.ENGLISH).toCompletableFuture().get()).isEmpty();
    catalogues.list("home", coach("1.1.0").host("more.example.org"));
    assertThat(desk.apps().get(0).updateAsks()).isTrue();
    desk.update(COACH, "a").toCompletableFuture().get();
    assertThat(desk.apps().get(0).previous()).contains(AppVersion.parse("1.0.0"));
    desk.rollback(COACH, "a");
    desk.export(COACH, new ByteArrayOutputStream());
    desk.remove(COACH, "a");
    assertThat(desk.apps()).isEmpty();
  }

  @Test
  void cataloguesCompareDigestsAndTellOfChanges(@TempDir Path folder) throws Exception {
    List<String> told = new java.util.ArrayList<>();
    catalogues.listen(told::add);
    catalogues.source("home", Source.State.FRESH);
    Listing listing = catalogues.list("home", coach("1.0.0"));
    Path jar = folder.resolve("app.jar");
    byte[] evidence = catalogues.fetch(listing, jar);
    assertThat(catalogues.verify(jar, evidence)).isEqualTo(listing);
    catalogues.withdraw(COACH, AppVersion.parse("1.0.0"), "it is broken");
    assertThat(catalogues.verify(jar, evidence).withdrawn()).contains("it is broken");
    Files.writeString(jar, "something else");
    assertThatThrownBy(() -> catalogues.verify(jar, evidence)).isInstanceOf(AppException.class);
    assertThat(told).containsExactly("home", "home", "home");
  }

  @Test
  void licencesAreTakenAndUsed() throws Exception {
    licences.admit(coach("1.0.0").listing("home"));
    assertThat(licences.standing(COACH).state()).isEqualTo(Standing.State.NONE);
    licences.add("org.example.coach plus 2030-01-01T00:00:00Z", "a");
    assertThat(licences.standing(COACH).mayAct()).isTrue();
    assertThat(licences.use(COACH, "reports", 10)).isTrue();
    assertThat(licences.use(COACH, "reports", 1)).isFalse();
    assertThatThrownBy(() -> licences.add("nonsense", "a")).isInstanceOf(AppException.class);
    FakeUsageMeter meter = new FakeUsageMeter();
    meter.count(COACH, FakeUsageMeter.VALUES, 3);
    assertThat(meter.total(COACH, FakeUsageMeter.VALUES)).isEqualTo(3);
  }
}
