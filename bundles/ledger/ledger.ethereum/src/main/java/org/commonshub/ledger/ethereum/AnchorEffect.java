package org.commonshub.ledger.ethereum;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.commonshub.ledger.api.Submission;

/**
 * A root in {@code EnergyAnchor}. The stream is the first 8 bytes of the SHA-256 of the
 * submission's order, the sequence the number behind the slash of its key.
 */
final class AnchorEffect implements Effect {
  private static final byte[] ANCHORED = Abi.topic("Anchored(address,uint64,uint64,bytes32)");

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
    stream = Arrays.copyOf(Bytes.sha256(submission.order().getBytes(StandardCharsets.US_ASCII)), 8);
    root = submission.digest();
  }

  @Override
  public byte[] to() {
    return to;
  }

  @Override
  public byte[] data() {
    return Abi.call("anchor(uint64,uint64,bytes32)", Abi.word(stream), Abi.word(sequence), root);
  }

  @Override
  public byte[] question() {
    return Abi.call("latest(address,uint64)", Abi.word(hub), Abi.word(stream));
  }

  @Override
  public Done answer(byte[] answer) throws MalformedException {
    if (answer.length != 64) {
      throw new MalformedException("the contract at " + Bytes.hex(to) + " is not EnergyAnchor");
    }
    BigInteger last = new BigInteger(1, Arrays.copyOf(answer, 32));
    byte[] lastRoot = Arrays.copyOfRange(answer, 32, 64);
    int order = last.compareTo(BigInteger.valueOf(sequence));
    if (order < 0 || Arrays.equals(lastRoot, new byte[32])) {
      return Done.NO;
    }
    return order > 0 || Arrays.equals(lastRoot, root) ? Done.YES : Done.CONFLICT;
  }

  @Override
  public List<String> topics() {
    return List.of(Bytes.hex(ANCHORED), Bytes.hex(Abi.word(hub)), Bytes.hex(Abi.word(stream)));
  }

  @Override
  public boolean is(Receipt.Log log) {
    return Arrays.equals(log.address(), to)
        && log.topics().size() == 3
        && Arrays.equals(log.topics().get(0), ANCHORED)
        && Arrays.equals(log.topics().get(1), Abi.word(hub))
        && Arrays.equals(log.topics().get(2), Abi.word(stream))
        && Arrays.equals(log.data(), Bytes.concat(Abi.word(sequence), root));
  }
}
