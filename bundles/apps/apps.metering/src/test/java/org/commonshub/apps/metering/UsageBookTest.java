package org.commonshub.apps.metering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.YearMonth;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.commonshub.apps.desk.api.AppId;
import org.commonshub.apps.desk.api.UsageMeter;
import org.commonshub.apps.desk.api.UsageMeter.Line;
import org.commonshub.apps.desk.api.UsageMeter.Report;
import org.commonshub.apps.metering.Reports.Outcome;
import org.commonshub.identity.api.HubIdentity;
import org.commonshub.identity.api.SigningPurpose;
import org.commonshub.testing.fakes.FakeIdentity;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UsageBookTest {
  private static final AppId COACH = new AppId("org.example.coach");
  private static final AppId TARIFF = new AppId("org.example.tariff");
  private static final YearMonth JANUARY = YearMonth.of(2026, 1);

  @TempDir Path directory;

  private final FakeIdentity key = new FakeIdentity("hub");
  private Optional<HubIdentity> identity = Optional.of(key);
  private Instant now = Instant.parse("2026-01-15T12:00:00Z");
  private UsageBook book;

  @BeforeEach
  void start() {
    book = new UsageBook(directory, () -> now, () -> identity);
    book.admit(COACH, "shop");
    book.admit(TARIFF, "market");
  }

  private void days(int number) {
    now = now.plus(Duration.ofDays(number));
  }

  private static ChainLine.Payment payment(AppId app, long serial, long price) {
    return new ChainLine.Payment(app + "/" + serial, app, "basic", price, "EUR", 150);
  }

  private Report closed(String source, YearMonth month) throws IOException {
    return book.reports().stream()
        .filter(r -> r.closed() && r.source().equals(source) && r.month().equals(month))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aMonthIsCountedClosedSignedAndCheckedByTheOperator() throws Exception {
    book.count(COACH, UsageMeter.VALUES, 100);
    book.count(COACH, UsageMeter.RUN_DAYS, 1);
    book.count(COACH, UsageMeter.RUN_DAYS, 1);
    book.count(TARIFF, "app.plans", 3);
    book.paid("shop", payment(COACH, 1, 2_000_000));
    book.paid("shop", payment(COACH, 1, 2_000_000));
    days(1);
    book.count(COACH, UsageMeter.VALUES, 11);
    book.count(COACH, UsageMeter.RUN_DAYS, 7);
    Report open =
        book.reports().stream().filter(r -> r.source().equals("shop")).findFirst().orElseThrow();
    assertThat(open.closed()).isFalse();
    assertThat(open.document()).isEmpty();
    Line line =
        new Line(COACH, Map.of("values", 111L, "run-days", 2L), 2_000_000, "EUR", 150, 300_000);
    assertThat(open.lines()).containsExactly(line);

    days(20);
    Report report = closed("shop", JANUARY);
    assertThat(report.lines()).containsExactly(line);
    assertThat(report.delivered()).isFalse();
    String document = report.document().orElseThrow();
    assertThat(document).doesNotContain("tariff");
    book.delivered(JANUARY, "shop");
    book.delivered(JANUARY, "nobody");
    book.delivered(JANUARY, "../../etc");
    assertThat(closed("shop", JANUARY).delivered()).isTrue();
    key.rotate();
    start();
    assertThat(closed("shop", JANUARY).document()).contains(document);

    UsageReport read = UsageReport.verify(document + "\n");
    assertThat(read.differences()).isEmpty();
    assertThat(read.payments()).containsExactly(payment(COACH, 1, 2_000_000));
    assertThat(read.before()).isEqualTo(ChainLine.BEGIN);

    book.count(COACH, UsageMeter.VALUES, 1);
    days(40);
    book.flush();
    Reports reports = new Reports();
    String next = closed("shop", YearMonth.of(2026, 2)).document().orElseThrow();
    assertThat(reports.add(next).outcome()).isEqualTo(Outcome.TAKEN);
    assertThat(reports.gaps()).singleElement().asString().contains("are missing");
    assertThat(reports.add(document).outcome()).isEqualTo(Outcome.TAKEN);
    assertThat(reports.add(document).outcome()).isEqualTo(Outcome.KNOWN);
    assertThat(reports.gaps()).isEmpty();
    assertThat(reports.totals())
        .containsExactly(new Reports.Total(JANUARY, COACH, "EUR", 2_000_000, 300_000));
  }

  @Test
  void whatNobodySpokeOfOrKnowsIsNotCounted() throws Exception {
    book.count(new AppId("org.example.unknown"), UsageMeter.VALUES, 1);
    book.count(COACH, "readings", 1);
    book.count(COACH, "app.", 1);
    book.count(COACH, "app." + "x".repeat(60), 1);
    book.count(COACH, UsageMeter.VALUES, 0);
    book.count(COACH, UsageMeter.VALUES, -1);
    assertThat(book.reports()).allSatisfy(r -> assertThat(r.lines()).isEmpty());
    for (int i = 0; i < 100; i++) {
      book.count(COACH, "app.m" + i, Long.MAX_VALUE);
      book.count(COACH, "app.m" + i, Long.MAX_VALUE);
    }
    book.flush();
    Line line = book.reports().stream().flatMap(r -> r.lines().stream()).findFirst().orElseThrow();
    assertThat(line.counts()).hasSize(ChainLine.MOST_METRICS);
    assertThat(line.counts().values()).containsOnly(ChainLine.MAX_INTEGER);
    assertThatThrownBy(() -> book.paid("../etc", payment(COACH, 1, 1)))
        .isInstanceOf(IOException.class);
  }

  @Test
  void withoutTheHubsKeyAMonthWaitsAndNothingIsLost() throws Exception {
    book.count(COACH, UsageMeter.VALUES, 1);
    days(1);
    book.flush();
    identity = Optional.empty();
    days(30);
    book.count(COACH, UsageMeter.VALUES, 2);
    days(1);
    book.count(COACH, UsageMeter.VALUES, 4);
    book.flush();
    assertThatThrownBy(() -> book.paid("shop", payment(COACH, 1, 1)))
        .hasMessageContaining("key is not there");
    start();
    identity = Optional.of(key);
    book.paid("shop", payment(COACH, 1, 1));
    assertThat(closed("shop", JANUARY).lines().get(0).counts()).containsEntry("values", 1L);
    days(30);
    assertThat(closed("shop", YearMonth.of(2026, 2)).lines().get(0).counts())
        .containsEntry("values", 6L);
  }

  @Test
  void aKillMayTakeTheClockBackOverTheEndOfAMonth() throws Exception {
    now = Instant.parse("2026-01-31T23:55:00Z");
    book.count(COACH, UsageMeter.VALUES, 1);
    now = Instant.parse("2026-02-01T00:01:00Z");
    book.flush();
    now = Instant.parse("2026-01-31T23:56:00Z");
    start();
    book.count(COACH, UsageMeter.VALUES, 2);
    book.paid("shop", payment(COACH, 1, 1_000));
    now = Instant.parse("2026-03-02T00:01:00Z");
    Reports reports = new Reports();
    for (Report report : book.reports()) {
      if (report.closed()) {
        assertThat(reports.add(report.document().orElseThrow()).remarks()).isEmpty();
      }
    }
    assertThat(closed("shop", JANUARY).lines().get(0).counts()).containsEntry("values", 1L);
    assertThat(closed("shop", YearMonth.of(2026, 2)).lines().get(0).counts())
        .containsEntry("values", 2L);
    assertThat(reports.gaps()).isEmpty();
  }

  /** Random months with stops and kills: each count is there once, but for unsaved minutes. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5})
  void countsAreTheModels(int seed) throws Exception {
    Random random = new Random(seed);
    Map<YearMonth, Long> saved = new TreeMap<>();
    Map<YearMonth, Long> unsaved = new TreeMap<>();
    Map<YearMonth, Long> money = new TreeMap<>();
    long serial = 0;
    for (int i = 0; i < 400; i++) {
      YearMonth month = YearMonth.from(now.atOffset(java.time.ZoneOffset.UTC));
      int event = random.nextInt(10);
      if (event < 6) {
        long amount = 1 + random.nextInt(1000);
        book.count(COACH, UsageMeter.VALUES, amount);
        unsaved.merge(month, amount, Long::sum);
      } else if (event == 6) {
        long price = 1 + random.nextInt(9_999_999);
        book.paid("shop", payment(COACH, ++serial, price));
        money.merge(month, price, Long::sum);
        unsaved.forEach((m, sum) -> saved.merge(m, sum, Long::sum));
        unsaved.clear();
      } else if (event == 7) {
        book.flush();
        unsaved.forEach((m, sum) -> saved.merge(m, sum, Long::sum));
        unsaved.clear();
      } else if (event == 8) {
        start(); // killed
        unsaved.clear();
      }
      now = now.plus(Duration.ofMinutes(random.nextInt(3_000)));
    }
    book.flush();
    unsaved.forEach((m, sum) -> saved.merge(m, sum, Long::sum));
    days(62);
    Reports reports = new Reports();
    Map<YearMonth, Long> counted = new TreeMap<>();
    Map<YearMonth, Long> paid = new TreeMap<>();
    for (Report report : book.reports()) {
      if (report.closed()) {
        Reports.Import imported = reports.add(report.document().orElseThrow());
        assertThat(imported.remarks()).isEmpty();
        for (Line line : report.lines()) {
          counted.merge(report.month(), line.counts().getOrDefault("values", 0L), Long::sum);
          paid.merge(report.month(), line.paidMicros(), Long::sum);
        }
      }
    }
    assertThat(reports.gaps()).isEmpty();
    counted.values().removeIf(sum -> sum == 0);
    paid.values().removeIf(sum -> sum == 0);
    assertThat(counted).isEqualTo(saved);
    assertThat(paid).isEqualTo(money);
  }

  @Test
  void aPowerCutAtAnyByteOfAnyFileCostsTheLastChangeOnly() throws Exception {
    book.paid("shop", payment(COACH, 1, 1_000_000));
    book.count(COACH, UsageMeter.VALUES, 1);
    book.flush();
    days(1);
    book.count(COACH, UsageMeter.VALUES, 10);
    book.flush();
    days(1);
    book.count(COACH, UsageMeter.VALUES, 100);
    book.flush();
    List<Path> files;
    try (Stream<Path> all = Files.list(directory)) {
      files = all.filter(Files::isRegularFile).sorted().toList();
    }
    assertThat(files).hasSize(4);
    Map<Path, byte[]> contents = new TreeMap<>();
    for (Path file : files) {
      contents.put(file, Files.readAllBytes(file));
    }
    for (Path file : files) {
      byte[] whole = contents.get(file);
      for (int length = 0; length < whole.length; length++) {
        for (Map.Entry<Path, byte[]> other : contents.entrySet()) {
          Files.write(other.getKey(), other.getValue());
        }
        Files.write(file, Arrays.copyOf(whole, length));
        start();
        List<Line> lines =
            book.reports().stream().flatMap(report -> report.lines().stream()).toList();
        assertThat(lines).as("%s cut to %d", file, length).hasSize(1);
        // At most the last day that was put into the chain, or the last ten minutes, is missing.
        assertThat(lines.get(0).paidMicros()).isEqualTo(1_000_000);
        assertThat(lines.get(0).counts().getOrDefault("values", 0L))
            .as("%s cut to %d", file, length)
            .isIn(111L, 101L, 11L);
      }
    }
  }

  /** A report that another hub, or the same with other numbers, would have liked. */
  @Test
  void reportsThatDoNotHoldAreRefusedOrExplained() throws Exception {
    book.paid("shop", payment(COACH, 1, 2_000_000));
    book.count(COACH, UsageMeter.VALUES, 5);
    days(31);
    String good = closed("shop", JANUARY).document().orElseThrow();
    String payload =
        new String(Base64.getUrlDecoder().decode(good.split("\\.", -1)[1]), StandardCharsets.UTF_8);
    String[][] changes = {
      {"\"fee_micros\":300000", "\"fee_micros\":299999", "Computed"},
      {"\"paid_micros\":2000000", "\"paid_micros\":1000000", "Computed"},
      {
        "\"counts\":{\"values\":5},\"currency\"",
        "\"counts\":{\"values\":4},\"currency\"",
        "Computed"
      },
      {"\"price_micros\":2000000", "\"price_micros\":1000000", "does not end"},
      {"\"month\":\"2026-01\"", "\"month\":\"2026-02\"", "not of this month"},
      {
        "\"lines\":[{",
        "\"lines\":[{\"app\":\"org.example.coach\",\"counts\":{},\"currency\":\"\","
            + "\"fee_micros\":0,\"fee_permille\":0,\"paid_micros\":0},{",
        "Not in the chain"
      },
    };
    for (String[] change : changes) {
      String changed = payload.replace(change[0], change[1]);
      assertThat(changed).as(change[0]).isNotEqualTo(payload);
      String signed = key.jws(SigningPurpose.LICENCE, changed.getBytes(StandardCharsets.UTF_8));
      assertThat(String.join(" ", new Reports().add(signed).remarks())).contains(change[2]);
    }
    Reports reports = new Reports();
    reports.add(good);
    String other =
        key.jws(
            SigningPurpose.LICENCE,
            payload.replace(changes[0][0], changes[0][1]).getBytes(StandardCharsets.UTF_8));
    assertThat(reports.add(other).outcome()).isEqualTo(Outcome.CONFLICT);
    assertThat(reports.totals()).hasSize(1);

    String[][] refused = {
      {"\"type\":\"usage-report\"", "\"type\":\"x\"", "no report"},
      {"\"head\":\"", "\"head\":\"0", "head"},
      {"\"source\":\"shop\"", "\"source\":\"Shop\"", "source"},
      {"\"month\":\"2026-01\"", "\"month\":\"2026-13\"", "month"},
      {"{\"values\":5}", "{\"readings\":5}", "counts"},
      {"{\"values\":5}", "{\"values\":-5}", "values"},
      {"\"hub\":\"did:webvh:", "\"hub\":\"did:webvh:x", "not signed by the hub"},
      {"\"before\"", "\"after\":1,\"before\"", "not known"},
    };
    for (String[] change : refused) {
      String changed = payload.replace(change[0], change[1]);
      assertThat(changed).as(change[0]).isNotEqualTo(payload);
      String signed = key.jws(SigningPurpose.LICENCE, changed.getBytes(StandardCharsets.UTF_8));
      assertThatThrownBy(() -> UsageReport.verify(signed))
          .isInstanceOf(ReportException.class)
          .hasMessageContaining(change[2]);
    }
    FakeIdentity thief = new FakeIdentity("thief");
    assertThatThrownBy(
            () ->
                UsageReport.verify(
                    thief.jws(SigningPurpose.LICENCE, payload.getBytes(StandardCharsets.UTF_8))))
        .hasMessageContaining("not signed by the hub");
    for (int length = 0; length < good.length(); length += 97) {
      String cut = good.substring(0, length);
      assertThatThrownBy(() -> UsageReport.verify(cut)).isInstanceOf(ReportException.class);
    }
  }

  @Test
  void whatWasCounterSignedIsComparedWithWhatIsReported() throws Exception {
    book.paid("shop", payment(COACH, 1, 2_000_000));
    book.paid("shop", payment(COACH, 2, 2_500_000));
    days(31);
    Reports reports = new Reports();
    reports.add(closed("shop", JANUARY).document().orElseThrow());
    assertThat(
            reports.compare(
                key.did(), List.of(payment(COACH, 1, 2_000_000), payment(COACH, 2, 2_500_000))))
        .isEmpty();
    assertThat(
            reports.compare(key.did(), List.of(payment(COACH, 1, 3_000_000), payment(COACH, 3, 1))))
        .satisfiesExactly(
            first -> assertThat(first).contains("3.00 EUR", "2.00 EUR"),
            second -> assertThat(second).contains("coach/3", "has not reported"),
            third -> assertThat(third).contains("coach/2", "not counter-signed"));
  }
}
