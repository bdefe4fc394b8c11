package org.example.fairwatt.tariffs;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.commonshub.apps.api.App;
import org.commonshub.apps.api.Card;
import org.commonshub.measure.api.Quantity;
import org.commonshub.privacy.api.Block.Statistic;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.testing.tck.AppHarness;
import org.commonshub.testing.tck.AppTck;
import org.junit.jupiter.api.Test;

class TariffFinderTest extends AppTck {
  private static final Duration QUARTER = Duration.ofMinutes(15);

  private final AppHarness harness = AppHarness.of(AppHarness.manifestOnClassPath());

  @Override
  protected App app(AppHarness h) {
    return new TariffFinder(h.home(), h.energy(), h.store(), h.timers(), h.log(), h.licence());
  }

  @Override
  protected void home(AppHarness h) {
    give(h, 40, 300_000);
  }

  /** Up to three days from now: 0.1 kWh per quarter taken, none given. */
  private static void give(AppHarness h, int days, long exported) {
    Instant start = h.clock().now().minus(Duration.ofDays(days));
    long[] taken = IntStream.range(0, (days + 3) * 96).mapToLong(i -> 100_000).toArray();
    long[] given = IntStream.range(0, (days + 3) * 96).mapToLong(i -> exported).toArray();
    h.energy()
        .give(
            Purpose.ADVICE,
            "home",
            Quantity.HOME_IMPORT,
            Statistic.AMOUNT,
            start,
            QUARTER,
            -3,
            taken)
        .give(
            Purpose.ADVICE,
            "home",
            Quantity.HOME_EXPORT,
            Statistic.AMOUNT,
            start,
            QUARTER,
            -3,
            given);
  }

  private Card.Table table() {
    return AppHarness.elements(harness.cards(), Card.Table.class).get(0);
  }

  @Test
  void comparesAYear() {
    harness.prices("EUR", 320_000, 80_000);
    give(harness, 370, 0);
    harness.start(() -> app(harness));
    harness.advance(Duration.ofMinutes(1));
    // 365 × 9.6 kWh = 3,504 kWh; by hand.
    assertThat(harness.figure("As now, a year")).contains(new BigDecimal("1121.28"));
    assertThat(harness.figure("Share of the year that is known")).contains(new BigDecimal("100.0"));
    Card.Table table = table();
    assertThat(table.rows()).hasSize(7);
    assertThat(table.rows())
        .contains(
            List.of("Steady Home", "1117.78", "118.80", "0.00", "1236.58", "115.30"),
            List.of("Village Power", "1045.94", "154.80", "0.00", "1200.74", "79.46"));
    assertThat(table.rows().stream().map(row -> new BigDecimal(row.get(4)))).isSorted();
    assertThat(
            AppHarness.elements(harness.cards(), Card.Chart.class).get(0).lines().get(0).values())
        .hasSize(53);
    assertThat(harness.licence().used("comparisons")).isEqualTo(1);
  }

  @Test
  void saysWhatShareOfTheYearIsKnown() {
    give(harness, 75, 0);
    harness.start(() -> app(harness));
    harness.advance(Duration.ofMinutes(1));
    // The last day is that before yesterday, the first begins at noon: 73 whole days and a half.
    assertThat(harness.figure("Share of the year that is known")).contains(new BigDecimal("20.1"));
    assertThat(AppHarness.elements(harness.cards(), Card.Notice.class))
        .anyMatch(notice -> notice.text().startsWith("Only 20.1 % of the year is known."));
  }

  @Test
  void aFewDaysAreNoBase() {
    give(harness, 6, 0);
    harness.start(() -> app(harness));
    harness.advance(Duration.ofMinutes(1));
    assertThat(AppHarness.elements(harness.cards(), Card.Table.class)).isEmpty();
    assertThat(AppHarness.elements(harness.cards(), Card.Notice.class))
        .anyMatch(notice -> notice.text().startsWith("There are 4 days of data"));
    assertThat(harness.licence().used("comparisons")).isZero();
    harness.advance(Duration.ofDays(1));
    harness.advance(Duration.ofDays(1));
    assertThat(harness.licence().used("comparisons")).isZero();
  }

  @Test
  void theFreeLevelShowsLess() {
    harness.licence().buy("look");
    give(harness, 370, 0);
    harness.start(() -> app(harness));
    harness.advance(Duration.ofMinutes(1));
    assertThat(table().rows()).hasSize(5).noneMatch(row -> row.get(0).startsWith("Spot"));
    assertThat(harness.figure("Share of the year that is known")).contains(new BigDecimal("8.2"));
    assertThat(AppHarness.elements(harness.cards(), Card.Form.class))
        .extracting(Card.Form::id)
        .containsExactly("standing");
    harness.licence().buy("full");
    harness.advance(Duration.ofMinutes(2));
    assertThat(table().rows()).hasSize(7);
  }

  @Test
  void ownTariffsCountAtOnceAndStay() {
    give(harness, 370, 0);
    harness.start(() -> app(harness));
    harness.advance(Duration.ofMinutes(1));
    assertThat(harness.submit("add", entry("Cheap one", "0.1"))).isEmpty();
    assertThat(harness.submit("standing", Map.of("amount", "100"))).isEmpty();
    harness.advance(Duration.ofMinutes(2));
    assertThat(table().rows().get(0)).startsWith("Cheap one", "350.40", "120.00");
    assertThat(harness.licence().used("comparisons")).isEqualTo(2);
    harness.stop();
    harness.start(() -> app(harness));
    harness.advance(Duration.ofMinutes(1));
    assertThat(table().rows().get(0)).startsWith("Cheap one");
    assertThat(harness.submit("remove", Map.of("tariff", "own-1"))).isEmpty();
    harness.advance(Duration.ofMinutes(2));
    assertThat(table().rows()).noneMatch(row -> row.get(0).startsWith("Cheap"));
    assertThat(harness.submit("add", entry("a,b", "0.1"))).isPresent();
    for (int i = 0; i < TariffFinder.MAX_OWN; i++) {
      assertThat(harness.submit("add", entry("T" + i, "0.4"))).isEmpty();
    }
    assertThat(harness.submit("add", entry("one more", "0.1")).orElseThrow())
        .contains("room for 12");
  }

  private static Map<String, String> entry(String name, String price) {
    Map<String, String> values = new HashMap<>();
    values.put("name", name);
    values.put("kind", "flat");
    values.put("price", price);
    values.put("night", "0.25");
    values.put("from", "22:00");
    values.put("to", "06:00");
    values.put("weekends", "false");
    values.put("standing", "120");
    values.put("feed-in", "");
    return values;
  }

  @Test
  void anotherCurrencyHasItsOwnTariffs() {
    harness.prices("CHF", 280_000, 80_000);
    give(harness, 40, 0);
    harness.start(() -> app(harness));
    harness.advance(Duration.ofMinutes(1));
    assertThat(table().rows()).hasSize(3);
    assertThat(harness.cards(Locale.GERMAN).get(0).title()).isEqualTo("Tarif-Finder");
  }

  @Test
  void aRefusedReadIsTriedAgainLater() {
    give(harness, 40, 0);
    harness.start(() -> app(harness));
    harness.advance(Duration.ofSeconds(2)); // it reads
    harness.energy().pause(Purpose.ADVICE);
    harness.advance(Duration.ofMinutes(5));
    assertThat(harness.problem()).isPresent();
    assertThat(harness.log().warnings()).hasSize(1);
    harness.energy().open(Purpose.ADVICE);
    harness.advance(Duration.ofMinutes(15));
    assertThat(harness.problem()).isEmpty();
    assertThat(table().rows()).hasSize(7);
  }
}
