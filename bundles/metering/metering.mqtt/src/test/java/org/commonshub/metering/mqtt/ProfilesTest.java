package org.commonshub.metering.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.commonshub.metering.api.DeviceException.Kind;
import org.junit.jupiter.api.Test;

/** Messages as the ecosystems' documents show them. */
class ProfilesTest {
  private final Bench bench = new Bench();

  // ---------------------------------------------------------------- Tasmota

  @Test
  void tasmota() throws Exception {
    try (MqttSession session =
        bench.session(Map.of("profile", "tasmota", "device", "tasmota_AB12CD"))) {
      bench.say(
          "tele/tasmota_AB12CD/SENSOR",
          "{'Time':'2026-01-15T12:00:00','ENERGY':{'TotalStartTime':'2025-11-14T18:39:40',"
              + "'Total':6.294,'Yesterday':5.340,'Today':0.954,'Period':217,'Power':2635,"
              + "'ApparentPower':2650,'ReactivePower':282,'Factor':0.99,'Voltage':227,"
              + "'Current':11.661}}");
      bench.say(
          "stat/tasmota_AB12CD/STATUS8",
          "{'StatusSNS':{'Time':'2026-01-15T12:00:01','ENERGY':{'Total':6.404,'Power':2629}}}");
      bench.say("tele/tasmota_AB12CD/STATE", "{'Time':'x','POWER':'ON','Wifi':{'RSSI':80}}");
      bench.say("tele/other/SENSOR", "{'ENERGY':{'Power':1}}");
      bench.say("tele/tasmota_AB12CD/SENSOR", "{'DS18B20':{'Temperature':20.6}}");
      assertThat(bench.frames())
          .containsExactly(
              "{current=11.661, energy.import=6294, power.active=2635, power.apparent=2650,"
                  + " power.factor=0.99, power.reactive=282, voltage=227}",
              "{energy.import=6404, power.active=2629}");
      bench.keep(
          "tasmota/discovery/AABBCCDDEEFF/config",
          "{'ip':'192.0.2.9','dn':'Dryer','fn':['Dryer',null],'hn':'x','mac':'AABBCCDDEEFF',"
              + "'md':'Athom Plug V2','ofln':'Offline','onln':'Online','sw':'14.2.0',"
              + "'t':'tasmota_AB12CD','ft':'%prefix%/%topic%/','tp':['cmnd','stat','tele'],"
              + "'rl':[1,0]}");
      bench.keep("tasmota/discovery/112233445566/config", "{'t':'other','dn':'Not me'}");
      bench.keep("tasmota/discovery/112233445566/config", "{broken");
      assertThat(session.identity())
          .containsEntry("name", "Dryer")
          .containsEntry("firmware", "14.2.0")
          .containsEntry("model", "Athom Plug V2")
          .containsEntry("serial", "AABBCCDDEEFF");
      assertThat(bench.failures).isEmpty();
    }
    assertThat(bench.broker.filters()).isEmpty();
  }

  @Test
  void tasmotaWithAnotherFullTopicAndChannel() throws Exception {
    try (MqttSession session =
        bench.session(
            Map.of(
                "profile",
                "tasmota",
                "device",
                "p4",
                "base",
                "house/%topic%/%prefix%/",
                "part",
                "2"))) {
      bench.say("house/p4/tele/SENSOR", "{'ENERGY':{'Total':[1.5,2.5,3,4],'Power':[10,20,30,40]}}");
      assertThat(bench.frames()).containsExactly("{energy.import=2500, power.active=20}");
      assertThat(session.quiet()).hasMinutes(15);
    }
  }

  // ---------------------------------------------------------------- Shelly

  @Test
  void shellyStatus() throws Exception {
    try (MqttSession session =
        bench.session(Map.of("profile", "shelly", "device", "shellypro3em-aabbccddeeff"))) {
      String prefix = "shellypro3em-aabbccddeeff";
      bench.say(
          prefix + "/status/em:0",
          "{'id':0,'a_act_power':-951.2,'b_act_power':100,'c_act_power':0.5,"
              + "'total_act_power':-850.7,'a_voltage':236.1,'user_calibrated_phase':[]}");
      bench.say(
          prefix + "/status/emdata:0",
          "{'id':0,'total_act':1006.5,'total_act_ret':8.1,'a_total_act_energy':1000.5}");
      bench.say(prefix + "/status/wifi", "{'sta_ip':'192.0.2.4','rssi':-60}");
      bench.say(prefix + "/status/sys", "{'mac':'AABBCCDDEEFF'}");
      assertThat(bench.frames())
          .containsExactly(
              "{power.active=-850.7, power.active.l1=-951.2, power.active.l2=100,"
                  + " power.active.l3=0.5, voltage.l1=236.1}",
              "{energy.export=8.1, energy.import=1006.5, energy.import.l1=1000.5}");
      // The same once more, as a notification.
      bench.say(
          prefix + "/events/rpc",
          "{'src':'shellypro3em-aabbccddeeff','dst':'x/events','method':'NotifyStatus',"
              + "'params':{'ts':1631266595.43,'em:0':{'id':0,'total_act_power':-850.7}}}");
      assertThat(bench.frames()).isEmpty();
      assertThat(session.identity()).containsEntry("serial", "shellypro3em-aabbccddeeff");
    }
  }

  @Test
  void shellyNotifications() throws Exception {
    try (MqttSession session =
        bench.session(Map.of("profile", "shelly", "device", "home/plug", "part", "switch:1"))) {
      bench.say(
          "home/plug/events/rpc",
          "{'src':'shellypro2pm-1','method':'NotifyStatus','params':{'ts':1.5,"
              + "'switch:1':{'id':1,'apower':8.9,'aenergy':{'total':7.5,'by_minute':[1,2,3],"
              + "'minute_ts':1}},'switch:0':{'id':0,'apower':1}}}");
      bench.say(
          "home/plug/events/rpc",
          "{'src':'shellypro2pm-1','method':'NotifyEvent','params':{'events':[]}}");
      bench.say("home/plug/status/switch:0", "{'id':0,'apower':55}");
      bench.say("home/plug/status/switch:1", "{'id':1,'apower':9,'output':true}");
      assertThat(bench.frames())
          .containsExactly("{energy.import=7.5, power.active=8.9}", "{power.active=9}");
      assertThat(session.actuators()).hasSize(1);
    }
  }

  @Test
  void aShellyWithoutAPartIsItsFirstMeter() throws Exception {
    try (MqttSession session = bench.session(Map.of("profile", "shelly", "device", "s"))) {
      bench.say("s/status/switch:1", "{'id':1,'apower':1}");
      bench.say("s/status/input:0", "{'id':0,'state':false}");
      bench.say("s/status/temperature:100", "{'id':100,'tC':5}");
      bench.say("s/status/switch:0", "{'id':0,'apower':2}");
      assertThat(bench.frames()).containsExactly("{power.active=2}");
      assertThat(session.actuators()).hasSize(1);
    }
  }

  // ---------------------------------------------------------------- zigbee2mqtt

  @Test
  void zigbee2mqtt() throws Exception {
    try (MqttSession session =
        bench.session(Map.of("profile", "zigbee2mqtt", "device", "kitchen/plug"))) {
      bench.keep(
          "zigbee2mqtt/bridge/devices",
          "[{'ieee_address':'0x00','type':'Coordinator','friendly_name':'Coordinator',"
              + "'definition':null},{'ieee_address':'0x01','type':'Router',"
              + "'friendly_name':'kitchen/plug','software_build_id':'1.2','definition':{"
              + "'model':'TS011F','vendor':'TuYa','exposes':[{'type':'switch','features':["
              + "{'name':'state','property':'state','type':'binary'}]},{'type':'numeric',"
              + "'name':'power','property':'power','unit':'W'},{'property':'current','unit':'mA'},"
              + "{'property':'energy','unit':'kWh'}]}}]");
      bench.say(
          "zigbee2mqtt/kitchen/plug",
          "{'current':250,'energy':1.25,'linkquality':87,'power':-55.5,'state':'ON',"
              + "'voltage':231,'produced_energy':0.5,'ac_frequency':50,'power_factor':0.98}");
      bench.say("zigbee2mqtt/kitchen/plug", "{'state':'OFF'}");
      assertThat(bench.frames())
          .containsExactly(
              "{current=0.25, energy.export=500, energy.import=1250, frequency=50,"
                  + " power.active=-55.5, power.factor=0.98, voltage=231}");
      assertThat(session.identity())
          .containsEntry("maker", "TuYa")
          .containsEntry("model", "TS011F")
          .containsEntry("serial", "0x01");
      bench.say("zigbee2mqtt/kitchen/plug/availability", "{'state':'offline'}");
      bench.say("zigbee2mqtt/kitchen/plug/availability", "{'state':'offline'}");
      assertThat(bench.failures).hasSize(1);
      assertThat(bench.failures.get(0).kind()).isEqualTo(Kind.UNREACHABLE);
      bench.say("zigbee2mqtt/kitchen/plug/availability", "online");
      bench.say("zigbee2mqtt/kitchen/plug/availability", "offline");
      assertThat(bench.failures).hasSize(2);
    }
  }

  @Test
  void aZigbeeBatteryIsNoMainsVoltage() throws Exception {
    try (MqttSession session =
        bench.session(Map.of("profile", "zigbee2mqtt", "device", "sensor", "base", "zigbee"))) {
      bench.say("zigbee/sensor", "{'battery':97,'voltage':3000,'temperature':21.5}");
      assertThat(bench.frames()).containsExactly("{battery.soc=97, temperature=21.5}");
      assertThat(session.quiet()).hasMinutes(65);
    }
  }

  @Test
  void zigbeePropertiesMayBeMapped() throws Exception {
    try (MqttSession session =
        bench.session(
            Map.of(
                "profile",
                "zigbee2mqtt",
                "device",
                "clamp",
                "values",
                "power_a = power.active W * -1; energy_a = energy.export kWh"))) {
      bench.say("zigbee2mqtt/clamp", "{'power_a':5,'energy_a':1.5,'power':9}");
      assertThat(bench.frames()).containsExactly("{energy.export=1500, power.active=-5}");
      assertThat(session.actuators()).isEmpty();
    }
  }

  // ---------------------------------------------------------------- OpenEnergyMonitor

  @Test
  void openEnergyMonitor() throws Exception {
    try (MqttSession session =
        bench.session(Map.of("profile", "openenergymonitor", "device", "emonTx4"))) {
      bench.say("emon/emonTx4/P1", "1205.5");
      bench.say("emon/emonTx4/E1", "55000");
      bench.say("emon/emonTx4/Vrms", "241.2");
      bench.say("emon/emonTx4/rssi", "-50");
      bench.say("emon/emonTx4/P2", "nan");
      bench.say("emon/emonTx4", "{'P1':1206,'E1':55001,'time':1768478390.5,'rssi':-50,'pulse':7}");
      bench.say("emon/emonTx4", "{'P1':1207,'time':5}");
      assertThat(bench.frames())
          .containsExactly(
              "{power.active[1]=1205.5}",
              "{energy.import[1]=55000}",
              "{voltage=241.2}",
              "2026-01-15T11:59:50.500Z {energy.import[1]=55001, power.active[1]=1206}",
              "{power.active[1]=1207}");
      assertThat(session.identity()).isEmpty();
    }
  }

  @Test
  void openEnergyMonitorChannelsAndLists() throws Exception {
    try (MqttSession one =
            bench.session(Map.of("profile", "openenergymonitor", "device", "emonpi", "part", "2"));
        MqttSession two =
            bench.session(
                Map.of(
                    "profile",
                    "openenergymonitor",
                    "device",
                    "10",
                    "base",
                    "emonhub/rx",
                    "values",
                    "1 = power.active W; 3 = energy.import Wh"))) {
      bench.say("emon/emonpi/power2", "7");
      bench.say("emon/emonpi/power1", "8");
      bench.say("emonhub/rx/10/values", "100,200,300");
      assertThat(bench.frames())
          .containsExactly("{power.active=7}", "{energy.import=300, power.active=100}");
      assertThat(one).isNotSameAs(two);
    }
  }

  // ---------------------------------------------------------------- ChirpStack

  private static final String UP = "application/17c82e96/device/0101010101010101/event/up";

  @Test
  void chirpStack() throws Exception {
    try (MqttSession session =
        bench.session(
            Map.of(
                "profile",
                "chirpstack",
                "device",
                "0101010101010101",
                "values",
                "$.meter.e = energy.import kWh; $.meter.p = power.active W"))) {
      bench.say(
          UP,
          "{'deduplicationId':'3ac7e3c4','time':'2026-01-15T11:58:15.775023242+00:00',"
              + "'deviceInfo':{'tenantName':'ChirpStack','applicationId':'17c82e96',"
              + "'deviceProfileName':'CT305','deviceName':'Feeder','devEui':'0101010101010101'},"
              + "'devAddr':'00189440','dr':1,'fCnt':5,'fPort':1,'data':'qg==',"
              + "'object':{'meter':{'e':12.5,'p':250}},'rxInfo':[{'rssi':-36}]}");
      bench.say(
          UP.replace("/up", "/status"),
          "{'time':'2026-01-15T11:59:00+00:00','deviceInfo':{},'margin':10,"
              + "'batteryLevel':88.3}");
      bench.say(UP, "{'time':'2020-01-15T11:59:00Z','object':{'meter':{'e':13}}}");
      bench.say(UP, "{'object':{}}");
      assertThat(bench.frames())
          .containsExactly(
              "2026-01-15T11:58:15.775023242Z {energy.import=12500, power.active=250}",
              "2026-01-15T11:59:00Z {battery.soc=88.3}",
              "{energy.import=13000}");
      assertThat(session.identity())
          .containsEntry("name", "Feeder")
          .containsEntry("model", "CT305");
    }
  }

  @Test
  void chirpStackWithNamesThatTell() throws Exception {
    try (MqttSession session =
        bench.session(Map.of("profile", "chirpstack", "device", "0101010101010101"))) {
      bench.say(
          UP,
          "{'object':{'active_power_W':5,'energy_kWh':7,'voltage':230,'max_power_W':9,"
              + "'temperature_C':21}}");
      assertThat(bench.frames())
          .containsExactly("{energy.import=7000, power.active=5, temperature=21}");
      assertThat(session.quiet()).hasHours(25);
    }
  }

  // ---------------------------------------------------------------- Home Assistant

  private static String sensor(String more) {
    return "{'dev':{'ids':['dtu1'],'name':'OpenDTU','mf':'OpenDTU','mdl':'HM-800','sw':'1.0'},"
        + "'avty_t':'solar/dtu/status','pl_avail':'online','pl_not_avail':'offline',"
        + more
        + "}";
  }

  @Test
  void homeAssistant() throws Exception {
    try (MqttSession session =
        bench.session(Map.of("profile", "homeassistant", "device", "dtu1"))) {
      bench.keep(
          "homeassistant/sensor/dtu1/ch0_power/config",
          sensor("'stat_t':'solar/1/0/power','dev_cla':'power','unit_of_meas':'W'"));
      bench.keep(
          "homeassistant/sensor/dtu1/ch0_yieldtotal/config",
          sensor(
              "'stat_t':'solar/1/0/yieldtotal','dev_cla':'energy','unit_of_meas':'kWh',"
                  + "'stat_cla':'total_increasing'"));
      bench.keep(
          "homeassistant/sensor/dtu1/ch0_yieldday/config",
          sensor("'stat_t':'solar/1/0/yieldday','dev_cla':'energy','unit_of_meas':'Wh'"));
      bench.keep(
          "homeassistant/sensor/other/p/config",
          "{'dev':{'ids':['other']},'stat_t':'o/p','dev_cla':'power','unit_of_meas':'W'}");
      bench.keep("homeassistant/sensor/broken/p/config", "{{");
      assertThat(bench.broker.filters())
          .contains("solar/1/0/power", "solar/1/0/yieldtotal", "solar/dtu/status")
          .doesNotContain("o/p", "solar/1/0/yieldday");
      bench.say("solar/1/0/power", "251.7");
      bench.say("solar/1/0/yieldtotal", "123.456");
      bench.say("solar/1/0/power", "nan");
      assertThat(bench.frames()).containsExactly("{power.active=251.7}", "{energy.import=123456}");
      assertThat(session.identity())
          .containsEntry("maker", "OpenDTU")
          .containsEntry("model", "HM-800")
          .containsEntry("name", "OpenDTU");
      bench.say("solar/dtu/status", "offline");
      assertThat(bench.failures).hasSize(1);
      // A configuration that is taken back, and one that says other things.
      bench.say("homeassistant/sensor/dtu1/ch0_power/config", "");
      bench.say("solar/1/0/power", "7");
      assertThat(bench.frames()).isEmpty();
      bench.say(
          "homeassistant/sensor/dtu1/ch0_power/config",
          sensor("'stat_t':'solar/1/0/power','val_tpl':'{{ value_json.w }}','unit_of_meas':'kW'"));
      bench.say("solar/1/0/power", "{'w':0.5}");
      assertThat(bench.frames()).containsExactly("{power.active=500}");
    }
    assertThat(bench.broker.filters()).isEmpty();
  }

  @Test
  void homeAssistantValuesInOneMessageAreOneFrame() throws Exception {
    try (MqttSession session = bench.session(Map.of("profile", "homeassistant", "device", "em1"))) {
      bench.keep(
          "homeassistant/device/em1/config",
          "{'dev':{'ids':'em1'},'o':{'name':'x'},'stat_t':'em1/state','cmps':{"
              + "'total_power':{'p':'sensor','dev_cla':'power','unit_of_meas':'W',"
              + "'val_tpl':'{{ value_json.p }}'},'power':{'p':'sensor','dev_cla':'power',"
              + "'unit_of_meas':'W','val_tpl':'{{ value_json.q }}'},"
              + "'e':{'p':'sensor','dev_cla':'energy','unit_of_meas':'Wh',"
              + "'val_tpl':'{{ value_json.e|float }}'}}}");
      bench.say("em1/state", "{'p':1,'q':2,'e':'3'}");
      bench.say("em1/state", "{'p':1}");
      assertThat(bench.frames())
          .as("the shorter name counts")
          .containsExactly("{energy.import=3, power.active=2}");
      assertThat(session).isNotNull();
    }
  }

  @Test
  void homeAssistantPartsAndMappings() throws Exception {
    try (MqttSession grid =
            bench.session(Map.of("profile", "homeassistant", "device", "h", "part", "Grid"));
        MqttSession own =
            bench.session(
                Map.of(
                    "profile",
                    "homeassistant",
                    "device",
                    "h",
                    "values",
                    "PV Power = power.active kW * -1"))) {
      String sensor = "{'dev':{'ids':'h'},'stat_t':'h/%s','name':'%s power','unit_of_meas':'W'}";
      bench.keep("homeassistant/sensor/h/a/config", sensor.replace("%s", "PV"));
      bench.keep("homeassistant/sensor/h/b/config", sensor.replace("%s", "Grid"));
      bench.say("h/PV", "3");
      assertThat(bench.frames()).containsExactly("{power.active=-3000}");
      bench.say("h/Grid", "5");
      assertThat(bench.frames()).containsExactly("{power.active=5}");
      assertThat(grid).isNotSameAs(own);
    }
  }

  // ---------------------------------------------------------------- template

  @Test
  void template() throws Exception {
    try (MqttSession session =
        bench.session(
            Map.of(
                "profile",
                "template",
                "topic",
                "meter/state",
                "values",
                "$.p = power.active kW; $.s = device.state {on:1,off:0};"
                    + " meter/total $ = energy.import kWh; go-e/1/nrg $[11] = power.active W"))) {
      bench.say("meter/state", "{'p':-1.5,'s':'on'}");
      bench.say("meter/total", "123.4");
      bench.say("go-e/1/nrg", "[0,0,0,0,0,0,0,0,0,0,0,7400]");
      bench.say("meter/state", "{}");
      assertThat(bench.frames())
          .containsExactly(
              "{device.state=1, power.active=-1500}",
              "{energy.import=123400}",
              "{power.active=7400}");
      assertThat(bench.broker.filters()).contains("meter/state", "meter/total", "go-e/1/nrg");
      assertThat(session.actuators()).isEmpty();
    }
  }
}
