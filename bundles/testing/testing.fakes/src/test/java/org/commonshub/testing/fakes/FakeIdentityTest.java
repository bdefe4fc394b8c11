package org.commonshub.testing.fakes;

import static org.assertj.core.api.Assertions.assertThat;

import org.commonshub.identity.api.CoseSign1;
import org.commonshub.identity.api.Jws;
import org.commonshub.identity.api.KeyLog;
import org.commonshub.identity.api.SigningPurpose;
import org.commonshub.identity.api.VerificationKey;
import org.junit.jupiter.api.Test;

class FakeIdentityTest {
  @Test
  void theNameMakesTheHub() {
    assertThat(new FakeIdentity("a").keyLog()).isEqualTo(new FakeIdentity("a").keyLog());
    assertThat(new FakeIdentity("a").did()).isNotEqualTo(new FakeIdentity("b").did());
    assertThat(new FakeIdentity().did()).isNotEqualTo(new FakeIdentity().did());
  }

  @Test
  void theLogHoldsThroughRotationsAndKnowsEveryKey() throws Exception {
    FakeIdentity hub = new FakeIdentity("a");
    VerificationKey first = hub.key();
    byte[] signed = hub.sign(SigningPurpose.CHECKPOINT, new byte[] {1});
    VerificationKey third = null;
    for (int i = 0; i < 2; i++) {
      third = hub.rotate();
    }
    KeyLog log = KeyLog.verify(hub.keyLog());
    assertThat(log.did()).isEqualTo(hub.did());
    assertThat(log.periods()).hasSize(3);
    assertThat(log.current()).isEqualTo(third).isEqualTo(hub.key());
    assertThat(log.key(first.multikey())).contains(first);
    assertThat(CoseSign1.parse(signed).verify(first, SigningPurpose.CHECKPOINT)).isTrue();
    assertThat(
            Jws.parse(hub.jws(SigningPurpose.ORDER, new byte[] {2}))
                .verify(hub.key(), SigningPurpose.ORDER))
        .isTrue();
  }
}
