package org.commonshub.privacy.cohort;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.commonshub.identity.api.CoseSign1;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.identity.api.SigningPurpose;
import org.commonshub.identity.api.VerificationKey;
import org.commonshub.neighbour.api.Neighbours;
import org.commonshub.privacy.cohort.Wire.Question;
import org.commonshub.testing.fakes.FakeIdentity;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a window costs a member, with X25519 and Ed25519; prints the table of the README. */
class FiguresTest {
  /** Signatures of hubs that know each other. */
  private record Hubs(FakeIdentity self, List<VerificationKey> keys) implements Signatures {
    @Override
    public byte[] sign(byte[] payload) {
      return self.sign(SigningPurpose.COHORT, payload);
    }

    @Override
    public byte[] payload(int member, byte[] signed) throws CohortException {
      try {
        CoseSign1 cose = CoseSign1.parse(signed);
        if (cose.verify(keys.get(member), SigningPurpose.COHORT)) {
          return cose.payload().orElseThrow();
        }
      } catch (MalformedCborException e) {
        throw new CohortException(CohortException.Why.SIGNATURE, e.getMessage());
      }
      throw new CohortException(CohortException.Why.SIGNATURE, "not signed");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 32, 64})
  void bytesAndTimePerMember(int size) throws Exception {
    Setup setup = Cohorts.of(size, 2, 0);
    List<FakeIdentity> identities = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      identities.add(new FakeIdentity("hub" + i));
    }
    List<VerificationKey> keys = identities.stream().map(FakeIdentity::key).toList();
    long best = Long.MAX_VALUE;
    long collecting = Long.MAX_VALUE;
    long bytes = 0;
    int largest = 0;
    for (int run = 0; run < (size == 8 ? 3 : 1); run++) {
      List<Member> members = new ArrayList<>();
      long nanos = 0;
      long all = System.nanoTime();
      for (int i = 0; i < size; i++) {
        members.add(
            new Member(
                setup, i, 900, i, 0, new Suite(), new Hubs(identities.get(i), keys), new Tape(i)));
      }
      nanos += System.nanoTime() - all;
      Collector collector =
          new Collector(setup, 900, new Suite(), new Hubs(identities.get(0), keys));
      SortedMap<Integer, byte[]> questions = collector.next();
      bytes = 0;
      while (!questions.isEmpty()) {
        for (Map.Entry<Integer, byte[]> each : questions.entrySet()) {
          long begin = System.nanoTime();
          Question question = Question.decode(each.getValue());
          byte[] answer = null;
          // The last one drops out after it dealt its shares.
          if (each.getKey() < size - 1 || question.round().compareTo(Wire.Round.DEAL) < 0) {
            answer = members.get(each.getKey()).answer(question.round(), question.items());
          }
          nanos += System.nanoTime() - begin;
          largest = Math.max(largest, each.getValue().length);
          bytes += each.getValue().length;
          if (answer != null) {
            bytes += answer.length;
            largest = Math.max(largest, answer.length);
            collector.answer(each.getKey(), answer);
          }
        }
        questions = collector.next();
      }
      assertThat(collector.sum()).isEqualTo((size - 1) * (size - 2) / 2);
      best = Math.min(best, nanos / size);
      collecting = Math.min(collecting, System.nanoTime() - all - nanos);
    }
    System.out.printf(
        "| %d | %d | %,d | %,d | %.0f | %.0f |%n",
        size, setup.threshold(), bytes / size, largest, best / 1e6, collecting / 1e6);
    assertThat(largest).isLessThan(Neighbours.MAX_BYTES);
  }
}
