package org.commonshub.console.health;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.apache.felix.hc.api.HealthCheck;
import org.apache.felix.hc.api.Result;
import org.commonshub.ledger.api.Anchor;
import org.commonshub.ledger.api.Contradictions;
import org.commonshub.ledger.api.Journal;
import org.commonshub.ledger.api.Ledger;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/**
 * Whether the journal is whole and its roots reach the ledgers. Operators see it: it tells that
 * meters contradict each other, never what they say.
 */
@Component(
    name = "org.commonshub.console.health.trust",
    property = {HealthCheck.NAME + "=Trust", HealthCheck.TAGS + "=trust"})
public final class TrustCheck implements HealthCheck {
  private static final String ABOUT_READINGS = "meter-contradiction";

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  private volatile Journal journal;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  private volatile Anchor anchor;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  private volatile Contradictions contradictions;

  @Reference(
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  private volatile Collection<Ledger> ledgers = List.of();

  @Override
  public Result execute() {
    Journal log = journal;
    if (log == null) {
      return new Verdict().ok("The signed journal is switched off.").result();
    }
    return judge(
        log.size(),
        log.alarms(),
        Optional.ofNullable(anchor).flatMap(Anchor::problem),
        ledgers.stream().map(Ledger::problem).flatMap(Optional::stream).toList(),
        contradictions == null ? 0 : contradictions.open().size());
  }

  static Result judge(
      long entries,
      List<Journal.Alarm> alarms,
      Optional<String> anchors,
      List<String> ledgers,
      int contradictions) {
    Verdict verdict =
        new Verdict()
            .ok(
                entries == 1
                    ? "1 signed entry, unchanged."
                    : entries + " signed entries, unchanged.");
    for (Journal.Alarm alarm : alarms) {
      if (!alarm.word().equals(ABOUT_READINGS)) {
        verdict.critical(alarm.text());
      } else if (contradictions == 0) {
        verdict.warn("A meter contradicted itself or the others; see Trust.");
      }
    }
    if (contradictions > 0) {
      verdict.warn(
          contradictions
              + (contradictions == 1 ? " contradiction" : " contradictions")
              + " between meters; what they say is not traded on, see Trust.");
    }
    anchors.ifPresent(verdict::warn);
    ledgers.stream()
        .filter(text -> anchors.isEmpty() || !anchors.get().equals(text))
        .forEach(verdict::warn);
    return verdict.result();
  }
}
