package org.commonshub.metering.mapping.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The tables of Shelly, Tasmota and OpenEnergyMonitor. */
class EcosystemsTest {
  @Test
  void shellyProThreePhaseMeter() {
    JsonValue status =
        Show.json(
            "{'em:0':{'id':0,'a_current':4.029,'a_voltage':236.1,'a_act_power':951.2,"
                + "'a_aprt_power':951.9,'a_pf':1,'a_freq':50,'b_current':4.027,'b_voltage':236.2,"
                + "'b_act_power':-951.1,'b_aprt_power':951.8,'b_pf':1,'b_freq':50,'c_current':3.03,"
                + "'c_voltage':236.1,'c_active_power':715.4,'c_act_power':715.4,'c_aprt_power':716.2,"
                + "'c_pf':1,'c_freq':50,'n_current':null,'total_current':11.083,"
                + "'total_act_power':715.5,'total_aprt_power':2619.9},"
                + "'emdata:0':{'id':0,'a_total_act_energy':1000.5,'a_total_act_ret_energy':0.1,"
                + "'b_total_act_energy':2,'b_total_act_ret_energy':3,'c_total_act_energy':4,"
                + "'c_total_act_ret_energy':5,'total_act':1006.5,'total_act_ret':8.1},"
                + "'sys':{'mac':'A8032ABE54DC'},'temperature:0':{'id':0,'tC':41.2,'tF':106.1}}");
    assertThat(ShellyStatus.metering(status)).containsExactly("em:0");
    assertThat(Show.values(ShellyStatus.withRegisters("em:0", status)))
        .containsEntry("power.active", "715.5")
        .containsEntry("power.active.l2", "-951.1")
        .containsEntry("voltage.l3", "236.1")
        .containsEntry("current", "11.083")
        .containsEntry("energy.import", "1006.5")
        .containsEntry("energy.export", "8.1")
        .containsEntry("energy.export.l1", "0.1")
        .containsEntry("frequency", "50")
        .doesNotContainKey("current.n")
        .hasSize(27);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "switch:0|{'id':0,'output':true,'apower':8.9,'voltage':237.5,'aenergy':{'total':6.532,"
            + "'by_minute':[45.199,47.141,88.397],'minute_ts':1626935779},'current':0.1,"
            + "'temperature':{'tC':23.5,'tF':74.4}}"
            + "|{current=0.1, energy.import=6.532, power.active=8.9, temperature=23.5,"
            + " voltage=237.5}",
        "pm1:0|{'id':0,'voltage':230.1,'current':1.5,'apower':-340.7,'freq':50.02,'aenergy':"
            + "{'total':11.2},'ret_aenergy':{'total':999.9}}"
            + "|{current=1.5, energy.export=999.9, energy.import=11.2, frequency=50.02,"
            + " power.active=-340.7, voltage=230.1}",
        "em1:1|{'id':1,'current':4.0,'voltage':234.9,'act_power':-1.5,'aprt_power':5,'pf':0.3,"
            + "'freq':50.1}|{current=4, frequency=50.1, power.active=-1.5, power.apparent=5,"
            + " power.factor=0.3, voltage=234.9}",
        "em1data:1|{'id':1,'total_act_energy':2776175.11,'total_act_ret_energy':571584.87}"
            + "|{energy.export=571584.87, energy.import=2776175.11}",
        "wifi|{'apower':5}|{}",
        "switch:0|[]|{}",
        "switch:0|{'apower':null,'aenergy':5}|{}"
      })
  void shellyComponents(String key, String component, String expected) {
    assertThat(Show.values(ShellyStatus.values(key, Show.json(component)))).hasToString(expected);
  }

  @Test
  void shellyKeys() {
    assertThat(ShellyStatus.registers("em1:2")).isEqualTo("em1data:2");
    assertThat(ShellyStatus.registers("switch:2")).isEqualTo("switch:2");
    assertThat(ShellyStatus.type("em:0:1")).isEmpty();
    assertThat(
            ShellyStatus.metering(
                Show.json(
                    "{'switch:1':{'apower':1},'switch:0':{'apower':1},'switch:2':{'output':true"
                        + ",'temperature':{'tC':3}},'em1:0':{'act_power':5}}")))
        .containsExactly("em1:0", "switch:0", "switch:1");
  }

  @Test
  void shellyFirstGeneration() {
    JsonValue status =
        Show.json(
            "{'relays':[{'ison':false}],'emeters':[{'power':10.5,'pf':0.9,'current':0.05,"
                + "'voltage':229.1,'is_valid':true,'total':100.1,'total_returned':1},"
                + "{'power':20,'voltage':230,'is_valid':true,'total':200,'total_returned':2},"
                + "{'power':30,'voltage':231,'is_valid':true,'total':300,'total_returned':3}],"
                + "'total_power':60.5,'meters':[{'power':7.11,'is_valid':true,'total':59}]}");
    assertThat(ShellyStatus.meteringGen1(status))
        .containsExactly("emeter:0", "emeter:1", "emeter:2", "meter:0");
    assertThat(Show.values(ShellyStatus.valuesGen1("emeters", status)))
        .containsEntry("power.active", "60.5")
        .containsEntry("energy.import", "600.1")
        .containsEntry("energy.export", "6")
        .containsEntry("power.active.l3", "30");
    assertThat(Show.values(ShellyStatus.valuesGen1("emeter:1", status)))
        .containsEntry("power.active", "20")
        .containsEntry("energy.import", "200");
    // Watt-minutes, rounded down.
    assertThat(Show.values(ShellyStatus.valuesGen1("meter:0", status)))
        .hasToString("{energy.import=0.983, power.active=7.11}");
  }

  @Test
  void aShellyMeterThatSaysItIsInvalidHasNoValues() {
    JsonValue status =
        Show.json(
            "{'emeters':[{'power':1,'total':5,'is_valid':false},{'power':2,'total':5},"
                + "{'power':3,'total':5}],'total_power':6}");
    assertThat(Show.values(ShellyStatus.valuesGen1("emeter:0", status))).isEmpty();
    assertThat(Show.values(ShellyStatus.valuesGen1("emeters", status)))
        .doesNotContainKeys("power.active", "energy.import", "power.active.l1")
        .containsEntry("power.active.l2", "2");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "0|{'Total':0.013,'Yesterday':0.008,'Today':0.005,'Period':1,'Power':54,"
            + "'ApparentPower':63,'ReactivePower':33,'Factor':0.85,'Voltage':226,'Current':0.279}"
            + "|{current=0.279, energy.import=13, power.active=54, power.apparent=63,"
            + " power.factor=0.85, power.reactive=33, voltage=226}",
        "0|{'Total':3.5,'Power':[100,-20,30.5],'Voltage':[230,231,232],'Current':[0.5,0.1,0.2],"
            + "'Factor':[1,0.9,0.8],'Frequency':50}"
            + "|{current=0.8, current.l1=0.5, current.l2=0.1, current.l3=0.2, energy.import=3500,"
            + " frequency=50, power.active=110.5, power.active.l1=100, power.active.l2=-20,"
            + " power.active.l3=30.5, power.factor.l1=1, power.factor.l2=0.9, power.factor.l3=0.8,"
            + " voltage.l1=230, voltage.l2=231, voltage.l3=232}",
        "0|{'Total':[1.1,2.2],'Power':[11,22],'Voltage':230}"
            + "|{energy.import=3300, energy.import[1]=1100, energy.import[2]=2200,"
            + " power.active=33, power.active[1]=11, power.active[2]=22, voltage=230}",
        "2|{'Total':[1.1,2.2],'Power':[11,22],'Voltage':230}"
            + "|{energy.import=2200, power.active=22, voltage=230}",
        "0|{'Total':5,'ImportActive':7.25,'ExportActive':2.5,'TotalTariff':[1,2],"
            + "'ExportTariff':[0.5,0.25],'Frequency':[50,50,50]}"
            + "|{energy.export=2500, energy.export.t1=500, energy.export.t2=250,"
            + " energy.import=7250, energy.import.t1=1000, energy.import.t2=2000, frequency=50}",
        "0|{'Total':[1.1,null],'Power':[11,'x']}|{energy.import[1]=1100, power.active[1]=11}",
        "0|{'Power':{}}|{}",
        "3|{'Power':[1,2]}|{}"
      })
  void tasmotaEnergy(int channel, String energy, String expected) {
    JsonValue sensors = Show.json("{'Time':'2026-01-15T12:00:00','ENERGY':" + energy + "}");
    assertThat(Show.values(TasmotaEnergy.values(sensors, channel))).hasToString(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "power1, 0, power.active[1]",
    "P1, 1, power.active",
    "P12, 0, power.active[12]",
    "power, 0, power.active",
    "powerL2, 0, power.active.l2",
    "E3, 0, energy.import[3]",
    "e3, 3, energy.import",
    "Vrms, 2, voltage",
    "Vrms2, 0, voltage.l2",
    "V3, 0, voltage.l3",
    "temp1, 0, temperature[1]",
    "temperature, 0, temperature",
    "t6, 0, temperature[6]",
    "pf1, 1, power.factor"
  })
  void emonNames(String name, int channel, String quantity) {
    assertThat(EmonNames.of(name, channel).map(named -> named.quantity().toString()))
        .contains(quantity);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "MSG",
        "pulse",
        "pulsecount",
        "battery",
        "rssi",
        "power1pluspower2",
        "P13",
        "P0",
        "external temperature",
        "power2x",
        "V4",
        "energy1"
      })
  void otherEmonNamesMeanNothing(String name) {
    assertThat(EmonNames.of(name, 0)).isEmpty();
  }

  @Test
  void emonChannels() {
    assertThat(Map.of("P3", 3, "power11", 11, "E3", 0, "P99", 0))
        .allSatisfy((name, channel) -> assertThat(EmonNames.channel(name)).isEqualTo(channel));
    assertThat(EmonNames.of("P2", 1)).isEmpty();
    assertThat(EmonNames.of("T1", 1)).isEmpty();
  }
}
