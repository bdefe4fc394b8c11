package org.commonshub.privacy.provider;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Recipient;
import org.commonshub.privacy.api.Terms;
import org.commonshub.privacy.api.TermsCodec;
import org.commonshub.privacy.api.TermsException;

/**
 * A consent as it is kept.
 *
 * @param id unique on this hub
 * @param ask what it answers
 * @param terms what was said yes to
 * @param given when
 * @param actor by whom
 * @param replaces id of the consent that this one narrows or renews; empty if none
 * @param end how it came to its end before its time
 * @param receipt index of the journal's entry; −1 while that is to be made
 * @param payments what was paid for it
 */
record Given(
    String id,
    Ask ask,
    Terms terms,
    Instant given,
    String actor,
    String replaces,
    Optional<End> end,
    long receipt,
    List<Payment> payments) {

  /** Withdrawn or replaced; {@code receipt} as above. */
  record End(Instant instant, String actor, boolean replaced, long receipt) {}

  /** One period paid; {@code receipt} as above. */
  record Payment(Instant instant, String reference, String actor, long receipt) {}

  Given {
    payments = List.copyOf(payments);
  }

  Recipient recipient() {
    return ask.recipient();
  }

  Purpose purpose() {
    return ask.purpose();
  }

  /** Oldest instant of which anything may be told under it. */
  Instant oldest() {
    Instant oldest = given.minus(terms.history().orElseThrow());
    return terms.from().filter(oldest::isBefore).orElse(oldest);
  }

  /** Number of the period of its price that an instant is in, from 0. */
  long period(Instant now) {
    return terms
        .price()
        .map(
            price ->
                Math.floorDiv(
                    now.getEpochSecond() - given.getEpochSecond(), price.days() * 86_400L))
        .orElse(0L);
  }

  /** Whether the period that an instant is in is paid. */
  boolean paid(Instant now) {
    return terms.price().isEmpty()
        || terms.price().get().microUnits() == 0
        || payments.size() > period(now);
  }

  Given end(End newEnd) {
    return new Given(
        id, ask, terms, given, actor, replaces, Optional.of(newEnd), receipt, payments);
  }

  Given receipt(long index) {
    return new Given(id, ask, terms, given, actor, replaces, end, index, payments);
  }

  Given payments(List<Payment> now) {
    return new Given(id, ask, terms, given, actor, replaces, end, receipt, now);
  }

  Map<String, Object> map() {
    Map<String, Object> map = new TreeMap<>();
    map.put("id", id);
    map.put("ask", ask.map());
    map.put("terms", TermsCodec.map(terms));
    map.put("given", given.toString());
    map.put("actor", actor);
    map.put("replaces", replaces);
    map.put("receipt", receipt);
    end.ifPresent(
        e -> {
          Map<String, Object> fields = new TreeMap<>();
          fields.put("instant", e.instant().toString());
          fields.put("actor", e.actor());
          fields.put("replaced", e.replaced() ? 1L : 0L);
          fields.put("receipt", e.receipt());
          map.put("end", fields);
        });
    List<Object> paid = new ArrayList<>();
    for (Payment payment : payments) {
      Map<String, Object> fields = new TreeMap<>();
      fields.put("instant", payment.instant().toString());
      fields.put("reference", payment.reference());
      fields.put("actor", payment.actor());
      fields.put("receipt", payment.receipt());
      paid.add(fields);
    }
    map.put("payments", paid);
    return map;
  }

  static Given of(Fields fields) throws TermsException {
    Optional<End> end = Optional.empty();
    if (fields.object("end") != null) {
      Fields e = fields.fields("end");
      end =
          Optional.of(
              new End(
                  e.instant("instant"),
                  e.text("actor"),
                  e.number("replaced") == 1,
                  e.number("receipt")));
    }
    List<Payment> payments = new ArrayList<>();
    for (Fields p : fields.list("payments")) {
      payments.add(
          new Payment(
              p.instant("instant"), p.text("reference"), p.text("actor"), p.number("receipt")));
    }
    return new Given(
        fields.text("id"),
        Ask.of(fields.fields("ask")),
        Bounds.complete(TermsCodec.of(fields.object("terms"))),
        fields.instant("given"),
        fields.text("actor"),
        fields.text("replaces"),
        end,
        fields.number("receipt"),
        payments);
  }
}
