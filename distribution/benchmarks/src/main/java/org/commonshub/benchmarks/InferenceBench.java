package org.commonshub.benchmarks;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.commonshub.measure.api.Unit;
import org.commonshub.privacy.aggregate.AggregatePolicy;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.Noise;
import org.commonshub.privacy.api.PrivacyPolicy;
import org.commonshub.privacy.api.Terms;
import org.commonshub.privacy.noise.NoisePolicy;
import org.commonshub.privacy.quantize.QuantizePolicy;

/**
 * What can still be told from a release of the real house's load: whether somebody is at home
 * (thresholds from the night before, as in Chen et al. 2013, NIOM) and when a big appliance starts
 * (steps, as in Hart 1992, with the threshold that would have been best). Released by the hub's own
 * policies.
 */
public final class InferenceBench implements Bench {
  private static final int WAKING_FROM = 6 * 4;
  private static final int WAKING_TO = 22 * 4;
  private static final int SLOTS = LivedInHouse.DAY_S / LivedInHouse.SLOT_S;
  private static final String SUBJECT = "house";

  /** A kind of release. */
  private record Release(String name, String key, Terms terms) {}

  private static final List<Release> RELEASES =
      List.of(
          release("raw, 1 s", "raw", Granularity.SECOND),
          release("1 min", "1min", Granularity.MINUTE),
          release("15 min", "15min", Granularity.QUARTER_HOUR),
          release("1 h", "1h", Granularity.HOUR),
          release("1 day", "1day", Granularity.DAY),
          new Release(
              "15 min, rounded to 500 W",
              "15min_rounded",
              interval(Granularity.QUARTER_HOUR).toBuilder().quantum(Unit.WATT, 500_000).build()),
          noisy("15 min, ε = 10 an interval", "15min_eps10", Granularity.QUARTER_HOUR, 10),
          noisy("15 min, ε = 1 an interval", "15min_eps1", Granularity.QUARTER_HOUR, 1),
          noisy("1 h, ε = 1 an interval", "1h_eps1", Granularity.HOUR, 1));

  @Override
  public String name() {
    return "inference";
  }

  @Override
  public String summary() {
    return "what can be told from raw, 15 min and noisy releases of a real house";
  }

  @Override
  public Result run(PrintStream progress) throws Exception {
    LivedInHouse house = new LivedInHouse();
    house.facts().forEach(progress::println);
    List<double[]> minutes = minutes(house.watts);
    Map<String, Number> figures = new LinkedHashMap<>();
    progress.printf(
        "%-28s %14s %14s %14s%n", "release", "at home, MCC", "correct, %", "starts, F1");
    for (Release release : RELEASES) {
      double[] curve = curve(release.terms(), house.watts, minutes);
      Guess home = occupancy(curve, house.home);
      double events = appliances(curve, house.starts);
      progress.printf(
          Locale.ROOT,
          "%-28s %14.2f %14.0f %14.2f%n",
          release.name(),
          home.matthews(),
          100 * home.correct(),
          events);
      figures.put("home_mcc_" + release.key(), rounded(home.matthews()));
      figures.put("starts_f1_" + release.key(), rounded(events));
    }
    Guess always = new Guess();
    Guess everySlot = new Guess();
    waking(house.home.length, slot -> always.add(true, house.home[slot]));
    waking(house.home.length, slot -> everySlot.add(true, house.starts[slot]));
    progress.printf(
        Locale.ROOT,
        "%-28s %14.2f %14.0f %14.2f%n",
        "no release, always yes",
        always.matthews(),
        100 * always.correct(),
        everySlot.f1());
    return new Result(
        figures,
        Map.of("home_mcc", rounded(always.matthews()), "starts_f1", rounded(everySlot.f1())));
  }

  /** Day by day, one array each of means of minutes, made by the policy. */
  private static List<double[]> minutes(int[] watts) {
    List<double[]> days = new ArrayList<>();
    Terms terms = interval(Granularity.MINUTE);
    for (int day = 0; day < LivedInHouse.DAYS; day++) {
      double[] minutes = new double[1440];
      for (int hour = 0; hour < 24; hour++) {
        int first = day * LivedInHouse.DAY_S + hour * 3600;
        long[] starts = new long[3600];
        long[] values = new long[3600];
        for (int i = 0; i < 3600; i++) {
          starts[i] = (first + i) * 1000L;
          values[i] = watts[first + i];
        }
        Block block = block(Block.Statistic.VALUE, 0, 0, starts, values);
        Block released = new AggregatePolicy().apply(block, new Lent(terms));
        for (int i = 0; i < released.size(); i++) {
          int minute = (int) (released.starts()[i] / 60_000) - day * 1440;
          minutes[minute] = released.mantissas()[i] * Math.pow(10, released.exponent());
        }
      }
      days.add(minutes);
    }
    return days;
  }

  /** What the recipient knows, second by second: each value held over its interval. */
  private static double[] curve(Terms terms, int[] watts, List<double[]> minutes) {
    double[] curve = new double[watts.length];
    if (terms.resolution() == Granularity.SECOND) {
      Arrays.setAll(curve, i -> watts[i]);
      return curve;
    }
    Lent context = new Lent(terms);
    for (int day = 0; day < LivedInHouse.DAYS; day++) {
      long[] starts = new long[1440];
      long[] values = new long[1440];
      for (int i = 0; i < 1440; i++) {
        starts[i] = (day * 1440L + i) * 60_000;
        values[i] = Math.round(minutes.get(day)[i] * 1000);
      }
      Block block = block(Block.Statistic.MEAN, 60, -3, starts, values);
      block = new AggregatePolicy().apply(block, context);
      block = new NoisePolicy().apply(block, context);
      block = new QuantizePolicy().apply(block, context);
      int seconds = terms.resolution().seconds();
      for (int i = 0; i < block.size(); i++) {
        int from = (int) (block.starts()[i] / 1000);
        Arrays.fill(
            curve,
            from,
            Math.min(curve.length, from + seconds),
            block.mantissas()[i] * Math.pow(10, block.exponent()));
      }
    }
    return curve;
  }

  private static Block block(
      Block.Statistic statistic, int interval, int exponent, long[] starts, long[] values) {
    return new Block(
        SUBJECT,
        "power.active",
        statistic,
        interval,
        exponent,
        starts,
        values,
        new int[starts.length]);
  }

  /** Occupied where mean, deviation or range of a quarter exceed what the night before had. */
  private static Guess occupancy(double[] curve, boolean[] truth) {
    Guess guess = new Guess();
    double[][] features = new double[truth.length][];
    for (int slot = 0; slot < truth.length; slot++) {
      features[slot] = features(curve, slot);
    }
    for (int day = 0; day < LivedInHouse.DAYS; day++) {
      double[] night = new double[3];
      for (int slot = 4; slot < 16; slot++) {
        for (int f = 0; f < 3; f++) {
          night[f] = Math.max(night[f], features[day * SLOTS + slot][f]);
        }
      }
      for (int slot = day * SLOTS + WAKING_FROM; slot < day * SLOTS + WAKING_TO; slot++) {
        boolean home = false;
        for (int f = 0; f < 3; f++) {
          home |= features[slot][f] > night[f] * 1.05;
        }
        guess.add(home, truth[slot]);
      }
    }
    return guess;
  }

  private static double[] features(double[] curve, int slot) {
    double sum = 0;
    double squares = 0;
    double least = Double.MAX_VALUE;
    double most = -Double.MAX_VALUE;
    for (int s = slot * LivedInHouse.SLOT_S; s < (slot + 1) * LivedInHouse.SLOT_S; s++) {
      sum += curve[s];
      squares += curve[s] * curve[s];
      least = Math.min(least, curve[s]);
      most = Math.max(most, curve[s]);
    }
    double mean = sum / LivedInHouse.SLOT_S;
    double variance = Math.max(0, squares / LivedInHouse.SLOT_S - mean * mean);
    return new double[] {mean, Math.sqrt(variance), most - least};
  }

  /** The best F1 that any threshold of a rise would have reached. */
  private static double appliances(double[] curve, boolean[] truth) {
    double[] rise = new double[truth.length];
    for (int s = 1; s < curve.length; s++) {
      int slot = s / LivedInHouse.SLOT_S;
      rise[slot] = Math.max(rise[slot], curve[s] - curve[s - 1]);
    }
    double best = 0;
    for (double threshold = 20; threshold < 4000; threshold *= 1.15) {
      double least = threshold;
      Guess guess = new Guess();
      waking(truth.length, slot -> guess.add(rise[slot] >= least, truth[slot]));
      best = Math.max(best, guess.f1());
    }
    return best;
  }

  private static void waking(int slots, java.util.function.IntConsumer each) {
    for (int slot = 0; slot < slots; slot++) {
      if (slot % SLOTS >= WAKING_FROM && slot % SLOTS < WAKING_TO) {
        each.accept(slot);
      }
    }
  }

  private static double rounded(double value) {
    return Math.round(value * 100) / 100.0;
  }

  private static Release release(String name, String key, Granularity resolution) {
    return new Release(
        name, key, resolution == Granularity.SECOND ? Terms.ANY : interval(resolution));
  }

  private static Release noisy(String name, String key, Granularity resolution, long epsilon) {
    Noise noise = new Noise(epsilon * 1_000_000, Noise.Unit.INTERVAL, 1_000_000_000, 0, 10_000);
    return new Release(name, key, interval(resolution).toBuilder().noise(noise).build());
  }

  private static Terms interval(Granularity resolution) {
    return Terms.ANY.toBuilder().interval(resolution).build();
  }

  /** Right and wrong guesses. */
  private static final class Guess {
    private double truePositive;
    private double falsePositive;
    private double trueNegative;
    private double falseNegative;

    void add(boolean guessed, boolean truth) {
      if (guessed) {
        truePositive += truth ? 1 : 0;
        falsePositive += truth ? 0 : 1;
      } else {
        falseNegative += truth ? 1 : 0;
        trueNegative += truth ? 0 : 1;
      }
    }

    double correct() {
      return (truePositive + trueNegative)
          / (truePositive + trueNegative + falsePositive + falseNegative);
    }

    /** Matthews' correlation: 1 always right, 0 no better than chance. */
    double matthews() {
      double below =
          Math.sqrt(truePositive + falsePositive)
              * Math.sqrt(truePositive + falseNegative)
              * Math.sqrt(trueNegative + falsePositive)
              * Math.sqrt(trueNegative + falseNegative);
      return below == 0 ? 0 : (truePositive * trueNegative - falsePositive * falseNegative) / below;
    }

    double f1() {
      double all = 2 * truePositive + falsePositive + falseNegative;
      return all == 0 ? 0 : 2 * truePositive / all;
    }
  }

  /** A context without a gate: budget without end, a key of the study. */
  private record Lent(Terms terms) implements PrivacyPolicy.Context {
    @Override
    public String parameter() {
      return "";
    }

    @Override
    public Instant now() {
      return Instant.EPOCH.plus(Duration.ofDays(LivedInHouse.DAYS + 8L));
    }

    @Override
    public ZoneId zone() {
      return ZoneOffset.UTC;
    }

    @Override
    public byte[] derive(String label) {
      try {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec("inference".getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        return mac.doFinal(label.getBytes(StandardCharsets.UTF_8));
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public boolean spend(Instant day, String subject, String label, long microEpsilon) {
      return true;
    }
  }
}
