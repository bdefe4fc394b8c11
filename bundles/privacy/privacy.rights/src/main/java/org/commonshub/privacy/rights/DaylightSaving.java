package org.commonshub.privacy.rights;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneOffsetTransitionRule;
import java.time.zone.ZoneRules;
import java.util.List;

/**
 * A time zone as ESPI says it (NAESB REQ.21, TimeConfiguration): an offset without summer time, and
 * two rules of 32 bits: seconds of the hour (bits 0–11), hour (12–16), weekday from Monday = 1
 * (17–19), day of the month (20–24), how both are meant (25–27), month (28–31).
 *
 * @param offset seconds east of UTC without summer time
 * @param saving seconds added in summer, 0 where there is none
 * @param starts rule, eight hexadecimal digits
 * @param ends rule, eight hexadecimal digits
 */
record DaylightSaving(int offset, int saving, String starts, String ends) {
  private static final String NEVER = "FFFFFFFF";
  private static final int ON_DAY_OF_MONTH = 0;
  private static final int WEEKDAY_ON_OR_AFTER = 1;
  private static final int FIRST_WEEKDAY = 2;
  private static final int LAST_WEEKDAY = 7;

  static DaylightSaving of(ZoneId zone, Instant at) {
    ZoneRules rules = zone.getRules();
    int offset = rules.getStandardOffset(at).getTotalSeconds();
    List<ZoneOffsetTransitionRule> yearly = rules.getTransitionRules();
    if (yearly.size() != 2) {
      return new DaylightSaving(offset, 0, NEVER, NEVER);
    }
    ZoneOffsetTransitionRule spring = gap(yearly.get(0)) ? yearly.get(0) : yearly.get(1);
    ZoneOffsetTransitionRule autumn = gap(yearly.get(0)) ? yearly.get(1) : yearly.get(0);
    int saving =
        spring.getOffsetAfter().getTotalSeconds() - spring.getOffsetBefore().getTotalSeconds();
    return new DaylightSaving(offset, saving, encode(spring), encode(autumn));
  }

  private static boolean gap(ZoneOffsetTransitionRule rule) {
    return rule.getOffsetAfter().getTotalSeconds() > rule.getOffsetBefore().getTotalSeconds();
  }

  private static String encode(ZoneOffsetTransitionRule rule) {
    DayOfWeek weekday = rule.getDayOfWeek();
    int day = rule.getDayOfMonthIndicator();
    // The last Sunday of a month of 31 days is the Sunday on or after the 25th.
    boolean last = day < 0 || weekday != null && day == rule.getMonth().minLength() - 6;
    int meant = weekday == null ? ON_DAY_OF_MONTH : last ? LAST_WEEKDAY : WEEKDAY_ON_OR_AFTER;
    if (meant == WEEKDAY_ON_OR_AFTER && (day - 1) % 7 == 0) {
      // The Sunday on or after the 8th is the second Sunday: files of utilities say it that way.
      meant = FIRST_WEEKDAY + (day - 1) / 7;
      day = 0;
    }
    // Wall time of the moment of change, as clocks show it before it.
    int second = rule.isMidnightEndOfDay() ? 24 * 3600 : rule.getLocalTime().toSecondOfDay();
    ZoneOffset before = rule.getOffsetBefore();
    second +=
        switch (rule.getTimeDefinition()) {
          case UTC -> before.getTotalSeconds();
          case STANDARD -> before.getTotalSeconds() - rule.getStandardOffset().getTotalSeconds();
          case WALL -> 0;
        };
    long bits =
        (long) rule.getMonth().getValue() << 28
            | (long) meant << 25
            | (long) (last ? 0 : day) << 20
            | (long) (weekday == null ? 0 : weekday.getValue()) << 17
            | (long) (second / 3600) << 12
            | second % 3600;
    return String.format("%08X", bits);
  }
}
