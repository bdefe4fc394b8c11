package org.commonshub.testing.fakes;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.commonshub.platform.api.Secrets;

/** Secrets in memory. */
public final class FakeSecrets implements Secrets {
  private static final String PREFIX = "${secret:";

  private final Map<String, String> values = new ConcurrentHashMap<>();

  @Override
  public Optional<String> resolve(String valueOrReference) {
    return valueOrReference.startsWith(PREFIX) && valueOrReference.endsWith("}")
        ? Optional.ofNullable(
            values.get(valueOrReference.substring(PREFIX.length(), valueOrReference.length() - 1)))
        : Optional.of(valueOrReference);
  }

  @Override
  public String put(String name, String value) {
    values.put(name, value);
    return PREFIX + name + "}";
  }

  @Override
  public void remove(String name) {
    values.remove(name);
  }
}
