package org.commonshub.ledger.ethereum;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.commonshub.ledger.api.Submission;

/**
 * A root in {@code EnergyAnchor}. The stream is the first 6 bytes of the SHA-256 of the
 * submission's order (each byte costs 12 gas), the sequence the number behind the slash of its key.
 */
final class AnchorEffect implements Effect {
  private static final byte[] ANCHORED = Abi.topic("Anchored(address,uint128,bytes32)");

  private static final int STREAM = 6;

  private final byte[] to;
  private final byte[] hub;
  private final byte[] stream;
  private final long sequence;
  private final byte[] root;

  /**
   * @throws IllegalArgumentException if the key is not {@code STREAM/NUMBER}
   */
  AnchorEffect(byte[] to, byte[] hub, Submission submission) {
    this.to = to;
    this.hub = hub;
    String key = submission.key();
    String number = key.substring(Math.min(key.length(), submission.order().length() + 1));
    if (!number.matches("[0-9]{1,18}")) {
      throw new IllegalArgumentException("The key of a root is STREAM/NUMBER, not " + key + ".");
    }
    sequence = Long.parseLong(number);
    stream =
        Arrays.copyOf(Bytes.sha256(submission.order().getBytes(StandardCharsets.US_ASCII)), STREAM);
    root = submission.digest();
  }

  @Override
  public byte[] to() {
    return to;
  }

  @Override
  public byte[] data() {
    return Abi.call("anchor(uint128,bytes32)", position(), root);
  }

  /** Stream × 2^64 + sequence. */
  private byte[] position() {
    return Abi.word(Bytes.concat(stream, Bytes.left(Rlp.integer(sequence), 8)));
  }

  @Override
  public byte[] question() {
    return Abi.call("last(address,uint64)", Abi.word(hub), Abi.word(stream));
  }

  /** Reads sequence, block and first half of the root; all zero if there is none. */
  @Override
  public Answer answer(byte[] answer) throws MalformedException {
    if (answer.length != 96) {
      throw new MalformedException("the contract at " + Bytes.hex(to) + " is not EnergyAnchor");
    }
    BigInteger last = new BigInteger(1, Arrays.copyOf(answer, 32));
    BigInteger block = new BigInteger(1, Arrays.copyOfRange(answer, 32, 64));
    int order = last.compareTo(BigInteger.valueOf(sequence));
    if (order < 0 || block.signum() == 0) {
      return Answer.of(Done.NO);
    }
    if (order > 0) {
      return Answer.of(Done.PERHAPS);
    }
    return Arrays.equals(answer, 64, 80, root, 0, 16) && block.bitLength() <= 63
        ? new Answer(Done.YES, OptionalLong.of(block.longValue()))
        : Answer.of(Done.CONFLICT);
  }

  @Override
  public List<String> topics() {
    return List.of(Bytes.hex(ANCHORED), Bytes.hex(Abi.word(hub)));
  }

  @Override
  public boolean is(Receipt.Log log) {
    return Arrays.equals(log.address(), to)
        && log.topics().size() == 2
        && Arrays.equals(log.topics().get(0), ANCHORED)
        && Arrays.equals(log.topics().get(1), Abi.word(hub))
        && Arrays.equals(log.data(), Bytes.concat(position(), root));
  }

  /** Whether an event anchors a root, whoever did it. */
  static boolean anchors(Receipt.Log log, byte[] contract, byte[] root) {
    return Arrays.equals(log.address(), contract)
        && log.topics().size() == 2
        && Arrays.equals(log.topics().get(0), ANCHORED)
        && log.data().length == 64
        && Arrays.equals(log.data(), 32, 64, root, 0, 32);
  }
}
