package org.commonshub.apps.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.commonshub.apps.api.AppHome;
import org.commonshub.apps.api.Card;
import org.commonshub.apps.desk.api.AppDesk.Step;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.apps.desk.api.AppVersion;
import org.commonshub.apps.desk.api.Grants;
import org.commonshub.apps.desk.api.Place;
import org.commonshub.apps.desk.api.Risk;
import org.commonshub.apps.desk.api.Standing;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Terms;
import org.commonshub.testing.fakes.SampleApp;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What needs nothing around it: risk, rights, decisions, what is kept, forms. */
class PureTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // data, network, actuators, place, inside
        "-            | 0 | 0 | 0 | 0 | LOW      | nothing",
        "-            | 1 | 0 | 0 | 0 | LOW      | network",
        "-            | 0 | 0 | 1 | 0 | LOW      | place",
        "-            | 1 | 0 | 1 | 0 | MODERATE | place network",
        "-            | 0 | 1 | 0 | 0 | MODERATE | actuators",
        "-            | 1 | 1 | 0 | 0 | HIGH     | actuators network",
        "-            | 0 | 0 | 0 | 1 | MODERATE | inside",
        "SECOND       | 0 | 0 | 0 | 0 | LOW      | data-stays",
        "SECOND       | 1 | 0 | 0 | 0 | HIGH     | fine-data+network",
        "QUARTER_HOUR | 1 | 0 | 0 | 0 | HIGH     | fine-data+network",
        "HALF_HOUR    | 1 | 0 | 0 | 0 | HIGH     | fine-data+network",
        "HOUR         | 1 | 0 | 0 | 0 | MODERATE | coarse-data+network",
        "DAY          | 1 | 0 | 1 | 0 | MODERATE | coarse-data+network place",
        "DAY          | 1 | 1 | 0 | 0 | HIGH     | actuators coarse-data+network",
        "SECOND       | 0 | 1 | 1 | 1 | MODERATE | actuators inside data-stays place",
        "SECOND       | 1 | 1 | 1 | 1 | HIGH     | fine-data+network actuators inside place",
        "STAYS        | 1 | 0 | 0 | 0 | LOW      | data-stays network",
        "HOMES        | 1 | 0 | 0 | 0 | MODERATE | coarse-data+network",
      })
  void risk(
      String data,
      int network,
      int actuators,
      int place,
      int inside,
      Risk.Rating rating,
      String codes) {
    List<Terms> terms =
        switch (data) {
          case "-" -> List.of();
          case "SECOND" -> List.of(Terms.ANY);
          case "STAYS" -> List.of(Terms.ANY.toBuilder().hosts(Set.of()).build());
          case "HOMES" -> List.of(Terms.ANY.toBuilder().aggregate(Granularity.MINUTE, 10).build());
          default -> List.of(Terms.ANY.toBuilder().interval(Granularity.valueOf(data)).build());
        };
    Risk risk = Risks.of(terms, network == 1, actuators == 1, place == 1, inside == 1);
    assertThat(risk.reasons()).containsExactly(codes.split(" "));
    assertThat(risk.rating()).isEqualTo(rating);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // refused, consented, on, missing, licence, stopped, frozen: run, acting, step
        "x |1|1|  |ACTIVE   |  |0| 0|0|REFUSED",
        "x |0|0|x |NONE     |x |1| 0|0|REFUSED",
        "  |0|1|  |ACTIVE   |  |0| 0|0|ASKING",
        "  |1|0|  |ACTIVE   |  |0| 0|0|OFF",
        "  |1|0|x |NONE     |x |0| 0|0|OFF",
        "  |1|1|x |ACTIVE   |  |0| 0|0|STOPPED",
        "  |1|1|  |ACTIVE   |x |0| 0|0|STOPPED",
        "  |1|1|  |NONE     |  |0| 0|0|STOPPED",
        "  |1|1|  |STOPPED  |  |0| 0|0|STOPPED",
        "  |1|1|  |         |  |0| 0|0|STOPPED",
        "  |1|1|  |ACTIVE   |  |0| 1|1|ON",
        "  |1|1|  |RENEW_DUE|  |0| 1|1|ON",
        "  |1|1|  |GRACE    |  |0| 1|1|ON",
        "  |1|1|  |DEGRADED |  |0| 1|0|ON",
        "  |1|1|  |ACTIVE   |  |1| 1|0|ON",
        "  |1|1|  |DEGRADED |  |1| 1|0|ON",
      })
  void decision(
      String refused,
      int consented,
      int on,
      String missing,
      Standing.State licence,
      String stopped,
      int frozen,
      int run,
      int acting,
      Step step) {
    Decision decision =
        Decision.of(
            new Decision.Facts(
                text(refused),
                consented == 1,
                on == 1,
                text(missing),
                Optional.ofNullable(licence),
                text(stopped),
                frozen == 1));
    assertThat(decision.run()).isEqualTo(run == 1);
    assertThat(decision.acting()).isEqualTo(acting == 1);
    assertThat(decision.step()).isEqualTo(step);
    assertThat(decision.problem().isEmpty())
        .as("a sentence where something is wrong")
        .isEqualTo(step == Step.OFF || step == Step.ASKING || step == Step.ON && decision.acting());
  }

  private static String text(String cell) {
    return cell == null ? "" : cell;
  }

  private static SampleApp app() {
    return new SampleApp("org.example.coach", "1.0.0");
  }

  @Test
  void anUpdateAsksForMoreIfItDoes() {
    AppManifest before =
        app()
            .host("a.example.org")
            .actuator(DeviceRole.EV_CHARGER, "current-limit")
            .data(Purpose.FORECASTING, Granularity.HOUR)
            .manifest();
    Set<String> read = Rights.of(before);
    assertThat(Rights.beyond(before, read)).isEmpty();
    assertThat(Rights.beyond(app().manifest(), read)).as("less").isEmpty();
    assertThat(Rights.beyond(app().data(Purpose.FORECASTING, Granularity.DAY).manifest(), read))
        .as("coarser")
        .isEmpty();
    for (SampleApp more :
        List.of(
            app().host("b.example.org"),
            app().actuator(DeviceRole.BATTERY, "power"),
            app().place(),
            app().data(Purpose.BILLING, Granularity.HOUR),
            app().data(Purpose.FORECASTING, Granularity.QUARTER_HOUR))) {
      assertThat(Rights.beyond(more.manifest(), read)).hasSize(1);
    }
    assertThat(Rights.beyond(before, Set.of())).hasSize(3);
  }

  @Test
  void aVersionGetsOfTheGrantsWhatItAsksFor() {
    Grants all =
        new Grants(
            Set.of("a.example.org", "b.example.org"),
            Set.of("battery/power"),
            Optional.of(new AppHome.Place(481, 115)));
    assertThat(Rights.of(all, app().host("a.example.org").manifest()))
        .isEqualTo(new Grants(Set.of("a.example.org"), Set.of(), Optional.empty()));
    assertThat(Rights.of(all, app().place().manifest()).place()).isPresent();
  }

  @Test
  void aStateIsReadAsItWasWritten() throws Exception {
    AppState state =
        AppState.fresh("home", AppVersion.parse("1.2.3"), Place.ZONE)
            .withConsent(
                new Grants(
                    Set.of("a.example.org"),
                    Set.of("battery/power"),
                    Optional.of(new AppHome.Place(-334, -706))),
                Place.INSIDE,
                new TreeSet<>(List.of("host a.example.org", "place")))
            .withAsked(Set.of("data P1Y {}"))
            .withOn(true)
            .at(
                AppVersion.parse("1.3.0"),
                Optional.of(AppVersion.parse("1.2.3")),
                Optional.of(AppVersion.parse("1.3.0")));
    assertThat(AppState.read(state.write())).isEqualTo(state);
    assertThat(AppState.read(state.withRemoving().write())).isEqualTo(state.withRemoving());
    // Whatever is damaged is refused, and nothing else escapes.
    byte[] good = state.write();
    Random random = new Random(1);
    for (int i = 0; i < 2_000; i++) {
      byte[] bad = good.clone();
      bad[random.nextInt(bad.length)] = (byte) random.nextInt(128);
      byte[] cut = Arrays.copyOf(bad, 1 + random.nextInt(bad.length));
      for (byte[] bytes : List.of(bad, cut)) {
        try {
          AppState.read(bytes);
        } catch (IOException e) {
          assertThat(e.getMessage()).isNotEmpty();
        }
      }
    }
  }

  @Test
  void restartsComeLaterEachTimeAndThreeTimesADay() {
    Crashes crashes = new Crashes();
    List<Long> pauses = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      pauses.add(crashes.pause(i).orElseThrow().toSeconds());
    }
    assertThat(pauses).containsExactly(10L, 60L, 600L);
    assertThat(crashes.pause(3)).isEmpty();
    assertThat(crashes.pause(Duration.ofDays(1).toNanos())).isPresent();
    crashes.forget();
    assertThat(crashes.pause(5)).contains(Duration.ofSeconds(10));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "TEXT   | hello | 1",
        "NUMBER | 5     | 1",
        "NUMBER | 5.25  | 1",
        "NUMBER | 0.9   | 0",
        "NUMBER | 11    | 0",
        "NUMBER | 1e9   | 0",
        "NUMBER | NaN   | 0",
        "NUMBER |       | 0",
        "TIME   | 07:30 | 1",
        "TIME   | 24:00 | 0",
        "TIME   | 7:30  | 0",
        "SWITCH | true  | 1",
        "SWITCH |       | 1",
        "SWITCH | yes   | 0",
        "CHOICE | a     | 1",
        "CHOICE | c     | 0",
        "TEXT   |       | 0",
      })
  void forms(Card.Field.Kind kind, String value, int good) throws Exception {
    Card.Field field =
        new Card.Field(
            "f",
            "Field",
            kind,
            "",
            Optional.of(BigDecimal.ONE),
            Optional.of(BigDecimal.TEN),
            kind == Card.Field.Kind.CHOICE ? Map.of("a", "A", "b", "B") : Map.of());
    List<Card> cards =
        List.of(new Card("C", List.of(new Card.Form("set", "Set", List.of(field), "Save"))));
    Forms.Checked checked =
        Forms.check(cards, "set", value == null ? Map.of() : Map.of("f", value));
    assertThat(checked.problem().isEmpty()).isEqualTo(good == 1);
    assertThat(Forms.check(cards, "set", Map.of("f", "x".repeat(201))).problem()).isPresent();
  }

  @Test
  void numbersOfAnAppsOwnClassStayWithTheApp() {
    @SuppressWarnings("serial") // Of an app.
    class Evil extends BigDecimal {
      Evil() {
        super("42");
      }

      @Override
      public int compareTo(BigDecimal other) {
        throw new IllegalStateException("called by the hub");
      }
    }
    List<Card> copy =
        CardCopy.of(List.of(new Card("C", List.of(new Card.Figure("F", new Evil(), "kWh")))));
    Card.Figure figure = (Card.Figure) copy.get(0).elements().get(0);
    assertThat(figure.value().getClass()).isEqualTo(BigDecimal.class);
    assertThat(figure.value()).isEqualByComparingTo("42");
  }

  @Test
  void textsOfAppsAreOneShortLine() {
    assertThat(Texts.plain("a\nb\u202Ec\u0007 " + "x".repeat(500), 10)).isEqualTo("a bc xxxxx");
    assertThat(Texts.plain("x".repeat(100_000), 300).getBytes(StandardCharsets.UTF_8)).hasSize(300);
  }

  @Test
  void aManifestOfAnotherKindHasServicesOfItsOwn() {
    assertThat(InsideRunner.services(app().manifest()))
        .containsExactlyInAnyOrder(
            "org.commonshub.apps.api.AppHome",
            "org.commonshub.apps.api.AppTimers",
            "org.commonshub.apps.api.AppLog",
            "org.commonshub.apps.api.AppLicence",
            "org.commonshub.apps.api.AppStore");
    assertThat(
            InsideRunner.services(
                app()
                    .host("a.example.org")
                    .actuator(DeviceRole.BATTERY, "power")
                    .data(Purpose.BILLING, Granularity.DAY)
                    .manifest()))
        .contains(
            "org.commonshub.apps.api.AppHttp",
            "org.commonshub.apps.api.AppActuators",
            "org.commonshub.privacy.api.EnergyData");
    assertThat(InsideRunner.services(app().kind(AppManifest.Kind.POLICY).manifest()))
        .containsExactly("org.commonshub.platform.api.HubClock");
    assertThatThrownBy(() -> AppState.read("[]".getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(IOException.class);
  }
}
