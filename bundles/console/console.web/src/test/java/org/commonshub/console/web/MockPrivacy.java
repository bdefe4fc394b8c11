package org.commonshub.console.web;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The privacy desk that {@link MockHub} plays: who asks, who gets, and a day to preview. */
final class MockPrivacy {
  /** A coach that asks for every value; the tests' usual request. */
  static final String COACH =
      "{\"id\":\"r1\",\"recipient\":\"app:com.example.coach\",\"name\":\"Energy"
          + " Coach\",\"text\":\"To tell you which device costs you"
          + " most.\",\"asked\":TERMS,\"widest\":TERMS,\"instant\":\"2026-06-21T07:00:00Z\",\"signedBy\":null}";

  private static final int MINUTES = 1440;

  private final Map<String, String> requests = new LinkedHashMap<>();
  private final Map<String, String> consents = new LinkedHashMap<>();
  volatile boolean paused;
  volatile boolean off;
  volatile boolean refusing;

  private static String terms(String more) {
    return "{\"version\":1,\"purposes\":[\"advice\"],\"kinds\":[\"readings\"],\"quantities\":[\"power.active\",\"battery.soc\"],"
        + "\"mode\":\"raw\",\"resolution_s\":1,\"history_s\":2592000,\"until\":\""
        + Instant.now().plus(Duration.ofDays(200)).truncatedTo(ChronoUnit.SECONDS)
        + "\",\"hosts\":[]"
        + more
        + "}";
  }

  /** The coach asks. */
  synchronized void ask() {
    requests.put("r1", COACH.replace("TERMS", terms("")));
  }

  /** Somebody asks to buy data. */
  synchronized void buyer() {
    requests.put(
        "r2",
        COACH
            .replace("\"r1\"", "\"r2\"")
            .replace("Energy Coach", "Datahaus")
            .replace("app:com.example.coach", "uplink:mqtt")
            .replace("\"signedBy\":null", "\"signedBy\":\"did:key:z6MkpTHR8VNs\"")
            .replace(
                "TERMS",
                terms(
                        ",\"price\":{\"micro_units\":1500000,\"currency\":\"EUR\",\"days\":30},\"quantum_milli\":{\"W\":50000}")
                    .replace("advice", "marketing")
                    .replace("\"hosts\":[]", "\"hosts\":[\"data.example\"]")
                    .replace(",\"battery.soc\"", "")));
  }

  /** Somebody gets data since a while, and somebody did. */
  synchronized void given() {
    String terms =
        terms(",\"delay_s\":3600")
            .replace(
                "\"mode\":\"raw\",\"resolution_s\":1",
                "\"mode\":\"interval\",\"resolution_s\":900");
    consents.put(
        "c1",
        consent("c1", "Village statistics", "neighbour:did:web:village", "STATISTICS", terms)
            .replace("\"lastReleased\":null", "\"lastReleased\":\"2026-06-21T08:15:00Z\"")
            .replace("\"valuesReleased\":0", "\"valuesReleased\":12480"));
    consents.put(
        "c0",
        consent("c0", "Old reader", "token:t9", "FORECASTING", terms)
            .replace("\"withdrawn\":null", "\"withdrawn\":\"2026-05-01T10:00:00Z\"")
            .replace("\"OPEN\"", "\"CLOSED\""));
  }

  private static String consent(
      String id, String name, String recipient, String purpose, String terms) {
    return "{\"id\":\"%s\",\"recipient\":\"%s\",\"name\":\"%s\",\"purpose\":\"%s\",\"terms\":%s,\"given\":\"2026-04-02T18:30:00Z\",\"actor\":\"Anna\",\"withdrawn\":null,\"state\":\"OPEN\",\"reason\":\"\",\"receipt\":41,\"lastReleased\":null,\"valuesReleased\":0}"
        .formatted(id, recipient, name, purpose, terms);
  }

  String state() {
    return "{\"running\":%s,\"paused\":%s,\"waiting\":%d}".formatted(!off, paused, requests.size());
  }

  synchronized String overview() {
    String all = String.join(",", consents.values());
    return "{\"paused\":%s,\"rights\":true,\"problems\":[],\"requests\":[%s],\"consents\":[%s]}"
        .formatted(
            paused,
            String.join(",", requests.values()),
            paused ? all.replace("\"OPEN\"", "\"PAUSED\"") : all);
  }

  /** What was asked, as coarse, old and round as the choice says. */
  private static String chosen(String body) {
    String terms = terms("").replace("\"resolution_s\":1", "\"resolution_s\":" + seconds(body));
    if (body.contains("\"delay_s\"")) {
      terms = terms.replace("}", ",\"delay_s\":" + group(body, "\"delay_s\":(\\d+)") + "}");
    }
    return seconds(body) > 1 ? terms.replace("\"raw\"", "\"interval\"") : terms;
  }

  synchronized String grant(String body) {
    String id = group(body, "\"id\":\"([^\"]+)\"");
    requests.remove(id);
    String consent = consent("c2", "Energy Coach", "app:com.example.coach", "ADVICE", chosen(body));
    consents.put("c2", consent);
    return consent;
  }

  synchronized void withdraw(String id) {
    consents.computeIfPresent(
        id,
        (key, consent) ->
            consent
                .replace("\"withdrawn\":null", "\"withdrawn\":\"" + Instant.now() + "\"")
                .replace("\"OPEN\"", "\"CLOSED\""));
  }

  synchronized void refuse(String body) {
    requests.remove(group(body, "\"id\":\"([^\"]+)\""));
  }

  /** Somebody bought data and has not paid. */
  synchronized void sold() {
    given();
    consents.computeIfPresent(
        "c1",
        (id, consent) ->
            consent
                .replace("\"OPEN\"", "\"CLOSED\"")
                .replace("\"reason\":\"\"", "\"reason\":\"The price for this month was not paid.\"")
                .replace(
                    "\"hosts\":[]",
                    "\"hosts\":[],\"price\":{\"micro_units\":1500000,\"currency\":\"EUR\",\"days\":30}"));
  }

  synchronized void forget(String body) {
    String recipient = group(body, "\"recipient\":\"([^\"]+)\"");
    consents.values().removeIf(c -> c.contains(recipient));
  }

  /** The day before, minute by minute, and what comes of it under the choice. */
  String preview(String body) {
    int step = Math.max(60, seconds(body));
    Instant begin = Instant.now().truncatedTo(ChronoUnit.HOURS).minus(Duration.ofDays(1));
    List<String> raw = new ArrayList<>();
    List<String> released = new ArrayList<>();
    List<String> payload = new ArrayList<>();
    double sum = 0;
    boolean noise = body.contains("\"noise\"");
    for (int i = 0; i < MINUTES; i++) {
      double hour = i / 60.0;
      double watts =
          180
              + 60 * Math.abs(Math.sin(i * .7))
              + (i % 47 < 16 ? 90 : 0)
              + (hour > 6.6 && hour < 6.8 ? 2100 : 0)
              + (hour > 12 && hour < 13.2 && i % 9 < 4 ? 1900 : 0)
              + (hour > 19 && hour < 20.5 ? 1400 + 600 * (i % 3) : 0)
              + (hour > 21 && hour < 23 ? 150 : 0)
              - Math.max(0, 2400 * Math.sin(Math.PI * (hour - 8) / 9));
      long at = begin.plusSeconds(60L * i).toEpochMilli();
      raw.add("[%d,%.0f]".formatted(at, watts));
      sum += watts;
      int per = step / 60;
      if ((i + 1) % per == 0) {
        long mean = Math.round(sum / per) + (noise ? Math.round(900 * Math.sin(i * 12.9)) : 0);
        long start = at - 60_000L * (per - 1);
        released.add("[" + start + "," + mean + "]");
        payload.add("[" + start + "," + mean + "]");
        sum = 0;
      }
    }
    String curve =
        "{\"subject\":\"grid\",\"quantity\":\"power.active\",\"unit\":\"W\",\"statistic\":\"%s\",\"interval_s\":%d,\"points\":[%s]}";
    String inferences =
        step >= 86_400
            ? "\"ABSENCE\",\"HOUSEHOLD\""
            : step >= 900
                ? "\"ACTIVITIES\",\"PRESENCE\",\"DAILY_ROUTINE\",\"ABSENCE\",\"HOUSEHOLD\""
                : "\"APPLIANCE_EVENTS\",\"ACTIVITIES\",\"PRESENCE\",\"DAILY_ROUTINE\",\"ABSENCE\",\"HOUSEHOLD\"";
    return "{\"terms\":%s,\"raw\":[%s],\"released\":[%s],\"values\":%d,\"payload\":\"%s\",\"inferences\":[%s],\"protects\":%s,\"refusal\":%s}"
        .formatted(
            chosen(body),
            curve.formatted("VALUE", 0, String.join(",", raw)),
            curve.formatted(
                step > 60 ? "MEAN" : "VALUE", step > 60 ? step : 0, String.join(",", released)),
            released.size(),
            ("{\"consent\":\"preview\",\"series\":[{\"quantity\":\"power.active\",\"values\":["
                    + String.join(",", payload)
                    + "]}],\"version\":1}")
                .replace("\"", "\\\""),
            inferences,
            noise
                ? "\"Whether one interval was this or any other value in the range can hardly be"
                    + " told.\""
                : "null",
            refusing ? "\"The policy noise is not there: switch it on.\"" : "null");
  }

  static String log(Map<String, String> query) {
    List<String> lines = new ArrayList<>();
    long before = Long.parseLong(query.getOrDefault("before", "60"));
    int limit = Integer.parseInt(query.getOrDefault("limit", "50"));
    boolean none = query.getOrDefault("text", "").equals("gas");
    for (long n = before - 1; n >= 0 && lines.size() < limit && !none; n--) {
      Instant at = Instant.parse("2026-06-21T08:15:00Z").minusSeconds(900 * (60 - n));
      lines.add(
          "{\"number\":%d,\"instant\":\"%s\",\"recipient\":\"%s\",\"consent\":\"c1\",\"purpose\":\"STATISTICS\",\"what\":\"%s\",\"values\":%d,\"from\":\"%s\",\"to\":\"%s\"}"
              .formatted(
                  n,
                  at,
                  n % 7 == 3 ? "app:com.example.nosy" : "neighbour:did:web:village",
                  n % 7 == 3 ? "Nobody said yes." : "power.active, 15 min",
                  n % 7 == 3 ? 0 : 4,
                  at.minusSeconds(900),
                  at));
    }
    return "[" + String.join(",", lines) + "]";
  }

  private static int seconds(String body) {
    return Integer.parseInt(group(body, "\"resolution_s\":(\\d+)"));
  }

  private static String group(String body, String pattern) {
    Matcher matcher = Pattern.compile(pattern).matcher(body);
    if (!matcher.find()) {
      throw new IllegalArgumentException(pattern + " is not in " + body);
    }
    return matcher.group(1);
  }
}
