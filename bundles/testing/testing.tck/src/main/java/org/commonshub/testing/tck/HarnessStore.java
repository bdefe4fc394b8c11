package org.commonshub.testing.tck;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.commonshub.apps.api.AppQuotaException;
import org.commonshub.apps.api.AppStore;

/**
 * A store in memory with the quota of the manifest. Tests may put what they like before a start.
 */
public final class HarnessStore implements AppStore {
  private final int quota;
  private final TreeMap<String, byte[]> values = new TreeMap<>();

  HarnessStore(int quota) {
    this.quota = quota;
  }

  @Override
  public Optional<byte[]> get(String name) {
    return Optional.ofNullable(values.get(checked(name))).map(byte[]::clone);
  }

  @Override
  public void put(String name, byte[] value) {
    Objects.requireNonNull(value, "value");
    checked(name);
    if (value.length > MAX_VALUE) {
      throw new AppQuotaException("a value has at most " + MAX_VALUE + " bytes");
    }
    if (!values.containsKey(name) && values.size() == MAX_NAMES) {
      throw new AppQuotaException("an app keeps at most " + MAX_NAMES + " values");
    }
    byte[] former = values.get(name);
    if (size() - (former == null ? 0 : former.length) + value.length > quota) {
      throw new AppQuotaException("the manifest asks for " + quota / 1024 + " KiB of storage");
    }
    values.put(name, value.clone());
  }

  @Override
  public void remove(String name) {
    values.remove(checked(name));
  }

  @Override
  public List<String> names() {
    return List.copyOf(values.keySet());
  }

  /** Bytes kept. */
  public int size() {
    return values.values().stream().mapToInt(value -> value.length).sum();
  }

  private static String checked(String name) {
    if (name.length() > MAX_NAME || !name.matches("[a-z0-9][a-z0-9._-]*")) {
      throw new IllegalArgumentException(
          "a name has 1 to 64 characters of a-z 0-9 . _ - and begins with a letter or digit");
    }
    return name;
  }
}
