package org.commonshub.metering.broker;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.commonshub.platform.api.Secrets;
import org.osgi.service.cm.ConfigurationException;
import org.osgi.service.cm.ManagedServiceFactory;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.AttributeType;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who may use the broker. A managed service factory rather than one component per client, so that
 * no password becomes a service property. Passwords are resolved at each log-in and compared in
 * constant time.
 */
@Component(
    immediate = true, // or what Configuration Admin told would be forgotten with the instance
    service = {Clients.class, ManagedServiceFactory.class},
    configurationPid = Clients.PID,
    configurationPolicy = ConfigurationPolicy.IGNORE,
    property = "service.pid=" + Clients.PID)
@Designate(ocd = Clients.Config.class, factory = true)
public final class Clients implements ManagedServiceFactory, Broker.Doorkeeper {
  static final String PID = "org.commonshub.metering.broker.client";
  private static final Logger LOG = LoggerFactory.getLogger(Clients.class);
  private static final int FILTERS = 32;
  private static final int USERS = 256;

  /** A client of the hub's MQTT broker. */
  @ObjectClassDefinition(
      name = "Client of the hub's MQTT broker",
      description = "A device or program that may use the hub's own MQTT broker.")
  @interface Config {
    @AttributeDefinition(
        name = "User",
        description =
            "User name it logs in with: 1 to 64 letters, digits, dots, hyphens and underscores.")
    String user();

    @AttributeDefinition(
        name = "Password",
        description = "Password it logs in with. Without one it cannot.",
        type = AttributeType.PASSWORD,
        required = false)
    String password() default "";

    @AttributeDefinition(
        name = "Topics",
        description =
            "Topic filters it may publish to and read from, at most 32. Default: its own, USER/#.",
        required = false)
    String[] topics() default {};
  }

  private record Entry(Client client, String password) {
    @Override
    public String toString() {
      return client.user();
    }
  }

  private final Map<String, Entry> byPid = new HashMap<>();
  private final List<Consumer<String>> watchers = new CopyOnWriteArrayList<>();

  /** Whose missing password was complained about. */
  private final Set<Entry> complained = ConcurrentHashMap.newKeySet();

  private volatile Secrets secrets;

  @Activate
  public Clients() {}

  @Reference(
      name = "secrets",
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC)
  void bindSecrets(Secrets store) {
    secrets = store;
  }

  void unbindSecrets(Secrets store) {
    if (secrets == store) {
      secrets = null;
    }
  }

  /** Tells which user came, changed or went. */
  AutoCloseable watch(Consumer<String> watcher) {
    watchers.add(watcher);
    return () -> watchers.remove(watcher);
  }

  /** Whether nobody may connect. */
  boolean isEmpty() {
    synchronized (byPid) {
      return byPid.isEmpty();
    }
  }

  @Override
  public Optional<Client> admit(String user, byte[] password) {
    Entry entry = find(user);
    String wanted = entry == null ? "" : resolved(entry);
    boolean right =
        MessageDigest.isEqual(sha256(wanted.getBytes(StandardCharsets.UTF_8)), sha256(password));
    if (entry != null && wanted.isEmpty() && complained.add(entry)) {
      LOG.warn(
          "The MQTT client '{}' has no password, or one that is not stored: enter it again.", user);
    }
    return right && entry != null && !wanted.isEmpty()
        ? Optional.of(entry.client)
        : Optional.empty();
  }

  @Override
  public boolean knows(String user) {
    return find(user) != null;
  }

  private Entry find(String user) {
    synchronized (byPid) {
      for (Entry entry : byPid.values()) {
        if (entry.client.user().equals(user)) {
          return entry;
        }
      }
      return null;
    }
  }

  private String resolved(Entry entry) {
    Secrets store = secrets;
    if (store == null) {
      return entry.password.startsWith("${secret:") ? "" : entry.password;
    }
    return store.resolve(entry.password).orElse("");
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }

  @Override
  public String getName() {
    return "Commons Hub MQTT clients";
  }

  @Override
  public void updated(String pid, Dictionary<String, ?> properties) throws ConfigurationException {
    Entry old;
    Entry entry;
    try {
      entry = read(properties);
      synchronized (byPid) {
        Entry same = find(entry.client.user());
        if (same != null && same != byPid.get(pid)) {
          throw new ConfigurationException(
              "user", "'" + entry.client.user() + "' is the user of another client already");
        }
        if (byPid.size() >= USERS && !byPid.containsKey(pid)) {
          throw new ConfigurationException("user", "there are " + USERS + " clients already");
        }
        old = byPid.put(pid, entry);
      }
    } catch (ConfigurationException e) {
      deleted(pid);
      throw e;
    }
    if (entry.equals(old)) {
      return;
    }
    complained.remove(entry);
    if (old != null && !old.client.user().equals(entry.client.user())) {
      tell(old.client.user());
    }
    tell(entry.client.user());
  }

  @Override
  public void deleted(String pid) {
    Entry old;
    synchronized (byPid) {
      old = byPid.remove(pid);
    }
    if (old != null) {
      complained.remove(old);
      tell(old.client.user());
    }
  }

  private void tell(String user) {
    watchers.forEach(watcher -> watcher.accept(user));
  }

  private static Entry read(Dictionary<String, ?> properties) throws ConfigurationException {
    String user = String.valueOf(properties.get("user")).strip();
    if (properties.get("user") == null || !user.matches("[A-Za-z0-9._-]{1,64}")) {
      throw new ConfigurationException(
          "user", "1 to 64 letters, digits, dots, hyphens and underscores");
    }
    Object password = properties.get("password");
    List<String> topics = new ArrayList<>();
    Object given = properties.get("topics");
    if (given instanceof String[] several) {
      topics.addAll(List.of(several));
    } else if (given instanceof String one) {
      topics.add(one);
    }
    topics.removeIf(String::isBlank);
    topics.replaceAll(String::strip);
    for (String topic : topics) {
      if (!Topics.isFilter(topic) || !Topics.fits(topic)) {
        throw new ConfigurationException(
            "topics",
            "'"
                + Topics.shown(topic)
                + "' is no topic filter of at most "
                + Topics.MAX
                + " bytes and "
                + Topics.LEVELS
                + " levels, such as "
                + user
                + "/# or home/+/power");
      }
    }
    if (topics.size() > FILTERS) {
      throw new ConfigurationException("topics", "at most " + FILTERS);
    }
    return new Entry(
        new Client(user, topics.isEmpty() ? List.of(user + "/#") : topics),
        password == null ? "" : password.toString());
  }
}
