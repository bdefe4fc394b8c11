package org.commonshub.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A real house's load (30 min means) with a life in it that we know, because we put it there: who
 * is at home, and when big appliances start. Absences take the real night level of the same day;
 * appliances of ordinary power and duration, a refrigerator and small switching are laid over the
 * real means, second by second. Without that nobody could say how well a guess is.
 */
final class LivedInHouse {
  /** Days from the start of the profile. */
  static final int DAYS = 84;

  static final int DAY_S = 86_400;
  static final int SLOT_S = 900;
  private static final int HALF_HOUR_S = 1800;
  private static final int HALF_HOURS = 48;
  private static final String PROFILE =
      "shared/data/profiles/ausgrid_customer12_30min_2011-2012.csv";

  /** Watts, second by second. */
  final int[] watts = new int[DAYS * DAY_S];

  /** Whether somebody is at home, by quarter of an hour. */
  final boolean[] home = new boolean[DAYS * DAY_S / SLOT_S];

  /** Whether an appliance of 1 kW or more starts, by quarter of an hour. */
  final boolean[] starts = new boolean[home.length];

  private final Random random = new Random(20_110_701);

  LivedInHouse() throws IOException {
    double[] means = profile();
    presence();
    for (int day = 0; day < DAYS; day++) {
      background(day, means);
      if (home(day * DAY_S + 70_000)) {
        appliances(day);
      }
    }
  }

  private static double[] profile() throws IOException {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path file = at.resolve(PROFILE);
      if (Files.exists(file)) {
        List<String> lines = Files.readAllLines(file);
        double[] means = new double[DAYS * HALF_HOURS];
        for (int i = 0; i < means.length; i++) {
          means[i] = 1000 * Double.parseDouble(lines.get(i + 1).split(",", -1)[1]);
        }
        return means;
      }
    }
    throw new IOException(
        "This study needs a year of a real house, " + PROFILE + " beside the checkout: not there.");
  }

  private void presence() {
    for (int day = 0; day < DAYS; day++) {
      boolean holiday = day % 28 >= 20 && day % 28 < 23;
      int from = 0;
      int to = 0;
      if (day % 7 < 5 && random.nextDouble() < 0.75) {
        from = 30_600 + random.nextInt(5400);
        to = 59_400 + random.nextInt(7200);
      } else if (random.nextDouble() < 0.4) {
        from = 36_000 + random.nextInt(14_400);
        to = from + 7200 + random.nextInt(10_800);
      }
      for (int slot = 0; slot < DAY_S / SLOT_S; slot++) {
        int second = slot * SLOT_S;
        home[day * DAY_S / SLOT_S + slot] = !holiday && (second < from || second >= to);
      }
    }
  }

  private boolean home(int second) {
    return home[second / SLOT_S];
  }

  private void background(int day, double[] means) {
    double night = 0;
    for (int i = 2; i < 9; i++) {
      night += means[day * HALF_HOURS + i] / 7;
    }
    int phase = random.nextInt(2160);
    int small = 0;
    for (int s = 0; s < DAY_S; s++) {
      int at = day * DAY_S + s;
      boolean awake = home(at) && s > 21_600 && s < 82_800;
      if (s % 180 == 0) {
        small = awake ? random.nextInt(240) - 120 : 0;
      }
      double level = home(at) ? means[at / HALF_HOUR_S] : night;
      int refrigerator = (s + phase) % 2160 < 720 ? 60 : -30;
      watts[at] =
          (int) Math.max(20, level + refrigerator + small + Math.round(8 * random.nextGaussian()));
    }
  }

  private void appliances(int day) {
    for (int i = 0; i < 5; i++) {
      run(day, 2200, 120 + random.nextInt(120), 1);
    }
    maybe(0.9, () -> run(day, 2000, 1500 + random.nextInt(900), 3));
    maybe(0.6, () -> run(day, 2000, 900, 1));
    maybe(0.3, () -> run(day, 2400, 3000, 1));
    maybe(0.7, () -> run(day, 1600, 300, 1));
  }

  private void maybe(double chance, Runnable then) {
    if (random.nextDouble() < chance) {
      then.run();
    }
  }

  /** An appliance somewhere in the waking hours of the day; thermostats switch every minute. */
  private void run(int day, int power, int seconds, int duty) {
    int start = day * DAY_S + 23_400 + random.nextInt(57_600);
    if (!home(start)) {
      return;
    }
    starts[start / SLOT_S] = true;
    for (int s = 0; s < seconds && start + s < watts.length; s++) {
      if (s / 60 % duty == 0) {
        watts[start + s] += power;
      }
    }
  }

  /** Names and units for those who read the figures. */
  List<String> facts() {
    int occupied = 0;
    int events = 0;
    for (int i = 0; i < home.length; i++) {
      occupied += home[i] ? 1 : 0;
      events += starts[i] ? 1 : 0;
    }
    List<String> facts = new ArrayList<>();
    facts.add(DAYS + " days of the real house, " + home.length + " quarters of an hour");
    facts.add("somebody at home in " + 100 * occupied / home.length + " % of them");
    facts.add("an appliance of 1 kW or more starts in " + events + " of them");
    return facts;
  }
}
