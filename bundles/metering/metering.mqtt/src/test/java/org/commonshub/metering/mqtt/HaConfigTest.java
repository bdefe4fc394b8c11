package org.commonshub.metering.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.commonshub.metering.mapping.api.JsonValue;
import org.commonshub.metering.mqtt.TellingNames.Words;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HaConfigTest {
  private static HaConfig config(String topic, String json) throws Exception {
    return HaConfig.read(
        "homeassistant",
        topic,
        JsonValue.parse(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8)));
  }

  private static String shown(HaConfig config) {
    return config.entities().stream()
        .map(
            entity ->
                entity.quantity().map(Object::toString).orElse("-")
                    + " "
                    + entity.unit()
                    + " @"
                    + entity.topic())
        .toList()
        .toString();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "homeassistant/sensor/plug/power/config|{'stat_t':'a/b','dev_cla':'power',"
            + "'unit_of_meas':'W','stat_cla':'measurement'}|[power.active W @a/b]",
        "homeassistant/sensor/plug_energy/config|{'state_topic':'a','device_class':'energy',"
            + "'unit_of_measurement':'kWh','state_class':'total_increasing'}"
            + "|[energy.import kWh @a]",
        "homeassistant/sensor/x/c/config|{'~':'base/x','stat_t':'~/state','dev_cla':'current',"
            + "'unit_of_meas':'mA'}|[current mA @base/x/state]",
        "homeassistant/sensor/x/c/config|{'~':'base','stat_t':'state/~','unit_of_meas':'V'}"
            + "|[voltage V @state/base]",
        "homeassistant/sensor/x/energy_exported/config|{'stat_t':'a','dev_cla':'energy',"
            + "'unit_of_meas':'Wh'}|[energy.export Wh @a]",
        "homeassistant/sensor/x/e/config|{'name':'Energy returned tariff 2','stat_t':'a',"
            + "'dev_cla':'energy','unit_of_meas':'kWh','stat_cla':'total'}"
            + "|[energy.export.t2 kWh @a]",
        "homeassistant/sensor/x/power_l3/config|{'stat_t':'a','dev_cla':'power',"
            + "'unit_of_meas':'kW'}|[power.active.l3 kW @a]",
        "homeassistant/sensor/x/p/config|{'name':'Power phase B','stat_t':'a',"
            + "'dev_cla':'power','unit_of_meas':'W'}|[power.active.l2 W @a]",
        "homeassistant/sensor/x/gas/config|{'stat_t':'a','dev_cla':'gas','unit_of_meas':'m³',"
            + "'stat_cla':'total_increasing'}|[gas.volume m³ @a]",
        "homeassistant/sensor/x/water/config|{'stat_t':'a','dev_cla':'water','unit_of_meas':'L',"
            + "'stat_cla':'total_increasing'}|[water.volume L @a]",
        "homeassistant/sensor/x/battery/config|{'stat_t':'a','dev_cla':'battery',"
            + "'unit_of_meas':'%'}|[battery.soc % @a]",
        "homeassistant/sensor/x/pf/config|{'stat_t':'a','dev_cla':'power_factor',"
            + "'unit_of_meas':'%'}|[power.factor % @a]",
        "homeassistant/sensor/dtu/ch1_powerdc/config|{'stat_t':'a','dev_cla':'power',"
            + "'unit_of_meas':'W'}|[dc.power W @a]",
        "homeassistant/sensor/x/yieldtotal/config|{'stat_t':'a','dev_cla':'energy',"
            + "'unit_of_meas':'kWh','stat_cla':'total_increasing'}|[energy.import kWh @a]",
        "homeassistant/sensor/x/heat/config|{'name':'Heat energy','stat_t':'a',"
            + "'dev_cla':'energy','unit_of_meas':'MWh','stat_cla':'total'}|[heat.energy MWh @a]",
        // What is no quantity, or not for ever, or of an unknown unit.
        "homeassistant/sensor/x/yieldday/config|{'stat_t':'a','dev_cla':'energy',"
            + "'unit_of_meas':'Wh','stat_cla':'total_increasing'}|[- Wh @a]",
        "homeassistant/sensor/x/e/config|{'name':'Energy today','stat_t':'a','dev_cla':'energy',"
            + "'unit_of_meas':'kWh'}|[- kWh @a]",
        "homeassistant/sensor/x/e/config|{'stat_t':'a','dev_cla':'energy','unit_of_meas':'kWh',"
            + "'stat_cla':'measurement'}|[- kWh @a]",
        "homeassistant/sensor/x/max_power/config|{'stat_t':'a','dev_cla':'power',"
            + "'unit_of_meas':'W'}|[- W @a]",
        "homeassistant/sensor/x/p/config|{'stat_t':'a','dev_cla':'power','unit_of_meas':'BTU/h'}"
            + "|[- BTU/h @a]",
        "homeassistant/sensor/x/s/config|{'stat_t':'a','dev_cla':'signal_strength',"
            + "'unit_of_meas':'dBm'}|[- dBm @a]",
        // What cannot be listened to.
        "homeassistant/sensor/x/p/config|{'dev_cla':'power','unit_of_meas':'W'}|[]",
        "homeassistant/sensor/x/p/config|{'stat_t':'a/#','dev_cla':'power','unit_of_meas':'W'}|[]",
        "homeassistant/sensor/x/p/config|{'stat_t':'+/a','dev_cla':'power','unit_of_meas':'W'}|[]",
        "homeassistant/sensor/x/p/config|{'stat_t':'a','val_tpl':'{{ states(1) }}',"
            + "'dev_cla':'power','unit_of_meas':'W'}|[]",
        "homeassistant/switch/x/p/config|{'stat_t':'a','dev_cla':'power','unit_of_meas':'W'}|[]",
        "homeassistant/sensor/x/p/config|[]|[]",
        "homeassistant/sensor/x/p/config|5|[]"
      })
  void classifies(String topic, String json, String expected) throws Exception {
    assertThat(shown(config(topic, json))).isEqualTo(expected);
  }

  @Test
  void readsADeviceWithItsComponents() throws Exception {
    HaConfig config =
        config(
            "homeassistant/device/em1/config",
            "{'dev':{'ids':'em1','name':'Meter','mf':'Maker','mdl':'M1','sw':'1.2','sn':'S'},"
                + "'o':{'name':'x'},'stat_t':'em1/state','avty_t':'em1/up',"
                + "'cmps':{'p1':{'p':'sensor','dev_cla':'power','unit_of_meas':'W',"
                + "'val_tpl':'{{ value_json.p }}','uniq_id':'em1_p'},"
                + "'e1':{'platform':'sensor','device_class':'energy','unit_of_measurement':'kWh',"
                + "'state_topic':'em1/energy'},'b1':{'p':'button','cmd_t':'x'}}}");
    assertThat(config.device()).isEqualTo("em1");
    assertThat(config.facts().get("maker").label(9)).isEqualTo("Maker");
    assertThat(config.facts().get("serial").label(9)).isEqualTo("S");
    assertThat(shown(config))
        .isEqualTo("[power.active W @em1/state, energy.import kWh @em1/energy]");
    assertThat(config.entities().get(0).availability())
        .extracting(HaConfig.Availability::topic)
        .containsExactly("em1/up");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'dev':{'ids':['a','b']},'uniq_id':'u'}|a",
        "{'device':{'identifiers':'a'}}|a",
        "{'dev':{'cns':[['mac','aa:bb']]},'uniq_id':'u'}|aa:bb",
        "{'uniq_id':'u'}|u",
        "{}|homeassistant/sensor/x/p/config"
      })
  void findsTheDevice(String json, String device) throws Exception {
    assertThat(config("homeassistant/sensor/x/p/config", json).device()).isEqualTo(device);
  }

  @Test
  void readsAvailabilityInAllForms() throws Exception {
    HaConfig config =
        config(
            "homeassistant/sensor/x/p/config",
            "{'stat_t':'a','unit_of_meas':'W','avty':[{'t':'b/state','val_tpl':"
                + "'{{ value_json.state }}'},{'topic':'c','payload_not_available':'gone'}]}");
    assertThat(config.entities().get(0).availability())
        .extracting(one -> one.topic() + " " + one.absent() + " " + one.template().path())
        .isEqualTo(List.of("b/state offline $['state']", "c gone $"));
  }

  @Test
  void hostileTopicsAndTextsAreHarmless() throws Exception {
    for (String topic : List.of("", "homeassistant", "homeassistant/", "homeassistant//config")) {
      assertThat(config(topic, "{'stat_t':'a'}").entities()).isEmpty();
    }
    assertThat(config("homeassistant/sensor/x/config", "{'stat_t':'" + "a".repeat(300) + "'}"))
        .extracting(HaConfig::entities)
        .isEqualTo(List.of());
    StringBuilder many = new StringBuilder("{'cmps':{");
    for (int i = 0; i < 500; i++) {
      many.append("'c").append(i).append("':{'p':'sensor','stat_t':'t").append(i).append("'},");
    }
    assertThat(config("homeassistant/device/x/config", many + "'z':{}}}").entities()).hasSize(128);
  }

  @ParameterizedTest
  @CsvSource({
    "active_power_W, power.active, W",
    "activePower_kW, power.active, kW",
    "power_L2_W, power.active.l2, W",
    "energy_kWh, energy.import, kWh",
    "total_energy_exported_kWh, energy.export, kWh",
    "voltage_V, voltage, V",
    "current_mA, current, mA",
    "water_volume_m3, water.volume, m3",
    "gas_m3, gas.volume, m3",
    "heat_energy_MWh, heat.energy, MWh",
    "temperature_C, temperature, C",
    "battery_%, battery.soc, %"
  })
  void telling(String name, String quantity, String unit) {
    assertThat(TellingNames.of(name))
        .hasValueSatisfying(
            told -> {
              assertThat(told.quantity().toString()).isEqualTo(quantity);
              assertThat(told.unit()).isEqualTo(unit);
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"power", "W", "_W", "power_", "x_W", "energy_today_kWh", "max_power_W", "foo_bar"})
  void otherNamesTellNothing(String name) {
    assertThat(TellingNames.of(name)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "power l1, 1",
    "Power L2, 2",
    "powerPhase3, 3",
    "phase a, 1",
    "line_2, 2",
    "voltage, 0",
    "level1, 0",
    "1-0:21.7.0 l2, 2"
  })
  void phases(String text, int phase) {
    assertThat(Words.of(text).phase()).isEqualTo(phase);
  }
}
