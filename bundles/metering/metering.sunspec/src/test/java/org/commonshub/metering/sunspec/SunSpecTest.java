package org.commonshub.metering.sunspec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.Discoverer.Candidate;
import org.commonshub.metering.api.PollSession;
import org.commonshub.testing.fakes.FakeDriverContext;
import org.commonshub.testing.fakes.FakeModbus;
import org.commonshub.testing.fakes.FakeStreamConnection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SunSpecTest {
  private static final Duration BUDGET = Duration.ofSeconds(5);
  private static final int NAN = 0x8000;

  private final FakeModbus modbus = new FakeModbus();
  private final SunSpecDriver driver = new SunSpecDriver(modbus);

  private PollSession open(String... settings) throws DeviceException {
    return (PollSession) driver.open(context(settings));
  }

  private FakeDriverContext context(String... settings) {
    Map<String, String> map = new HashMap<>();
    for (int i = 0; i < settings.length; i += 2) {
      map.put(settings[i], settings[i + 1]);
    }
    return FakeDriverContext.of(
        driver.description(),
        FakeStreamConnection.failing(Kind.UNREACHABLE, "not used: the bus is a fake"),
        map);
  }

  private Map<String, String> poll(PollSession session) throws Exception {
    Map<String, String> values = new TreeMap<>();
    for (Measurement value : get(session.poll(BUDGET))) {
      String number = plain(value.decimalValue());
      assertThat(values.put(value.quantity().toString(), number)).isNull();
    }
    return values;
  }

  private static String plain(BigDecimal value) {
    return value.signum() == 0 ? "0" : value.stripTrailingZeros().toPlainString();
  }

  private static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(5, TimeUnit.SECONDS);
  }

  private static DeviceException failure(CompletionStage<?> stage) throws Exception {
    try {
      throw new AssertionError("a value where a failure was due: " + get(stage));
    } catch (ExecutionException e) {
      return (DeviceException) e.getCause();
    }
  }

  /** A three-phase inverter: only what every test needs is implemented. */
  private static Image inverter() {
    return new Image()
        .common("Maker", "Inverter", "S1")
        .model(103, 50, NAN)
        .set(12, 1234, -1 & 0xFFFF)
        .set32(22, 987_654)
        .set(24, 1);
  }

  private static Image meter(Image image, int watt) {
    return image
        .common("Maker", "Meter", "S2")
        .model(203, 105, NAN)
        .set(16, watt, watt / 3, watt / 3, watt / 3, 0)
        .set32(36, 5_000)
        .set32(44, 9_000)
        .set(52, 0);
  }

  @Test
  void generationIsNegativeAndItsEnergyIsExport() throws Exception {
    inverter().into(modbus, 1, 40000);
    try (PollSession session = open()) {
      assertThat(poll(session))
          .containsEntry("power.active", "-123.4")
          .containsEntry("energy.export", "9876540")
          .hasSize(2);
      assertThat(session.identity())
          .containsEntry("maker", "Maker")
          .containsEntry("model", "Inverter")
          .containsEntry("serial", "S1");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {40000, 50000, 0})
  void findsTheMapWhereverItIs(int base) throws Exception {
    inverter().into(modbus, 1, base);
    assertThat(poll(open())).containsEntry("power.active", "-123.4");
  }

  @ParameterizedTest
  @CsvSource({"1, 101", "2, 102", "3, 103"})
  void everyUnitIsADeviceOfItsOwn(int unit, int model) throws Exception {
    for (int id = 1; id <= 3; id++) {
      new Image()
          .common("M", "I" + id, "S" + id)
          .model(100 + id, 50, NAN)
          .set(12, 100 * id, 0)
          .into(modbus, id, 40000);
    }
    PollSession session = open("unit", Integer.toString(unit));
    assertThat(poll(session)).containsEntry("power.active", Integer.toString(-100 * unit));
    assertThat(session.identity()).containsEntry("serial", "S" + unit);
  }

  @Test
  void skipsWhatItDoesNotKnowByItsLength() throws Exception {
    new Image()
        .common("M", "I", "S")
        .model(64_001, 30, 0x1234)
        .model(65_000, 1, 0)
        .model(11, 13, 0xFFFF)
        .model(102, 50, NAN)
        .set(12, 7, 0)
        .into(modbus, 1, 40000);
    assertThat(poll(open())).isEqualTo(Map.of("power.active", "-7"));
  }

  @Test
  void leavesOutWhatIsNotImplementedAndWhatHasNoScale() throws Exception {
    new Image()
        .common("M", "I", "S")
        .model(103, 50, 0xFFFF) // uint16, enum16 and bitfield32 not implemented; scales −1
        .set(5, 0x8000, 0x8000) // voltages without scale factor
        .set(11, 0x8000)
        .set(8, 2300)
        .set(12, 0x8000, 0) // W
        .set(14, 5000, 0x000B) // Hz with an impossible scale
        .set(16, 0x8000, 0, 0x8000, 0, 0x8000, 0)
        .set32(22, 0) // acc32
        .set(29, 0x8000, 0, 0x8000, 0x8000, 0x8000, 0x8000, 0)
        .into(modbus, 1, 40000);
    assertThat(poll(open())).isEmpty();
  }

  @Test
  void scaleFactorsAreReadAgainWithEveryBlock() throws Exception {
    Image image = inverter();
    image.into(modbus, 1, 40000);
    PollSession session = open();
    poll(session);
    image.set(12, 1234, 1).into(modbus, 1, 40000);
    assertThat(poll(session)).containsEntry("power.active", "-12340");
  }

  @Test
  void floatsBecomeTheDecimalTheyStandFor() throws Exception {
    new Image()
        .common("M", "I", "S")
        .model(113, 60, 0)
        .setFloat(0, 5.1f)
        .setFloat(14, 230.7f)
        .setFloat(20, 3456.7f)
        .setFloat(22, 49.98f)
        .setFloat(28, Float.NaN)
        .setFloat(30, 1.2345679e7f)
        .setFloat(32, Float.POSITIVE_INFINITY)
        .setFloat(38, -2.5f)
        .set(46, 4)
        .into(modbus, 1, 40000);
    assertThat(poll(open()))
        .containsEntry("current", "5.1")
        .containsEntry("voltage.l1", "230.7")
        .containsEntry("power.active", "-3456.7")
        .containsEntry("frequency", "49.98")
        .containsEntry("energy.export", "12345679")
        .containsEntry("temperature", "-2.5")
        .containsEntry("device.state", "4")
        .doesNotContainKeys("power.factor", "dc.current");
  }

  @ParameterizedTest
  @CsvSource({"-996, -3, 0.996", "10000, -4, 1", "985, -1, 0.985", "-100, 0, 1", "95, 0, 0.95"})
  void powerFactorComesAsFractionOrAsPercent(int raw, int scale, String expected) throws Exception {
    new Image()
        .common("M", "I", "S")
        .model(101, 50, NAN)
        .set(20, raw, scale)
        .into(modbus, 1, 40000);
    assertThat(poll(open())).containsEntry("power.factor", expected);
  }

  @Test
  void aMeterTakesItsSignFromTheSettings() throws Exception {
    meter(new Image(), 1500).into(modbus, 2, 40000);
    assertThat(poll(open("unit", "2")))
        .containsEntry("power.active", "1500")
        .containsEntry("power.active.l3", "500")
        .containsEntry("energy.import", "9000")
        .containsEntry("energy.export", "5000");
    assertThat(poll(open("unit", "2", "meter_sign", "export")))
        .containsEntry("power.active", "-1500")
        .containsEntry("power.active.l3", "-500")
        .containsEntry("energy.import", "9000");
  }

  @Test
  void floatMeter() throws Exception {
    new Image()
        .common("M", "I", "S")
        .model(213, 124, 0)
        .setFloat(26, -812.5f)
        .setFloat(58, 100.25f)
        .setFloat(66, 2000.5f)
        .into(modbus, 1, 40000);
    assertThat(poll(open()))
        .containsEntry("power.active", "-812.5")
        .containsEntry("energy.export", "100.25")
        .containsEntry("energy.import", "2000.5");
  }

  /** Battery power comes as seen from the battery; ChaSt says which way it goes. */
  @ParameterizedTest
  @CsvSource({
    "1500, 3, -1500", // discharging
    "-1500, 3, -1500",
    "1500, 4, 1500", // charging
    "-1500, 4, 1500",
    "1500, 6, -1500", // holding: as the specification's generators count
    "-1500, 65535, 1500"
  })
  void batteryPowerHasTheSignOfItsState(int watt, int state, String expected) throws Exception {
    new Image()
        .common("M", "B", "S")
        .model(802, 62, NAN)
        .set(1, 10_000)
        .set(9, 555)
        .set(11, 990)
        .set32(12, 321)
        .set(14, state)
        .set(45, watt)
        .set(51, 0)
        .set(54, -1)
        .set(56, -1)
        .set(61, 0)
        .into(modbus, 1, 40000);
    Map<String, String> values = poll(open("model", "battery"));
    assertThat(values)
        .containsEntry("power.active", expected)
        .containsEntry("battery.soc", "55.5")
        .containsEntry("battery.soh", "99")
        .containsEntry("battery.cycles", "321")
        .containsEntry("battery.capacity", "10000");
    assertThat(values.get("battery.state")).isEqualTo(state == 65535 ? null : "" + state);
  }

  @Test
  void derModels() throws Exception {
    new Image()
        .common("M", "DER", "S")
        .model(701, 153, NAN)
        .set(0, 0) // single phase
        .set(2, 3)
        .set(8, 2500, 2600, -300, 960, 110)
        .set32(15, 50_010)
        .set(17, 0, 0, 0, 12_345) // TotWhInj
        .set(21, 0, 0, 0, 678)
        .set(39, 2500)
        .set(62, 0) // WL2: there is no such conductor
        .set(111, -1, -1, -3, 0, -3, 0, 0, 1, 0, 0)
        .model(713, 7, 0xFFFF)
        .set(0, 10_000, 5_500, 55, 99, 0, 0, 0)
        .model(714, 18 + 50, NAN)
        .set(2, 2)
        .set(3, 90, 26)
        .set(13, -1, -1, 2, 0, 0)
        .set(18 + 10, 50, 4000, 20)
        .set(18 + 25 + 10, 40, 1500, 6)
        .into(modbus, 1, 40000);
    Map<String, String> values = poll(open());
    assertThat(values)
        .containsEntry("power.active", "-2500")
        .containsEntry("power.active.l1", "-2500")
        .containsEntry("power.apparent", "2600")
        .containsEntry("power.reactive", "300")
        .containsEntry("power.factor", "0.96")
        .containsEntry("current", "11")
        .containsEntry("frequency", "50.01")
        .containsEntry("energy.export", "123450")
        .containsEntry("energy.import", "6780")
        .containsEntry("device.state", "3")
        .containsEntry("dc.power", "2600")
        .containsEntry("dc.current[1]", "5")
        .containsEntry("dc.voltage[1]", "400")
        .containsEntry("dc.power[1]", "2000")
        .containsEntry("dc.power[2]", "600")
        .doesNotContainKey("power.active.l2");
    assertThat(poll(open("model", "battery")))
        .containsEntry("battery.soc", "55")
        .containsEntry("battery.soh", "99")
        .containsEntry("battery.capacity", "10000")
        .containsEntry("battery.energy", "5500")
        // The inverter has DC inputs beside the battery: its power is not the battery's.
        .doesNotContainKey("power.active");
  }

  @Test
  void aBatteryWithItsOwnInverterHasThatInvertersPower() throws Exception {
    new Image()
        .common("M", "Battery", "S")
        .model(701, 153, NAN)
        .set(0, 0)
        .set(8, -1500) // absorbing
        .set(17, 0, 0, 1, 4_464)
        .set(21, 0, 0, 1, 14_464)
        .set(114, 0)
        .set(118, 0)
        .model(713, 7, 0xFFFF)
        .set(0, 10_000, 5_500, 55, 99, 0, 0, 0)
        .model(802, 62, NAN)
        .set(9, 55)
        .set(14, 4)
        .set(45, 1450) // what reaches the cells
        .set(54, 0)
        .set(61, 0)
        .into(modbus, 1, 40000);
    PollSession session = open();
    assertThat(poll(session))
        .containsEntry("power.active", "1500")
        .containsEntry("energy.export", "70000")
        .containsEntry("energy.import", "80000")
        .containsEntry("battery.soc", "55")
        .containsEntry("battery.state", "4");
    assertThat(get(driver.probe(context())))
        .singleElement()
        .satisfies(
            candidate -> {
              assertThat(candidate.role()).isEqualTo(DeviceRole.BATTERY);
              assertThat(poll(open(flat(candidate.settings()))))
                  .containsEntry("power.active", "1500");
            });
  }

  @Test
  void detailsShowRatingsSettingsAndLimits() throws Exception {
    new Image()
        .common("M", "I", "S")
        .model(103, 50, NAN)
        .set(12, 5, 0)
        .model(120, 26, 0xFFFF)
        .set(0, 4, 500, 1)
        .model(123, 24, 0xFFFF)
        .set(3, 800)
        .set(7, 1)
        .set(21, -1)
        .model(704, 57, 0xFFFF)
        .set(12, 1, 60)
        .set(52, 0)
        .model(705, 13, 0xFFFF)
        .set(0, 1)
        .into(modbus, 1, 40000);
    assertThat(poll(open())).hasSize(1);
    assertThat(poll(open("details", "true")))
        .containsEntry("power.active", "-5")
        .containsEntry("x-sunspec.120.wrtg", "5000")
        .containsEntry("x-sunspec.123.wmaxlimpct", "80")
        .containsEntry("x-sunspec.704.wmaxlimpct", "60")
        .containsEntry("x-sunspec.705.ena", "1");
  }

  @Test
  void everyModelOfTheIssueIsKnown() {
    assertThat(Models.ids())
        .contains(1, 101, 102, 103, 111, 112, 113, 120, 121, 122, 123, 124, 160)
        .contains(201, 202, 203, 204, 211, 212, 213, 214, 802)
        .contains(701, 702, 703, 704, 705, 706, 707, 708, 709, 710, 711, 712, 713, 714);
    for (int id : Models.ids()) {
      Model model = Models.of(id).orElseThrow();
      int at = 0;
      for (Model.Point point : model.points()) {
        assertThat(point.offset()).as("%d.%s", id, point.name()).isGreaterThanOrEqualTo(at);
        at = point.offset() + point.words();
        if (point.scale().matches(".*_SF")) {
          assertThat(model.points()).extracting(Model.Point::name).contains(point.scale());
        }
      }
      assertThat(at).isLessThanOrEqualTo(model.length());
    }
  }

  @Test
  void oneUnitCanBeSeveralDevices() throws Exception {
    meter(meter(inverter(), 300), 900).into(modbus, 1, 40000);
    assertThat(poll(open("model", "inverter"))).containsEntry("power.active", "-123.4");
    assertThat(poll(open("model", "meter"))).containsEntry("power.active", "300");
    PollSession second = open("model", "meter", "instance", "2");
    assertThat(poll(second)).containsEntry("power.active", "900");
    assertThat(second.identity()).containsEntry("model", "Meter");
    DeviceException failure = failure(open("model", "battery").poll(BUDGET));
    assertThat(failure.kind()).isEqualTo(Kind.SETTINGS);
    assertThat(failure)
        .hasMessageContaining("has no battery; it has inverter (model 103), meter (model 203)");
    List<Candidate> candidates = get(driver.probe(context()));
    assertThat(candidates)
        .extracting(Candidate::name, Candidate::role)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("Maker Inverter", DeviceRole.PV),
            org.assertj.core.groups.Tuple.tuple("Maker Meter meter 1", DeviceRole.GRID_METER),
            org.assertj.core.groups.Tuple.tuple("Maker Meter meter 2", DeviceRole.GRID_METER));
    assertThat(poll(open(flat(candidates.get(2).settings())))).containsEntry("power.active", "900");
  }

  private static String[] flat(Map<String, String> map) {
    return map.entrySet().stream()
        .flatMap(entry -> java.util.stream.Stream.of(entry.getKey(), entry.getValue()))
        .toArray(String[]::new);
  }

  @Test
  void looksOnceAndReadsInFewRequests() throws Exception {
    meter(inverter(), 300).into(modbus, 1, 40000);
    PollSession session = open("model", "meter");
    poll(session);
    modbus.clearReads();
    poll(session);
    assertThat(modbus.reads()).hasSize(1);
  }

  @Test
  void aReplacedDeviceIsNoticedAfterAFailure() throws Exception {
    inverter().into(modbus, 1, 40000);
    PollSession session = open();
    poll(session);
    modbus.fail(new DeviceException(Kind.TIMEOUT, "unplugged"));
    assertThat(failure(session.poll(BUDGET)).kind()).isEqualTo(Kind.TIMEOUT);
    modbus.fail(null);
    // The same again: confirmed by its model 1, not looked for anew.
    modbus.clearReads();
    poll(session);
    assertThat(modbus.reads()).hasSize(2);
    modbus.fail(new DeviceException(Kind.TIMEOUT, "unplugged"));
    failure(session.poll(BUDGET));
    modbus.fail(null);
    modbus.clear(1);
    new Image()
        .common("Maker", "Inverter", "OTHER")
        .model(103, 50, NAN)
        .set(12, 5, 0)
        .into(modbus, 1, 40000);
    assertThat(failure(session.poll(BUDGET)).kind()).isEqualTo(Kind.INVALID_ANSWER);
    assertThat(poll(session)).containsEntry("power.active", "-5");
    assertThat(session.identity()).containsEntry("serial", "OTHER");
  }

  @Test
  void modelsThatMoveAreNotDecodedInTheWrongPlace() throws Exception {
    inverter().into(modbus, 1, 40000);
    PollSession session = open();
    poll(session);
    modbus.clear(1);
    new Image()
        .common("Maker", "Inverter", "S1")
        .model(11, 13, 0)
        .model(103, 50, NAN)
        .set(12, 99, 0)
        .into(modbus, 1, 40000);
    assertThat(failure(session.poll(BUDGET)).kind()).isEqualTo(Kind.INVALID_ANSWER);
    assertThat(poll(session)).containsEntry("power.active", "-99");
  }

  @Test
  void discoveryGoesOnWhereItRanOutOfTime() throws Exception {
    inverter().into(modbus, 1, 40000);
    PollSession session = open();
    assertThat(failure(session.poll(Duration.ZERO)).kind()).isEqualTo(Kind.TIMEOUT);
    // The probe of the first base failed; the others are tried, then the first again.
    Exception last = null;
    for (int i = 0; i < 3; i++) {
      try {
        assertThat(poll(session)).containsEntry("power.active", "-123.4");
        return;
      } catch (ExecutionException e) {
        last = e;
      }
    }
    throw new AssertionError("never found again", last);
  }

  @Test
  void saysWhatIsWrongWithADeviceWithoutSunSpec() throws Exception {
    modbus.set(1, 0, 1, 2, 3);
    DeviceException failure = failure(open().poll(BUDGET));
    assertThat(failure.kind()).isEqualTo(Kind.SETTINGS);
    assertThat(failure).hasMessageContaining("Unit 1").hasMessageContaining("no SunSpec map");
    assertThat(get(driver.probe(context()))).isEmpty();
  }

  @Test
  void looksAtTheUnitsThatMakersUse() throws Exception {
    meter(new Image(), 300).into(modbus, 240, 40000);
    inverter().into(modbus, 126, 40000);
    assertThat(get(driver.probe(context())))
        .extracting(candidate -> candidate.settings().get("unit"))
        .containsExactly("126", "240");
    modbus.fail(new DeviceException(Kind.UNREACHABLE, "nobody there"));
    assertThat(failure(driver.probe(context())).kind()).isEqualTo(Kind.UNREACHABLE);
  }

  @Test
  void endlessOrEmptyMapsAreRefused() throws Exception {
    modbus.set(1, 40000, 0x5375, 0x6E53, 0xFFFF, 0);
    assertThat(failure(open().poll(BUDGET)).kind()).isEqualTo(Kind.INVALID_ANSWER);
    modbus.set(2, 40000, 0x5375, 0x6E53);
    for (int i = 0; i < 4000; i++) {
      modbus.set(2, 40002 + i, 0);
    }
    assertThat(failure(open("unit", "2").poll(BUDGET)))
        .hasMessageContaining("does not end")
        .satisfies(e -> assertThat(((DeviceException) e).kind()).isEqualTo(Kind.INVALID_ANSWER));
    modbus.set(3, 40000, 0x5375, 0x6E53, 1, 0xFFF0);
    assertThat(failure(open("unit", "3").poll(BUDGET)).kind()).isEqualTo(Kind.INVALID_ANSWER);
  }

  @Test
  void aMapWithoutEndMarkerEndsWhereTheDeviceRefuses() throws Exception {
    modbus.set(1, 40000, 0x5375, 0x6E53, 101, 50);
    int[] data = new int[50];
    java.util.Arrays.fill(data, NAN);
    data[12] = 42;
    data[13] = 0;
    java.util.Arrays.fill(data, 36, 50, 0xFFFF);
    modbus.set(1, 40004, data);
    PollSession session = open();
    assertThat(poll(session)).isEqualTo(Map.of("power.active", "-42"));
    assertThat(session.identity()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"model, lamp", "instance, 0", "unit, 300", "details, yes", "meter_sign, plus"})
  void refusesSettingsThatMakeNoSense(String key, String value) {
    assertThatThrownBy(() -> open(key, value))
        .isInstanceOfSatisfying(
            DeviceException.class, e -> assertThat(e.kind()).isEqualTo(Kind.SETTINGS))
        .hasMessageContaining("'" + key + "' is '" + value + "'");
  }
}
