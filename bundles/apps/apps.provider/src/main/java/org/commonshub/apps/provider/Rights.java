package org.commonshub.apps.provider;

import java.nio.charset.StandardCharsets;
import java.time.Period;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.commonshub.apps.desk.api.AppHosts;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.apps.desk.api.AppManifest.ActuatorRequest;
import org.commonshub.apps.desk.api.AppManifest.DataRequest;
import org.commonshub.apps.desk.api.AppManifest.HostRequest;
import org.commonshub.apps.desk.api.Grants;
import org.commonshub.privacy.api.Terms;
import org.commonshub.privacy.api.TermsCodec;
import org.commonshub.privacy.api.TermsException;

/**
 * What a manifest asks for, as texts that are kept beside the consent: the person has read them.
 * Which of them were granted is another matter.
 */
final class Rights {
  private static final String DATA = "data ";

  private Rights() {}

  /** Everything a manifest asks for. */
  static Set<String> of(AppManifest manifest) {
    Set<String> rights = new TreeSet<>();
    manifest.hosts().stream().map(HostRequest::host).forEach(host -> rights.add("host " + host));
    manifest.actuators().stream()
        .map(ActuatorRequest::key)
        .forEach(key -> rights.add("actuator " + key));
    if (manifest.place().isPresent()) {
      rights.add("place");
    }
    manifest.data().forEach(request -> rights.add(data(request)));
    return rights;
  }

  /** A request of data. */
  static String data(DataRequest request) {
    return DATA + request.duration() + " " + TermsCodec.json(request.terms());
  }

  /** What a manifest asks for beyond what the person has read. */
  static Set<String> beyond(AppManifest manifest, Collection<String> read) {
    Set<String> more = of(manifest);
    more.removeIf(right -> read.contains(right) || within(right, read));
    return more;
  }

  /** Whether data is asked for as coarsely, and for as short a time, as it was before. */
  private static boolean within(String right, Collection<String> read) {
    if (!right.startsWith(DATA)) {
      return false;
    }
    return read.stream()
        .filter(known -> known.startsWith(DATA))
        .anyMatch(known -> days(known) >= days(right) && terms(right).within(terms(known)));
  }

  private static long days(String right) {
    Period period = Period.parse(right.split(" ", 3)[1]);
    return period.toTotalMonths() * 30 + period.getDays();
  }

  private static Terms terms(String right) {
    try {
      return TermsCodec.read(right.split(" ", 3)[2].getBytes(StandardCharsets.UTF_8));
    } catch (TermsException e) {
      throw new IllegalArgumentException("the terms kept beside a consent cannot be read", e);
    }
  }

  /** Of the grants what a version asks for: {@link AppHosts} gets no more. */
  static Grants of(Grants grants, AppManifest manifest) {
    Set<String> hosts = new TreeSet<>(grants.hosts());
    hosts.retainAll(manifest.hosts().stream().map(HostRequest::host).toList());
    Set<String> actuators = new TreeSet<>(grants.actuators());
    actuators.retainAll(manifest.actuators().stream().map(ActuatorRequest::key).toList());
    return new Grants(
        hosts, actuators, manifest.place().isPresent() ? grants.place() : Optional.empty());
  }
}
