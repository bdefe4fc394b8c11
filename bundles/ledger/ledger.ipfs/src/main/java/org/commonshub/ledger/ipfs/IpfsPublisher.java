package org.commonshub.ledger.ipfs;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Optional;
import org.commonshub.ledger.api.ContentPublisher;
import org.commonshub.ledger.api.ContentRelease;
import org.commonshub.ledger.api.ContentStore;
import org.commonshub.ledger.api.ContentStore.Sealed;
import org.commonshub.platform.api.Secrets;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.AttributeType;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Publishes sealed batches through the API of an IPFS node, as far as the privacy gate lets it. */
@Component(
    immediate = true,
    configurationPid = "org.commonshub.ledger.ipfs",
    configurationPolicy = ConfigurationPolicy.REQUIRE)
@Designate(ocd = IpfsPublisher.Config.class, factory = true)
public final class IpfsPublisher implements ContentPublisher {
  /** Settings of one node. */
  @ObjectClassDefinition(
      name = "IPFS node",
      description =
          "Where sealed batches are published once the privacy gate releases them; never before.")
  public @interface Config {
    /** See description. */
    @AttributeDefinition(
        name = "Address",
        description = "Address of the node's RPC API. Default http://127.0.0.1:5001.")
    String url() default "http://127.0.0.1:5001";

    /** See description. */
    @AttributeDefinition(
        name = "Authorization",
        description =
            "Value of the Authorization header, 'Bearer …' or 'Basic …', best as"
                + " ${secret:NAME}; empty for none.",
        type = AttributeType.PASSWORD)
    String authorization() default "";

    /** See description. */
    @AttributeDefinition(
        name = "Patience",
        description = "Longest time of a transfer in seconds. Default 300.",
        min = "5",
        max = "3600")
    int timeout_s() default 300;
  }

  private final URI base;
  private final IpfsApi api;
  private volatile ContentStore store;
  private volatile ContentRelease release;

  /** Starts; sends nothing. */
  @Activate
  public IpfsPublisher(@Reference(name = "secrets") Secrets secrets, Config config) {
    this(secrets, config.url(), config.authorization(), Duration.ofSeconds(config.timeout_s()));
  }

  IpfsPublisher(Secrets secrets, String url, String authorization, Duration patience) {
    base = base(url);
    String token =
        secrets
            .resolve(authorization)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "authorization names a secret that is not there: enter it again."));
    if (!token.isEmpty() && base.getScheme().equals("http") && !local(base.getHost())) {
      throw new IllegalArgumentException(
          "url is http://, which would show the authorization to everybody on the way: use"
              + " https://.");
    }
    api = new IpfsApi(base, token, patience);
  }

  private static URI base(String url) {
    try {
      URI uri = new URI(url.strip().replaceFirst("/+$", ""));
      if (("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
          && uri.getHost() != null
          && uri.getUserInfo() == null
          && uri.getQuery() == null
          && uri.getFragment() == null) {
        return uri;
      }
    } catch (URISyntaxException e) {
      // said below
    }
    throw new IllegalArgumentException(
        "url has to be http://HOST:PORT or https://HOST:PORT of an IPFS node's RPC API.");
  }

  private static boolean local(String host) {
    return host.equals("localhost") || host.startsWith("127.") || host.equals("[::1]");
  }

  @Reference(
      name = "store",
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  void bindStore(ContentStore found) {
    store = found;
  }

  void unbindStore(ContentStore gone) {
    if (store == gone) {
      store = null;
    }
  }

  @Reference(
      name = "release",
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  void bindRelease(ContentRelease found) {
    release = found;
  }

  void unbindRelease(ContentRelease gone) {
    if (release == gone) {
      release = null;
    }
  }

  @Override
  public String destination() {
    return base.toString();
  }

  @Override
  public void publish(String cid) throws IOException {
    ContentStore kept = store;
    Sealed content =
        kept == null
            ? null
            : kept.list().stream().filter(s -> s.cid().equals(cid)).findFirst().orElse(null);
    if (content == null) {
      throw new IOException("Nothing was published: that batch is not in the content store.");
    }
    ContentRelease gate = release;
    if (gate == null) {
      throw new IOException(
          "Nothing was published: the privacy gate, which has to release it, is not there. The"
              + " batch stays on the hub.");
    }
    Optional<String> refusal;
    try {
      refusal = gate.refusal(content, destination());
    } catch (RuntimeException e) {
      throw new IOException(
          "Nothing was published: the privacy gate failed, and without its word nothing leaves.",
          e);
    }
    if (refusal.isPresent()) {
      throw new IOException("Nothing was published: " + refusal.get());
    }
    try (InputStream car = kept.open(cid).orElse(null)) {
      if (car == null) {
        throw new IOException("Nothing was published: the batch was deleted a moment ago.");
      }
      try {
        api.publish(cid, car);
      } catch (IOException e) {
        throw new IOException(
            "The batch was not published: the IPFS node "
                + base.getAuthority()
                + " "
                + e.getMessage()
                + ".",
            e);
      }
    }
  }
}
