package org.commonshub.ledger.ethereum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class HeaderTest {
  private static final String EMPTY_ROOT =
      "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421";

  /** The first block of Ethereum, as everybody knows it. */
  private static Map<String, Object> genesis() {
    Map<String, Object> block = new HashMap<>();
    block.put("parentHash", "0x" + "00".repeat(32));
    block.put("sha3Uncles", "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347");
    block.put("miner", "0x" + "00".repeat(20));
    block.put("stateRoot", "0xd7f8974fb5ac78d9ac099b9ad5018bedc2ce0a72dad1827a1709da30580f0544");
    block.put("transactionsRoot", EMPTY_ROOT);
    block.put("receiptsRoot", EMPTY_ROOT);
    block.put("logsBloom", "0x" + "00".repeat(256));
    block.put("difficulty", "0x400000000");
    block.put("number", "0x0");
    block.put("gasLimit", "0x1388");
    block.put("gasUsed", "0x0");
    block.put("timestamp", "0x0");
    block.put("extraData", "0x11bbe8db4e347b4e8c937c1c8370e4b5ed33adb3db69cbdb7a38e1e50b1b82fa");
    block.put("mixHash", "0x" + "00".repeat(32));
    block.put("nonce", "0x0000000000000042");
    block.put("hash", "0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3");
    block.put("transactions", List.of());
    return block;
  }

  @Test
  void theHashOfEthereumsFirstBlock() throws Exception {
    Header header = Header.parse(new Fields(genesis()));
    assertThat(header.number()).isZero();
    assertThat(Bytes.hex(header.hash())).startsWith("0xd4e56740f876aef8");
    assertThat(header.sealed()).isEmpty();
  }

  @Test
  void aChangedFieldIsNoticed() {
    for (String field : genesis().keySet()) {
      if (field.equals("transactions")) {
        continue;
      }
      Map<String, Object> block = genesis();
      String value = (String) block.get(field);
      char last = value.charAt(value.length() - 1);
      block.put(field, value.substring(0, value.length() - 1) + (last == '1' ? '2' : '1'));
      assertThatThrownBy(() -> Header.parse(new Fields(block)))
          .as(field)
          .isInstanceOf(MalformedException.class);
    }
  }

  /**
   * Authority Round (Energy Web): step and signature in place of mixHash and nonce. The expected
   * hash was computed from the rule here, not taken from a network.
   */
  @Test
  void authorityRound() throws Exception {
    Map<String, Object> block = genesis();
    block.remove("mixHash");
    block.remove("nonce");
    block.put("step", "0x15e1a5b2");
    block.put("signature", "0x" + "ab".repeat(65));
    block.put("hash", "0x" + "00".repeat(32));
    assertThatThrownBy(() -> Header.parse(new Fields(block))).hasMessageContaining("hash");
    List<Object> fields = new ArrayList<>();
    for (String name :
        List.of(
            "parentHash",
            "sha3Uncles",
            "miner",
            "stateRoot",
            "transactionsRoot",
            "receiptsRoot",
            "logsBloom")) {
      fields.add(Bytes.parse((String) block.get(name)));
    }
    for (String name : List.of("difficulty", "number", "gasLimit", "gasUsed", "timestamp")) {
      fields.add(Rlp.integer(Fields.quantity(block.get(name), name)));
    }
    fields.add(Bytes.parse((String) block.get("extraData")));
    fields.add(Rlp.integer(0x15e1a5b2L));
    fields.add(Bytes.parse("0x" + "ab".repeat(65)));
    block.put("hash", Bytes.hex(Bytes.keccak(Rlp.encode(fields))));
    assertThat(Header.parse(new Fields(block)).number()).isZero();
  }

  // ---- QBFT. No such network runs here: these headers are encoded by the test itself. ----

  static final List<TestAccount> VALIDATORS =
      List.of(TestAccount.of(11), TestAccount.of(12), TestAccount.of(13), TestAccount.of(14));

  static Set<String> trusted(int count) {
    Set<String> trusted = new TreeSet<>();
    VALIDATORS.subList(0, count).forEach(v -> trusted.add(v.address()));
    return trusted;
  }

  private static byte[] extra(int round, List<byte[]> seals) {
    return Rlp.encode(
        List.of(
            new byte[32],
            VALIDATORS.stream().map(TestAccount::bytes).toList(),
            List.of(),
            Rlp.integer(round),
            seals));
  }

  private static byte[] hash(Map<String, Object> block, byte[] extra) {
    List<Object> fields = new ArrayList<>();
    for (String name :
        List.of(
            "parentHash",
            "sha3Uncles",
            "miner",
            "stateRoot",
            "transactionsRoot",
            "receiptsRoot",
            "logsBloom")) {
      fields.add(Bytes.parse((String) block.get(name)));
    }
    try {
      for (String name : List.of("difficulty", "number", "gasLimit", "gasUsed", "timestamp")) {
        fields.add(Rlp.integer(Fields.quantity(block.get(name), name)));
      }
    } catch (MalformedException e) {
      throw new AssertionError(e);
    }
    fields.add(extra);
    fields.add(Bytes.parse((String) block.get("mixHash")));
    fields.add(Bytes.parse((String) block.get("nonce")));
    return Bytes.keccak(Rlp.encode(fields));
  }

  private static Map<String, Object> qbft(int round, List<TestAccount> signers) {
    Map<String, Object> block = genesis();
    block.put("number", "0x10");
    block.put("difficulty", "0x1");
    block.put("nonce", "0x0000000000000000");
    seal(block, round, signers);
    return block;
  }

  /** Makes a block one of a QBFT network. */
  static void seal(Map<String, Object> block, int round, List<TestAccount> signers) {
    block.put("mixHash", Bytes.hex(Qbft.MIX_HASH));
    byte[] signed = hash(block, extra(round, List.of()));
    block.put("hash", Bytes.hex(hash(block, extra(0, List.of()))));
    block.put(
        "extraData", Bytes.hex(extra(round, signers.stream().map(s -> s.sign(signed)).toList())));
  }

  @Test
  void mixHashOfQbftIsTheWordsOfCastroAndLiskov() {
    assertThat(new String(Qbft.MIX_HASH, StandardCharsets.US_ASCII))
        .isEqualTo("ctical byzantine fault tolerance");
  }

  @Test
  void sealsOfTwoThirdsAreBelieved() throws Exception {
    for (int round : new int[] {0, 1, 7}) {
      Header header = Header.parse(new Fields(qbft(round, VALIDATORS.subList(0, 3))));
      Qbft.Sealed sealed = header.sealed().orElseThrow();
      assertThat(sealed.by(trusted(4))).isTrue();
      assertThat(sealed.validators()).hasSize(4);
      assertThat(sealed.by(Set.of(TestAccount.of(99).address()))).isFalse();
    }
  }

  @Test
  void fewerSealsRepeatedOnesAndStrangersAreNot() throws Exception {
    assertThat(sealed(qbft(1, VALIDATORS.subList(0, 2))).by(trusted(4))).isFalse();
    assertThat(sealed(qbft(1, List.of())).by(trusted(4))).isFalse();
    TestAccount one = VALIDATORS.get(0);
    assertThat(sealed(qbft(1, List.of(one, one, one, one))).by(trusted(4))).isFalse();
    assertThat(
            sealed(qbft(1, List.of(TestAccount.of(1), TestAccount.of(2), TestAccount.of(3))))
                .by(trusted(4)))
        .isFalse();
    assertThat(sealed(qbft(1, VALIDATORS)).by(Set.of())).isFalse();
  }

  @Test
  void sealsOfAnotherBlockAreNot() throws Exception {
    Map<String, Object> block = qbft(2, VALIDATORS);
    Map<String, Object> other = qbft(2, VALIDATORS);
    other.put("receiptsRoot", "0x" + "77".repeat(32));
    other.put("hash", Bytes.hex(hash(other, extra(0, List.of()))));
    other.put("extraData", block.get("extraData"));
    assertThat(sealed(other).by(trusted(4))).isFalse();
  }

  @Test
  void aMalformedExtraDataIsNoticed() {
    for (String extra : List.of("0x", "0xc0", "0xc5c0c0c0c0c0", "0xffffffff")) {
      Map<String, Object> block = qbft(2, VALIDATORS);
      block.put("extraData", extra);
      assertThatThrownBy(() -> Header.parse(new Fields(block)))
          .isInstanceOf(MalformedException.class);
    }
  }

  private static Qbft.Sealed sealed(Map<String, Object> block) throws MalformedException {
    return Header.parse(new Fields(block)).sealed().orElseThrow();
  }
}
