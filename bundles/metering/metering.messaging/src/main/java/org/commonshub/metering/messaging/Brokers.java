package org.commonshub.metering.messaging;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.osgi.service.cm.ConfigurationException;
import org.osgi.service.cm.ManagedServiceFactory;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.AttributeType;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * The brokers that need more than an address. A managed service factory rather than one component
 * per broker, so that no password becomes a service property.
 */
@Component(
    immediate = true, // or what Configuration Admin told would be forgotten with the instance
    service = {Brokers.class, ManagedServiceFactory.class},
    configurationPid = Brokers.PID,
    configurationPolicy = ConfigurationPolicy.IGNORE,
    property = "service.pid=" + Brokers.PID)
@Designate(ocd = Brokers.Config.class, factory = true)
public final class Brokers implements ManagedServiceFactory {
  static final String PID = "org.commonshub.metering.messaging.broker";

  /** A broker with a password or a certificate of its own. */
  @ObjectClassDefinition(
      name = "MQTT broker",
      description =
          "User, password and certificate of an MQTT broker in the home. Devices at this address"
              + " use them; a broker without such an entry is used without a password.")
  @interface Config {
    @AttributeDefinition(
        name = "Address",
        description = "Name or address of the broker, as it stands in the address of the devices.")
    String host();

    @AttributeDefinition(
        name = "Port",
        description = "TCP port: mostly 1883 without and 8883 with encryption. Default 8883.",
        required = false,
        min = "1",
        max = "65535")
    int port() default 8883;

    @AttributeDefinition(
        name = "User",
        description = "User the hub logs in as. Default none.",
        required = false)
    String user() default "";

    @AttributeDefinition(
        name = "Password",
        description = "Password of the user. Default none.",
        type = AttributeType.PASSWORD,
        required = false)
    String password() default "";

    @AttributeDefinition(
        name = "Certificate authority",
        description =
            "File (absolute path, PEM) with the certificate of the authority that signed the"
                + " broker's, or the PEM text itself. For mqtts only. Default: the authorities"
                + " this computer knows.",
        required = false)
    String authority() default "";

    @AttributeDefinition(
        name = "Fingerprint",
        description =
            "SHA-256 of the broker's certificate, 64 hexadecimal digits: trusts exactly this one,"
                + " whatever name it is made for. For mqtts only. Default none.",
        required = false)
    String fingerprint() default "";

    @AttributeDefinition(
        name = "Client identifier",
        description =
            "What the hub calls itself, at most 64 letters, digits, hyphens and underscores, if"
                + " the broker insists on one. Default: random.",
        required = false)
    String clientId() default "";
  }

  private final Map<String, BrokerSettings> byPid = new HashMap<>();
  private final List<Consumer<BrokerSettings>> watchers = new CopyOnWriteArrayList<>();

  @Activate
  public Brokers() {}

  /** Settings of the broker at an address, or those of a name. */
  Optional<BrokerSettings> find(String host, int port, Optional<String> name) {
    synchronized (byPid) {
      List<BrokerSettings> found = new ArrayList<>(byPid.values());
      found.removeIf(
          b ->
              !(b.host().equals(host.toLowerCase(Locale.ROOT)) && b.port() == port)
                  || (name.isPresent() && !b.name().equals(name.get())));
      return found.stream().min(Comparator.comparing(BrokerSettings::name));
    }
  }

  /** Tells whose settings came, changed or went. */
  AutoCloseable watch(Consumer<BrokerSettings> watcher) {
    watchers.add(watcher);
    return () -> watchers.remove(watcher);
  }

  @Override
  public String getName() {
    return "Commons Hub MQTT brokers";
  }

  @Override
  public void updated(String pid, Dictionary<String, ?> properties) throws ConfigurationException {
    BrokerSettings settings;
    try {
      settings = read(pid, properties);
    } catch (ConfigurationException e) {
      deleted(pid);
      throw e;
    }
    BrokerSettings old;
    synchronized (byPid) {
      old = byPid.put(pid, settings);
    }
    if (settings.equals(old)) {
      return;
    }
    if (old != null && (!old.host().equals(settings.host()) || old.port() != settings.port())) {
      watchers.forEach(watcher -> watcher.accept(old));
    }
    watchers.forEach(watcher -> watcher.accept(settings));
  }

  @Override
  public void deleted(String pid) {
    BrokerSettings old;
    synchronized (byPid) {
      old = byPid.remove(pid);
    }
    if (old != null) {
      watchers.forEach(watcher -> watcher.accept(old));
    }
  }

  private static BrokerSettings read(String pid, Dictionary<String, ?> properties)
      throws ConfigurationException {
    String host = text(properties, "host");
    if (host.isEmpty() || host.length() > 253) {
      throw new ConfigurationException("host", "the name or address of the broker is missing");
    }
    int port = port(properties);
    String user = text(properties, "user");
    String password = text(properties, "password");
    if (user.isEmpty() && !password.isEmpty()) {
      throw new ConfigurationException("user", "MQTT has no password without a user: enter one");
    }
    String fingerprint = text(properties, "fingerprint");
    if (!fingerprint.isEmpty()) {
      fingerprint =
          BrokerSettings.fingerprint(fingerprint)
              .orElseThrow(
                  () ->
                      new ConfigurationException(
                          "fingerprint", "a SHA-256 fingerprint has 64 hexadecimal digits"));
    }
    String clientId = text(properties, "clientId");
    if (!clientId.matches("[A-Za-z0-9_-]{0,64}")) {
      throw new ConfigurationException(
          "clientId", "at most 64 letters, digits, hyphens and underscores");
    }
    return new BrokerSettings(
        pid.substring(pid.indexOf('~') + 1),
        host.toLowerCase(Locale.ROOT),
        port,
        user,
        password,
        text(properties, "authority"),
        fingerprint,
        clientId);
  }

  private static int port(Dictionary<String, ?> properties) throws ConfigurationException {
    Object value = properties.get("port");
    if (value == null) {
      return 8883;
    }
    try {
      int port = Integer.parseInt(value.toString().strip());
      if (port >= 1 && port <= 65_535) {
        return port;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw new ConfigurationException("port", "a port is 1 to 65535, not " + value);
  }

  private static String text(Dictionary<String, ?> properties, String key) {
    Object value = properties.get(key);
    return value == null ? "" : value.toString().strip();
  }
}
