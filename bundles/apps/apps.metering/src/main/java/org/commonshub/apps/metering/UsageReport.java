package org.commonshub.apps.metering;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.YearMonth;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.commonshub.apps.desk.api.UsageMeter.Line;
import org.commonshub.identity.api.HubIdentity;
import org.commonshub.identity.api.Json;
import org.commonshub.identity.api.Jws;
import org.commonshub.identity.api.KeyLog;
import org.commonshub.identity.api.SigningPurpose;
import org.commonshub.identity.api.VerificationKey;

/**
 * A month of one hub's apps from one catalogue, as the hub signed it: a compact JWS with the chain
 * of the month and the hub's key log inside. Needs no OSGi to be read.
 *
 * @param hub DID of the hub
 * @param source the catalogue's name in that hub
 * @param month UTC
 * @param before digest of the chain where the month begins, hex
 * @param head where it ends, as stated
 * @param chain what was counted and paid
 * @param lines sums and shares, as stated
 */
public record UsageReport(
    String hub,
    String source,
    YearMonth month,
    String before,
    String head,
    List<ChainLine> chain,
    List<Line> lines) {
  /** Most characters. */
  public static final int MAX = 3 * 512 * 1024;

  static final int MOST_LINES = 4_096;
  static final String SOURCE = "[a-z0-9-]{1,32}";
  private static final String TYPE = "usage-report";
  private static final String WHAT = "The report";

  /** Signs what the chain says. */
  static String sign(
      HubIdentity identity, String source, YearMonth month, String before, List<ChainLine> chain) {
    Map<String, Object> map = new TreeMap<>();
    map.put("type", TYPE);
    map.put("hub", identity.did());
    map.put("source", source);
    map.put("month", month.toString());
    map.put("before", before);
    map.put("head", ChainLine.digest(before, chain));
    map.put("chain", chain.stream().map(ChainLine::map).toList());
    map.put("lines", Share.lines(chain).stream().map(UsageReport::map).toList());
    map.put("key_log", new String(identity.keyLog(), StandardCharsets.UTF_8));
    return identity.jws(
        SigningPurpose.LICENCE, Json.canonical(map).getBytes(StandardCharsets.UTF_8));
  }

  private static Map<String, Object> map(Line line) {
    Map<String, Object> map = new TreeMap<>();
    map.put("app", line.app().name());
    map.put("counts", new TreeMap<>(line.counts()));
    map.put("paid_micros", line.paidMicros());
    map.put("currency", line.currency());
    map.put("fee_permille", (long) line.feePermille());
    map.put("fee_micros", line.feeMicros());
    return map;
  }

  /**
   * Reads a report and checks that the hub it names signed it. Whether its sums are right is {@link
   * #differences()}.
   *
   * @throws ReportException saying what is wrong
   */
  public static UsageReport verify(String document) throws ReportException {
    String compact = document.strip();
    if (compact.length() > MAX) {
      throw new ReportException("A report has at most " + MAX + " characters");
    }
    Jws jws = parse(compact);
    Members members = Members.of(WHAT, jws.payload());
    if (!members.text("type", 40).equals(TYPE)) {
      throw new ReportException("This is signed, but no report of usage");
    }
    UsageReport report;
    String log = members.text("key_log", KeyLog.MAX_BYTES);
    try {
      String hub = members.text("hub", 400);
      String source = members.text("source", SOURCE);
      YearMonth month = YearMonth.parse(members.text("month", "20[0-9]{2}-[0-9]{2}"));
      String before = members.text("before", ChainLine.HEX);
      String head = members.text("head", ChainLine.HEX);
      List<ChainLine> chain = new ArrayList<>();
      for (Object line : members.list("chain", MOST_LINES)) {
        chain.add(ChainLine.of(members.object(line)));
      }
      List<Line> lines = new ArrayList<>();
      for (Object line : members.list("lines", MOST_LINES)) {
        lines.add(line(members.object(line)));
      }
      members.end();
      report = new UsageReport(hub, source, month, before, head, chain, lines);
    } catch (DateTimeException e) {
      throw new ReportException(WHAT + " is damaged: month is not a month", e);
    }
    signed(report, jws, log);
    return report;
  }

  private static Jws parse(String compact) throws ReportException {
    try {
      for (String part : compact.split("\\.", -1)) {
        byte[] bytes = Base64.getUrlDecoder().decode(part);
        if (!Base64.getUrlEncoder().withoutPadding().encodeToString(bytes).equals(part)) {
          throw new ReportException(WHAT + " was changed on its way");
        }
      }
      return Jws.parse(compact);
    } catch (IOException | IllegalArgumentException e) {
      throw new ReportException("This is not a report, or not a whole one", e);
    }
  }

  /** With the key of that time: the log may have gone on since, inside it stands as it was. */
  private static void signed(UsageReport report, Jws jws, String log) throws ReportException {
    try {
      KeyLog keys = KeyLog.verify(log.getBytes(StandardCharsets.UTF_8));
      VerificationKey key = keys.current();
      if (keys.did().equals(report.hub())
          && jws.keyId().equals(keys.did() + "#" + key.multikey())
          && jws.verify(key, SigningPurpose.LICENCE)) {
        return;
      }
    } catch (IOException e) {
      throw new ReportException(WHAT + " is damaged: " + e.getMessage(), e);
    }
    throw new ReportException("The report is not signed by the hub that it names");
  }

  private static Line line(Members line) throws ReportException {
    Line read =
        new Line(
            line.app(line.text("app", 96)),
            line.counts("counts"),
            line.integer("paid_micros", ChainLine.MAX_INTEGER),
            line.text("currency", "|[A-Z]{3}"),
            (int) line.integer("fee_permille", 1000),
            line.integer("fee_micros", ChainLine.MAX_INTEGER));
    line.end();
    return read;
  }

  /** Payments in it. */
  public List<ChainLine.Payment> payments() {
    return chain.stream().flatMap(line -> line.payment().stream()).toList();
  }

  /** What does not follow from its own chain, in words; empty if all is well. */
  public List<String> differences() {
    List<String> differences = new ArrayList<>();
    if (!ChainLine.digest(before, chain).equals(head)) {
      differences.add("The chain of counters does not end where the report says it does.");
    }
    for (ChainLine line : chain) {
      if (!YearMonth.from(line.day()).equals(month)) {
        differences.add("A line of " + line.day() + " is not of this month.");
      }
    }
    List<Line> computed = Share.lines(chain);
    for (int i = 0; i < Math.max(lines.size(), computed.size()); i++) {
      if (i >= lines.size()) {
        differences.add("Missing: " + Share.explain(computed.get(i)) + ".");
      } else if (i >= computed.size()) {
        differences.add("Not in the chain: " + Share.explain(lines.get(i)) + ".");
      } else if (!lines.get(i).equals(computed.get(i))) {
        differences.add(
            "Stated: " + text(lines.get(i)) + ". Computed: " + text(computed.get(i)) + ".");
      }
    }
    return differences;
  }

  private static String text(Line line) {
    return Share.explain(line) + " " + new TreeMap<>(line.counts());
  }
}
