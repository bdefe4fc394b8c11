package org.commonshub.platform.accounts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.commonshub.platform.api.Accounts.Attempt;
import org.commonshub.platform.api.Accounts.NewToken;
import org.commonshub.platform.api.Accounts.Role;
import org.commonshub.platform.api.Accounts.Scope;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AccountStoreTest {
  private static final char[] GOOD = "correct horse".toCharArray();
  private static final char[] BAD = "wrong horse!!".toCharArray();

  @TempDir Path directory;
  private final ManualClock clock = new ManualClock();
  private AccountStore accounts;

  @BeforeEach
  void open() throws IOException {
    accounts =
        new AccountStore(
            directory, clock, new AuditFile(directory, clock, AuditFile.MAX_BYTES), 1_000);
  }

  private void claim() {
    assertThat(accounts.claim(accounts.issueClaimCode().orElseThrow(), "anna", GOOD, "::1"))
        .isInstanceOf(Attempt.Accepted.class);
  }

  @Test
  void claimCodeWorksOnceAndMakesTheFirstProsumer() {
    String code = accounts.issueClaimCode().orElseThrow();
    assertThat(code).matches("[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}");
    assertThat(accounts.claimed()).isFalse();
    assertThat(accounts.claim(code.toLowerCase(), " anna ", GOOD, "::1"))
        .isEqualTo(new Attempt.Accepted(accounts.users().get(0)));
    assertThat(accounts.users()).singleElement().matches(u -> u.role() == Role.PROSUMER);
    assertThat(accounts.claim(code, "eve", GOOD, "::1")).isEqualTo(new Attempt.Refused());
    assertThat(accounts.issueClaimCode()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "PT29M59S, PT0S,  true,  just before its end",
    "PT30M,    PT0S,  false, expired",
    "PT1M,     P3650D,true,  first NTP step of a hub without battery clock",
    "PT1M,     P-1D,  true,  clock set back",
  })
  void claimCodeExpires(Duration passes, Duration step, boolean accepted, String name) {
    String code = accounts.issueClaimCode().orElseThrow();
    clock.pass(passes);
    clock.step(step);
    assertThat(accounts.claim(code, "anna", GOOD, "::1") instanceof Attempt.Accepted)
        .as(name)
        .isEqualTo(accepted);
  }

  @Test
  void claimCodeSurvivesAReplacedBundleAndANewOneEndsTheOld() throws IOException {
    String old = accounts.issueClaimCode().orElseThrow();
    String code = accounts.issueClaimCode().orElseThrow();
    open();
    assertThat(accounts.claim(old, "anna", GOOD, "::1")).isEqualTo(new Attempt.Refused());
    assertThat(accounts.claim(code, "anna", GOOD, "::1")).isInstanceOf(Attempt.Accepted.class);
  }

  @Test
  void fiveWrongCodesAMinuteFromAnywhere() {
    String code = accounts.issueClaimCode().orElseThrow();
    for (int i = 0; i < 5; i++) {
      assertThat(accounts.claim("0000-000" + i, "anna", GOOD, "192.0.2." + i))
          .isEqualTo(new Attempt.Refused());
    }
    clock.pass(Duration.ofSeconds(20));
    assertThat(accounts.claim(code, "anna", GOOD, "192.0.2.9"))
        .isEqualTo(new Attempt.Throttled(Duration.ofSeconds(40)));
    clock.pass(Duration.ofSeconds(40));
    assertThat(accounts.claim(code, "anna", GOOD, "192.0.2.9"))
        .isInstanceOf(Attempt.Accepted.class);
  }

  @Test
  void onlyOneOfManyAtOnceClaims() throws Exception {
    String code = accounts.issueClaimCode().orElseThrow();
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Callable<Attempt>> all = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        String name = "user" + i;
        all.add(() -> accounts.claim(code, name, GOOD, "::1"));
      }
      int accepted = 0;
      for (Future<Attempt> future : threads.invokeAll(all, 20, TimeUnit.SECONDS)) {
        accepted += future.get() instanceof Attempt.Accepted ? 1 : 0;
      }
      assertThat(accepted).isEqualTo(1);
      assertThat(accounts.users()).hasSize(1);
    } finally {
      threads.shutdownNow();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"short", "aaaaaaaaaaaa", "anna-anna", "", "1234567"})
  void refusesPoorPasswordsWithAReason(String password) {
    String code = accounts.issueClaimCode().orElseThrow();
    assertThatThrownBy(() -> accounts.claim(code, "anna-anna", password.toCharArray(), "::1"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("password");
    assertThat(accounts.claimed()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "  ", "a:b", "a\nb", "hub", "local"})
  void refusesNamesThatWouldConfuse(String name) {
    claim();
    assertThatThrownBy(() -> accounts.addUser(name, GOOD, Role.OPERATOR))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> accounts.addUser("ANNA", GOOD, Role.OPERATOR))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void logInAnswersTheSameForUnknownNameAndWrongPassword() {
    claim();
    assertThat(accounts.logIn("anna", GOOD, "a")).isInstanceOf(Attempt.Accepted.class);
    assertThat(accounts.logIn("anna", BAD, "b")).isEqualTo(new Attempt.Refused());
    assertThat(accounts.logIn("nobody", GOOD, "c")).isEqualTo(new Attempt.Refused());
    assertThat(accounts.logIn("anna", new char[1_000_000], "d")).isEqualTo(new Attempt.Refused());
    assertThat(accounts.logIn("x".repeat(100_000), GOOD, "d")).isEqualTo(new Attempt.Refused());
  }

  @Test
  void samePasswordFromAnotherKeyboard() {
    claim();
    accounts.addUser("beth", "caf\u00e9-\u00fcber".toCharArray(), Role.PROSUMER);
    assertThat(accounts.logIn("beth", "cafe\u0301-u\u0308ber".toCharArray(), "a"))
        .isInstanceOf(Attempt.Accepted.class);
  }

  @Test
  void oneClientIsSlowedDownAndForgiven() {
    claim();
    for (int i = 0; i < 6; i++) {
      assertThat(accounts.logIn("u" + i, BAD, "192.0.2.1")).isEqualTo(new Attempt.Refused());
    }
    assertThat(accounts.logIn("anna", GOOD, "192.0.2.1"))
        .isEqualTo(new Attempt.Throttled(Duration.ofSeconds(1)));
    assertThat(accounts.logIn("anna", GOOD, "192.0.2.2")).isInstanceOf(Attempt.Accepted.class);
    clock.pass(Duration.ofSeconds(1));
    assertThat(accounts.logIn("anna", GOOD, "192.0.2.1")).isInstanceOf(Attempt.Accepted.class);
    assertThat(accounts.logIn("anna", BAD, "192.0.2.1")).isEqualTo(new Attempt.Refused());
  }

  @Test
  void aBotNetCannotLockTheOwnerOutForMoreThanHalfAMinute() {
    claim();
    for (int i = 0; i < 60; i++) {
      accounts.logIn("anna", BAD, "client" + i);
      clock.pass(Duration.ofSeconds(30));
    }
    accounts.logIn("anna", BAD, "another");
    assertThat(accounts.logIn("anna", GOOD, "home"))
        .isEqualTo(new Attempt.Throttled(Duration.ofSeconds(30)));
    clock.pass(Duration.ofSeconds(30));
    assertThat(accounts.logIn("anna", GOOD, "home")).isInstanceOf(Attempt.Accepted.class);
  }

  @Test
  void theLastProsumerStays() {
    claim();
    accounts.addUser("op", GOOD, Role.OPERATOR);
    assertThatThrownBy(() -> accounts.removeUser("anna"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("anna is the last prosumer");
    accounts.addUser("beth", GOOD, Role.PROSUMER);
    accounts.removeUser("anna");
    assertThat(accounts.users()).extracting("name").containsExactly("beth", "op");
    assertThat(accounts.logIn("anna", GOOD, "x")).isEqualTo(new Attempt.Refused());
  }

  @Test
  void everythingSurvivesARestartAndNothingSecretIsOnDisk() throws IOException {
    claim();
    NewToken token =
        accounts.addToken(
            "car", "anna", Set.of(Scope.READ_DATA), clock.now().plus(Duration.ofDays(1)));
    accounts.setPassword("anna", BAD);
    open();
    assertThat(accounts.logIn("anna", GOOD, "a")).isEqualTo(new Attempt.Refused());
    assertThat(accounts.logIn("anna", BAD, "b")).isInstanceOf(Attempt.Accepted.class);
    assertThat(accounts.authenticate(token.secret())).contains(token.token());
    Path file = directory.resolve("accounts.json");
    assertThat(Files.readString(file))
        .doesNotContain(token.secret().substring(20), "horse")
        .contains("\"iterations\" : 1000");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
        .isEqualTo("rwx------");
  }

  @Test
  void tokensEndAndAreRevokedAndGoWithTheirOwner() {
    claim();
    accounts.addUser("beth", GOOD, Role.PROSUMER);
    NewToken a = token("anna", Duration.ofHours(1));
    NewToken b = token("anna", Duration.ofHours(9));
    NewToken c = token("beth", Duration.ofHours(9));
    clock.pass(Duration.ofHours(1));
    assertThat(accounts.authenticate(a.secret())).as("expired").isEmpty();
    assertThat(accounts.authenticate(b.secret())).contains(b.token());
    accounts.removeToken(b.token().id());
    assertThat(accounts.authenticate(b.secret())).as("revoked").isEmpty();
    accounts.removeUser("beth");
    assertThat(accounts.authenticate(c.secret())).as("owner gone").isEmpty();
    assertThatThrownBy(() -> token("anna", Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private NewToken token(String owner, Duration life) {
    return accounts.addToken("t", owner, Set.of(Scope.READ_HEALTH), clock.now().plus(life));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "_", "hub__", "hub_x_y", "bearer", "hub_0123456789abcdef_"})
  void hostileTokens(String secret) {
    claim();
    token("anna", Duration.ofHours(1));
    assertThat(accounts.authenticate(secret)).isEmpty();
    assertThat(accounts.authenticate(secret + "a".repeat(100_000))).isEmpty();
  }

  @Test
  void aDamagedFileNeverOpensTheHubToAnybody() throws IOException {
    claim();
    Path file = directory.resolve("accounts.json");
    byte[] good = Files.readAllBytes(file);
    Random random = new Random(7);
    for (int i = 0; i < 300; i++) {
      byte[] bad = good.clone();
      int length = random.nextInt(good.length);
      if (i % 2 == 0) {
        bad = java.util.Arrays.copyOf(good, length);
      } else {
        bad[length] ^= (byte) (1 << random.nextInt(8));
      }
      Files.write(file, bad);
      try {
        open();
        assertThat(accounts.users()).as("change at %d", length).hasSize(1);
      } catch (IOException e) {
        assertThat(e).hasMessageContaining("accounts.json is damaged");
      }
    }
  }

  @Test
  void aDiskThatCannotBeWrittenChangesNothing() throws IOException {
    claim();
    Path blocked = directory.resolve(".accounts.json.tmp");
    Files.createDirectories(blocked.resolve("in the way"));
    assertThatThrownBy(() -> accounts.addUser("beth", GOOD, Role.PROSUMER))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("could not be written");
    assertThat(accounts.users()).hasSize(1);
  }
}
