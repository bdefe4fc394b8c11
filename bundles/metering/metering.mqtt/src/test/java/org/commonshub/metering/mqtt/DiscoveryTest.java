package org.commonshub.metering.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.Discoverer.Candidate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DiscoveryTest {
  private final Bench bench = new Bench();

  private static String shown(Candidate candidate) {
    return candidate.name() + " " + candidate.role() + " " + new TreeMap<>(candidate.settings());
  }

  private List<String> search(Runnable meanwhile) throws Exception {
    var found = bench.driver.probe(bench.context(Map.of()));
    meanwhile.run();
    bench.searched.complete(null);
    List<Candidate> candidates = found.toCompletableFuture().get(20, TimeUnit.SECONDS);
    assertThat(bench.broker.filters()).isEmpty();
    // What is proposed can be opened.
    for (Candidate candidate : candidates) {
      bench.driver.open(bench.context(candidate.settings())).close();
    }
    return candidates.stream().map(DiscoveryTest::shown).toList();
  }

  private void tasmota(String topic, String energy) {
    bench.keep(
        "tasmota/discovery/AABB/config",
        "{'dn':'Dryer','md':'Plug','sw':'14','mac':'AABB','t':'"
            + topic
            + "',"
            + "'ft':'%prefix%/%topic%/'}");
    bench.keep("tasmota/discovery/AABB/sensors", "{'sn':{'ENERGY':" + energy + "},'ver':1}");
  }

  private void sensor(String device, String object, String more) {
    bench.keep(
        "homeassistant/sensor/" + device + "/" + object + "/config",
        "{'dev':{'ids':['"
            + device
            + "'],'name':'"
            + device
            + "'},'stat_t':'"
            + device
            + "/"
            + object
            + "',"
            + more
            + "}");
  }

  @Test
  void findsEveryEcosystemOnce() throws Exception {
    List<String> found =
        search(
            () -> {
              tasmota("dryer", "{'Total':1,'Power':5}");
              bench.say("shellypm-1/status/pm1:0", "{'id':0,'apower':5,'voltage':230}");
              bench.say(
                  "a/b/events/rpc",
                  "{'src':'shellypro3em-2','method':'NotifyStatus','params':{'em:0':"
                      + "{'total_act_power':5}}}");
              bench.keep(
                  "zigbee2mqtt/bridge/devices",
                  "[{'friendly_name':'plug','ieee_address':'0x1','definition':{'vendor':'V',"
                      + "'model':'M','exposes':[{'property':'power','unit':'W'}]}},"
                      + "{'friendly_name':'door','definition':{'exposes':[{'property':'contact'}]}},"
                      + "{'friendly_name':'Coordinator','definition':null}]");
              bench.say("emon/emonpi/power1", "5");
              bench.say("emon/emonpi/power2", "5");
              bench.say("emon/emonth/temperature", "21");
              bench.say(
                  "application/1/device/0101010101010101/event/up",
                  "{'deviceInfo':{'deviceName':'Feeder'},'object':{'energy_kWh':5}}");
              sensor("esp", "power", "'dev_cla':'power','unit_of_meas':'W'");
              sensor("esp", "energy", "'dev_cla':'energy','unit_of_meas':'kWh'");
              sensor("thermo", "temperature", "'dev_cla':'temperature','unit_of_meas':'°C'");
              sensor("zigbee2mqtt_0x1", "power", "'dev_cla':'power','unit_of_meas':'W'");
              bench.say("some/other", "text");
            });
    assertThat(found)
        .containsExactlyInAnyOrder(
            "Dryer LOAD {device=dryer, profile=tasmota}",
            "shellypm-1 SUB_METER {device=shellypm-1, part=pm1:0, profile=shelly}",
            "a/b GRID_METER {device=a/b, part=em:0, profile=shelly}",
            "plug LOAD {device=plug, profile=zigbee2mqtt}",
            "emonpi power1 SUB_METER {device=emonpi, part=1, profile=openenergymonitor}",
            "emonpi power2 SUB_METER {device=emonpi, part=2, profile=openenergymonitor}",
            "emonth SENSOR {device=emonth, profile=openenergymonitor}",
            "Feeder LOAD {device=0101010101010101, profile=chirpstack}",
            "esp LOAD {device=esp, profile=homeassistant,"
                + " topic=homeassistant/sensor/esp/+/config}");
  }

  @Test
  void aDeviceOfSeveralPartsIsSeveralProposals() throws Exception {
    assertThat(
            search(
                () -> {
                  sensor("hybrid", "grid_power", "'dev_cla':'power','unit_of_meas':'W'");
                  sensor("hybrid", "battery_power", "'dev_cla':'power','unit_of_meas':'W'");
                  sensor("hybrid", "battery_soc", "'dev_cla':'battery','unit_of_meas':'%'");
                  sensor("hybrid", "pv_power", "'dev_cla':'power','unit_of_meas':'W'");
                  tasmota("four", "{'Power':[1,2,3,4]}");
                }))
        .extracting(text -> text.replaceAll(" \\{.*part=(\\w+).*", " $1"))
        .containsExactlyInAnyOrder(
            "Dryer 1 LOAD 1",
            "Dryer 2 LOAD 2",
            "Dryer 3 LOAD 3",
            "Dryer 4 LOAD 4",
            "hybrid grid GRID_METER grid",
            "hybrid battery BATTERY battery",
            "hybrid pv PV pv");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "yieldtotal|'dev_cla':'energy','unit_of_meas':'kWh'|PV",
        "energy_exported|'dev_cla':'energy','unit_of_meas':'kWh'|GRID_METER",
        "gas|'dev_cla':'gas','unit_of_meas':'m³'|GAS_METER",
        "water|'dev_cla':'water','unit_of_meas':'L'|WATER_METER",
        "power|'dev_cla':'power','unit_of_meas':'W'|LOAD"
      })
  void proposesARole(String object, String more, String role) throws Exception {
    assertThat(search(() -> sensor("d", object, more)))
        .singleElement()
        .asString()
        .contains(" " + role + " ");
  }

  @Test
  void saysWhyABrokerCannotBeSearched() {
    assertThatThrownBy(
            () ->
                search(
                    () ->
                        bench.broker.breakOff(new DeviceException(Kind.REFUSED, "wrong password"))))
        .isInstanceOf(ExecutionException.class)
        .hasRootCauseMessage("wrong password");
    assertThat(bench.broker.filters()).isEmpty();
  }

  @Test
  void aFloodOfDevicesIsBounded() throws Exception {
    List<String> found =
        search(
            () -> {
              for (int i = 0; i < 600; i++) {
                bench.say("emon/n" + i + "/power1", "5");
                sensor("d" + i, "power", "'dev_cla':'power','unit_of_meas':'W'");
              }
            });
    assertThat(found).hasSize(2 * Finder.MAX_DEVICES);
  }

  // ---------------------------------------------------------------- inbox

  @Test
  void unknownDevicesAnnounceThemselvesWhileOneIsListenedTo() throws Exception {
    tasmota("dryer", "{'Power':5}");
    assertThat(bench.announced).as("nobody listens").isEmpty();
    MqttSession first = bench.session(Map.of("profile", "tasmota", "device", "known"));
    MqttSession second = bench.session(Map.of("profile", "tasmota", "device", "dryer"));
    tasmota("dryer", "{'Power':5}");
    assertThat(bench.announced).as("it is a device already").isEmpty();
    sensor("esp", "power", "'dev_cla':'power','unit_of_meas':'W'");
    assertThat(bench.announced).extracting(DiscoveryTest::shown).hasSize(1);
    sensor("esp", "power", "'dev_cla':'power','unit_of_meas':'W'");
    assertThat(bench.announced).as("told once").hasSize(1);
    bench.clock.advance(Duration.ofMinutes(61));
    first.close();
    sensor("esp", "power", "'dev_cla':'power','unit_of_meas':'W'");
    assertThat(bench.announced).as("through another device's connection, renewed").hasSize(2);
    bench.say(
        "application/1/device/0101010101010101/event/up",
        "{'deviceInfo':{'deviceName':'Feeder'},'object':{'energy_kWh':5}}");
    assertThat(bench.announced).hasSize(3);
    second.close();
    assertThat(bench.broker.filters()).isEmpty();
    assertThat(bench.failures).isEmpty();
  }
}
