package org.commonshub.apps.catalogue;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.commonshub.apps.catalogue.Metadata.Target;
import org.commonshub.apps.catalogue.Metadata.Targets;
import org.commonshub.identity.api.VerificationKey;

/** The operator's next list: whom it delegates to, and what it counter-signs. One thread. */
public final class OperatorTargets {
  private final long version;
  private final Map<String, Object> targets;
  private final Map<String, Role> providers = new TreeMap<>();

  OperatorTargets(Optional<Targets> before) {
    version = before.map(Targets::version).orElse(0L) + 1;
    targets = before.map(Documents::targets).orElseGet(TreeMap::new);
    before.ifPresent(b -> providers.putAll(b.delegations()));
  }

  /**
   * Lets a provider list its apps, or gives it other keys; what was signed by keys that are gone
   * counts no more.
   *
   * @param provider id, {@code org.example}
   * @param threshold how many of the keys have to sign
   */
  public void delegate(String provider, List<VerificationKey> keys, int threshold) {
    Map<String, VerificationKey> byId = new TreeMap<>();
    keys.forEach(key -> byId.put(Keys.id(key), key));
    providers.put(provider, new Role(provider, byId, threshold));
  }

  /** Ends a provider: hubs stop all its apps. */
  public void undelegate(String provider) {
    providers.remove(provider);
    targets.keySet().removeIf(path -> path.startsWith(provider + "/"));
  }

  /** Providers, by id, with their keys. */
  public Map<String, List<VerificationKey>> providers() {
    Map<String, List<VerificationKey>> all = new TreeMap<>();
    providers.forEach((id, role) -> all.put(id, role.list()));
    return all;
  }

  /** Who a provider's edition has to be signed by. */
  Role role(String provider) throws MetadataException {
    Role role = providers.get(provider);
    if (role == null) {
      throw new MetadataException("the catalogue does not delegate to " + provider);
    }
    return role;
  }

  /** Whether a path is listed already, with that file. */
  boolean lists(String path, Target target) throws MetadataException {
    if (!(targets.get(path) instanceof Map<?, ?> before)) {
      return false;
    }
    if (!Map.of("sha256", target.sha256()).equals(before.get("hashes"))) {
      throw new MetadataException(path + " was counter-signed with another file");
    }
    return true;
  }

  void list(String path, Target target, int feePermille) {
    targets.put(
        path,
        Documents.target(
            target.length(),
            target.sha256(),
            new TreeMap<>(Map.of("fee_permille", (long) feePermille))));
  }

  /** Takes a listing back: hubs stop the app. */
  public void withdraw(String path, String reason) throws MetadataException {
    Documents.withdraw(targets, path, reason);
  }

  /** Lists a package no more: it is not installed any more, and hubs that have it keep it. */
  public void remove(String path) {
    targets.remove(path);
  }

  /** The list, still to be signed with {@link SigningKey#signDocument}. */
  public byte[] draft(Instant expires) {
    Map<String, Object> keys = new TreeMap<>();
    List<Object> roles = new ArrayList<>();
    providers.forEach(
        (name, provider) -> {
          Map<String, Object> role =
              Documents.role(List.copyOf(provider.keys().values()), provider.threshold(), keys);
          role.put("name", name);
          role.put("paths", List.of(name + "/*"));
          role.put("terminating", true);
          roles.add(role);
        });
    Map<String, Object> signed = Documents.signed("targets", version, expires);
    signed.put("targets", targets);
    signed.put("delegations", new TreeMap<>(Map.of("keys", keys, "roles", roles)));
    return Documents.draft(signed);
  }
}
