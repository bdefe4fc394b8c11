package org.commonshub.apps.desk.api;

import java.time.YearMonth;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Counts what apps use, in counters chained by digests, for the operator's share of the fees. No
 * content, no readings. Any thread; counting never waits for the disk.
 */
@ProviderType
public interface UsageMeter {
  /** Day on which an app ran, at most 1 a day. */
  String RUN_DAYS = "run-days";

  /** Values released to it. */
  String VALUES = "values";

  /** Bytes to and from its hosts. */
  String NETWORK_BYTES = "network-bytes";

  /** Wishes to actuators that were accepted. */
  String ACTIONS = "actions";

  /** CPU milliseconds. */
  String CPU_MS = "cpu-ms";

  /**
   * From now on what the app uses goes into the report of that listing's source. Called by {@code
   * apps.licence}, again at every start; what an app used that nobody spoke of is not counted.
   */
  default void admit(Listing listing) {}

  /** Counts; a metric is one of the above or {@code app.NAME} for a metered limit. */
  void count(AppId app, String metric, long amount);

  /**
   * A licence was taken: what is paid for a period, for the share. Durable when it returns; the
   * same licence counts once. Called by {@code apps.licence}.
   *
   * @throws java.io.UncheckedIOException if the disk refused; ask again later
   */
  void paid(Listing listing, String licence, String level, long priceMicros, String currency);

  /**
   * A month of one catalogue's apps.
   *
   * @param month UTC
   * @param source whose operator gets it
   * @param closed whether the month is over and the report fixed
   * @param lines one per app
   * @param head digest of the chain of counters at its end, hex
   * @param document the signed report, a compact JWS; empty while the month runs
   * @param delivered whether the operator confirmed it
   */
  record Report(
      YearMonth month,
      String source,
      boolean closed,
      List<Line> lines,
      String head,
      Optional<String> document,
      boolean delivered) {}

  /**
   * An app in a report.
   *
   * @param counts metric → sum
   * @param paidMicros what was paid for it in that month, micro-units of {@code currency}
   * @param feePermille the operator's share
   * @param feeMicros {@code paidMicros · feePermille / 1000}, rounded half even
   */
  record Line(
      AppId app,
      Map<String, Long> counts,
      long paidMicros,
      String currency,
      int feePermille,
      long feeMicros) {}

  /** Newest month first. */
  List<Report> reports();

  /** The operator confirmed the report of a closed month; nothing happens if there is none. */
  default void delivered(YearMonth month, String source) {}
}
