package org.commonshub.ledger.ethereum;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.ledger.api.Settlement.Round;
import org.commonshub.ledger.api.Settlement.Share;
import org.commonshub.ledger.api.Submission;
import org.commonshub.ledger.api.SubmissionKind;

/**
 * A round in {@code EnergyCredits}. The body of its submission is deterministic CBOR {@code {1: id,
 * 2: packed}}, where packed is 28 bytes per participant: address, then credit in micro-units as
 * signed 64-bit integer. The digest is the SHA-256 of the id, by which the contract knows a round.
 */
final class SettlementEffect implements Effect {
  private static final String ORDER = "settlement/";
  private static final int SHARE = 28;
  private static final int MAX_SHARES = 500;
  private static final byte[] SETTLED = Abi.topic("Settled(bytes32,bytes32,int256,uint256)");

  private final byte[] to;
  private final byte[] round;
  private final byte[] packed;

  /**
   * @throws IllegalArgumentException if the body is not a round
   */
  SettlementEffect(byte[] to, Submission submission) {
    this.to = to;
    round = submission.digest();
    try {
      if (Cbor.decode(submission.body()) instanceof Map<?, ?> map
          && map.get(1L) instanceof String id
          && map.get(2L) instanceof byte[] shares
          && Arrays.equals(digest(id), round)
          && shares.length % SHARE == 0
          && shares.length <= SHARE * MAX_SHARES) {
        packed = shares;
        return;
      }
    } catch (MalformedCborException e) {
      throw new IllegalArgumentException("The body is not a round: " + e.getMessage(), e);
    }
    throw new IllegalArgumentException("The body is not a round.");
  }

  /** Key of a round's submission. */
  static String key(String id) {
    return ORDER + id;
  }

  private static byte[] digest(String id) {
    return Bytes.sha256(id.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * A round as a submission.
   *
   * @throws IllegalArgumentException if it is malformed
   */
  static Submission submission(Round round) {
    if (round.shares().isEmpty() || round.shares().size() > MAX_SHARES) {
      throw new IllegalArgumentException(
          "A round has 1 to " + MAX_SHARES + " shares, not " + round.shares().size() + ".");
    }
    // The contract takes addresses in ascending order only: so nobody stands twice.
    TreeMap<byte[], Long> shares = new TreeMap<>(Arrays::compareUnsigned);
    for (Share share : round.shares()) {
      byte[] account;
      try {
        account = Bytes.address(share.account());
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "An account is 0x and 40 hexadecimal digits, not " + share.account() + ".", e);
      }
      if (share.credit() == 0 || shares.put(account, share.credit()) != null) {
        throw new IllegalArgumentException(
            "Each account stands once in a round, and its credit is not zero: "
                + share.account()
                + ".");
      }
    }
    ByteBuffer packed = ByteBuffer.allocate(SHARE * shares.size());
    shares.forEach((account, credit) -> packed.put(account).putLong(credit));
    Map<Long, Object> body = new LinkedHashMap<>();
    body.put(1L, round.id());
    body.put(2L, packed.array());
    return new Submission(
        key(round.id()), SubmissionKind.SETTLEMENT, digest(round.id()), Cbor.encode(body));
  }

  @Override
  public byte[] to() {
    return to;
  }

  @Override
  public byte[] data() {
    return Abi.callWithBytes("settle(bytes32,bytes)", round, packed);
  }

  @Override
  public byte[] question() {
    return Abi.call("contentOf(bytes32)", round);
  }

  @Override
  public Answer answer(byte[] answer) throws MalformedException {
    if (answer.length != 32) {
      throw new MalformedException("the contract at " + Bytes.hex(to) + " is not EnergyCredits");
    }
    if (Arrays.equals(answer, new byte[32])) {
      return Answer.of(Done.NO);
    }
    return Answer.of(Arrays.equals(answer, Bytes.keccak(packed)) ? Done.YES : Done.CONFLICT);
  }

  @Override
  public List<String> topics() {
    return List.of(Bytes.hex(SETTLED), Bytes.hex(round));
  }

  @Override
  public boolean is(Receipt.Log log) {
    return Arrays.equals(log.address(), to)
        && log.topics().size() >= 2
        && Arrays.equals(log.topics().get(0), SETTLED)
        && Arrays.equals(log.topics().get(1), round);
  }
}
