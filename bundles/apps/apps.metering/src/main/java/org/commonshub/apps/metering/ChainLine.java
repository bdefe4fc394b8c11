package org.commonshub.apps.metering;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.commonshub.apps.desk.api.AppId;
import org.commonshub.identity.api.Json;

/**
 * One line of the chain: what apps used on a day, or a payment. Its digest is SHA-256 of the digest
 * before and the line in its canonical form (JCS, RFC 8785).
 *
 * @param day UTC, trusted time
 * @param counts app → metric → sum; empty for a payment
 * @param payment empty for a day
 */
public record ChainLine(
    LocalDate day, Map<AppId, Map<String, Long>> counts, Optional<Payment> payment) {
  /** Digest before the first line of all. */
  public static final String BEGIN = "0".repeat(64);

  static final long MAX_INTEGER = (1L << 53) - 1;
  static final int MOST_APPS = 64;
  static final int MOST_METRICS = 24;
  static final Pattern METRIC =
      Pattern.compile("run-days|values|network-bytes|actions|cpu-ms|app\\.[a-z][a-z0-9-]{0,47}");
  static final String HEX = "[0-9a-f]{64}";

  /**
   * What was paid with a licence.
   *
   * @param licence its name, {@code APP/SERIAL}
   * @param app app
   * @param level service level
   * @param priceMicros micro-units of {@code currency}
   * @param currency ISO 4217
   * @param feePermille the operator's share
   */
  public record Payment(
      String licence,
      AppId app,
      String level,
      long priceMicros,
      String currency,
      int feePermille) {}

  Map<String, Object> map() {
    Map<String, Object> map = new TreeMap<>();
    map.put("day", day.toString());
    if (payment.isPresent()) {
      Payment paid = payment.get();
      map.put("licence", paid.licence());
      map.put("app", paid.app().name());
      map.put("level", paid.level());
      map.put("price_micros", paid.priceMicros());
      map.put("currency", paid.currency());
      map.put("fee_permille", (long) paid.feePermille());
    } else {
      map.put("counts", countsMap(counts));
    }
    return map;
  }

  static Map<String, Object> countsMap(Map<AppId, Map<String, Long>> counts) {
    Map<String, Object> map = new TreeMap<>();
    counts.forEach((app, metrics) -> map.put(app.name(), new TreeMap<>(metrics)));
    return map;
  }

  static ChainLine of(Members line) throws ReportException {
    LocalDate day = day(line.text("day", 10));
    Map<AppId, Map<String, Long>> counts = new TreeMap<>();
    Optional<Payment> payment = Optional.empty();
    if (line.has("counts")) {
      counts = counts(line.object(line.take("counts")));
    } else {
      payment =
          Optional.of(
              new Payment(
                  line.text("licence", 120),
                  line.app(line.text("app", 96)),
                  line.text("level", 32),
                  line.integer("price_micros", MAX_INTEGER),
                  line.text("currency", "[A-Z]{3}"),
                  (int) line.integer("fee_permille", 1000)));
    }
    line.end();
    return new ChainLine(day, counts, payment);
  }

  static Map<AppId, Map<String, Long>> counts(Members apps) throws ReportException {
    Map<AppId, Map<String, Long>> counts = new TreeMap<>();
    for (String name : apps.names()) {
      if (counts.size() == MOST_APPS) {
        throw new ReportException("There are more than " + MOST_APPS + " apps on a day");
      }
      counts.put(apps.app(name), apps.counts(name));
    }
    return counts;
  }

  static LocalDate day(String text) throws ReportException {
    try {
      LocalDate day = LocalDate.parse(text);
      if (day.getYear() >= 1970 && day.getYear() < 2100) {
        return day;
      }
    } catch (DateTimeException e) {
      throw new ReportException("A day is not a date", e);
    }
    throw new ReportException("A day is not in this century");
  }

  /** Digest after this line. */
  String digest(String before) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      sha.update(HexFormat.of().parseHex(before));
      sha.update(Json.canonical(map()).getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(sha.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256 is part of every Java", e);
    }
  }

  static String digest(String before, List<ChainLine> lines) {
    String head = before;
    for (ChainLine line : lines) {
      head = line.digest(head);
    }
    return head;
  }
}
