package org.commonshub.testing.tck;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.commonshub.privacy.api.Noise;
import org.commonshub.privacy.api.PrivacyPolicy;
import org.commonshub.privacy.api.Terms;

/**
 * What the gate lends a policy, for tests: a clock that stands still, a key of its own, and a
 * budget that begins full. Any thread.
 */
public final class PolicyContext implements PrivacyPolicy.Context {
  private final Terms terms;
  private final String parameter;
  private final Instant now;
  private final ZoneId zone;
  private final String key;
  private final Map<String, Long> spent = new HashMap<>();
  private final Set<String> labels = new HashSet<>();

  private PolicyContext(Terms terms, String parameter, Instant now, ZoneId zone, String key) {
    this.terms = terms;
    this.parameter = parameter;
    this.now = now;
    this.zone = zone;
    this.key = key;
  }

  /** Terms, no parameter, a zone with summer time, and a clock long after all values. */
  public static PolicyContext of(Terms terms) {
    return new PolicyContext(
        terms, "", Instant.parse("2100-01-01T00:00:00Z"), ZoneId.of("Europe/Rome"), "key");
  }

  /** The same with a full budget and a parameter. */
  public PolicyContext parameter(String value) {
    return new PolicyContext(terms, value, now, zone, key);
  }

  /** The same with a full budget and another clock. */
  public PolicyContext now(Instant value) {
    return new PolicyContext(terms, parameter, value, zone, key);
  }

  /** The same with a full budget and another zone. */
  public PolicyContext zone(String value) {
    return new PolicyContext(terms, parameter, now, ZoneId.of(value), key);
  }

  /** The same with a full budget and the key of another hub. */
  public PolicyContext key(String value) {
    return new PolicyContext(terms, parameter, now, zone, value);
  }

  /** ε taken so far from a day of a subject, in millionths. */
  public synchronized long spent(Instant day, String subject) {
    return spent.getOrDefault(day + " " + subject, 0L);
  }

  @Override
  public Terms terms() {
    return terms;
  }

  @Override
  public String parameter() {
    return parameter;
  }

  @Override
  public Instant now() {
    return now;
  }

  @Override
  public ZoneId zone() {
    return zone;
  }

  @Override
  public byte[] derive(String label) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      return mac.doFinal(label.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public synchronized boolean spend(Instant day, String subject, String label, long microEpsilon) {
    if (microEpsilon < 0) {
      throw new IllegalArgumentException("a negative epsilon");
    }
    String account = day + " " + subject;
    String release = account + " " + label;
    if (labels.contains(release)) {
      return true;
    }
    long total = spent.getOrDefault(account, 0L) + microEpsilon;
    if (total > terms.noise().map(Noise::dailyMicroEpsilon).orElse(0L)) {
      return false;
    }
    spent.put(account, total);
    labels.add(release);
    return true;
  }
}
