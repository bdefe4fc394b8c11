package org.commonshub.identity.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.Delegations.Delegation;
import org.commonshub.identity.api.Delegations.Right;
import org.commonshub.identity.api.KeyProvider;
import org.commonshub.identity.api.SigningPurpose;
import org.commonshub.platform.api.HubClock;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeIdentity;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DelegationStoreTest {
  @TempDir Path temporary;
  private final FakeHubClock clock = new FakeHubClock();
  private final List<String> audit = new ArrayList<>();
  private Identity home;
  private Identity flat;
  private DelegationStore atHome;
  private DelegationStore atFlat;

  @BeforeEach
  void twoHubsOfOnePerson() throws IOException {
    home = hub("home");
    flat = hub("flat");
    atHome = store(home, "home");
    atFlat = store(flat, "flat");
  }

  private Identity hub(String name) throws IOException {
    Keyring keys = new Keyring();
    keys.add(new FileKeys(temporary.resolve(name)), Map.of(KeyProvider.NAME, "file"));
    return new Identity(keys, temporary.resolve(name), clock, "");
  }

  private DelegationStore store(Identity hub, String name) throws IOException {
    return new DelegationStore(
        hub,
        temporary.resolve(name),
        clock,
        (actor, action, subject) -> audit.add(action + " by " + actor));
  }

  private Delegation delegate(Right right, int days) throws IOException {
    return atFlat.accept(atHome.issue("ada", flat.did(), right, days));
  }

  @Test
  void oneAccountOpensTheOtherHome() throws Exception {
    byte[] delegation = atHome.issue("ada", flat.did(), Right.OWN, 30);
    Delegation shown = atFlat.read(delegation);
    assertThat(atFlat.accepted()).isEmpty();
    assertThat(atFlat.accept(delegation)).isEqualTo(shown);
    assertThat(shown.home()).isEqualTo(home.did());
    assertThat(shown.account()).isEqualTo("ada");
    assertThat(shown.right()).isEqualTo(Right.OWN);
    assertThat(shown.until()).isEqualTo(clock.now().plus(Duration.ofDays(30)));
    assertThat(shown.id()).matches("[0-9a-f]{32}");
    assertThat(atFlat.accept(delegation)).as("twice is once").isEqualTo(shown);
    assertThat(store(flat, "flat").accepted()).containsExactly(shown);

    clock.advance(Duration.ofSeconds(5));
    assertThat(atFlat.enter(atHome.assertion("ada", flat.did()))).isEqualTo(shown);
    assertThat(audit)
        .contains(
            "delegation.issue by ada",
            "delegation.accept by ada@" + home.did(),
            "delegation.assert by ada",
            "delegation.enter by ada@" + home.did());
  }

  @Test
  void aTicketLivesAMinuteAndOpensOnce() throws Exception {
    delegate(Right.READ, 1);
    byte[] ticket = atHome.assertion("ada", flat.did());
    atFlat.enter(ticket);
    assertThatThrownBy(() -> atFlat.enter(ticket)).hasMessageContaining("used before");
    byte[] late = atHome.assertion("ada", flat.did());
    clock.advance(Duration.ofSeconds(61));
    assertThatThrownBy(() -> atFlat.enter(late)).hasMessageContaining("older than a minute");
    byte[] future = atHome.assertion("ada", flat.did());
    clock.step(clock.now().minusSeconds(61));
    assertThatThrownBy(() -> atFlat.enter(future)).hasMessageContaining("clocks of the two");
  }

  @Test
  void aTicketFromBeforeTheStartIsNotTaken() throws Exception {
    delegate(Right.READ, 1);
    byte[] ticket = atHome.assertion("ada", flat.did());
    atFlat.enter(ticket);
    clock.advance(Duration.ofSeconds(2));
    DelegationStore restarted = store(flat, "flat");
    assertThatThrownBy(() -> restarted.enter(ticket)).isInstanceOf(IOException.class);
    assertThat(restarted.enter(atHome.assertion("ada", flat.did()))).isNotNull();
  }

  @Test
  void onlyWhatWasAcceptedAndHasNotEnded() throws Exception {
    assertThatThrownBy(() -> atFlat.enter(atHome.assertion("ada", flat.did())))
        .hasMessageContaining("No delegation for ada was accepted here");
    Delegation delegation = delegate(Right.READ, 1);
    assertThatThrownBy(() -> atFlat.enter(atHome.assertion("bob", flat.did())))
        .hasMessageContaining("No delegation for bob");
    atFlat.revoke(delegation.id());
    assertThat(atFlat.accepted()).isEmpty();
    assertThat(store(flat, "flat").accepted()).isEmpty();
    assertThatThrownBy(() -> atFlat.enter(atHome.assertion("ada", flat.did())))
        .isInstanceOf(IOException.class);
    assertThat(audit).contains("delegation.revoke by hub");

    delegate(Right.READ, 1);
    clock.advance(Duration.ofDays(1));
    assertThat(atFlat.accepted()).isEmpty();
    assertThatThrownBy(() -> atFlat.enter(atHome.assertion("ada", flat.did())))
        .hasMessageContaining("has ended");
    byte[] late = atHome.issue("ada", flat.did(), Right.READ, 1);
    clock.advance(Duration.ofDays(2));
    assertThatThrownBy(() -> atFlat.accept(late)).hasMessageContaining("ended at");
  }

  @Test
  void anUnsetClockOpensNothing() throws Exception {
    delegate(Right.READ, 1);
    clock.quality(HubClock.Quality.UNSYNCHRONISED);
    assertThatThrownBy(() -> atFlat.enter(atHome.assertion("ada", flat.did())))
        .hasMessageContaining("log in with a password");
  }

  @Test
  void foreignChangedAndMixedUpMessagesAreRefused() throws Exception {
    byte[] other = atHome.issue("ada", home.did(), Right.OWN, 1);
    assertThatThrownBy(() -> atFlat.accept(other)).hasMessageContaining("for another hub");
    byte[] delegation = atHome.issue("ada", flat.did(), Right.OWN, 1);
    Delegation shown = atFlat.read(delegation);
    assertThatThrownBy(() -> atFlat.enter(delegation)).hasMessageContaining("no assertion");
    assertThatThrownBy(() -> atFlat.accept(atHome.assertion("ada", flat.did())))
        .hasMessageContaining("no delegation");
    for (int i = 0; i < delegation.length; i += 7) {
      byte[] changed = delegation.clone();
      changed[i] ^= 4;
      Delegation read;
      try {
        read = atFlat.read(changed);
      } catch (IOException e) {
        continue;
      }
      assertThat(read).as("only the unsigned key hint changed").isEqualTo(shown);
      assertThat(i).isLessThan(120);
    }
    assertThatThrownBy(() -> atFlat.accept(new byte[0])).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> atFlat.accept(new byte[300_000])).hasMessageContaining("longer than");
    FakeIdentity thief = new FakeIdentity("thief");
    Map<String, Object> body = new HashMap<>();
    body.put("kind", "delegation");
    body.put("id", new byte[16]);
    body.put("account", "ada");
    body.put("hub", flat.did());
    body.put("right", "OWN");
    body.put("until", clock.now().plusSeconds(60).toEpochMilli());
    body.put("log", home.keyLog());
    byte[] forged = thief.sign(SigningPurpose.DELEGATION, Cbor.encode(body));
    assertThatThrownBy(() -> atFlat.accept(forged)).hasMessageContaining("signature does not hold");
  }

  @Test
  void theHomeMayRotateButNotGoBack() throws Exception {
    delegate(Right.OWN, 30);
    byte[] before = Files.readAllBytes(temporary.resolve("home/did.jsonl"));
    byte[] keys = Files.readAllBytes(temporary.resolve("home/keys.sealed"));
    home.rotate();
    assertThat(atFlat.enter(atHome.assertion("ada", flat.did()))).isNotNull();
    // a copy of the hub as it was before
    Files.write(temporary.resolve("home/did.jsonl"), before);
    Files.write(temporary.resolve("home/keys.sealed"), keys);
    Identity copy = hub("home");
    assertThat(copy.did()).isEqualTo(home.did());
    assertThatThrownBy(() -> atFlat.enter(store(copy, "home").assertion("ada", flat.did())))
        .hasMessageContaining("older or another key history");
    copy.rotate(); // same key, another promise: a fork
    assertThatThrownBy(() -> atFlat.enter(store(copy, "home").assertion("ada", flat.did())))
        .hasMessageContaining("older or another key history");
  }

  @Test
  void countsAndArgumentsAreBounded() throws Exception {
    for (int i = 0; i < DelegationStore.MAX_DELEGATIONS; i++) {
      delegate(Right.READ, 1);
    }
    assertThatThrownBy(() -> delegate(Right.READ, 1)).hasMessageContaining("end one first");
    clock.advance(Duration.ofDays(1));
    delegate(Right.READ, 1);
    for (int days : new int[] {0, -1, 3_651}) {
      assertThatThrownBy(() -> atHome.issue("ada", flat.did(), Right.READ, days))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> atHome.issue("", flat.did(), Right.READ, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> atHome.assertion("a\nb", flat.did()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aDamagedFileIsPutAside() throws Exception {
    delegate(Right.OWN, 1);
    Files.write(temporary.resolve("flat/delegations.cbor"), new byte[] {1, 2});
    assertThat(store(flat, "flat").accepted()).isEmpty();
    assertThat(temporary.resolve("flat/delegations.cbor.damaged")).exists();
  }
}
