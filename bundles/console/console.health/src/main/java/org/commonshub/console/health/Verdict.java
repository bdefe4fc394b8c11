package org.commonshub.console.health;

import java.util.ArrayList;
import java.util.List;
import org.apache.felix.hc.api.Result;
import org.apache.felix.hc.api.Result.Status;

/** Collects sentences; the worst status wins and only its sentences and worse ones are told. */
final class Verdict {
  private static final int MAX_SENTENCES = 8;

  private record Finding(Status status, String text) {}

  private final List<Finding> findings = new ArrayList<>();

  Verdict ok(String text) {
    return add(Status.OK, text);
  }

  Verdict warn(String text) {
    return add(Status.WARN, text);
  }

  Verdict critical(String text) {
    return add(Status.CRITICAL, text);
  }

  private Verdict add(Status status, String text) {
    findings.add(new Finding(status, text));
    return this;
  }

  Result result() {
    Status worst = Status.OK;
    for (Finding finding : findings) {
      if (finding.status.ordinal() > worst.ordinal()) {
        worst = finding.status;
      }
    }
    List<String> told = new ArrayList<>();
    int left = 0;
    for (Finding finding : findings) {
      if (worst == Status.OK || finding.status != Status.OK) {
        if (told.size() < MAX_SENTENCES) {
          told.add(finding.text);
        } else {
          left++;
        }
      }
    }
    if (left > 0) {
      told.add("And " + left + " more.");
    }
    return new Result(worst, String.join(" ", told));
  }
}
