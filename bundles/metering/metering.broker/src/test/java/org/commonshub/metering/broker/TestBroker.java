package org.commonshub.metering.broker;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A broker in memory with a clock in the test's hands. */
final class TestBroker implements Broker.Doorkeeper, Broker.Journal {
  final Map<String, Client> users = new HashMap<>();
  final List<String> warnings = new ArrayList<>();
  final Broker broker = new Broker(this, this);
  private long nanos = 1;

  TestBroker() {
    user("all", "#", "$SYS/#");
    user("ada", "ada/#");
    user("bob", "bob/#");
  }

  void user(String name, String... filters) {
    users.put(name, new Client(name, List.of(filters)));
  }

  static String password(String user) {
    return new StringBuilder(user).reverse().toString();
  }

  /** A client that has logged in and sees everything. */
  TestClient client(String id) {
    return client("all", id);
  }

  TestClient client(String user, String id) {
    TestClient client = new TestClient(this).login(user, id, true);
    List<String> heard = client.heard();
    if (!heard.equals(List.of("CONNACK 0 0"))) {
      throw new AssertionError(heard + " " + warnings);
    }
    return client;
  }

  long now() {
    return nanos;
  }

  /** Lets time pass, tick by tick. */
  TestBroker pass(Duration time) {
    long end = nanos + time.toNanos();
    long tick = Math.max(250_000_000L, time.toNanos() / 1_000);
    while (nanos < end) {
      nanos = Math.min(end, nanos + tick);
      broker.tick(nanos);
    }
    return this;
  }

  @Override
  public Optional<Client> admit(String user, byte[] password) {
    return Arrays.equals(password(user).getBytes(StandardCharsets.UTF_8), password)
        ? Optional.ofNullable(users.get(user))
        : Optional.empty();
  }

  @Override
  public boolean knows(String user) {
    return users.containsKey(user);
  }

  @Override
  public void warn(String about, String what) {
    warnings.add(what);
  }
}
