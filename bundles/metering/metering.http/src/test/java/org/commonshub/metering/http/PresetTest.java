package org.commonshub.metering.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.commonshub.metering.api.DeviceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the presets make of answers that were written by the makers' documents. */
class PresetTest {
  private static final String FRONIUS_HEAD =
      "'Head':{'RequestArguments':{},'Status':{'Code':0,'Reason':'','UserMessage':''}}";

  /**
   * Preset, path that is asked (of several, parted by spaces), answers likewise by line, values.
   */
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "fronius-inverter|{'Body':{'Data':{'DAY_ENERGY':{'Unit':'Wh','Value':8000},"
            + "'DeviceStatus':{'ErrorCode':0,'StatusCode':7},'FAC':{'Unit':'Hz','Value':49.99},"
            + "'IAC':{'Unit':'A','Value':14.5},'PAC':{'Unit':'W','Value':3373},"
            + "'TOTAL_ENERGY':{'Unit':'Wh','Value':45000.5},'UAC':{'Unit':'V','Value':232.4}}},HEAD}"
            + "|{current=14.5, device.state=7, energy.export=45000.5, frequency=49.99,"
            + " power.active=-3373, voltage=232.4}",
        "fronius-inverter|{'Body':{'Data':{'DeviceStatus':{'StatusCode':3},"
            + "'TOTAL_ENERGY':{'Unit':'Wh','Value':45000},'PAC':{'Unit':'W','Value':null}}},HEAD}"
            + "|{device.state=3, energy.export=45000}",
        "fronius-meter|{'Body':{'Data':{'Current_AC_Phase_1':0.742,'Details':{'Model':'Smart Meter"
            + " 63A','Serial':'15160189'},'Enable':1.0,'Visible':1.0,"
            + "'EnergyReal_WAC_Minus_Absolute':1642802,'EnergyReal_WAC_Plus_Absolute':19838697,"
            + "'Frequency_Phase_Average':50,'Meter_Location_Current':0.0,'PowerReal_P_Phase_2':-40.56,"
            + "'PowerReal_P_Sum':-25.53,'Voltage_AC_Phase_3':233.3}},HEAD}"
            + "|{current.l1=0.742, energy.export=1642802, energy.import=19838697, frequency=50,"
            + " power.active=-25.53, power.active.l2=-40.56, voltage.l3=233.3}",
        "fronius-battery|{'Body':{'Data':{'Inverters':{'1':{'P':500,'SOC':83.5}},"
            + "'Site':{'P_Akku':-1200.5,'P_Grid':5,'P_PV':3000}}},HEAD}"
            + "|{battery.soc=83.5, power.active=1200.5}",
        "fronius-ohmpilot|{'Body':{'Data':{'CodeOfState':0,'Details':{'Serial':'28136344'},"
            + "'EnergyReal_WAC_Sum_Consumed':2964307,'PowerReal_PAC_Sum':1500,"
            + "'Temperature_Channel_1':23.9}},HEAD}"
            + "|{device.state=0, energy.import=2964307, power.active=1500, temperature=23.9}",
        "go-e|{'car':2,'nrg':[235,236,237,3,16,15.9,0.5,3600,3590,0,0,7190,100,99,0,0],"
            + "'eto':1234567,'wh':5321.25,'amp':16,'fhz':50.01,'sse':'123456','fna':'Garage'}"
            + "|{current.l1=16, current.l2=15.9, current.l3=0.5, energy.import=1234567,"
            + " ev.current-limit=16, ev.session-energy=5321.25, ev.state=3, power.active=7190,"
            + " power.active.l1=3600, power.active.l2=3590, power.active.l3=0, voltage.l1=235,"
            + " voltage.l2=236, voltage.l3=237}",
        "homewizard-p1|{'meter_model':'ISKRA  2M550T-101','unique_id':'00112233',"
            + "'active_tariff':2,'total_power_import_kwh':13779.338,"
            + "'total_power_import_t1_kwh':10830.511,'total_power_import_t2_kwh':2948.827,"
            + "'total_power_export_kwh':0,'active_power_w':-543,'active_power_l1_w':-676,"
            + "'active_voltage_l1_v':null,'total_gas_m3':2569.646,'external':[{'unique_id':'a',"
            + "'type':'gas_meter','timestamp':210606140010,'value':2570.5,'unit':'m3'},"
            + "{'type':'water_meter','value':12.345,'unit':'m3'}]}"
            + "|{energy.export=0, energy.import=13779338, energy.import.t1=10830511,"
            + " energy.import.t2=2948827, gas.volume=2570.5, power.active=-543,"
            + " power.active.l1=-676, tariff=2, water.volume=12.345}",
        "homewizard-kwh|{'total_power_import_kwh':2940.101,'total_power_export_kwh':0.5,"
            + "'active_power_w':-100.5,'active_voltage_v':231.539,'active_current_a':0.5,"
            + "'active_frequency_hz':49.98,'active_power_factor':0.81,"
            + "'active_reactive_power_var':-58.6,'active_apparent_power_va':74}"
            + "|{current=0.5, energy.export=500, energy.import=2940101, frequency=49.98,"
            + " power.active=-100.5, power.apparent=74, power.factor=0.81, power.reactive=-58.6,"
            + " voltage=231.539}",
        "homewizard-socket|{'active_power_w':12,'total_power_import_kwh':1.5}"
            + "|{energy.import=1500, power.active=12}",
        "homewizard-water|{'total_liter_m3':123.456,'active_liter_lpm':7.2}"
            + "|{water.flow=0.432, water.volume=123.456}",
        "enphase|{'production':[{'type':'inverters','activeCount':26,'readingTime':1583573417,"
            + "'wNow':1735,'whLifetime':26678}]}|{energy.export=26678, power.active=-1735}",
        "enphase-metered|{'production':[{'type':'inverters','wNow':1},{'type':'eim',"
            + "'activeCount':1,'measurementType':'production','wNow':624.315,"
            + "'whLifetime':1455843.527,'rmsCurrent':2.803}]}"
            + "|{current=2.803, energy.export=1455843.527, power.active=-624.315}",
        "enphase-grid|{'consumption':[{'measurementType':'total-consumption','activeCount':1,"
            + "'wNow':1260.785},{'type':'eim','activeCount':1,'measurementType':'net-consumption',"
            + "'wNow':-636.47,'whLifetime':0.0,'rmsCurrent':3.191}]}"
            + "|{current=3.191, power.active=-636.47}",
        "mystrom|{'power':12.34,'Ws':12.3,'relay':true,'temperature':22.5}"
            + "|{power.active=12.34, temperature=22.5}",
        "tesla-wall-connector|{'vehicle_connected':true,'grid_hz':49.9,'voltageA_v':230.1,"
            + "'currentA_a':0.3,'session_energy_wh':12.5,'energy_wh':88000}"
            + "|{current.l1=0.3, energy.import=88000, ev.session-energy=12.5, ev.state=2,"
            + " frequency=49.9, voltage.l1=230.1}",
        "youless|[{'tm':1611929119,'net':9194.164,'pwr':2382,'p1':4703.562,'p2':4490.631,"
            + "'n1':0.029,'n2':0.0,'gas':1624.264}]"
            + "|{energy.export.t1=29, energy.export.t2=0, energy.import.t1=4703562,"
            + " energy.import.t2=4490631, gas.volume=1624.264, power.active=2382}",
      })
  void decodes(String preset, String answer, String values) throws Exception {
    String json = answer.replace("HEAD", FRONIUS_HEAD).replace('\'', '"');
    Bench bench = new Bench(request -> Bench.ok(json));
    assertThat(bench.poll(Map.of("preset", preset))).hasToString(values);
  }

  @Test
  void everyPresetIsComplete() {
    Set<String> names = new HashSet<>();
    for (Preset preset : Preset.all()) {
      assertThat(names.add(preset.name())).isTrue();
      assertThat(preset.facts()).containsKeys("title", "maker", "model", "role", "source");
      assertThat(preset.role()).isNotNull();
      assertThat(preset.detect()).as("detect of %s", preset.name()).isNotEmpty();
      assertThat(preset.values().lines()).as("values of %s", preset.name()).isNotEmpty();
      assertThat(preset.with("7").targets())
          .allMatch(target -> target.startsWith("/") && !target.contains("{"));
    }
    assertThat(names).hasSizeGreaterThanOrEqualTo(15);
  }

  @Test
  void numbersOfPartsGoIntoRequestAndPath() throws Exception {
    Bench bench =
        new Bench(
            request ->
                Bench.ok(
                    "{\"Head\":{\"Status\":{\"Code\":0}},\"Body\":{\"Data\":{\"Site\":{\"P_Akku\":1},"
                        + "\"Inverters\":{\"1\":{\"SOC\":5},\"2\":{\"SOC\":6}},"
                        + "\"PowerReal_PAC_Sum\":3}}}"));
    assertThat(bench.poll(Map.of("preset", "fronius-battery", "id", "2")))
        .containsEntry("battery.soc", "6");
    bench.poll(Map.of("preset", "fronius-ohmpilot", "id", "3"));
    assertThat(bench.http.requests().get(1).target()).endsWith("DeviceId=3");
  }

  @Test
  void aMeterElsewhereIsNotTakenForTheGrid() {
    Bench bench =
        new Bench(
            request ->
                Bench.ok(
                    "{\"Head\":{\"Status\":{\"Code\":0}},\"Body\":{\"Data\":{"
                        + "\"Meter_Location_Current\":1,\"Visible\":1,\"PowerReal_P_Sum\":5}}}"));
    assertThatThrownBy(() -> bench.poll(Map.of("preset", "fronius-meter")))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("Meter_Location_Current");
  }

  @Test
  void presetsTellMistakes() {
    for (String text : List.of("title x", "$.a = nothing", "detect: a == b", "foo: bar")) {
      assertThatThrownBy(() -> Preset.parse("x", text))
          .as(text)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
