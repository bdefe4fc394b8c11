package org.commonshub.ledger.ethereum;

import static org.assertj.core.api.Assertions.assertThat;

import com.esaulpaugh.headlong.abi.Function;
import com.esaulpaugh.headlong.abi.Tuple;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.commonshub.ledger.api.Settlement.Round;
import org.commonshub.ledger.api.Settlement.Share;
import org.commonshub.ledger.api.Submission;
import org.commonshub.ledger.api.SubmissionKind;
import org.junit.jupiter.api.Test;

class AbiTest {
  private static final byte[] CONTRACT = new byte[20];

  @Test
  void callsAreThoseOfAnotherLibrary() {
    Random random = new Random(3);
    for (int i = 0; i < 200; i++) {
      byte[] root = new byte[32];
      random.nextBytes(root);
      long number = random.nextInt(5) == 0 ? i : random.nextLong() >>> 8;
      Submission submission =
          new Submission("journal-" + i + "/" + number, SubmissionKind.ROOT, root, new byte[0]);
      byte[] hub = TestAccount.of(i).bytes();
      BigInteger stream =
          new BigInteger(
              1,
              java.util.Arrays.copyOf(
                  Bytes.sha256(
                      submission.order().getBytes(java.nio.charset.StandardCharsets.US_ASCII)),
                  6));
      BigInteger position = stream.shiftLeft(64).add(BigInteger.valueOf(number));
      AnchorEffect anchor = new AnchorEffect(CONTRACT, hub, submission);
      assertThat(anchor.data())
          .isEqualTo(
              Function.parse("anchor(uint128,bytes32)")
                  .encodeCall(Tuple.of(position, root))
                  .array());
      assertThat(anchor.question())
          .isEqualTo(
              Function.parse("last(address,uint64)")
                  .encodeCall(
                      Tuple.of(
                          com.esaulpaugh.headlong.abi.Address.wrap(
                              com.esaulpaugh.headlong.abi.Address.toChecksumAddress(
                                  new BigInteger(1, hub))),
                          stream))
                  .array());
    }
    for (int count = 1; count <= 60; count++) {
      List<Share> shares = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        shares.add(new Share(TestAccount.of(i).address(), i % 2 == 0 ? 1L + i : -i));
      }
      Submission submission = SettlementEffect.submission(new Round("2026-" + count, shares));
      SettlementEffect settlement = new SettlementEffect(CONTRACT, submission);
      byte[] data = settlement.data();
      Tuple call = Function.parse("settle(bytes32,bytes)").decodeCall(data);
      assertThat((byte[]) call.get(0)).isEqualTo(submission.digest());
      byte[] packed = call.get(1);
      assertThat(packed).hasSize(28 * count);
      assertThat(Function.parse("settle(bytes32,bytes)").encodeCall(call).array()).isEqualTo(data);
      assertThat(settlement.question())
          .isEqualTo(
              Function.parse("contentOf(bytes32)")
                  .encodeCall(com.esaulpaugh.headlong.abi.Single.of(submission.digest()))
                  .array());
    }
  }

  /** What the client calls is what the contracts offer, by the compiler's own list. */
  @Test
  void selectorsAreThoseOfTheContracts() throws Exception {
    assertThat(selectors("EnergyAnchor"))
        .containsEntry("anchor(uint128,bytes32)", selector("anchor(uint128,bytes32)"))
        .containsEntry("last(address,uint64)", selector("last(address,uint64)"));
    assertThat(selectors("EnergyCredits"))
        .containsEntry("settle(bytes32,bytes)", selector("settle(bytes32,bytes)"))
        .containsEntry("contentOf(bytes32)", selector("contentOf(bytes32)"));
  }

  private static String selector(String signature) {
    return Bytes.hex(Abi.selector(signature)).substring(2);
  }

  private static Map<String, Object> selectors(String contract) throws Exception {
    byte[] json =
        AbiTest.class.getResourceAsStream("contracts/" + contract + ".json").readAllBytes();
    Map<String, Object> all = new java.util.HashMap<>();
    Fields.of(Fields.of(Json.parse(json)).map().get("selectors"))
        .map()
        .forEach((name, value) -> all.put((String) name, value));
    return all;
  }
}
