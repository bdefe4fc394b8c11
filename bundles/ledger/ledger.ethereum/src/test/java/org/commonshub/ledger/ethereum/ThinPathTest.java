package org.commonshub.ledger.ethereum;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import org.commonshub.ledger.api.LedgerClient.Attempt;
import org.commonshub.ledger.api.LedgerClient.Observation;
import org.commonshub.ledger.api.LedgerClient.Seen;
import org.commonshub.ledger.api.Submission;
import org.commonshub.ledger.api.SubmissionKind;
import org.junit.jupiter.api.Test;

class ThinPathTest {
  @Test
  void aRootIsAnchoredAndFinal() throws Exception {
    try (Node node = Node.given()) {
      Setup setup = new Setup();
      setup.nodes = List.of(node.uri());
      setup.anchor = node.deploy("EnergyAnchor", new byte[0]);
      node.fund(setup.account, BigInteger.TEN.pow(18));
      EthereumClient client = setup.client();
      Submission root =
          new Submission(
              "journal-1/7", SubmissionKind.ROOT, Bytes.sha256(new byte[] {7}), new byte[0]);
      assertThat(client.observe(root, List.of()).seen()).isEqualTo(Seen.NOTHING);
      Attempt attempt =
          new Attempt(root.key(), 0, client.prepare(root, List.of(), Optional.empty()));
      assertThat(client.observe(root, List.of(attempt)).seen()).isEqualTo(Seen.NOTHING);
      client.send(attempt);
      client.send(attempt);
      assertThat(client.observe(root, List.of(attempt)).seen()).isEqualTo(Seen.INCLUDED);
      node.mine(1);
      Observation done = client.observe(root, List.of(attempt));
      assertThat(done.seen()).isEqualTo(Seen.FINAL);
      System.out.println(done + " " + done.proof().get().length);
      Proof.Shown shown = Proof.verify(done.proof().get());
      assertThat(shown.logs()).hasSize(1);
      assertThat(client.observe(root, List.of()).seen()).isEqualTo(Seen.FINAL);
      assertThat(client.observe(root, List.of()).reference()).isEqualTo(done.reference());
    }
  }
}
