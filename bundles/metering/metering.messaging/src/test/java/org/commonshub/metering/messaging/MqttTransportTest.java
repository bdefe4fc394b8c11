package org.commonshub.metering.messaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Hashtable;
import java.util.Optional;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.TransportProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.osgi.service.cm.ConfigurationException;

class MqttTransportTest {
  private final Brokers brokers = new Brokers();
  private final MqttTransport transport = new MqttTransport(brokers);

  @AfterEach
  void close() throws Exception {
    transport.close();
  }

  @Test
  void oneConnectionForEqualEndpoints() {
    TransportProvider.Handle first = transport.open(Endpoint.parse("mqtt://Broker.lan:1883"));
    TransportProvider.Handle second = transport.open(Endpoint.parse("mqtt://broker.lan:1883"));
    transport.open(Endpoint.parse("mqtts://broker.lan:8883"));
    assertThat(first.mqtt()).isSameAs(second.mqtt());
    assertThat(transport.connections()).isEqualTo(2);
    first.close();
    first.close();
    assertThat(transport.connections()).isEqualTo(2);
    second.close();
    assertThat(transport.connections()).isEqualTo(1);
    assertThatThrownBy(first::stream).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(first::datagrams).isInstanceOf(IllegalStateException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "tcp://192.0.2.9:1883, no MQTT broker",
    "mqtt://192.0.2.9:1883?user=ada, unknown parameter 'user'",
    "mqtt://192.0.2.9:1883?sha256=00, unknown parameter 'sha256'",
    "mqtts://192.0.2.9:8883?sha256=00, 64 hexadecimal digits",
  })
  void refusesEndpoints(String endpoint, String why) {
    assertThatThrownBy(() -> transport.open(Endpoint.parse(endpoint)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(why);
  }

  @Test
  void opensNothingAfterClose() throws Exception {
    transport.close();
    assertThatThrownBy(() -> transport.open(Endpoint.parse("mqtt://192.0.2.9:1883")))
        .isInstanceOf(IllegalStateException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "port, 0, port",
    "port, x, port",
    "port, 65536, port",
    "host, '', host",
    "fingerprint, 12:34, fingerprint",
    "clientId, 'a b', clientId",
    "user, '', user",
  })
  void refusesSettings(String key, String value, String property) {
    Hashtable<String, Object> values = new Hashtable<>();
    values.put("host", "Broker.lan");
    values.put("user", "ada");
    values.put("password", "x");
    values.put(key, value);
    assertThatThrownBy(() -> brokers.updated(Brokers.PID + "~a", values))
        .isInstanceOfSatisfying(
            ConfigurationException.class, e -> assertThat(e.getProperty()).isEqualTo(property));
  }

  @Test
  void settingsAreFoundByAddressAndHideThePassword() throws Exception {
    Hashtable<String, Object> values = new Hashtable<>();
    values.put("host", "Broker.lan");
    values.put("user", "ada");
    values.put("password", "lovelace");
    brokers.updated(Brokers.PID + "~a", values);
    Optional<BrokerSettings> found = brokers.find("broker.LAN", 8883, Optional.empty());
    assertThat(found).isPresent();
    assertThat(found.get().toString()).doesNotContain("lovelace");
    assertThat(brokers.find("broker.lan", 1883, Optional.empty())).isEmpty();
    assertThat(brokers.find("broker.lan", 8883, Optional.of("b"))).isEmpty();
    brokers.deleted(Brokers.PID + "~a");
    assertThat(brokers.find("broker.lan", 8883, Optional.empty())).isEmpty();
  }
}
