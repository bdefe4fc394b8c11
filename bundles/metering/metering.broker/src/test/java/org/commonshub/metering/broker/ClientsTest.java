package org.commonshub.metering.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Hashtable;
import java.util.List;
import org.commonshub.testing.fakes.FakeSecrets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.osgi.service.cm.ConfigurationException;

class ClientsTest {
  private final Clients clients = new Clients();
  private final List<String> told = new ArrayList<>();

  static Hashtable<String, Object> settings(Object... pairs) {
    Hashtable<String, Object> values = new Hashtable<>();
    for (int i = 0; i < pairs.length; i += 2) {
      values.put((String) pairs[i], pairs[i + 1]);
    }
    return values;
  }

  private void update(String name, Object... pairs) throws ConfigurationException {
    clients.updated(Clients.PID + "~" + name, settings(pairs));
  }

  @Test
  void ownTopicsUnlessOthersAreNamed() throws Exception {
    update("1", "user", "ada", "password", "x");
    update(
        "2", "user", "ha", "password", "y", "topics", new String[] {"homeassistant/#", " ha/+ "});
    assertThat(clients.admit("ada", "x".getBytes())).contains(new Client("ada", List.of("ada/#")));
    assertThat(clients.admit("ha", "y".getBytes()))
        .contains(new Client("ha", List.of("homeassistant/#", "ha/+")));
    assertThat(clients.admit("ada", "y".getBytes())).isEmpty();
    assertThat(clients.admit("eve", "x".getBytes())).isEmpty();
    assertThat(clients.admit("eve", new byte[0])).isEmpty();
  }

  @Test
  void secretsAreResolvedAtEachLogin() throws Exception {
    FakeSecrets secrets = new FakeSecrets();
    String reference = secrets.put("p", "one");
    update("1", "user", "ada", "password", reference);
    assertThat(clients.admit("ada", reference.getBytes())).isEmpty();
    assertThat(clients.admit("ada", new byte[0])).as("without the secrets").isEmpty();
    clients.bindSecrets(secrets);
    assertThat(clients.admit("ada", "one".getBytes())).isPresent();
    secrets.put("p", "two");
    assertThat(clients.admit("ada", "one".getBytes())).isEmpty();
    assertThat(clients.admit("ada", "two".getBytes())).isPresent();
    secrets.remove("p");
    assertThat(clients.admit("ada", "two".getBytes())).isEmpty();
    assertThat(clients.admit("ada", new byte[0])).isEmpty();
    clients.unbindSecrets(secrets);
  }

  @Test
  void noPasswordNoEntry() throws Exception {
    update("1", "user", "ada");
    assertThat(clients.admit("ada", new byte[0])).isEmpty();
  }

  @Test
  void whoeverChangedIsTold() throws Exception {
    try (AutoCloseable watch = clients.watch(told::add)) {
      assertThat(clients.isEmpty()).isTrue();
      update("1", "user", "ada", "password", "x");
      update("1", "user", "ada", "password", "x"); // nothing new
      update("1", "user", "ada", "password", "y");
      update("1", "user", "bob", "password", "y");
      assertThat(clients.knows("ada")).isFalse();
      assertThat(clients.isEmpty()).isFalse();
      clients.deleted(Clients.PID + "~1");
      clients.deleted(Clients.PID + "~1");
      assertThat(told).containsExactly("ada", "ada", "ada", "bob", "bob");
      assertThat(watch).isNotNull();
    }
    update("1", "user", "ada", "password", "x");
    assertThat(told).hasSize(5);
  }

  @ParameterizedTest
  @CsvSource({
    "'', topic, user",
    "a b, topic, user",
    "ada/x, topic, user",
    "+, topic, user",
    "ada, a#, topics",
    "ada, a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q, topics",
  })
  void refuses(String user, String topic, String property) {
    assertThatThrownBy(
            () -> update("1", "user", user, "password", "x", "topics", new String[] {topic}))
        .isInstanceOfSatisfying(
            ConfigurationException.class, e -> assertThat(e.getProperty()).isEqualTo(property));
    assertThat(clients.isEmpty()).isTrue();
  }

  @Test
  void oneUserOnce() throws Exception {
    update("1", "user", "ada", "password", "x");
    assertThatThrownBy(() -> update("2", "user", "ada", "password", "z"))
        .hasMessageContaining("another client already");
    assertThat(clients.admit("ada", "x".getBytes())).isPresent();
  }
}
