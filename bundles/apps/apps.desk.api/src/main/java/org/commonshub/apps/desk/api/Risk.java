package org.commonshub.apps.desk.api;

import java.util.List;

/**
 * How much harm an app could do with what it asks for, computed from its manifest alone.
 *
 * @param rating the worst of the reasons
 * @param reasons codes that the console turns into sentences, worst first: {@code
 *     fine-data+network}, {@code coarse-data+network}, {@code data-stays}, {@code actuators},
 *     {@code place}, {@code network}, {@code inside}, {@code nothing}
 */
public record Risk(Rating rating, List<String> reasons) {
  /** Ratings. */
  public enum Rating {
    LOW,
    MODERATE,
    HIGH
  }

  public Risk {
    reasons = List.copyOf(reasons);
  }
}
