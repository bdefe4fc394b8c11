package org.example.fairwatt.tariffs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CatalogueTest {
  @ParameterizedTest
  @CsvSource({"EUR, 6, true", "CHF, 2, false", "GBP, 2, false", "USD, 0, false"})
  void theAppHasTariffsInSomeCurrencies(String currency, int tariffs, boolean hours) {
    Catalogue catalogue = Catalogue.ofApp(currency);
    assertThat(catalogue.tariffs()).hasSize(tariffs);
    assertThat(catalogue.hours()).isEqualTo(hours);
  }

  @Test
  void whatIsWrittenIsRead() {
    for (String currency : List.of("EUR", "CHF", "GBP")) {
      for (Tariff tariff : Catalogue.ofApp(currency).tariffs()) {
        assertThat(Catalogue.tariff(Catalogue.line(tariff))).isEqualTo(tariff);
      }
    }
  }

  @Test
  void hourlyTariffsNeedTheirHours() {
    String text = "hourly,h,H,EUR,0,,0.1\nhours,EUR,winter,workday,0.1";
    assertThat(Catalogue.read(text, "EUR").tariffs()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "flat,f,F,EUR,0,",
        "flat,f,F,EUR,0,,0.1,0.2",
        "flat,f,,EUR,0,,0.1",
        "flat,f,F,EUR,0,,0.1234567",
        "flat,f,F,EUR,0,,1e9",
        "flat,f,F,EUR,0,,1e-9",
        "flat,f,F,EUR,0,,1e999999999",
        "flat,f,F,EUR,0,,101",
        "flat,f,F,EUR,100001,,0.1",
        "flat,f,F,EUR,0,x,0.1",
        "zones,z,Z,EUR,0,,0.3,0.2,24:00,06:00,true",
        "zones,z,Z,EUR,0,,0.3,0.2,6:00,06:00,true",
        "zones,z,Z,EUR,0,,0.3,0.2,05:60,06:00,true",
        "zones,z,Z,EUR,0,,0.3,0.2,+1:00,06:00,true",
        "zones,z,Z,EUR,0,,0.3,0.2,05:00,06:00,yes",
        "steps,f,F,EUR,0,,0.1",
        "hours,EUR,autumn,workday,0.1",
        "flat"
      })
  void theLineThatIsWrongIsNamed(String line) {
    assertThatThrownBy(() -> Catalogue.read("# first\n" + line, "EUR"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("tariffs, line 2: ");
  }
}
