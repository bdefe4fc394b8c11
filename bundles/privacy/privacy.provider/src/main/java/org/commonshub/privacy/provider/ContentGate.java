package org.commonshub.privacy.provider;

import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.commonshub.ledger.api.ContentRelease;
import org.commonshub.ledger.api.ContentStore;
import org.commonshub.measure.api.DeviceDirectory;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.privacy.api.DataKind;
import org.commonshub.privacy.api.Disclosure;
import org.commonshub.privacy.api.Mode;
import org.commonshub.privacy.api.Recipient;
import org.commonshub.privacy.api.RefusedException;
import org.commonshub.privacy.api.Terms;

/**
 * Lets a sealed batch out if a consent of a ledger speaks of its host and of everything in it. A
 * batch holds raw readings, so a consent to anything coarser is none.
 */
final class ContentGate implements ContentRelease {
  private final Gate gate;
  private final Supplier<DeviceDirectory> directory;

  ContentGate(Gate gate, Supplier<DeviceDirectory> directory) {
    this.gate = gate;
    this.directory = directory;
  }

  @Override
  public Optional<String> refusal(ContentStore.Sealed content, String destination) {
    String host = host(destination);
    String reason = "Nobody consented to readings being published at " + host + ".";
    for (Given given : gate.consents().book().consents()) {
      if (given.end().isPresent()
          || given.recipient().kind() != Recipient.Kind.LEDGER
          || !given.terms().hosts().map(h -> h.contains(host)).orElse(false)) {
        continue;
      }
      Standing standing = gate.consents().standing(given);
      Optional<String> no = refusal(standing, content);
      if (no.isEmpty()) {
        no = admit(standing, content);
      }
      if (no.isEmpty()) {
        return no;
      }
      reason = no.get();
    }
    return Optional.of(reason);
  }

  private static String host(String destination) {
    try {
      String host = URI.create(destination).getHost();
      return host == null ? "" : host;
    } catch (IllegalArgumentException e) {
      return "";
    }
  }

  private Optional<String> refusal(Standing standing, ContentStore.Sealed content) {
    if (!standing.open()) {
      return Optional.of(standing.text());
    }
    Terms terms = standing.terms();
    if (terms.mode() != Mode.RAW || !Chain.of(terms).stream().allMatch(Chain.DELAY::equals)) {
      return Optional.of("A batch holds raw readings, and the consent is to something coarser.");
    }
    if (content.from().isBefore(standing.given().oldest())) {
      return Optional.of("The batch begins before the time that the consent is about.");
    }
    if (content.to().isAfter(gate.flows().now().minus(terms.delay()))) {
      return Optional.of("The batch is younger than the consent allows.");
    }
    for (DeviceId device : content.devices()) {
      if (!Selection.device(terms, device, directory.get())) {
        return Optional.of("The batch holds a device that the consent is not about.");
      }
    }
    return kept(terms, content);
  }

  private Optional<String> kept(Terms terms, ContentStore.Sealed content) {
    try {
      Set<String> quantities = gate.flows().past().quantities(content.devices());
      quantities.removeAll(terms.quantities().orElse(quantities));
      if (!quantities.isEmpty()) {
        return Optional.of(
            "The batch may hold " + quantities.iterator().next() + ", which was not consented to.");
      }
      return terms.kinds().map(k -> k.contains(DataKind.READINGS)).orElse(true)
          ? Optional.empty()
          : Optional.of("The consent is not about readings.");
    } catch (Fault e) {
      return Optional.of(e.getMessage());
    }
  }

  private Optional<String> admit(Standing standing, ContentStore.Sealed content) {
    Instant now = gate.flows().now();
    try {
      gate.consents()
          .admit(
              standing,
              () ->
                  gate.disclosures()
                      .write(
                          new Disclosure(
                              0,
                              now,
                              standing.given().recipient(),
                              standing.given().id(),
                              standing.purpose(),
                              "sealed batch " + Texts.plain(content.cid(), 80) + ", raw",
                              content.records(),
                              content.from(),
                              content.to()),
                          false));
      gate.disclosures().force();
      return Optional.empty();
    } catch (RefusedException e) {
      return Optional.of(e.getMessage());
    } catch (UncheckedIOException e) {
      return Optional.of("The disclosure log cannot be written: " + Texts.reason(e));
    }
  }
}
