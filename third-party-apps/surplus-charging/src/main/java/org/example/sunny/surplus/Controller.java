package org.example.sunny.surplus;

/**
 * Decides every minute whether the vehicle charges and with how much. It begins when the surplus
 * has been enough for {@link #RISE} minutes and stops when it has been too little for {@link
 * #FALL}; between two switches lie at least {@link #REST} minutes. One thread; no clock of its own.
 */
final class Controller {
  /** IEC 61851-1 cannot signal less. */
  static final int LEAST_AMPERES = 6;

  /** Minutes of enough surplus before it begins. */
  static final int RISE = 3;

  /** Minutes of too little before it stops; it charges with the least current until then. */
  static final int FALL = 5;

  /** Minutes between two switches. */
  static final int REST = 10;

  /** What has to be left over when it begins, so that it need not stop at once: 150 W. */
  static final long MARGIN = 150_000;

  /** mW per ampere and phase. */
  static final long PER_AMPERE = 230_000;

  /** Minutes that more surplus has to last before the vehicle gets it. */
  private static final int STEADY = 3;

  /** What it decided. */
  enum Action {
    /** The charger is nobody's business of this app. */
    HAND_BACK,
    PAUSE,
    CHARGE
  }

  /** Why. */
  enum Reason {
    OFF,
    NOT_CONNECTED,
    TOO_LITTLE,
    /** Enough or too little, but not for long enough. */
    WAITING,
    SURPLUS,
    LEAST,
    DEPARTURE
  }

  /**
   * A decision.
   *
   * @param amperes per phase; of {@link Action#CHARGE} only
   */
  record Decision(Action action, int amperes, Reason reason) {}

  /**
   * What the charger can do.
   *
   * @param least amperes it can be told, at least 6
   * @param most amperes
   * @param pauses whether it can be told to pause
   */
  record Charger(int least, int most, boolean pauses) {}

  /**
   * A need.
   *
   * @param wattHours still to be charged; 0 for none
   * @param minutes until then
   */
  record Need(long wattHours, long minutes) {
    static final Need NONE = new Need(0, 0);
  }

  private final long[] last = new long[STEADY];
  private int seen;
  private boolean charging;
  private int sinceSwitch = REST;
  private int enough;
  private int little;
  private boolean urgent;
  private int switches;

  /** Forgets what it saw; how often it switched stays. */
  void reset() {
    seen = 0;
    charging = false;
    sinceSwitch = REST;
    enough = 0;
    little = 0;
    urgent = false;
  }

  /** How often charging began or stopped for the sake of the surplus. */
  int switches() {
    return switches;
  }

  /**
   * What is there for the vehicle: what goes out to the grid now and what it takes already, less
   * what comes in. What the battery gives never is; what it takes is if the vehicle is first.
   */
  static long available(Minute minute, boolean carFirst) {
    return minute.given()
        - minute.taken()
        + minute.car()
        - minute.discharge()
        + (carFirst ? minute.charge() : 0);
  }

  /** The next minute. */
  Decision next(Minute minute, Plan plan, Charger charger, Need need) {
    if (plan.mode() == Plan.Mode.OFF || !minute.connected()) {
      reset();
      return new Decision(
          Action.HAND_BACK, 0, plan.mode() == Plan.Mode.OFF ? Reason.OFF : Reason.NOT_CONNECTED);
    }
    long perAmpere = PER_AMPERE * plan.phases();
    long now = available(minute, plan.carFirst());
    last[seen++ % STEADY] = now;
    long steady = now;
    for (int i = 0; i < Math.min(seen, STEADY); i++) {
      steady = Math.min(steady, last[i]);
    }
    // It falls at once and rises with what lasts.
    int amperes =
        (int) Math.max(charger.least(), Math.min(charger.most(), Math.floorDiv(steady, perAmpere)));
    decide(now, charger.least() * perAmpere);
    if (urgent(need, charger.most() * perAmpere)) {
      return new Decision(Action.CHARGE, charger.most(), Reason.DEPARTURE);
    }
    if (charging) {
      return new Decision(Action.CHARGE, amperes, little > 0 ? Reason.WAITING : Reason.SURPLUS);
    }
    if (plan.mode() == Plan.Mode.MINIMUM) {
      return new Decision(Action.CHARGE, charger.least(), Reason.LEAST);
    }
    return new Decision(
        plan.handBack() || !charger.pauses() ? Action.HAND_BACK : Action.PAUSE,
        0,
        enough > 0 ? Reason.WAITING : Reason.TOO_LITTLE);
  }

  private void decide(long now, long least) {
    enough = now >= least + MARGIN ? enough + 1 : 0;
    little = now < least - MARGIN ? little + 1 : 0;
    sinceSwitch++;
    if (sinceSwitch > REST && (charging ? little >= FALL : enough >= RISE)) {
      charging = !charging;
      sinceSwitch = 0;
      switches++;
    }
  }

  /** Once it is urgent it stays so until the need is met, or is none any more. */
  private boolean urgent(Need need, long most) {
    if (need.wattHours() <= 0) {
      urgent = false;
      return false;
    }
    // A tenth more than it takes at full power, and ten minutes.
    long minutes = need.wattHours() * 1000 * 60 * 11 / (most * 10) + 10;
    urgent |= need.minutes() <= minutes;
    return urgent;
  }
}
