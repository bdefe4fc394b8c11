package org.commonshub.metering.transport;

import java.util.List;
import org.commonshub.metering.api.ServiceBrowser.Instance;

/** Bytes that claim to be answers of a multicast DNS responder. */
public final class DnsFuzz {
  private DnsFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    Findings findings = new Findings(List.of("_shelly._tcp", "_http._tcp"));
    try {
      List<Dns.Answer> answers = Dns.answers(data);
      findings.add(answers);
      if (findings.add(answers)) {
        throw new AssertionError("the same is news twice");
      }
    } catch (Dns.Malformed e) {
      return; // The declared refusal.
    }
    if (Dns.query(1, findings.missing(), true).length > 24 * 300) {
      throw new AssertionError("a query without end");
    }
    for (Instance instance : findings.instances()) {
      if (instance.port() < 1 || instance.address().isEmpty()) {
        throw new AssertionError(instance.toString());
      }
    }
  }
}
