package org.commonshub.console.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.metering.api.DeviceRegistry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Finding devices: supported models, serial ports, the inbox, searches. */
@Timeout(60)
class FindTest {
  private Hub hub;

  @BeforeEach
  void start() throws Exception {
    hub = new Hub();
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  @Test
  void theTableOfSupportedDevicesComesFromTheDrivers() throws Exception {
    Hub.Answer models = hub.prosumer().get("/drivers/models");
    assertThat(models.at("0.maker")).isEqualTo("Eastron");
    assertThat(models.at("0.model")).isEqualTo("SDM630");
    assertThat(models.at("0.driver")).isEqualTo("modbus");
    assertThat(models.at("0.schemes")).isEqualTo(List.of("serial", "tcp"));
    assertThat(models.at("0.source")).isEqualTo("manual");
  }

  @Test
  void serialPortsAreListedForWhoInstalls() throws Exception {
    hub.prosumer();
    Hub.Answer ports = hub.operator().get("/serial-ports");
    assertThat(ports.at("0.path")).isEqualTo("/dev/ttyUSB0");
    assertThat(ports.at("0.description")).isEqualTo("USB reading head");
  }

  @Test
  void announcedDevicesAreShownAndDismissed() throws Exception {
    Hub.Browser me = hub.prosumer();
    assertThat(me.get("/inbox").text()).isEqualTo("[]");
    for (String name : List.of("Second", "First")) {
      hub.fakes.registry.inbox.add(
          new DeviceRegistry.Found(
              Fakes.Registry.definition(
                  name, DeviceRole.EV_CHARGER, Map.of("map", name, "key", "s3cret")),
              Map.of("maker", "Somebody")));
    }
    Hub.Answer inbox = me.get("/inbox");
    assertThat(inbox.at("0.definition.name")).isEqualTo("Second");
    assertThat(inbox.at("0.identity.maker")).isEqualTo("Somebody");
    assertThat(inbox.text()).doesNotContain("s3cret");
    String first = (String) inbox.at("1.id");
    assertThat(first).isNotEqualTo(inbox.at("0.id"));
    assertThat(me.send("DELETE", "/inbox/" + first, null).status()).isEqualTo(204);
    assertThat(me.get("/inbox").at("0.id")).isEqualTo(inbox.at("0.id"));
    assertThat(me.send("DELETE", "/inbox/" + first, null).status()).isEqualTo(404);
    assertThat(hub.fakes.audit.entries.get(0).action()).isEqualTo("inbox.dismiss");
  }

  @Test
  void aPasswordInAnAddressStaysOutOfTheLog() throws Exception {
    Hub.Browser me = hub.prosumer();
    for (String where : List.of("serial:*", "mdns:", "broker:hub", "mqtt://me:s3cret@h:1883")) {
      assertThat(
              me.post("/devices/discover", "{\"driver\":\"modbus\",\"where\":\"" + where + "\"}")
                  .status())
          .isEqualTo(200);
    }
    assertThat(hub.fakes.audit.entries.toString()).contains("serial:*").doesNotContain("s3cret");
  }

  @Test
  void aSecretOfADeviceThatWasRefusedIsForgotten() throws Exception {
    Hub.Answer refused =
        hub.prosumer()
            .post(
                "/devices",
                "{\"name\":\"Refused\",\"role\":\"PV\",\"driver\":\"modbus\","
                    + "\"endpoint\":\"tcp://127.0.0.1:502\","
                    + "\"settings\":{\"map\":\"sdm630\",\"key\":\"s3cret\"}}");
    assertThat((String) refused.at("detail")).isEqualTo("Not this one.");
    assertThat(hub.fakes.secrets.values).isEmpty();
  }
}
