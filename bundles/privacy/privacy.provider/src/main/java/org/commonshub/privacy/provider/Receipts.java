package org.commonshub.privacy.provider;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.CoseSign1;
import org.commonshub.identity.api.HubIdentity;
import org.commonshub.identity.api.Json;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.identity.api.SigningPurpose;
import org.commonshub.ledger.api.EntryKind;
import org.commonshub.ledger.api.Journal;
import org.commonshub.privacy.api.Price;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts consents, their ends and payments into the journal, signed. What is still to be put there is
 * marked in the durable book, so it is made up for when journal and identity are back, also after a
 * crash. One flush at a time; waits for the disk.
 */
final class Receipts {
  private static final Logger LOG = LoggerFactory.getLogger(Receipts.class);

  private final Consents consents;
  private final Supplier<Journal> journal;
  private final Supplier<HubIdentity> identity;
  private boolean first = true;
  private boolean failing;

  Receipts(Consents consents, Supplier<Journal> journal, Supplier<HubIdentity> identity) {
    this.consents = consents;
    this.journal = journal;
    this.identity = identity;
  }

  /** Appends what is missing, if it can be. */
  synchronized void flush() {
    Journal log = journal.get();
    HubIdentity hub = identity.get();
    if (log == null || hub == null || consents.problem().isPresent()) {
      return;
    }
    try {
      for (Given given : consents.book().consents()) {
        Given done = put(given, log, hub);
        if (done != given) {
          consents.widen(book -> merge(book, done));
        }
      }
      failing = false;
    } catch (IOException | RuntimeException e) {
      // The consent is in force already: a journal in trouble is no reason to say otherwise.
      if (!failing) {
        failing = true;
        LOG.warn("Consents wait for the journal: {}", Texts.reason(e));
      }
    }
  }

  private Given put(Given given, Journal log, HubIdentity hub) throws IOException {
    Given done = given;
    if (given.receipt() < 0) {
      Given open =
          new Given(
              given.id(),
              given.ask(),
              given.terms(),
              given.given(),
              given.actor(),
              given.replaces(),
              Optional.empty(),
              -1,
              List.of());
      done = done.receipt(append(log, hub, EntryKind.CONSENT, Receipt.of(open, hub.did())));
    }
    if (given.end().isPresent() && given.end().get().receipt() < 0) {
      Given.End end = given.end().get();
      long index = append(log, hub, EntryKind.CONSENT, Receipt.of(given, hub.did()));
      done = done.end(new Given.End(end.instant(), end.actor(), end.replaced(), index));
    }
    if (given.payments().stream().anyMatch(p -> p.receipt() < 0)) {
      List<Given.Payment> payments = new ArrayList<>();
      for (Given.Payment p : given.payments()) {
        payments.add(
            p.receipt() >= 0
                ? p
                : new Given.Payment(
                    p.instant(),
                    p.reference(),
                    p.actor(),
                    append(log, hub, EntryKind.SETTLEMENT, payment(given, p))));
      }
      done = done.payments(payments);
    }
    return done;
  }

  /** Keeps indices that were found, whatever else has changed meanwhile. */
  private static Book merge(Book book, Given done) {
    List<Given> now = new ArrayList<>(book.consents());
    now.replaceAll(
        g -> {
          if (!g.id().equals(done.id())) {
            return g;
          }
          Given merged = g.receipt(done.receipt());
          if (g.end().isPresent() && done.end().isPresent()) {
            merged = merged.end(done.end().get());
          }
          List<Given.Payment> payments = new ArrayList<>(g.payments());
          for (int i = 0; i < done.payments().size(); i++) {
            payments.set(i, done.payments().get(i));
          }
          return merged.payments(payments);
        });
    return book.consents(now);
  }

  private long append(Journal log, HubIdentity hub, EntryKind kind, Map<String, Object> what)
      throws IOException {
    byte[] payload = Cbor.encode(what);
    byte[] signed = hub.sign(SigningPurpose.CONSENT, payload);
    if (signed.length > Journal.MAX_CONTENT) {
      payload = Cbor.encode(digest(what));
      signed = hub.sign(SigningPurpose.CONSENT, payload);
    }
    if (first) {
      first = false;
      // The newest may have been appended right before a crash.
      Optional<Journal.Entry> newest = log.newest(kind, Instant.ofEpochMilli(Long.MAX_VALUE));
      if (newest.isPresent() && same(log.content(newest.get().index()), payload)) {
        return newest.get().index();
      }
    }
    return log.append(kind, signed);
  }

  private static boolean same(Optional<byte[]> content, byte[] payload) {
    try {
      return content.isPresent()
          && CoseSign1.parse(content.get())
              .payload()
              .map(p -> Arrays.equals(p, payload))
              .orElse(false);
    } catch (MalformedCborException e) {
      return false;
    }
  }

  /** What is too long for the journal is there by its hash. */
  private static Map<String, Object> digest(Map<String, Object> what) {
    try {
      Map<String, Object> map = new TreeMap<>();
      for (String name : List.of("schema_version", "receipt_id", "pii_principal_id", "events")) {
        map.put(name, what.get(name));
      }
      map.put(
          "sha256",
          HexFormat.of()
              .formatHex(
                  MessageDigest.getInstance("SHA-256")
                      .digest(Json.canonical(what).getBytes(StandardCharsets.UTF_8))));
      return map;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("SHA-256 is part of every Java", e);
    }
  }

  private static Map<String, Object> payment(Given given, Given.Payment payment) {
    Price price = given.terms().price().orElseThrow();
    Map<String, Object> map = new TreeMap<>();
    map.put("type", "data-sale");
    map.put("consent", given.id());
    map.put("recipient", given.recipient().toString());
    map.put("micro_units", price.microUnits());
    map.put("currency", price.currency());
    map.put("days", (long) price.days());
    map.put("reference", payment.reference());
    map.put("instant", payment.instant().toString());
    map.put("actor", payment.actor());
    return map;
  }

  /** The receipt for people and programs, with the hub's signature where it can be had. */
  String json(Given given) {
    HubIdentity hub = identity.get();
    Map<String, Object> receipt = Receipt.of(given, hub == null ? "this home" : hub.did());
    if (hub != null) {
      receipt.put(
          "commonshub_signature",
          hub.jws(
              SigningPurpose.CONSENT, Json.canonical(receipt).getBytes(StandardCharsets.UTF_8)));
    }
    receipt.put("commonshub_journal_entry", given.receipt());
    return Json.canonical(receipt);
  }
}
