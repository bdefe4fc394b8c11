package org.commonshub.identity.evm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Random;
import org.bouncycastle.asn1.sec.SECNamedCurves;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.params.ECDomainParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.math.ec.ECPoint;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AccountTest {
  private static final X9ECParameters CURVE = SECNamedCurves.getByName("secp256k1");
  private static final BigInteger HALF = CURVE.getN().shiftRight(1);

  @TempDir Path directory;

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  /** EIP-55, section Test Cases. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "0x52908400098527886E0F7030069857D2E4169EE7",
        "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
        "0xde709f2102306220921060314715629080e2fb77",
        "0x27b1fdb04752bbc536007a920d24acb045561c26",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb"
      })
  void checksums(String address) {
    assertThat(Secp256k1.checksummed(address.substring(2).toLowerCase(Locale.ROOT)))
        .isEqualTo(address);
  }

  /** Vectors of RFC 6979 for secp256k1 with SHA-256 that the Bitcoin libraries share; low s. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1 | Satoshi Nakamoto"
            + " | 934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8"
            + " | 2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5",
        "1 | All those moments will be lost in time, like tears in rain. Time to die..."
            + " | 8600dbd41e348fe5c9465ab92d23e3db8b98b873beecd930736488696438cb6b"
            + " | 547fe64427496db33bf66019dacbf0039c04199abb0122918601db38a72cfc21",
        "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140 | Satoshi Nakamoto"
            + " | fd567d121db66e382991534ada77a6bd3106f0a1098c231e47993447cd6af2d0"
            + " | 6b39cd0eb1bc8603e159ef5c20a5c8ad685a45b06ce9bebed3f153d10d93bed5",
        "f8b8af8ce3c7cca5e300d33939540c10d45ce001b8f252bfbc57ba0342904181 | Alan Turing"
            + " | 7063ae83e7f62bbb171798131b4a0564b956930092b33b07b395615d9ec7e15c"
            + " | 58dfcc1e00a35e1572f366ffe34ba0fc47db1e7189759b9fb233c5b05ab388ea",
        "cca9fbcc1b41e5a95d369eaa6ddcff73b61a4efaa279cfc6567e8daa39cbaf50 | sample"
            + " | af340daf02cc15c8d5d08d7735dfe6b98a474ed373bdb5fbecf7571be52b3842"
            + " | 5009fb27f37034a9b24b707b7c6b79ca23ddef9e25f7282e8a797efe53a8f124"
      })
  void noncesAreDeterministic(String secret, String message, String r, String s) throws Exception {
    byte[] hash =
        MessageDigest.getInstance("SHA-256").digest(message.getBytes(StandardCharsets.UTF_8));
    byte[] signature = Secp256k1.sign(new BigInteger(secret, 16), hash);
    assertThat(hex(Arrays.copyOf(signature, 64))).isEqualTo(r + s);
  }

  /** EIP-155, section Example: v = 37 is recovery identifier 0 on chain 1. */
  @Test
  void theExampleOfEip155() {
    BigInteger secret = new BigInteger("46".repeat(32), 16);
    byte[] hash =
        HexFormat.of().parseHex("daf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53");
    assertThat(hex(Secp256k1.sign(secret, hash)))
        .isEqualTo(
            "28ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276"
                + "67cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83"
                + "00");
    assertThat(Secp256k1.address(Secp256k1.point(secret)))
        .isEqualTo("0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F");
  }

  @Test
  void theAddressOfTheFirstKey() {
    assertThat(Secp256k1.address(Secp256k1.point(BigInteger.ONE)))
        .isEqualTo("0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf");
  }

  @Test
  void aThousandRandomSignaturesVerifyAndRecover() {
    Random random = new Random(1);
    ECDomainParameters domain =
        new ECDomainParameters(CURVE.getCurve(), CURVE.getG(), CURVE.getN(), CURVE.getH());
    int odd = 0;
    for (int i = 0; i < 1_000; i++) {
      BigInteger secret = new BigInteger(255, random).add(BigInteger.ONE);
      byte[] hash = new byte[32];
      random.nextBytes(hash);
      byte[] signature = Secp256k1.sign(secret, hash);
      BigInteger r = new BigInteger(1, Arrays.copyOf(signature, 32));
      BigInteger s = new BigInteger(1, Arrays.copyOfRange(signature, 32, 64));
      ECPoint point = Secp256k1.point(secret);
      ECDSASigner verifier = new ECDSASigner();
      verifier.init(false, new ECPublicKeyParameters(point, domain));
      assertThat(verifier.verifySignature(hash, r, s)).isTrue();
      assertThat(s).isLessThanOrEqualTo(HALF);
      assertThat(Secp256k1.recover(hash, signature)).isEqualTo(point);
      signature[64] ^= 1;
      assertThat(Secp256k1.recover(hash, signature)).isNotEqualTo(point);
      odd += 1 - signature[64];
    }
    assertThat(odd).isBetween(400, 600);
  }

  @Test
  void theAccountStaysAndIsNotInTheClear() throws Exception {
    Account account = new Account(directory);
    assertThat(account.address()).matches("0x[0-9a-fA-F]{40}");
    byte[] hash = new byte[32];
    assertThat(new Account(directory).sign(hash)).isEqualTo(account.sign(hash)).hasSize(65);
    assertThat(Secp256k1.address(Secp256k1.recover(hash, account.sign(hash))))
        .isEqualTo(account.address());
    ByteArrayOutputStream secret = new ByteArrayOutputStream();
    account.writeBackup(secret);
    for (String name : new String[] {"account.sealed", "account.key"}) {
      Path file = directory.resolve(name);
      assertThat(hex(Files.readAllBytes(file))).doesNotContain(hex(secret.toByteArray()));
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("rw-------");
    }
    assertThatThrownBy(() -> account.sign(new byte[31]))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"account.sealed", "account.key"})
  void damageIsNeverMendedByANewAccount(String name) throws Exception {
    String address = new Account(directory).address();
    Path file = directory.resolve(name);
    byte[] whole = Files.readAllBytes(file);
    byte[] flipped = whole.clone();
    flipped[5] ^= 1;
    for (byte[] damaged : new byte[][] {flipped, Arrays.copyOf(whole, 9), {}}) {
      Files.write(file, damaged);
      assertThatThrownBy(() -> new Account(directory)).hasMessageContaining("restore a backup");
    }
    Files.write(file, whole);
    assertThat(new Account(directory).address()).isEqualTo(address);
  }

  @Test
  void aBackupBringsTheAccountAndTheOldKeyIsKept() throws Exception {
    Account old = new Account(directory.resolve("old"));
    ByteArrayOutputStream backup = new ByteArrayOutputStream();
    old.writeBackup(backup);
    assertThat(old.sealed()).isTrue();
    Account fresh = new Account(directory.resolve("fresh"));
    String before = fresh.address();
    for (int i = 0; i < 2; i++) { // twice is once
      fresh.restoreBackup(new ByteArrayInputStream(backup.toByteArray()));
      assertThat(fresh.address()).isEqualTo(old.address());
    }
    assertThat(new Account(directory.resolve("fresh")).address()).isEqualTo(old.address());
    for (String ending : new String[] {".sealed", ".key"}) {
      Path kept = directory.resolve("fresh").resolve(before + ending);
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(kept)))
          .isEqualTo("rw-------");
      Files.copy(kept, directory.resolve("account" + ending));
    }
    assertThat(new Account(directory).address()).isEqualTo(before);
  }

  @Test
  void aDamagedBackupChangesNothing() throws Exception {
    Account account = new Account(directory);
    String before = account.address();
    for (int length : new int[] {0, 31, 32, 33, 100}) {
      assertThatThrownBy(() -> account.restoreBackup(new ByteArrayInputStream(new byte[length])))
          .isInstanceOf(IOException.class);
    }
    assertThat(new Account(directory).address()).isEqualTo(before);
  }
}
