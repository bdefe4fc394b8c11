package org.commonshub.metering.api;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.commonshub.measure.api.DeviceRole;
import org.osgi.annotation.versioning.ConsumerType;

/** Implemented by a {@link MeterDriver} that can tell what it talks to. */
@ConsumerType
public interface Discoverer {
  /**
   * What may be at an endpoint.
   *
   * @param name proposed name
   * @param role proposed role
   * @param settings settings that read it
   * @param identity maker, model, serial, firmware
   */
  record Candidate(
      String name, DeviceRole role, Map<String, String> settings, Map<String, String> identity) {}

  /**
   * How to speak on a serial port when all are searched, the likeliest first: parameters of the
   * endpoint, {@code baud=115200} or {@code baud=9600&data=7&parity=even}; empty for those of the
   * transport. At most 4.
   */
  default List<String> lines() {
    return List.of("");
  }

  /**
   * How long a probe of one endpoint may take where that is longer than usual (8 s, or 20 s for
   * devices that send by themselves): a search of a slow bus. At most 90 s count.
   */
  default Duration patience() {
    return Duration.ZERO;
  }

  /**
   * Probes the context's endpoint. The scheduler bounds the time and the number of probes at once.
   *
   * @return what answers there; empty if it is something else; or {@link DeviceException}
   */
  CompletionStage<List<Candidate>> probe(DriverContext context);
}
