package org.commonshub.metering.ocpp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.commonshub.metering.api.Actuator;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.mapping.api.JsonValue;
import org.commonshub.testing.fakes.FakeDeviceServer;
import org.commonshub.testing.fakes.FakeDeviceServer.Socket;
import org.commonshub.testing.fakes.FakeDriverContext;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeWriteLease;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The driver message by message; the test is the charge point. */
@Timeout(60)
class OcppDriverTest {
  private final FakeDeviceServer server = new FakeDeviceServer();
  private final FakeHubClock clock = new FakeHubClock();
  private final List<String> announced = new ArrayList<>();
  private final OcppDriver driver =
      new OcppDriver(
          server,
          (id, endpoint, candidate) ->
              announced.add(
                  endpoint + " " + candidate.name() + " " + candidate.settings().get("connector")),
          clock);
  private final Listening listening = new Listening();
  private final FakeWriteLease lease = new FakeWriteLease();

  private OcppSession session(String endpoint, Map<String, String> settings, Listening to)
      throws DeviceException {
    OcppSession session =
        (OcppSession)
            driver.open(
                FakeDriverContext.of(
                    driver.description(), Endpoint.parse(endpoint), null, settings));
    session.start(to);
    return session;
  }

  private OcppSession session(Map<String, String> settings) throws DeviceException {
    return session("inbound:CP1", settings, listening);
  }

  private static Map<String, String> basic(String user, byte[] password) {
    byte[] head = (user + ":").getBytes(StandardCharsets.UTF_8);
    byte[] both = java.util.Arrays.copyOf(head, head.length + password.length);
    System.arraycopy(password, 0, both, head.length, password.length);
    return Map.of("authorization", "Basic " + Base64.getEncoder().encodeToString(both));
  }

  private static JsonValue json(String text) {
    try {
      return JsonValue.parse(text.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    } catch (Exception e) {
      throw new AssertionError(text, e);
    }
  }

  private static void say(Socket socket, String text) {
    socket.say(text.replace('\'', '"'));
  }

  /** Sends a call and returns the hub's answer to it. */
  private static String ask(Socket socket, String action, String payload) {
    String id = "m" + socket.sent().size();
    say(socket, "[2,'" + id + "','" + action + "'," + payload + "]");
    for (String sent : socket.sent()) {
      JsonValue message = json(sent);
      if (!message.at(0).text().orElse("").equals("2")
          && message.at(1).text().orElse("").equals(id)) {
        return sent.substring(sent.indexOf(id) + id.length() + 2, sent.length() - 1);
      }
    }
    throw new AssertionError("no answer to " + action + " in " + socket.sent());
  }

  /** Calls of the hub that nobody answered yet: action and payload. */
  private final List<String> calls = new ArrayList<>();

  /** Answers the hub's calls in turn, as long as there are any. */
  private void serve(Socket socket, Map<String, String> answers) {
    int seen = 0;
    for (int i = 0; i < socket.sent().size(); i++) {
      JsonValue message = json(socket.sent().get(i));
      if (message.at(0).text().orElse("").equals("2") && served.add(socket.sent().get(i))) {
        String action = message.at(2).text().orElse("");
        String sent = socket.sent().get(i);
        calls.add(
            action
                + " "
                + sent.substring(sent.indexOf(action) + action.length() + 2, sent.length() - 1));
        String answer = answers.get(action);
        String id = message.at(1).text().orElse("");
        if (answer == null) {
          say(socket, "[4,'" + id + "','NotImplemented','',{}]");
        } else if (!answer.equals("silence")) {
          say(socket, "[3,'" + id + "'," + answer + "]");
        }
        seen++;
      }
    }
    assertThat(seen).isLessThan(100);
  }

  private final java.util.Set<String> served = new java.util.HashSet<>();

  private static final Map<String, String> NOTHING = Map.of();
  private static final String BOOT16 =
      "{'chargePointVendor':'Acme','chargePointModel':'One','chargePointSerialNumber':'7'}";
  private static final String BOOT201 =
      "{'reason':'PowerUp','chargingStation':{'vendorName':'Acme','model':'One'}}";

  private Socket connect(Version version) {
    Socket socket =
        server.connect("/ocpp/CP1", Map.of(), version == Version.V16 ? "ocpp1.6" : "ocpp2.0.1");
    ask(socket, "BootNotification", version == Version.V16 ? BOOT16 : BOOT201);
    serve(socket, NOTHING);
    calls.clear();
    return socket;
  }

  private static void done(CompletionStage<Void> stage) throws Exception {
    try {
      stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw (Exception) e.getCause();
    }
  }

  private static void fails(Kind kind, CompletionStage<Void> stage) {
    assertThatThrownBy(() -> done(stage))
        .isInstanceOfSatisfying(DeviceException.class, e -> assertThat(e.kind()).isEqualTo(kind));
  }

  // ---------------------------------------------------------------- who comes in

  @Test
  void whoIsLetIn() throws Exception {
    byte[] right = "0123456789abcdef".getBytes(StandardCharsets.UTF_8);
    assertThat(server.connect("/ocpp/CP1", Map.of(), "ocpp1.6")).isNull();
    assertThat(announced).containsExactly("inbound:CP1 Charge point CP1 1");
    session(Map.of("password", "0123456789abcdef"));
    assertThat(server.connect("/ocpp/CP1", Map.of(), "ocpp1.6")).isNull();
    assertThat(server.connect("/ocpp/CP1", basic("CP2", right), "ocpp1.6")).isNull();
    assertThat(server.connect("/ocpp/CP1", basic("CP1", new byte[0]), "ocpp1.6")).isNull();
    assertThat(server.connect("/ocpp/CP1", Map.of("authorization", "Basic !"), "ocpp1.6")).isNull();
    assertThat(server.connect("/ocpp/CP1", Map.of("authorization", "Bearer x"), "ocpp1.6"))
        .isNull();
    assertThat(listening.failures).hasSize(5);
    assertThat(listening.failures).allMatch(e -> !e.getMessage().contains("0123456789abcdef"));
    assertThat(server.connect("/ocpp/CP1", basic("CP1", right), "ocpp1.6")).isNotNull();
    // The octets that the hexadecimal digits stand for.
    assertThat(
            server.connect(
                "/ocpp/CP1/",
                basic("CP1", java.util.HexFormat.of().parseHex("0123456789abcdef")),
                "ocpp1.6"))
        .isNotNull();
    for (String path : List.of("/ocpp", "/ocpp/", "/ocpp/a/b", "/ocpp/" + "x".repeat(49))) {
      assertThat(server.connect(path, Map.of(), "ocpp1.6")).as(path).isNull();
    }
    assertThat(announced).hasSize(1);
  }

  @Test
  void onePasswordIsEnoughOfSeveralDevices() throws Exception {
    session(Map.of("password", "0123456789abcdef"));
    session("inbound:CP1", Map.of("connector", "2"), new Listening());
    assertThat(server.connect("/ocpp/CP1", Map.of(), "ocpp1.6")).isNull();
    assertThat(
            server.connect(
                "/ocpp/CP1",
                basic("CP1", "0123456789abcdef".getBytes(StandardCharsets.UTF_8)),
                "ocpp1.6"))
        .isNotNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "inbound:CP1; connector; 65",
        "inbound:CP1; connector; -1",
        "inbound:CP1; connector; one",
        "inbound:CP1; password; short",
        "inbound:CP1; max-current; 5",
        "inbound:CP1; watchdog; 59",
        "inbound:CP1; sample-interval; 3601",
        "inbound:CP1; phases; 0",
        "inbound:a/b; connector; 1",
        "inbound:%zz; connector; 1"
      })
  void settingsThatMakeNoSense(String endpoint, String key, String value) {
    assertThatThrownBy(
            () ->
                driver.open(
                    FakeDriverContext.of(
                        driver.description(),
                        new Endpoint("inbound", endpoint.substring(8), -1, Map.of()),
                        null,
                        Map.of(key, value))))
        .isInstanceOfSatisfying(
            DeviceException.class, e -> assertThat(e.kind()).isEqualTo(Kind.SETTINGS));
  }

  @Test
  void identitiesWithSpaces() throws Exception {
    assertThat(server.connect("/ocpp/Garage ä+1", Map.of(), "ocpp1.6")).isNull();
    String endpoint = announced.get(0).substring(0, announced.get(0).indexOf(' '));
    assertThat(endpoint).isEqualTo("inbound:Garage%20%C3%A4%2B1");
    session(endpoint, Map.of(), listening);
    assertThat(server.connect("/ocpp/Garage ä+1", Map.of(), "ocpp1.6")).isNotNull();
  }

  // ---------------------------------------------------------------- framing

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "ocpp1.6; [2,'1','Nonsense',{}]; [4,'1','NotImplemented'",
        "ocpp1.6; [2,'1','BootNotification',{}]; [4,'1','OccurenceConstraintViolation'",
        "ocpp2.0.1; [2,'1','BootNotification',{}]; [4,'1','OccurrenceConstraintViolation'",
        "ocpp2.0.1; [2,'1','BootNotification',{'chargingStation':7}]; [4,'1','TypeConstraintViolation'",
        "ocpp1.6; [2,'1','StatusNotification',{'connectorId':1,'status':'Odd'}]; [4,'1','PropertyConstraintViolation'",
        "ocpp1.6; [2,'1','StatusNotification',{'connectorId':'x','status':'Available'}]; [4,'1','TypeConstraintViolation'",
        "ocpp1.6; [2,'1','StatusNotification',{'connectorId':1.5,'status':'Available'}]; [4,'1','TypeConstraintViolation'",
        "ocpp1.6; [2,'1','Authorize',{'idTag':'123456789012345678901'}]; [4,'1','PropertyConstraintViolation'",
        "ocpp1.6; [2,'1','Heartbeat']; [4,'1','FormationViolation'",
        "ocpp1.6; [2,'1','Heartbeat',[]]; [4,'1','FormationViolation'",
        "ocpp1.6; [2,'1','',{}]; [4,'1','FormationViolation'",
        "ocpp1.6; [5,'1']; [4,'1','FormationViolation'",
        "ocpp2.0.1; [5,'1']; [4,'1','RpcFrameworkError'",
        "ocpp2.0.1; hello; [4,'-1','RpcFrameworkError'",
        "ocpp2.0.1; {}; [4,'-1','RpcFrameworkError'",
        "ocpp2.0.1; [2]; [4,'-1','RpcFrameworkError'",
        "ocpp2.0.1; [2,'1234567890123456789012345678901234567','Heartbeat',{}]; [4,'-1','RpcFrameworkError'",
        "ocpp2.0.1; [2,'1','Get15118EVCertificate',{}]; [4,'1','NotSupported'"
      })
  void malformedMessagesAreAnswered(String protocol, String message, String answer)
      throws Exception {
    session(Map.of());
    Socket socket = server.connect("/ocpp/CP1", Map.of(), protocol);
    say(socket, message);
    assertThat(socket.sent().get(0)).startsWith(answer.replace('\'', '"'));
    assertThat(ask(socket, "Heartbeat", "{}")).contains("2026-01-15T12:00:00Z");
  }

  @Test
  void silentlyPassedOverOrEndedAtLast() throws Exception {
    session(Map.of());
    Socket socket = server.connect("/ocpp/CP1", Map.of(), "ocpp1.6");
    for (String message :
        List.of("", "hello", "[3,'nobody asked',{}]", "[4,'x','y','z',{}]", "[3,'1']", "{}")) {
      say(socket, message);
    }
    assertThat(socket.sent()).isEmpty();
    assertThat(socket.closedWith()).isZero();
    for (int i = 0; i < 20; i++) {
      say(socket, "garbage");
    }
    assertThat(socket.closedWith()).isEqualTo(1002);
  }

  @Test
  void deepAndLargeMessagesAreRefused() throws Exception {
    session(Map.of());
    Socket socket = server.connect("/ocpp/CP1", Map.of(), "ocpp2.0.1");
    say(socket, "[".repeat(1_000) + "]".repeat(1_000));
    say(socket, "[2,'1','MeterValues',{'meterValue':'" + "x".repeat(250_000) + "'}]");
    assertThat(socket.sent()).hasSize(2).allMatch(s -> s.contains("RpcFrameworkError"));
  }

  // ---------------------------------------------------------------- 1.6

  @Test
  void aSessionOf16() throws Exception {
    OcppSession session = session(Map.of("idtags", "Good"));
    Socket socket = server.connect("/ocpp/CP1", Map.of(), "ocpp1.6");
    assertThat(ask(socket, "BootNotification", BOOT16))
        .contains("Accepted", "\"interval\":60", "2026-01-15T12:00:00Z");
    assertThat(session.identity()).containsEntry("maker", "Acme").containsEntry("serial", "7");
    status(socket, "Available");
    assertThat(listening.latest()).containsEntry("ev.state", "1");
    assertThat(ask(socket, "Authorize", "{'idTag':'GOOD'}")).contains("Accepted");
    assertThat(ask(socket, "Authorize", "{'idTag':'bad'}")).contains("Invalid");
    String start =
        "{'connectorId':1,'idTag':'good','meterStart':1000,'timestamp':'2026-01-15T12:00:00Z'}";
    JsonValue started = json(ask(socket, "StartTransaction", start));
    String transaction = started.get("transactionId").text().orElseThrow();
    assertThat(json(ask(socket, "StartTransaction", start)).get("transactionId").text())
        .as("sent again")
        .contains(transaction);
    status(socket, "Charging");
    ask(
        socket,
        "MeterValues",
        "{'connectorId':1,'transactionId':"
            + transaction
            + ",'meterValue':[{'timestamp':'2026-01-15T11:59:30+00:00','sampledValue':["
            + "{'value':'1.25','unit':'kWh'},"
            + "{'value':'7200','measurand':'Power.Active.Import','unit':'W'},"
            + "{'value':'32','measurand':'Current.Import','phase':'L1','unit':'A'}]}]}");
    assertThat(listening.frames.get(listening.frames.size() - 1).at())
        .contains(Instant.parse("2026-01-15T11:59:30Z"));
    assertThat(listening.latest())
        .containsEntry("energy.import", "1250")
        .containsEntry("ev.session-energy", "250")
        .containsEntry("power.active", "7200");
    status(socket, "SuspendedEV");
    assertThat(listening.latest())
        .containsEntry("ev.state", "2")
        .containsEntry("power.active", "0 [estimated]")
        .containsEntry("current.l1", "0 [estimated]");
    assertThat(
            ask(
                socket,
                "StopTransaction",
                "{'transactionId':"
                    + transaction
                    + ",'meterStop':1300,'timestamp':'2026-01-15T12:00:01Z','idTag':'Good'}"))
        .contains("Accepted");
    assertThat(listening.latest())
        .containsEntry("energy.import", "1300")
        .containsEntry("ev.session-energy", "300");
    status(socket, "Faulted");
    assertThat(listening.latest()).containsEntry("ev.state", "5");
    // another transaction has another number
    assertThat(
            json(ask(socket, "StartTransaction", start.replace("1000", "1300")))
                .get("transactionId")
                .text())
        .isNotEqualTo(Optional.of(transaction));
  }

  private static void status(Socket socket, String status) {
    assertThat(
            ask(
                socket,
                "StatusNotification",
                "{'connectorId':1,'errorCode':'NoError','status':'" + status + "'}"))
        .isEqualTo("{}");
  }

  @ParameterizedTest
  @CsvSource({
    "Available, 1",
    "Preparing, 2",
    "Charging, 3",
    "SuspendedEVSE, 2",
    "SuspendedEV, 2",
    "Finishing, 2",
    "Reserved, 1",
    "Unavailable, 6",
    "Faulted, 5"
  })
  void statesOf16(String status, String state) throws Exception {
    session(Map.of());
    status(connect(Version.V16), status);
    assertThat(listening.latest()).containsEntry("ev.state", state);
  }

  @Test
  void aChargePointIsAskedForWhatItCanAndSetToSample() throws Exception {
    session(Map.of("sample-interval", "15"));
    Socket socket = server.connect("/ocpp/CP1", Map.of(), "ocpp1.6");
    ask(socket, "BootNotification", BOOT16);
    serve(
        socket,
        Map.of(
            "GetConfiguration",
            "{'configurationKey':[{'key':'MeterValueSampleInterval','readonly':false,'value':'60'},"
                + "{'key':'SupportedFeatureProfiles','readonly':true,'value':'Core'}]}",
            "ChangeConfiguration",
            "{'status':'Rejected'}"));
    assertThat(calls.get(0)).startsWith("GetConfiguration");
    assertThat(calls.subList(1, calls.size()))
        .allMatch(c -> c.startsWith("ChangeConfiguration"))
        .anyMatch(c -> c.contains("MeterValueSampleInterval") && c.contains("\"15\""))
        .filteredOn(c -> c.contains("MeterValuesSampledData"))
        .hasSize(Ocpp16.WANTED.size());
    assertThat(session("inbound:CP1", Map.of(), new Listening()).actuators())
        .extracting(Actuator::id)
        .as("without smart charging")
        .containsExactly("charging");
  }

  @Test
  void aChargePointThatWasThereBeforeTheHubTellsItsState() throws Exception {
    session(Map.of());
    Socket socket = server.connect("/ocpp/CP1", Map.of(), "ocpp1.6");
    ask(socket, "Heartbeat", "{}");
    serve(socket, Map.of("TriggerMessage", "{'status':'Accepted'}"));
    assertThat(calls)
        .anyMatch(c -> c.startsWith("TriggerMessage") && c.contains("BootNotification"))
        .anyMatch(c -> c.startsWith("TriggerMessage") && c.contains("StatusNotification"))
        .anyMatch(c -> c.startsWith("TriggerMessage") && c.contains("MeterValues"));
    // A transaction that the hub did not see begin can be stopped all the same.
    ask(
        socket,
        "MeterValues",
        "{'connectorId':1,'transactionId':77,'meterValue':[{'timestamp':'x','sampledValue':[]}]}");
    calls.clear();
    CompletionStage<Void> stop =
        session("inbound:CP1", Map.of(), new Listening()).write(lease, "charging", BigDecimal.ZERO);
    serve(socket, Map.of("RemoteStopTransaction", "{'status':'Accepted'}"));
    done(stop);
    assertThat(calls).anyMatch(c -> c.equals("RemoteStopTransaction {\"transactionId\":77}"));
  }

  @Test
  void clocksThatAreFarOffAreNotBelieved() throws Exception {
    session(Map.of());
    Socket socket = connect(Version.V16);
    for (String time :
        List.of(
            "1970-01-01T00:00:00Z", "2026-01-15T12:05:00Z", "yesterday", "2025-12-01T00:00:00Z")) {
      ask(
          socket,
          "MeterValues",
          "{'connectorId':1,'meterValue':[{'timestamp':'"
              + time
              + "','sampledValue':[{'value':'5'}]}]}");
      assertThat(listening.frames.get(listening.frames.size() - 1).at()).as(time).isEmpty();
    }
    ask(
        socket,
        "MeterValues",
        "{'connectorId':1,'meterValue':[{'timestamp':'2026-01-14T11:00:00.5+02:00','sampledValue':[{'value':'5'}]},"
            + "{'timestamp':'2026-01-15T12:01:00','sampledValue':[{'value':'5'}]}]}");
    assertThat(listening.frames.subList(listening.frames.size() - 2, listening.frames.size()))
        .extracting(Listening.Frame::at)
        .containsExactly(
            Optional.of(Instant.parse("2026-01-14T09:00:00.500Z")),
            Optional.of(Instant.parse("2026-01-15T12:01:00Z")));
  }

  @Test
  void connectorsAreToldApart() throws Exception {
    Listening second = new Listening();
    Listening whole = new Listening();
    session(Map.of());
    session("inbound:CP1", Map.of("connector", "2"), second);
    session("inbound:CP1", Map.of("connector", "0"), whole);
    Socket socket = connect(Version.V16);
    for (int connector = 0; connector < 4; connector++) {
      ask(
          socket,
          "MeterValues",
          "{'connectorId':"
              + connector
              + ",'meterValue':[{'timestamp':'2026-01-15T12:00:00Z','sampledValue':[{'value':'"
              + (100 + connector)
              + "'}]}]}");
      ask(
          socket,
          "StatusNotification",
          "{'connectorId':" + connector + ",'errorCode':'NoError','status':'Available'}");
    }
    assertThat(listening.latest()).containsEntry("energy.import", "101");
    assertThat(second.latest()).containsEntry("energy.import", "102");
    assertThat(whole.latest()).containsEntry("energy.import", "100");
    assertThat(announced).containsExactly("inbound:CP1 CP1 connector 3 3");
  }

  @Test
  void aSingleConnectorMayBeToldAsTheWhole() throws Exception {
    session(Map.of());
    Socket socket = connect(Version.V16);
    String values =
        "{'connectorId':0,'meterValue':[{'timestamp':'x','sampledValue':[{'value':'7'}]}]}";
    ask(socket, "MeterValues", values);
    assertThat(listening.latest()).containsEntry("energy.import", "7");
    ask(socket, "MeterValues", values.replace(":0", ":1").replace("'7'", "'9'"));
    ask(socket, "MeterValues", values.replace("'7'", "'8'"));
    assertThat(listening.latest()).containsEntry("energy.import", "9");
  }

  @Test
  void signsOfLife() throws Exception {
    session(Map.of());
    Socket socket = connect(Version.V16);
    status(socket, "Preparing");
    int before = listening.frames.size();
    ask(socket, "Heartbeat", "{}");
    assertThat(listening.frames).hasSize(before);
    clock.advance(Duration.ofSeconds(60));
    ask(socket, "Heartbeat", "{}");
    assertThat(listening.frames).hasSize(before + 1);
    assertThat(listening.frames.get(before).values()).containsExactly(Map.entry("ev.state", "2"));
  }

  @Test
  void aRegisterThatFallsBehindIsOfAnotherMeter() throws Exception {
    session(Map.of());
    Socket socket = connect(Version.V16);
    ask(
        socket,
        "MeterValues",
        "{'connectorId':1,'meterValue':[{'timestamp':'x','sampledValue':[{'value':'5000'}]}]}");
    int before = listening.frames.size();
    ask(socket, "StartTransaction", "{'connectorId':1,'idTag':'x','meterStart':0}");
    assertThat(listening.frames).hasSize(before);
  }

  @Test
  void hostileValuesDoNotPileUp() throws Exception {
    session(Map.of());
    Socket socket = connect(Version.V201);
    for (int i = 0; i < 2_000; i++) {
      ask(
          socket,
          "TransactionEvent",
          "{'eventType':'Started','transactionInfo':{'transactionId':'t"
              + i
              + "'},'evse':{'id':"
              + (i - 1_000)
              + "},'idToken':{'idToken':7},'meterValue':[{'sampledValue':[{'value':1}]}]}");
    }
    assertThat(listening.frames.size()).isLessThan(10);
  }

  // ---------------------------------------------------------------- 2.0.1

  @Test
  void aSessionOf201() throws Exception {
    session(Map.of("idtags", "good"));
    Socket socket = server.connect("/ocpp/CP1", Map.of(), "ocpp2.0.1");
    assertThat(ask(socket, "BootNotification", BOOT201)).contains("Accepted");
    assertThat(
            ask(
                socket,
                "StatusNotification",
                "{'timestamp':'2026-01-15T12:00:00Z','connectorStatus':'Occupied','evseId':1,"
                    + "'connectorId':1}"))
        .isEqualTo("{}");
    assertThat(listening.latest()).containsEntry("ev.state", "2");
    assertThat(
            event(socket, "Started", "'chargingState':'EVConnected'", 1_000, "Transaction.Begin"))
        .contains("Accepted");
    event(socket, "Updated", "'chargingState':'Charging'", 1_500, "Sample.Periodic");
    assertThat(listening.latest())
        .containsEntry("ev.state", "3")
        .containsEntry("energy.import", "1500")
        .containsEntry("ev.session-energy", "500");
    ask(
        socket,
        "StatusNotification",
        "{'timestamp':'x','connectorStatus':'Occupied','evseId':1,'connectorId':1}");
    assertThat(listening.latest()).as("still charging").containsEntry("ev.state", "3");
    assertThat(
            ask(
                socket,
                "NotifyEVChargingNeeds",
                "{'evseId':1,'chargingNeeds':{'requestedEnergyTransfer':'DC',"
                    + "'departureTime':'2026-01-15T13:00:00Z',"
                    + "'dcChargingParameters':{'evMaxCurrent':1,'evMaxVoltage':1,'energyAmount':9000,"
                    + "'stateOfCharge':40}}}"))
        .contains("Accepted");
    assertThat(listening.latest())
        .containsEntry("ev.energy-requested", "9000")
        .containsEntry("ev.departure", "3600")
        .containsEntry("ev.soc", "40");
    event(socket, "Ended", "'stoppedReason':'Local'", 1_600, "Transaction.End");
    assertThat(listening.latest())
        .containsEntry("energy.import", "1600")
        .containsEntry("ev.session-energy", "600")
        .containsEntry("ev.state", "2");
    for (String action :
        List.of(
            "NotifyReport", "NotifyEvent", "SecurityEventNotification", "NotifyChargingLimit")) {
      assertThat(ask(socket, action, "{}")).isEqualTo("{}");
    }
  }

  private static String event(
      Socket socket, String type, String info, int register, String context) {
    return ask(
        socket,
        "TransactionEvent",
        "{'eventType':'"
            + type
            + "','timestamp':'2026-01-15T12:00:00Z','triggerReason':'Trigger','seqNo':0,"
            + "'transactionInfo':{'transactionId':'T-1',"
            + info
            + "},'idToken':{'idToken':'GOOD','type':'ISO14443'},"
            + (type.equals("Started") ? "'evse':{'id':1}," : "")
            + "'meterValue':[{'timestamp':'2026-01-15T12:00:00Z','sampledValue':[{'value':"
            + register
            + ",'context':'"
            + context
            + "'}]}]}");
  }

  // ---------------------------------------------------------------- control

  @Test
  void writesNeedTheChargePoint() throws Exception {
    OcppSession session = session(Map.of());
    fails(Kind.UNREACHABLE, session.write(lease, "current-limit", BigDecimal.TEN));
    fails(Kind.UNREACHABLE, session.release(lease, "current-limit"));
    Socket socket = connect(Version.V16);
    fails(Kind.SETTINGS, session.write(lease, "unheard-of", BigDecimal.TEN));
    CompletionStage<Void> write = session.write(lease, "current-limit", BigDecimal.TEN);
    socket.leave();
    fails(Kind.DISCONNECTED, write);
    assertThat(session.actuators())
        .allMatch(a -> !a.id().endsWith("limit") || a.watchdog().isPresent());
  }

  @Test
  void refusalsAreTold() throws Exception {
    OcppSession session = session(Map.of());
    Socket socket = connect(Version.V16);
    for (String answer : List.of("{'status':'Rejected'}", "{'status':'NotSupported'}", "{}")) {
      CompletionStage<Void> write = session.write(lease, "current-limit", BigDecimal.TEN);
      serve(socket, Map.of("SetChargingProfile", answer));
      fails(Kind.REFUSED, write);
    }
    CompletionStage<Void> write = session.write(lease, "charging", BigDecimal.ONE);
    serve(socket, NOTHING);
    fails(Kind.REFUSED, write);
  }

  @Test
  void theLeaseIsLookedAtWhenTheCallLeaves() throws Exception {
    OcppSession session = session(Map.of());
    Socket socket = connect(Version.V16);
    CompletionStage<Void> first = session.write(lease, "current-limit", BigDecimal.TEN);
    FakeWriteLease other = new FakeWriteLease();
    CompletionStage<Void> second = session.write(other, "power-limit", BigDecimal.TEN);
    other.end();
    serve(socket, Map.of("SetChargingProfile", "{'status':'Accepted'}"));
    done(first);
    fails(Kind.FORBIDDEN, second);
    assertThat(calls).hasSize(1);
  }

  @Test
  void limitsBeforeAndDuringATransaction() throws Exception {
    OcppSession session = session(Map.of("phases", "1", "watchdog", "120"));
    Socket socket = connect(Version.V16);
    Map<String, String> accepting =
        Map.of(
            "SetChargingProfile",
            "{'status':'Accepted'}",
            "ClearChargingProfile",
            "{'status':'Unknown'}");
    CompletionStage<Void> write = session.write(lease, "current-limit", new BigDecimal("16"));
    serve(socket, accepting);
    done(write);
    assertThat(calls)
        .containsExactly(
            "SetChargingProfile {\"connectorId\":1,\"csChargingProfiles\":{\"chargingProfileId\":7002,"
                + "\"stackLevel\":0,\"chargingProfilePurpose\":\"TxDefaultProfile\","
                + "\"chargingProfileKind\":\"Absolute\",\"chargingSchedule\":{"
                + "\"startSchedule\":\"2026-01-15T11:59:00Z\",\"duration\":180,"
                + "\"chargingRateUnit\":\"A\",\"chargingSchedulePeriod\":[{\"startPeriod\":0,"
                + "\"limit\":16.0,\"numberPhases\":1}]}}}");
    calls.clear();
    ask(socket, "StartTransaction", "{'connectorId':1,'idTag':'x','meterStart':0}");
    write = session.write(lease, "power-limit", new BigDecimal("2300"));
    serve(socket, accepting);
    done(write);
    assertThat(calls).hasSize(2);
    assertThat(calls.get(0)).contains("TxDefaultProfile", "\"limit\":10.0");
    assertThat(calls.get(1)).contains("TxProfile", "\"transactionId\":", "\"limit\":10.0");
    calls.clear();
    write = session.write(lease, "power-limit", new BigDecimal("1000"));
    serve(socket, accepting);
    done(write);
    assertThat(calls.get(0)).as("less than 6 A pauses").contains("\"limit\":0.0");
    calls.clear();
    write = session.release(lease, "current-limit");
    serve(socket, accepting);
    done(write);
    assertThat(calls.get(0)).contains("\"chargingRateUnit\":\"W\"", "\"limit\":0.0");
    calls.clear();
    write = session.release(lease, "power-limit");
    serve(socket, accepting);
    done(write);
    assertThat(calls)
        .containsExactly(
            "ClearChargingProfile {\"id\":7003}", "ClearChargingProfile {\"id\":7002}");
  }

  @Test
  void oneOfTwoProfilesIsEnough() throws Exception {
    OcppSession session = session(Map.of());
    Socket socket = connect(Version.V16);
    ask(socket, "StartTransaction", "{'connectorId':1,'idTag':'x','meterStart':0}");
    CompletionStage<Void> write = session.write(lease, "current-limit", BigDecimal.TEN);
    serve(socket, Map.of("SetChargingProfile", "{'status':'Rejected'}"));
    fails(Kind.REFUSED, write);
    write = session.write(lease, "current-limit", BigDecimal.TEN);
    for (String status : List.of("Rejected", "Accepted")) {
      String last = socket.sent().get(socket.sent().size() - 1);
      served.add(last);
      say(
          socket,
          "[3,'" + json(last).at(1).text().orElseThrow() + "',{'status':'" + status + "'}]");
    }
    done(write);
  }

  @Test
  void whatTheHubStoppedItStartsAgain() throws Exception {
    OcppSession session = session(Map.of());
    Socket socket = connect(Version.V16);
    Map<String, String> accepting =
        Map.of(
            "RemoteStartTransaction",
            "{'status':'Accepted'}",
            "RemoteStopTransaction",
            "{'status':'Accepted'}");
    done(session.write(lease, "charging", BigDecimal.ZERO));
    assertThat(calls).as("nothing ran").isEmpty();
    String transaction =
        json(ask(socket, "StartTransaction", "{'connectorId':1,'idTag':'x','meterStart':0}"))
            .get("transactionId")
            .text()
            .orElseThrow();
    done(session.write(lease, "charging", BigDecimal.ONE));
    assertThat(calls).as("it runs").isEmpty();
    CompletionStage<Void> stop = session.write(lease, "charging", BigDecimal.ZERO);
    serve(socket, accepting);
    done(stop);
    ask(socket, "StopTransaction", "{'transactionId':" + transaction + ",'meterStop':0}");
    status(socket, "Finishing");
    CompletionStage<Void> release = session.release(lease, "charging");
    serve(socket, accepting);
    done(release);
    assertThat(calls)
        .containsExactly(
            "RemoteStopTransaction {\"transactionId\":" + transaction + "}", calls.get(1));
    assertThat(calls.get(1)).startsWith("RemoteStartTransaction").contains("COMMONSHUB");
    calls.clear();
    done(session.release(lease, "charging"));
    assertThat(calls).isEmpty();
  }

  @Test
  void aSilentChargePointIsGivenUpInTime() throws Exception {
    OcppSession session = session(Map.of());
    Socket socket = connect(Version.V16);
    CompletionStage<Void> write = session.write(lease, "current-limit", BigDecimal.TEN);
    serve(socket, Map.of("SetChargingProfile", "silence"));
    fails(Kind.TIMEOUT, write);
    // and what comes after is not held up by it
    CompletionStage<Void> next = session.write(lease, "current-limit", BigDecimal.TEN);
    serve(socket, Map.of("SetChargingProfile", "{'status':'Accepted'}"));
    done(next);
  }

  // ---------------------------------------------------------------- coming and going

  @Test
  void anEarlierConnectionGivesWay() throws Exception {
    session(Map.of());
    Socket first = connect(Version.V16);
    Socket second = connect(Version.V201);
    assertThat(first.closedWith()).isEqualTo(1000);
    assertThat(listening.failures).as("it is connected").isEmpty();
    ask(
        second,
        "StatusNotification",
        "{'timestamp':'x','connectorStatus':'Available','evseId':1,'connectorId':1}");
    assertThat(listening.latest()).containsEntry("ev.state", "1");
    second.leave();
    assertThat(listening.failures.get(0).getMessage()).contains("lost its connection");
  }

  @Test
  void aChangedDeviceKeepsItsConnection() throws Exception {
    OcppSession session = session(Map.of());
    Socket socket = connect(Version.V16);
    status(socket, "Charging");
    session.close();
    Listening again = new Listening();
    session("inbound:CP1", Map.of("max-current", "16"), again);
    assertThat(again.latest()).containsEntry("ev.state", "3");
    assertThat(socket.closedWith()).isZero();
    ask(socket, "Heartbeat", "{}");
  }

  @Test
  void aRemovedDeviceLosesItsConnection() throws Exception {
    OcppSession session = session(Map.of());
    Socket socket = connect(Version.V16);
    session.close();
    int frames = listening.frames.size();
    say(socket, "[2,'1','Heartbeat',{}]");
    assertThat(socket.closedWith()).isEqualTo(1008);
    assertThat(listening.frames).hasSize(frames);
    assertThat(server.connect("/ocpp/CP1", Map.of(), "ocpp1.6")).isNull();
    driver.close();
    assertThat(server.paths()).isEmpty();
  }
}
