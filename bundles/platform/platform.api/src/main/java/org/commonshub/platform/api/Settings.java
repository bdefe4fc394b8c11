package org.commonshub.platform.api;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Settings of all components: one JSON file per PID in {@link HubPaths#config()}, checked against
 * the component's metatype before it reaches {@code ConfigurationAdmin}. The file is the truth;
 * changing it by hand and changing it here have the same effect, and comments in it survive both.
 *
 * <p>Implemented by {@code platform.config}; called by the console and by bundles that own factory
 * configurations (the device registry). Calls touch the disk and may block for some milliseconds:
 * not for polling threads.
 */
@ProviderType
public interface Settings {

  /** Type of one setting, from the metatype's attribute definition. */
  enum Type {
    STRING,
    /** Never returned in clear: {@link Component#values()} holds only whether one is set. */
    SECRET,
    BOOLEAN,
    INTEGER,
    DECIMAL
  }

  /**
   * Description of one setting.
   *
   * @param key configuration key
   * @param name short label
   * @param description sentence with unit and default
   * @param type value type
   * @param list whether the value is a list of {@code type}
   * @param required whether it must be present
   * @param defaultValue default, in the form of {@code values()}; empty when there is none
   * @param options allowed values in order, with labels; empty when free
   * @param min smallest value, for numbers
   * @param max largest value, for numbers
   */
  record Option(
      String key,
      String name,
      String description,
      Type type,
      boolean list,
      boolean required,
      Optional<Object> defaultValue,
      Map<String, String> options,
      Optional<Number> min,
      Optional<Number> max) {}

  /**
   * One configurable component, or one instance of a factory.
   *
   * @param pid full PID, {@code factory~name} for a factory instance
   * @param factoryPid factory PID if it is an instance
   * @param name label from the metatype
   * @param description sentence from the metatype
   * @param options its settings
   * @param values current values; missing keys are at their default; secrets show as {@code true}
   * @param revision opaque tag of the file's content, for optimistic locking
   * @param problem why the last file content was refused, in one sentence that names file, key,
   *     value and what was expected; the component is stopped while one stands
   */
  record Component(
      String pid,
      Optional<String> factoryPid,
      String name,
      String description,
      List<Option> options,
      Map<String, Object> values,
      String revision,
      Optional<String> problem) {}

  /** All components that published a metatype or have a file, ordered by PID. */
  List<Component> components();

  /** One component by full PID. */
  Optional<Component> component(String pid);

  /**
   * Validates and writes new values (whole set; keys left out fall back to their default, a secret
   * left out is kept), then updates the component.
   *
   * @param revision tag the caller last saw, or empty to create
   * @return the component as it now is
   * @throws SettingsException if a value is refused or the tag is stale; nothing was changed then
   */
  Component write(String pid, Map<String, Object> values, Optional<String> revision)
      throws SettingsException;

  /** Deletes the file and the configuration. Does nothing when there is none. */
  void delete(String pid) throws SettingsException;
}
