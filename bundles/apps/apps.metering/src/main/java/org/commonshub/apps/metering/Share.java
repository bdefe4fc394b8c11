package org.commonshub.apps.metering;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.commonshub.apps.desk.api.AppId;
import org.commonshub.apps.desk.api.UsageMeter;
import org.commonshub.apps.desk.api.UsageMeter.Line;

/** The operator's share, computed the same way in the hub and by the operator. Whole numbers. */
public final class Share {
  private Share() {}

  /**
   * {@code paidMicros · permille / 1000}, rounded half even.
   *
   * @param paidMicros 0 to 2⁵³−1
   * @param permille 0 to 1000
   */
  public static long feeMicros(long paidMicros, int permille) {
    if (paidMicros < 0 || paidMicros > ChainLine.MAX_INTEGER || permille < 0 || permille > 1000) {
      throw new IllegalArgumentException("0 to 2^53-1 micro-units, 0 to 1000 permille");
    }
    long product = paidMicros * permille;
    long whole = product / 1000;
    long rest = product % 1000;
    boolean up = rest > 500 || rest == 500 && whole % 2 == 1;
    return up ? whole + 1 : whole;
  }

  /** Sum that stays in what JSON can carry. */
  static long sum(long a, long b) {
    return Math.min(ChainLine.MAX_INTEGER, a + b);
  }

  /**
   * The lines of a report from the chain of a month: by app; another one for each further currency
   * or share, without counts.
   */
  static List<Line> lines(List<ChainLine> chain) {
    Map<AppId, Map<String, Long>> counts = new TreeMap<>();
    Map<AppId, Map<String, Long>> paid = new TreeMap<>();
    for (ChainLine line : chain) {
      line.counts()
          .forEach(
              (app, metrics) -> {
                paid.computeIfAbsent(app, a -> new TreeMap<>());
                Map<String, Long> sums = counts.computeIfAbsent(app, a -> new TreeMap<>());
                metrics.forEach((metric, amount) -> sums.merge(metric, amount, Share::sum));
              });
      line.payment()
          .ifPresent(
              payment ->
                  paid.computeIfAbsent(payment.app(), a -> new TreeMap<>())
                      .merge(
                          String.format(
                              Locale.ROOT, "%s %04d", payment.currency(), payment.feePermille()),
                          payment.priceMicros(),
                          Share::sum));
    }
    List<Line> lines = new ArrayList<>();
    paid.forEach(
        (app, sums) -> {
          Map<String, Long> used = Map.copyOf(counts.getOrDefault(app, Map.of()));
          if (sums.isEmpty()) {
            lines.add(new Line(app, used, 0, "", 0, 0));
          }
          for (Map.Entry<String, Long> sum : sums.entrySet()) {
            int permille = Integer.parseInt(sum.getKey().substring(4));
            lines.add(
                new Line(
                    app,
                    used,
                    sum.getValue(),
                    sum.getKey().substring(0, 3),
                    permille,
                    feeMicros(sum.getValue(), permille)));
            used = Map.of();
          }
        });
    return lines;
  }

  /** A line in words: what was paid, and what the share of it is. */
  public static String explain(Line line) {
    StringBuilder text = new StringBuilder(line.app().name()).append(": ");
    if (line.paidMicros() == 0) {
      text.append("nothing was paid, no share");
    } else {
      text.append(money(line.paidMicros(), line.currency()))
          .append(" paid × ")
          .append(BigDecimal.valueOf(line.feePermille(), 1).toPlainString())
          .append(" % = ")
          .append(money(line.feeMicros(), line.currency()));
    }
    Long days = line.counts().get(UsageMeter.RUN_DAYS);
    if (days != null) {
      text.append("; ran on ").append(days).append(days == 1 ? " day" : " days");
    }
    return text.toString();
  }

  /** All digits that count, two at least. */
  public static String money(long micros, String currency) {
    BigDecimal amount = BigDecimal.valueOf(micros, 6).stripTrailingZeros();
    return (amount.scale() < 2 ? amount.setScale(2) : amount).toPlainString() + " " + currency;
  }
}
