package org.commonshub.ledger.ethereum;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.web3j.crypto.Credentials;
import org.web3j.crypto.RawTransaction;
import org.web3j.crypto.TransactionEncoder;

class TransactionTest {
  @Test
  void theExampleOfEip155() {
    TestAccount account = new TestAccount(new BigInteger("46".repeat(32), 16));
    Transaction transaction =
        new Transaction(
            true,
            1,
            9,
            BigInteger.valueOf(20_000_000_000L),
            BigInteger.valueOf(20_000_000_000L),
            21_000,
            Bytes.address("0x3535353535353535353535353535353535353535"),
            BigInteger.TEN.pow(18),
            new byte[0]);
    assertThat(Bytes.hex(transaction.sign(account)))
        .isEqualTo(
            "0xf86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025"
                + "a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276"
                + "a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83");
  }

  @Test
  void aThousandRandomOnesAreThoseOfAnotherLibrary() throws Exception {
    Random random = new Random(4);
    int[] kinds = new int[2];
    for (int i = 0; i < 1_000; i++) {
      TestAccount account = TestAccount.of(random.nextInt(50));
      Transaction ours = random(random, i % 2 == 0);
      byte[] raw = ours.sign(account);
      assertThat(raw).as("case %s: %s", i, ours).isEqualTo(theirs(ours, account));
      Transaction read = Transaction.decode(raw);
      assertThat(read.nonce()).isEqualTo(ours.nonce());
      assertThat(read.chain()).isEqualTo(ours.chain());
      assertThat(read.sign(account)).isEqualTo(raw);
      kinds[i % 2]++;
    }
    System.out.println("equal to web3j: " + Arrays.toString(kinds) + " legacy, EIP-1559");
  }

  private static Transaction random(Random random, boolean legacy) {
    byte[] to = new byte[20];
    random.nextBytes(to);
    byte[] data =
        new byte
            [switch (random.nextInt(5)) {
              case 0 -> 0;
              case 1 -> 1;
              case 2 -> random.nextInt(60);
              case 3 -> 68;
              default -> random.nextInt(3_000);
            }];
    random.nextBytes(data);
    BigInteger maxFee = number(random, 90);
    BigInteger tip = legacy ? maxFee : number(random, 70);
    long chain = 1 + (random.nextLong() >>> (1 + random.nextInt(60))) % (1L << 40);
    return new Transaction(
        legacy,
        chain,
        random.nextLong() >>> (1 + random.nextInt(63)),
        tip,
        maxFee,
        random.nextLong() >>> (1 + random.nextInt(63)),
        to,
        number(random, 120),
        data);
  }

  /** Zero, small and large alike. */
  private static BigInteger number(Random random, int bits) {
    return new BigInteger(random.nextInt(bits), random);
  }

  private static byte[] theirs(Transaction ours, TestAccount account) {
    Credentials credentials = Credentials.create(account.key().toString(16));
    String data = Bytes.hex(ours.data());
    if (ours.legacy()) {
      return TransactionEncoder.signMessage(
          RawTransaction.createTransaction(
              BigInteger.valueOf(ours.nonce()),
              ours.maxFee(),
              BigInteger.valueOf(ours.gas()),
              Bytes.hex(ours.to()),
              ours.value(),
              data),
          ours.chain(),
          credentials);
    }
    return TransactionEncoder.signMessage(
        RawTransaction.createTransaction(
            ours.chain(),
            BigInteger.valueOf(ours.nonce()),
            BigInteger.valueOf(ours.gas()),
            Bytes.hex(ours.to()),
            ours.value(),
            data,
            ours.tip(),
            ours.maxFee()),
        credentials);
  }
}
