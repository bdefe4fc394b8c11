package org.commonshub.apps.metering;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** Reports of usage as a hub sends them, and lines of the chain. */
public final class UsageReportFuzz {
  private static final String HEADER =
      "{\"alg\":\"EdDSA\",\"kid\":\"x\",\"typ\":\"application/vnd.commonshub.licence+cbor\"}";

  private UsageReportFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
    report(new String(data, StandardCharsets.ISO_8859_1));
    report(
        base64.encodeToString(HEADER.getBytes(StandardCharsets.US_ASCII))
            + "."
            + base64.encodeToString(data)
            + "."
            + base64.encodeToString(new byte[64]));
    try {
      ChainLine line = ChainLine.of(Members.of("The line", data));
      line.digest(ChainLine.BEGIN);
      Share.lines(java.util.List.of(line)).forEach(Share::explain);
    } catch (ReportException e) {
      // The declared refusal.
    }
    try {
      ChainLine.counts(Members.of("The counts", data));
    } catch (ReportException e) {
      // The declared refusal.
    }
  }

  private static void report(String document) {
    try {
      UsageReport.verify(document).differences();
    } catch (ReportException e) {
      // The declared refusal.
    }
  }
}
