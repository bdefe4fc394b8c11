package org.commonshub.metering.api;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.commonshub.measure.api.DeviceRole;

/**
 * What a driver can do, for the console and the list of supported devices.
 *
 * @param id unique, lower case, {@code sunspec}
 * @param title human title
 * @param schemes endpoint schemes it works over
 * @param defaultPort port to propose for tcp, or −1
 * @param options its settings
 * @param models devices known to work
 * @param push whether devices send by themselves instead of being polled
 * @param services mDNS service types its devices announce, {@code _shelly._tcp}
 */
public record DriverDescription(
    String id,
    String title,
    Set<String> schemes,
    int defaultPort,
    List<Option> options,
    List<Model> models,
    boolean push,
    List<String> services) {

  /** A driver whose devices do not announce themselves by mDNS. */
  public DriverDescription(
      String id,
      String title,
      Set<String> schemes,
      int defaultPort,
      List<Option> options,
      List<Model> models,
      boolean push) {
    this(id, title, schemes, defaultPort, options, models, push, List.of());
  }

  /**
   * One setting of a device of this driver.
   *
   * @param key setting key
   * @param title short label
   * @param description sentence with unit and default
   * @param defaultValue default, or empty
   * @param choices allowed values with labels; empty when free
   * @param required must be given
   * @param secret stored encrypted, shown never
   */
  public record Option(
      String key,
      String title,
      String description,
      String defaultValue,
      Map<String, String> choices,
      boolean required,
      boolean secret) {}

  /**
   * A device known to work.
   *
   * @param maker manufacturer
   * @param model model name
   * @param role what it usually is in a home
   * @param settings settings that fit it, for "add device" in two clicks
   * @param source document the mapping was taken from
   */
  public record Model(
      String maker, String model, DeviceRole role, Map<String, String> settings, String source) {}
}
