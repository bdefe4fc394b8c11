package org.commonshub.metering.ocpp;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.mapping.api.JsonValue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Meter values of both versions. */
class SampleTest {
  private static Map<String, String> read(Version version, String... samples) throws Exception {
    String json = "{\"sampledValue\":[" + String.join(",", samples) + "]}";
    Map<String, String> values = new TreeMap<>();
    for (Measurement value :
        Sample.measurements(
            Sample.read(
                JsonValue.parse(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8)),
                version))) {
      values.put(
          value.quantity().toString(), value.decimalValue().stripTrailingZeros().toPlainString());
    }
    return values;
  }

  /** OCPP 1.6 §7.43 to §7.46: every measurand with its units and phases. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{'value':'1234'}; energy.import; 1234",
        "{'value':'1234.5','unit':'Wh'}; energy.import; 1234.5",
        "{'value':'1.2345','unit':'kWh'}; energy.import; 1234.5",
        "{'value':'7','measurand':'Energy.Active.Import.Register','phase':'L2'}; energy.import.l2; 7",
        "{'value':'7','measurand':'Energy.Active.Import.Register','phase':'L3-N'}; energy.import.l3; 7",
        "{'value':'7','measurand':'Energy.Active.Export.Register','unit':'kWh'}; energy.export; 7000",
        "{'value':'7','measurand':'Energy.Reactive.Import.Register','unit':'kvarh'}; energy.reactive.import; 7000",
        "{'value':'7','measurand':'Energy.Reactive.Export.Register','unit':'varh'}; energy.reactive.export; 7",
        "{'value':'3.7','measurand':'Power.Active.Import','unit':'kW'}; power.active; 3700",
        "{'value':'3700','measurand':'Power.Active.Import'}; power.active; 3700",
        "{'value':'11','measurand':'Power.Active.Export','unit':'kW'}; power.active; -11000",
        "{'value':'11','measurand':'Power.Active.Export','unit':'W','phase':'L1'}; power.active.l1; -11",
        "{'value':'100','measurand':'Power.Reactive.Import','unit':'var'}; power.reactive; 100",
        "{'value':'0.1','measurand':'Power.Reactive.Export','unit':'kvar'}; power.reactive; -100",
        "{'value':'0.98','measurand':'Power.Factor'}; power.factor; 0.98",
        "{'value':'98','measurand':'Power.Factor','unit':'Percent'}; power.factor; 0.98",
        "{'value':'16.1','measurand':'Current.Import','unit':'A','phase':'L1'}; current.l1; 16.1",
        "{'value':'16.1','measurand':'Current.Import','phase':'L1-N'}; current.l1; 16.1",
        "{'value':'0.2','measurand':'Current.Import','phase':'N'}; current.n; 0.2",
        "{'value':'16.1','measurand':'Current.Import'}; current; 16.1",
        "{'value':'5','measurand':'Current.Export','phase':'L3'}; current.l3; -5",
        "{'value':'32','measurand':'Current.Offered','unit':'A'}; ev.current-limit; 32",
        "{'value':'22','measurand':'Power.Offered','unit':'kW'}; x-ev.power-offered; 22000",
        "{'value':'231.4','measurand':'Voltage','unit':'V','phase':'L1-N'}; voltage.l1; 231.4",
        "{'value':'231.4','measurand':'Voltage','phase':'L2'}; voltage.l2; 231.4",
        "{'value':'400','measurand':'Voltage','phase':'L3-L1'}; voltage.l3-l1; 400",
        "{'value':'231.4','measurand':'Voltage'}; voltage; 231.4",
        "{'value':'49.98','measurand':'Frequency'}; frequency; 49.98",
        "{'value':'41.5','measurand':'Temperature','unit':'Celsius'}; temperature; 41.5",
        "{'value':'41.5','measurand':'Temperature','unit':'Celcius'}; temperature; 41.5",
        "{'value':'300','measurand':'Temperature','unit':'K'}; temperature; 26.85",
        "{'value':'212','measurand':'Temperature','unit':'Fahrenheit'}; temperature; 100",
        "{'value':'80','measurand':'SoC','unit':'Percent','location':'EV'}; ev.soc; 80"
      })
  void every16Measurand(String sample, String quantity, String value) throws Exception {
    assertThat(read(Version.V16, sample)).containsEntry(quantity, value);
  }

  /** OCPP 2.0.1 part 2 §2.46, §2.52: numbers, and a multiplier beside the unit. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{'value':1234}; energy.import; 1234",
        "{'value':1.5,'unitOfMeasure':{'unit':'kWh'}}; energy.import; 1500",
        "{'value':1.5,'unitOfMeasure':{'multiplier':3}}; energy.import; 1500",
        "{'value':15,'unitOfMeasure':{'unit':'W','multiplier':-1},'measurand':'Power.Active.Import'}; power.active; 1.5",
        "{'value':7,'measurand':'Energy.Apparent.Import','unitOfMeasure':{'unit':'kVAh'}}; energy.apparent; 7000",
        "{'value':7.4,'measurand':'Power.Active.Import','unitOfMeasure':{'unit':'kW'}}; power.active; 7400"
      })
  void what201DoesDifferently(String sample, String quantity, String value) throws Exception {
    assertThat(read(Version.V201, sample)).containsEntry(quantity, value);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{'value':'NaN'}",
        "{'value':''}",
        "{'measurand':'Voltage'}",
        "{'value':'1','format':'SignedData'}",
        "{'value':'1','measurand':'RPM'}",
        "{'value':'1','measurand':'Energy.Active.Import.Interval'}",
        "{'value':'1','measurand':'Energy.Active.Import.Register','unit':'W'}",
        "{'value':'1','measurand':'Power.Active.Import','unit':'A'}",
        "{'value':'1','measurand':'Power.Active.Import','phase':'L4'}",
        "{'value':'1','measurand':'Power.Active.Import','phase':'L1-L2'}",
        "{'value':'1','measurand':'Power.Active.Import','location':'EV'}",
        "{'value':'1','measurand':'Temperature','unit':'Wh'}",
        "{'value':'-1'}",
        "{'value':'1e40'}",
        "17",
        "[]"
      })
  void whatIsLeftOut(String sample) throws Exception {
    assertThat(read(Version.V16, sample)).isEmpty();
  }

  @Test
  void importAndExportOfOneConductorHaveOneSign() throws Exception {
    assertThat(
            read(
                Version.V16,
                "{'value':'0','measurand':'Power.Active.Import'}",
                "{'value':'4000','measurand':'Power.Active.Export'}",
                "{'value':'6','measurand':'Current.Import','phase':'L1'}",
                "{'value':'0','measurand':'Current.Export','phase':'L1'}"))
        .containsExactly(Map.entry("current.l1", "6"), Map.entry("power.active", "-4000"));
  }

  @Test
  void theOutletCountsAndTheFirstOfItsKind() throws Exception {
    assertThat(
            read(
                Version.V16,
                "{'value':'1','location':'Inlet'}",
                "{'value':'2','location':'Outlet'}",
                "{'value':'3'}",
                "{'value':'4','location':'Body'}"))
        .containsExactly(Map.entry("energy.import", "2"));
    assertThat(read(Version.V16, "{'value':'1','location':'Inlet'}"))
        .containsEntry("energy.import", "1");
    assertThat(
            read(
                Version.V16,
                "{'value':'5','measurand':'Power.Active.Import','context':'Sample.Clock'}",
                "{'value':'6','measurand':'Power.Active.Import','context':'Trigger'}"))
        .containsEntry("power.active", "5");
  }

  @Test
  void phasesWithoutTheirSum() throws Exception {
    assertThat(
            read(
                Version.V16,
                "{'value':'1.1','unit':'kW','measurand':'Power.Active.Import','phase':'L1'}",
                "{'value':'200','unit':'W','measurand':'Power.Active.Import','phase':'L2'}",
                "{'value':'0','unit':'W','measurand':'Power.Active.Import','phase':'L3'}",
                "{'value':'10','phase':'L1'}",
                "{'value':'20','phase':'L2'}"))
        .containsEntry("power.active", "1300")
        .doesNotContainKey("energy.import");
    assertThat(
            read(
                Version.V16,
                "{'value':'10','phase':'L1'}",
                "{'value':'20','phase':'L2'}",
                "{'value':'30','phase':'L3'}"))
        .containsEntry("energy.import", "60");
  }

  @Test
  void multipliersAreBounded() throws Exception {
    assertThat(read(Version.V201, "{'value':1,'unitOfMeasure':{'multiplier':13}}")).isEmpty();
    assertThat(read(Version.V201, "{'value':1,'unitOfMeasure':{'multiplier':99999999999}}"))
        .hasSizeLessThan(2);
  }
}
