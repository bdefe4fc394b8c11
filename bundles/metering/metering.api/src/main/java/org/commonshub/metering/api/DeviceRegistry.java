package org.commonshub.metering.api;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Measurement;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The devices of this hub: configuration, health, test reads, discovery. Implemented by {@code
 * metering.provider}; called by the console. Changes are written to the configuration files and
 * survive restarts.
 */
@ProviderType
public interface DeviceRegistry {
  /** State of the conversation with a device. */
  enum State {
    /** Answers. */
    ONLINE,
    /** Answered before; failing now. */
    FAILING,
    /** Failed repeatedly; asked rarely until it answers (circuit open). */
    OFFLINE,
    /** Not asked yet. */
    STARTING,
    /** Switched off by a person. */
    DISABLED,
    /** Its driver or transport is not installed, or its settings were refused. */
    UNAVAILABLE
  }

  /**
   * Health of a device.
   *
   * @param state state
   * @param lastReading instant of the last good reading
   * @param lastError last failure in plain words; stays until the next good reading
   * @param lastErrorAt when
   * @param polls polls since start
   * @param failures failed polls since start
   * @param roundTrip median time of the last polls
   * @param retryIn time to the next attempt while OFFLINE
   * @param identity maker, model, serial, firmware as the device says
   */
  record Health(
      State state,
      Optional<Instant> lastReading,
      Optional<String> lastError,
      Optional<Instant> lastErrorAt,
      long polls,
      long failures,
      Duration roundTrip,
      Optional<Duration> retryIn,
      Map<String, String> identity) {}

  /** A device with its configuration, the configuration's revision tag, and its health. */
  record Entry(DeviceId id, DeviceDefinition definition, String revision, Health health) {}

  /**
   * Something found by discovery.
   *
   * @param definition ready to be added, name and role proposed
   * @param identity what it says it is
   */
  record Found(DeviceDefinition definition, Map<String, String> identity) {}

  /** Installed drivers by id. */
  List<DriverDescription> drivers();

  /**
   * Whether and how a driver can search.
   *
   * @return its {@link Discoverer#lines()}; empty if it cannot search
   */
  default Optional<List<String>> lines(String driver) {
    return Optional.empty();
  }

  /** All devices, disabled ones too, in the order added. */
  List<Entry> devices();

  /** One device. */
  Optional<Entry> device(DeviceId id);

  /**
   * Adds a device.
   *
   * @throws DeviceException of kind SETTINGS; says what is wrong
   */
  DeviceId add(DeviceDefinition definition) throws DeviceException;

  /**
   * Changes a device.
   *
   * @param revision tag last seen
   * @throws DeviceException of kind SETTINGS if refused or the tag is stale
   */
  void update(DeviceId id, DeviceDefinition definition, String revision) throws DeviceException;

  /** Removes a device; its history stays. */
  void remove(DeviceId id) throws DeviceException;

  /**
   * Reads a device once without adding it.
   *
   * @return values; or {@link DeviceException} with what to do about it
   */
  CompletionStage<List<Measurement>> test(DeviceDefinition definition);

  /**
   * Looks for devices, only when a person asked, only where the person said.
   *
   * @param driver driver id
   * @param where endpoint with a host range ({@code tcp://192.0.2.1-20:502}), one serial port
   *     (without parameters with each line), one broker ({@code broker:hub}), {@code serial:*} for
   *     every serial port with the driver's {@link Discoverer#lines()}, {@code mdns:} for what the
   *     driver's {@link DriverDescription#services()} find, or {@code inbound:} for what is in the
   *     {@link #inbox} of that driver; at most 256 addresses
   */
  CompletionStage<List<Found>> discover(String driver, String where);

  /** Devices that announced themselves and wait for a person, newest first. */
  List<Found> inbox();

  /** Takes a device out of the inbox; it is not listed again while the hub runs. */
  void dismiss(Found found);

  /** Serial ports to choose from; empty if none or the feature is off. */
  List<SerialPorts.Port> serialPorts();
}
