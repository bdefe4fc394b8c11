package org.commonshub.ledger.transparency;

import java.net.URI;
import java.time.Duration;
import java.util.Hashtable;
import org.commonshub.identity.api.VerificationKey;
import org.commonshub.ledger.api.LedgerClient;
import org.commonshub.platform.api.Secrets;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.AttributeType;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * One configured log. It registers its service itself, so that a token does not become a service
 * property.
 */
@Component(
    immediate = true,
    service = {},
    configurationPid = TransparencyLedger.PID,
    configurationPolicy = ConfigurationPolicy.REQUIRE)
@Designate(ocd = TransparencyLedger.Config.class, factory = true)
public final class TransparencyLedger {
  static final String PID = "org.commonshub.ledger.transparency";

  /** Three exchanges stay below the 30 s of a call. */
  private static final Duration PATIENCE = Duration.ofSeconds(9);

  /** Settings of one log. */
  @ObjectClassDefinition(
      name = "Transparency log",
      description =
          "A log over HTTP that can only grow, on which this hub keeps the roots of its journal.")
  @interface Config {
    /** Default log. */
    @AttributeDefinition(
        name = "Name",
        description =
            "What this ledger is called on this hub; letters, digits and . _ ~ -. A new log gets a"
                + " new name. Default log.")
    String name() default "log";

    /** No default. */
    @AttributeDefinition(
        name = "Address",
        description = "Where the log answers, https (or http in your own network). No default.")
    String url();

    /** No default. */
    @AttributeDefinition(
        name = "Log's name",
        description = "What the log calls itself in what it signs (origin). No default.")
    String origin();

    /** No default. */
    @AttributeDefinition(
        name = "Log's key",
        description =
            "The public key that signs the log's states, did:key:z… or z…, as its operator"
                + " published it. No default.")
    String key();

    /** No default. */
    @AttributeDefinition(
        name = "Account",
        description =
            "Under which this hub's entries stand in the log, as agreed with its operator; letters,"
                + " digits and . _ ~ -. No default.")
    String account();

    /** Default none. */
    @AttributeDefinition(
        name = "Token",
        type = AttributeType.PASSWORD,
        description = "What proves the account to the log; a secret, ${secret:NAME}. Default none.")
    String token() default "";
  }

  private final LogClient client;
  private final ServiceRegistration<LedgerClient> registration;

  @Activate
  public TransparencyLedger(
      BundleContext context, @Reference(name = "secrets") Secrets secrets, Config config) {
    String token = config.token() == null ? "" : config.token();
    client =
        new LogClient(
            new LogClient.Settings(
                name("Name", config.name()),
                address(config.url()),
                name("Log's name", config.origin()),
                key(config.key()),
                name("Account", config.account()),
                () -> secrets.resolve(token).orElse("")),
            PATIENCE);
    Hashtable<String, Object> properties = new Hashtable<>();
    properties.put(LedgerClient.NAME, config.name());
    registration = context.registerService(LedgerClient.class, client, properties);
  }

  @Deactivate
  void deactivate() {
    registration.unregister();
    client.close();
  }

  private static String name(String field, String text) {
    if (text == null || !text.matches("[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,63}")) {
      throw new IllegalArgumentException(
          field + " of a transparency log is 1 to 64 letters, digits and . _ ~ -");
    }
    return text;
  }

  private static URI address(String text) {
    try {
      URI address = URI.create(text == null ? "" : text.replaceAll("/+$", ""));
      if (("http".equals(address.getScheme()) || "https".equals(address.getScheme()))
          && address.getHost() != null
          && address.getUserInfo() == null
          && address.getQuery() == null
          && address.getFragment() == null) {
        return address;
      }
    } catch (IllegalArgumentException e) {
      // As below.
    }
    throw new IllegalArgumentException(
        "The address of a transparency log begins with https:// and holds no password or query");
  }

  private static VerificationKey key(String text) {
    try {
      return VerificationKey.parse(text == null ? "" : text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "The key of a transparency log is a did:key:z… or z…: " + e.getMessage(), e);
    }
  }
}
