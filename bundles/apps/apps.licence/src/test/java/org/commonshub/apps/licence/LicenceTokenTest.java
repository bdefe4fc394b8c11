package org.commonshub.apps.licence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.commonshub.identity.api.KeyLog;
import org.commonshub.identity.api.SigningPurpose;
import org.commonshub.testing.fakes.FakeIdentity;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LicenceTokenTest {
  private static final Instant END = Instant.parse("2026-02-15T12:00:00Z");

  private final Shop shop = new Shop();
  private final LicenceToken token = shop.token(Shop.START, Shop.START, END);

  private void verify(SealedLicence licence) throws LicenceException {
    licence.verify(List.of(shop.provider.key()), List.of(shop.operator.key()));
  }

  @Test
  void whatIsMadeIsReadAsPasted() throws LicenceException {
    String text = shop.seal(token);
    assertThat(text).hasSizeLessThan(2_000);
    String mailed = "\ufeff  " + text.replaceAll("(.{70})", "$1\r\n\t\u00a0") + "\n\n";
    SealedLicence read = SealedLicence.parse(mailed);
    assertThat(read.token()).isEqualTo(token);
    assertThat(read.text()).isEqualTo(text);
    verify(read);
    assertThat(
            LicenceToken.verify(
                token.sign(shop.provider.key(), shop.provider.signer()),
                List.of(shop.provider.key())))
        .isEqualTo(token);
  }

  /** A payload that is not a licence, and a word of the refusal. */
  static Stream<String[]> refused() {
    String good = new Shop().token(Shop.START, Shop.START, END).json();
    List<String[]> cases = new ArrayList<>();
    cases.add(new String[] {"", "JSON"});
    cases.add(new String[] {"[]", "JSON"});
    cases.add(new String[] {good + " x", "JSON"});
    cases.add(new String[] {good.replace("{\"app\"", "{\"more\":1,\"app\""), "not known here"});
    for (String name :
        List.of(
            "app",
            "hub",
            "level",
            "versions",
            "features",
            "limits",
            "issued",
            "paid_from",
            "paid_until",
            "lease_until",
            "serial",
            "currency",
            "price_micros",
            "licence")) {
      cases.add(new String[] {good.replace("\"" + name + "\"", "\"x_\""), "lacks " + name});
    }
    String[][] changes = {
      {"\"licence\":1", "\"licence\":2", "licence"},
      {"org.example.coach", "coach", "named like"},
      {"org.example.coach", "org.commonshub.coach", "own"},
      {"did:webvh", "did:web", "hub"},
      {"\"basic\"", "\"BASIC\"", "level"},
      {"\"1.0.0\",\"2.0.0\"", "\"1.0.0\"", "versions"},
      {"\"1.0.0\",\"2.0.0\"", "\"2.0.0\",\"1.0.0\"", "versions"},
      {"\"1.0.0\",\"2.0.0\"", "\"1.0.0\",\"1.0.0\"", "versions"},
      {"\"1.0.0\"", "\"1.0\"", "1.2.3"},
      {"\"features\":[]", "\"features\":[1]", "features"},
      {"\"features\":[]", "\"features\":[\"a\",\"a\"]", "features"},
      {"\"features\":[]", "\"features\":[\"A\"]", "features"},
      {"\"limits\":{}", "\"limits\":{\"a\":-1}", "a"},
      {"\"limits\":{}", "\"limits\":{\"a\":1000000001}", "a"},
      {"\"limits\":{}", "\"limits\":{\"A\":1}", "limits"},
      {"\"limits\":{}", "\"limits\":[]", "limits"},
      {"\"issued\":\"2026-01-15T12:00:00Z\"", "\"issued\":\"2026-01-15T12:00:00.5Z\"", "issued"},
      {"\"issued\":\"2026-01-15T12:00:00Z\"", "\"issued\":\"2026-01-15T12:00Z\"", "issued"},
      {"\"issued\":\"2026-01-15T12:00:00Z\"", "\"issued\":\"2019-12-31T23:59:59Z\"", "issued"},
      {"\"issued\":\"2026-01-15T12:00:00Z\"", "\"issued\":\"2100-01-01T00:00:00Z\"", "issued"},
      {"\"issued\":\"2026-01-15T12:00:00Z\"", "\"issued\":\"yesterday\"", "issued"},
      {"\"issued\":\"2026-01-15T12:00:00Z\"", "\"issued\":1768478400", "issued"},
      {"\"paid_until\":\"2026-02", "\"paid_until\":\"2025-02", "paid_until"},
      {"\"paid_until\":\"2026-02", "\"paid_until\":\"2036-02", "ten years"},
      {"\"serial\":1", "\"serial\":0", "serial"},
      {"\"serial\":1", "\"serial\":1.5", "JSON"},
      {"\"serial\":1", "\"serial\":9007199254740993", "JSON"},
      {"\"serial\":1", "\"serial\":\"1\"", "serial"},
      {"\"EUR\"", "\"eur\"", "currency"},
      {"\"EUR\"", "\"EURO\"", "currency"},
      {"\"price_micros\":2000000", "\"price_micros\":-1", "price_micros"},
      {"\"price_micros\":2000000", "\"price_micros\":1000000000001", "price_micros"},
      {"\"serial\":1", "\"serial\":1,\"serial\":1", "twice"},
    };
    for (String[] change : changes) {
      String changed = good.replace(change[0], change[1]);
      assertThat(changed).as(change[0]).isNotEqualTo(good);
      cases.add(new String[] {changed, change[2]});
    }
    return cases.stream();
  }

  @ParameterizedTest
  @MethodSource("refused")
  void refuses(String payload, String word) {
    assertThatThrownBy(() -> SealedLicence.parse(shop.seal(payload)))
        .isInstanceOf(LicenceException.class)
        .hasMessageContaining(word);
  }

  @Test
  void refusesWhoeverElseSigned() throws LicenceException {
    Shop.Party thief = new Shop.Party();
    String bare = token.sign(shop.provider.key(), shop.provider.signer());
    assertThatThrownBy(() -> SealedLicence.parse(bare)).hasMessageContaining("counter-signature");
    record Case(String text, String word) {}
    String stolen = token.sign(thief.key(), thief.signer());
    // Signed by a thief who names the provider's key.
    String lie = token.sign(shop.provider.key(), thief.signer());
    for (Case refused :
        List.of(
            new Case(
                SealedLicence.seal(stolen, shop.operator.key(), shop.operator.signer()),
                "provider"),
            new Case(
                SealedLicence.seal(lie, shop.operator.key(), shop.operator.signer()), "provider"),
            new Case(SealedLicence.seal(bare, thief.key(), thief.signer()), "operator"),
            new Case(SealedLicence.seal(bare, shop.operator.key(), thief.signer()), "operator"),
            new Case(
                SealedLicence.seal(bare, shop.provider.key(), shop.provider.signer()),
                "operator"))) {
      assertThatThrownBy(() -> verify(SealedLicence.parse(refused.text())))
          .isInstanceOf(LicenceException.class)
          .hasMessageContaining(refused.word());
    }
    assertThatThrownBy(() -> LicenceToken.verify(lie, List.of(shop.provider.key())))
        .hasMessageContaining("does not hold");
    assertThatThrownBy(
            () ->
                SealedLicence.parse(
                    SealedLicence.seal(
                        shop.seal(token), shop.operator.key(), shop.operator.signer())))
        .isInstanceOf(LicenceException.class);
    assertThatThrownBy(
            () ->
                SealedLicence.parse(
                    new FakeIdentity("hub").jws(SigningPurpose.LICENCE, new byte[] {'{', '}'})))
        .hasMessageContaining("not a licence");
  }

  @Test
  void everyCutAndEveryTurnedLetterIsRefused() {
    String text = shop.seal(token);
    for (int length = 0; length < text.length(); length += 7) {
      String cut = text.substring(0, length);
      assertThatThrownBy(() -> verify(SealedLicence.parse(cut)))
          .isInstanceOf(LicenceException.class);
    }
    Random random = new Random(7);
    for (int i = 0; i < 300; i++) {
      int at = random.nextInt(text.length());
      char other = text.charAt(at) == 'A' ? 'B' : 'A';
      String turned = text.substring(0, at) + other + text.substring(at + 1);
      assertThatThrownBy(() -> verify(SealedLicence.parse(turned)))
          .as("letter %d", at)
          .isInstanceOf(LicenceException.class);
    }
    for (String odd : List.of("", "x", "a.b.c", text + "=", "." + text, "x".repeat(100_000))) {
      assertThatThrownBy(() -> verify(SealedLicence.parse(odd)))
          .isInstanceOf(LicenceException.class);
    }
  }

  @Test
  void aRequestTellsWhichHubAsksAndASaleAnswersIt() throws Exception {
    FakeIdentity identity = new FakeIdentity("hub");
    identity.rotate();
    LicenceRequest request =
        new LicenceRequest(
            identity.did(),
            Shop.APP,
            Shop.paid().version(),
            "basic",
            Shop.START,
            Optional.of(END),
            4);
    String text = request.sign(identity);
    assertThat(LicenceRequest.verify(text.replaceAll("(.{76})", "$1\n"))).isEqualTo(request);

    LicenceToken sale = LicenceToken.sale(request, Shop.paid(), Shop.START, 5);
    assertThat(sale.hub()).isEqualTo(identity.did());
    assertThat(sale.paidFrom()).isEqualTo(END);
    assertThat(sale.paidUntil()).isEqualTo("2026-03-15T12:00:00Z");
    assertThat(sale.leaseUntil()).isEqualTo(sale.paidUntil());
    assertThat(sale.covers(Shop.paid().version())).isTrue();
    assertThat(sale.priceMicros()).isEqualTo(2_000_000);
    Instant late = END.plus(Duration.ofDays(3));
    assertThat(LicenceToken.sale(request, Shop.paid(), late, 5).paidFrom()).isEqualTo(late);
    LicenceToken leased = sale.renewLease(late, END.plus(Duration.ofDays(400)), 6);
    assertThat(leased.leaseUntil()).isEqualTo(sale.paidUntil());
    assertThat(leased.priceMicros()).isZero();
    assertThat(sale.revoke(late, late, 7).revokes()).isTrue();
    assertThat(sale.revokes()).isFalse();
  }

  @Test
  void aRequestOfAnotherHubThanItSaysIsRefused() throws Exception {
    FakeIdentity identity = new FakeIdentity("hub");
    FakeIdentity other = new FakeIdentity("other");
    LicenceRequest lie =
        new LicenceRequest(
            other.did(), Shop.APP, Shop.paid().version(), "basic", Shop.START, Optional.empty(), 0);
    assertThatThrownBy(() -> LicenceRequest.verify(lie.sign(identity)))
        .hasMessageContaining("hub that it names");
    // With the other's log, too: it holds no key of this signature.
    String payload =
        new String(
            Base64.getUrlDecoder().decode(lie.sign(other).split("\\.", -1)[1]),
            StandardCharsets.UTF_8);
    assertThat(KeyLog.verify(other.keyLog()).did()).isEqualTo(other.did());
    assertThatThrownBy(
            () ->
                LicenceRequest.verify(
                    identity.jws(SigningPurpose.LICENCE, payload.getBytes(StandardCharsets.UTF_8))))
        .hasMessageContaining("hub that it names");
    assertThatThrownBy(() -> LicenceRequest.verify(shop.seal(token)))
        .isInstanceOf(LicenceException.class);
    assertThatThrownBy(() -> LicenceRequest.verify("x.y")).isInstanceOf(LicenceException.class);
  }
}
