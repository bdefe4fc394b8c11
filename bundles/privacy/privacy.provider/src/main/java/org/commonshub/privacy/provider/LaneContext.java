package org.commonshub.privacy.provider;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Objects;
import javax.crypto.Mac;
import org.commonshub.privacy.api.Noise;
import org.commonshub.privacy.api.PrivacyPolicy;
import org.commonshub.privacy.api.Terms;

/** What a policy is lent for one round; dead when the round is over. */
final class LaneContext implements PrivacyPolicy.Context {
  private final Round round;
  private final String policy;
  private final Mac mac;
  private volatile boolean over;

  LaneContext(Round round, String policy, Mac mac) {
    this.round = round;
    this.policy = policy;
    this.mac = mac;
  }

  void end() {
    over = true;
  }

  @Override
  public Terms terms() {
    return round.terms();
  }

  @Override
  public String parameter() {
    return round.terms().policies().getOrDefault(policy, "");
  }

  @Override
  public Instant now() {
    return round.now();
  }

  @Override
  public ZoneId zone() {
    return round.zone();
  }

  @Override
  public byte[] derive(String label) {
    check();
    byte[] bytes = label.getBytes(StandardCharsets.UTF_8);
    synchronized (mac) {
      return mac.doFinal(bytes);
    }
  }

  @Override
  public boolean spend(Instant day, String subject, String label, long microEpsilon) {
    check();
    Objects.requireNonNull(day, "day");
    long daily = round.terms().noise().map(Noise::dailyMicroEpsilon).orElse(0L);
    return round.budget().spend(day, subject, policy + "\n" + label, microEpsilon, daily);
  }

  private void check() {
    if (over) {
      throw new IllegalStateException("a policy may use its context only while it is called");
    }
  }
}
