package org.example.sunny.surplus;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.Terms;
import org.commonshub.testing.tck.AppHarness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ManifestTest {
  @Test
  void asksForLittle() {
    AppManifest manifest = AppHarness.manifestOnClassPath();
    assertThat(manifest.id().name()).isEqualTo(SurplusCharging.class.getPackageName());
    assertThat(manifest.texts()).containsOnlyKeys("en", "de", "fr", "it");
    assertThat(manifest.icon().length).isBetween(100, 4096);
    Terms terms = manifest.data().get(0).terms();
    assertThat(manifest.data()).hasSize(1);
    assertThat(terms.resolution()).isEqualTo(Granularity.MINUTE);
    assertThat(terms.history()).contains(Duration.ZERO);
    assertThat(terms.hosts()).contains(Set.of());
    assertThat(manifest.hosts()).isEmpty();
    assertThat(manifest.place()).isEmpty();
    assertThat(manifest.actuators())
        .extracting(AppManifest.ActuatorRequest::key)
        .containsExactly("ev-charger/current-limit", "ev-charger/charging");
  }

  @ParameterizedTest
  @EnumSource(Say.class)
  void everythingIsSaidInEveryLanguage(Say say) {
    for (String language : new String[] {"en", "de", "fr", "it"}) {
      String text = say.in(Locale.forLanguageTag(language));
      assertThat(text).isNotBlank().hasSizeLessThan(200);
      assertThat(Pattern.compile("\\{\\d}").matcher(text).results().count())
          .isEqualTo(Pattern.compile("\\{\\d}").matcher(say.in(Locale.ENGLISH)).results().count());
    }
  }
}
