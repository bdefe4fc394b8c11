package org.commonshub.privacy.pseudonym;

import java.time.Instant;
import java.util.Arrays;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.PrivacyPolicy;
import org.commonshub.privacy.api.Terms;
import org.osgi.service.component.annotations.Component;

/**
 * Gives a device a name that only its recipient sees, and that recipient for one period only: 128
 * bits derived from recipient, purposes, device, rotation and period, in base 32 (RFC 4648, lower
 * case). Nobody without the hub's key can tell which two names are the same device's.
 */
@Component(property = PrivacyPolicy.NAME + "=pseudonym")
public final class PseudonymPolicy implements PrivacyPolicy {
  private static final String BASE32 = "abcdefghijklmnopqrstuvwxyz234567";

  @Override
  public Block apply(Block block, Context context) {
    Terms terms = context.terms();
    if (terms.pseudonymRotation().isEmpty()) {
      return block;
    }
    if (block.size() == 0 || terms.recipient().isEmpty()) {
      return block.empty().under("p");
    }
    long period = period(terms, block.starts()[0]);
    int keep = block.size();
    while (period(terms, block.starts()[keep - 1]) != period) {
      keep--; // One block has one name; the gate cuts blocks where a period ends.
    }
    String label =
        String.join(
            "\n",
            terms.recipient().get().toString(),
            terms.purposes().map(Object::toString).orElse(""),
            block.subject(),
            Long.toString(terms.pseudonymRotation().get().toSeconds()),
            Long.toString(period));
    Block whole = block.under("p-" + base32(Arrays.copyOf(context.derive(label), 16)));
    return keep == block.size()
        ? whole
        : whole.with(
            block.exponent(),
            Arrays.copyOf(block.starts(), keep),
            Arrays.copyOf(block.mantissas(), keep),
            Arrays.copyOf(block.qualities(), keep));
  }

  private static long period(Terms terms, long start) {
    return terms.pseudonymPeriod(Instant.ofEpochMilli(start));
  }

  private static String base32(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    int bits = 0;
    int count = 0;
    for (byte b : bytes) {
      bits = bits << 8 | (b & 0xFF);
      count += 8;
      while (count >= 5) {
        count -= 5;
        text.append(BASE32.charAt(bits >> count & 31));
      }
      bits &= (1 << count) - 1;
    }
    if (count > 0) {
      text.append(BASE32.charAt(bits << (5 - count) & 31));
    }
    return text.toString();
  }
}
