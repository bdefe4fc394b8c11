package org.commonshub.benchmarks;

import java.lang.reflect.Constructor;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.commonshub.metering.api.DeviceServer;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.metering.dlms.DlmsDriver;
import org.commonshub.metering.ecp.EcpDriver;
import org.commonshub.metering.emoncms.EmoncmsDriver;
import org.commonshub.metering.http.HttpDriver;
import org.commonshub.metering.iec62056.IecDriver;
import org.commonshub.metering.mbus.WiredDriver;
import org.commonshub.metering.mbus.WirelessDriver;
import org.commonshub.metering.modbus.ModbusService;
import org.commonshub.metering.modbus.RegisterMapDriver;
import org.commonshub.metering.mqtt.MqttDriver;
import org.commonshub.metering.ocpp.OcppDriver;
import org.commonshub.metering.p1.P1Driver;
import org.commonshub.metering.sml.SmlDriver;
import org.commonshub.metering.speedwire.SpeedwireDriver;
import org.commonshub.metering.sunspec.SunSpecDriver;
import org.commonshub.metering.vedirect.VeDirectDriver;

/** The drivers of {@link DriversBench}, each with a device that sends what such devices send. */
final class DriverCases {
  private static final String KEY = "000102030405060708090a0b0c0d0e0f";
  private static final String TCP = "tcp://meter%.example:2001";
  private static final String BROKER = "broker:hub%";

  private DriverCases() {}

  static List<DriverCase> all() throws ReflectiveOperationException {
    List<DriverCase> cases = new ArrayList<>();
    streams(cases);
    asked(cases);
    broker(cases);
    doors(cases);
    return cases;
  }

  private static void streams(List<DriverCase> cases) {
    cases.add(DriverCase.push("p1", new P1Driver(), TCP, Map.of(), Telegrams::p1));
    cases.add(DriverCase.push("sml", new SmlDriver(), TCP, Map.of(), Telegrams::sml));
    cases.add(
        DriverCase.push(
            "iec62056_push", new IecDriver(), TCP, Map.of("mode", "D"), Telegrams::iecPushed));
    cases.add(
        DriverCase.push(
            "dlms",
            new DlmsDriver(DriverPath.CLOCK),
            TCP,
            Map.of(),
            n -> Telegrams.hdlc(Telegrams.dlms(n))));
    cases.add(
        DriverCase.push(
            "dlms_encrypted",
            new DlmsDriver(DriverPath.CLOCK),
            TCP,
            Map.of("key", KEY, "authentication_key", KEY),
            n -> Telegrams.hdlc(Telegrams.ciphered(Telegrams.dlms(n), n + 1, KEY))));
    for (int mode : new int[] {5, 7}) {
      cases.add(
          DriverCase.push(
              "wmbus_mode" + mode,
              new WirelessDriver(DriverPath.CLOCK),
              TCP,
              Map.of("meter", "12345678", "key", KEY),
              n -> Telegrams.wmbus(n, mode, KEY)));
    }
    cases.add(
        DriverCase.push(
            "speedwire",
            new SpeedwireDriver(),
            "udp-multicast://239.12.255.%:9522",
            Map.of("interval_ms", "0"),
            Telegrams::speedwire));
    cases.add(
        DriverCase.push("vedirect", new VeDirectDriver(), TCP, Map.of(), Telegrams::veDirect));
  }

  private static void asked(List<DriverCase> cases) {
    cases.add(
        DriverCase.poll(
            "iec62056", new IecDriver(), TCP, Map.of("mode", "C"), Telegrams::iecAsked));
    cases.add(
        DriverCase.poll(
            "mbus", new WiredDriver(), TCP, Map.of("address", "5"), Telegrams::mbusAsked));
    cases.add(
        DriverCase.poll(
            "modbus",
            new RegisterMapDriver(new ModbusService()),
            TCP,
            Map.of("map", "sdm630"),
            Telegrams.modbus(Telegrams::sdm630)));
    cases.add(
        DriverCase.poll(
            "sunspec",
            new SunSpecDriver(new ModbusService()),
            TCP,
            Map.of(),
            Telegrams.modbus(Telegrams::sunspec)));
    cases.add(
        DriverCase.poll(
            "http_template",
            new HttpDriver(),
            "http://meter%.example:80",
            Map.of("preset", "template", "path", "/status", "values", Telegrams.MAPPING),
            target -> Telegrams.json(0)));
    cases.add(
        DriverCase.poll(
            "http_shelly",
            new HttpDriver(),
            "http://meter%.example:80",
            Map.of("preset", "shelly"),
            Telegrams::shellyRpc));
  }

  private static void broker(List<DriverCase> cases) throws ReflectiveOperationException {
    MeterDriver mqtt = make(MqttDriver.class);
    cases.add(mqtt(mqtt, "template", Map.of("topic", "m/s", "values", Telegrams.MAPPING), "m/s"));
    cases.add(mqtt(mqtt, "tasmota", Map.of("device", "plug"), "tele/plug/SENSOR"));
    cases.add(mqtt(mqtt, "shelly", Map.of("device", "em"), "em/status/em:0"));
    cases.add(mqtt(mqtt, "zigbee2mqtt", Map.of("device", "plug"), "zigbee2mqtt/plug"));
    cases.add(mqtt(mqtt, "openenergymonitor", Map.of("device", "emonTx4"), "emon/emonTx4"));
    cases.add(
        mqtt(
            mqtt,
            "chirpstack",
            Map.of("device", "0101010101010101", "values", Telegrams.MAPPING.replace("$.", "$.m.")),
            "application/17c82e96/device/0101010101010101/event/up"));
    cases.add(homeAssistant(mqtt));
  }

  private static DriverCase mqtt(
      MeterDriver driver, String profile, Map<String, String> more, String topic) {
    Map<String, String> settings = new HashMap<>(more);
    settings.put("profile", profile);
    return DriverCase.push(
        "mqtt_" + profile,
        driver,
        BROKER,
        settings,
        n -> Telegrams.mqtt(profile, n),
        DriverCase.topic(topic));
  }

  private static DriverCase homeAssistant(MeterDriver driver) {
    return DriverCase.push(
        "mqtt_homeassistant",
        driver,
        BROKER,
        Map.of("profile", "homeassistant", "device", "em1"),
        Telegrams::json,
        new DriverCase.Peer() {
          @Override
          public boolean ready(Wire wire, String number) {
            if (wire.listened()) {
              wire.send("homeassistant/device/em1/config", Telegrams.homeAssistantConfig());
            }
            return wire.listened();
          }

          @Override
          public void send(Wire wire, String number, byte[] message) {
            wire.send("em1/state", message);
          }
        });
  }

  private static void doors(List<DriverCase> cases) throws ReflectiveOperationException {
    BenchServer server = new BenchServer();
    OcppPeer charger = new OcppPeer(server);
    cases.add(
        DriverCase.push(
            "ocpp16",
            make(OcppDriver.class, server),
            "inbound:CP%",
            Map.of(),
            Telegrams::ocppMeterValues,
            charger));
    BenchServer emon = new BenchServer();
    cases.add(
        DriverCase.push(
            "emoncms",
            make(EmoncmsDriver.class, emon),
            "inbound:node%",
            Map.of("apikey", "0123456789abcdef0123456789abcdef", "channel", "1"),
            Telegrams::json,
            new DriverCase.Peer() {
              @Override
              public boolean ready(Wire wire, String number) {
                return true;
              }

              @Override
              public void send(Wire wire, String number, byte[] message) {
                String form =
                    "node=node"
                        + number
                        + "&fulljson="
                        + new String(message, StandardCharsets.UTF_8);
                emon.post(
                    "/input/post.json",
                    Map.of("authorization", "Bearer 0123456789abcdef0123456789abcdef"),
                    form.getBytes(StandardCharsets.UTF_8));
              }
            }));
    SigningMeter meter = new SigningMeter();
    MeterDriver ecp = make(EcpDriver.class);
    for (int frames : new int[] {1, 16}) {
      cases.add(
          DriverCase.push(
                  frames == 1 ? "ecp_single" : "ecp",
                  ecp,
                  BROKER,
                  Map.of("public_key", meter.key()),
                  n -> meter.message(n, frames),
                  DriverCase.topic("ecp/" + meter.id()))
              .delivering(frames));
    }
  }

  /** A charge point that connects and sends meter values. */
  private static final class OcppPeer implements DriverCase.Peer {
    private final BenchServer server;
    private final Map<String, DeviceServer.WebSocketListener> sockets = new HashMap<>();

    OcppPeer(BenchServer server) {
      this.server = server;
    }

    @Override
    public boolean ready(Wire wire, String number) {
      return server
          .connect("/ocpp/CP" + number, "ocpp1.6")
          .map(
              socket -> {
                socket.text(
                    "[2,\"b\",\"BootNotification\",{\"chargePointVendor\":\"V\","
                        + "\"chargePointModel\":\"M\"}]");
                sockets.put(number, socket);
                return true;
              })
          .orElse(false);
    }

    @Override
    public void send(Wire wire, String number, byte[] message) {
      sockets.get(number).text(new String(message, StandardCharsets.UTF_8));
    }
  }

  /** As the component runtime makes it; services that a bench needs not do nothing. */
  private static MeterDriver make(Class<? extends MeterDriver> type, Object... services)
      throws ReflectiveOperationException {
    Constructor<?> constructor = type.getConstructors()[0];
    Object[] arguments = new Object[constructor.getParameterCount()];
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] = service(constructor.getParameterTypes()[i], services);
    }
    return (MeterDriver) constructor.newInstance(arguments);
  }

  private static Object service(Class<?> type, Object... services) {
    for (Object service : services) {
      if (type.isInstance(service)) {
        return service;
      }
    }
    if (type.isInstance(DriverPath.CLOCK)) {
      return DriverPath.CLOCK;
    }
    return type == DeviceServer.class
        ? new BenchServer()
        : Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) ->
                method.getDefaultValue() != null
                    ? method.getDefaultValue()
                    : method.getReturnType() == java.util.Optional.class
                        ? java.util.Optional.empty()
                        : null);
  }
}
