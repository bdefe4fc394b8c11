package org.commonshub.privacy.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.commonshub.identity.api.CoseSign1;
import org.commonshub.identity.api.Jws;
import org.commonshub.identity.api.KeyAlgorithm;
import org.commonshub.identity.api.SigningPurpose;
import org.commonshub.identity.api.VerificationKey;
import org.commonshub.ledger.api.ContentStore;
import org.commonshub.ledger.api.EntryKind;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Quantity;
import org.commonshub.privacy.api.AccessRequest;
import org.commonshub.privacy.api.Consent;
import org.commonshub.privacy.api.Disclosure;
import org.commonshub.privacy.api.EnergyData;
import org.commonshub.privacy.api.EnergyData.Grant.State;
import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.Noise;
import org.commonshub.privacy.api.Preview;
import org.commonshub.privacy.api.Price;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Recipient;
import org.commonshub.privacy.api.RefusedException;
import org.commonshub.privacy.api.Terms;
import org.commonshub.privacy.api.TermsCodec;
import org.commonshub.privacy.api.TermsException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Floor, previews, prices, documents, batches, backups, forgetting. */
@Timeout(120)
class DeskTest {
  @TempDir Path root;
  private House house;
  private EnergyData view;

  @BeforeEach
  void start() throws Exception {
    house = new House(root);
    view = house.view();
  }

  @AfterEach
  void stop() throws Exception {
    house.close();
  }

  private void floor(String name, String content) throws Exception {
    Path directory = Files.createDirectories(root.resolve("config/privacy/floor"));
    Files.writeString(directory.resolve(name), content);
    house.gate.consents().bounds().floor().refresh();
  }

  @Test
  void theOperatorsFloorCountsForWhatItNamesAndAtOnce() throws Exception {
    house.consent(view, house.raw());
    assertThat(view.grants().get(0).terms().resolution()).isEqualTo(Granularity.SECOND);
    floor(
        "others.json",
        TermsCodec.json(
            Terms.ANY.toBuilder()
                .recipient(new Recipient(Recipient.Kind.APP, "com.example.other"))
                .interval(Granularity.DAY)
                .build()));
    assertThat(view.grants().get(0).terms().resolution()).isEqualTo(Granularity.SECOND);
    floor("all.json", TermsCodec.json(Terms.ANY.toBuilder().interval(Granularity.HOUR).build()));
    assertThat(view.grants().get(0).terms().resolution()).isEqualTo(Granularity.HOUR);
    floor("all.json", "{\"version\":1,\"surprise\":2}");
    assertThat(view.grants().get(0).state()).isEqualTo(State.CLOSED);
    assertThat(house.desk.problems()).hasSize(1);
    assertThat(house.desk.problems().get(0)).contains("all.json", "nothing is released");
    assertThatThrownBy(() -> view.ask(house.raw(), "")).isInstanceOf(TermsException.class);
    Files.delete(root.resolve("config/privacy/floor/all.json"));
    house.gate.consents().bounds().floor().refresh();
    assertThat(view.grants().get(0).state()).isEqualTo(State.OPEN);
  }

  @Test
  void aPreviewIsWhatWouldLeaveAndCostsNothing() throws Exception {
    for (int i = 0; i < 4000; i++) {
      house.second(1000);
    }
    Terms noisy =
        house
            .terms(Purpose.ADVICE)
            .interval(Granularity.QUARTER_HOUR)
            .noise(new Noise(1_000_000, Noise.Unit.INTERVAL, 2_000_000, 0, 5000))
            .build();
    view.ask(noisy, "Advice");
    String id = house.desk.requests().get(0).id();
    Preview first = house.desk.preview(id, Terms.ANY);
    assertThat(first.refusal()).isEmpty();
    assertThat(first.raw()).hasSize(1);
    assertThat(first.released().get(0).size()).as("the budget of a day").isEqualTo(2);
    assertThat(first.payload()).contains("\"series\":[", "\"interval_s\":900");
    assertThat(first.protects().orElseThrow()).contains("15 min");
    assertThat(first.inferences())
        .containsExactly(
            Preview.Inference.PRESENCE,
            Preview.Inference.DAILY_ROUTINE,
            Preview.Inference.ABSENCE,
            Preview.Inference.HOUSEHOLD);
    Preview again = house.desk.preview(id, Terms.ANY);
    assertThat(again.payload()).isEqualTo(first.payload());
    Preview daily =
        house.desk.preview(id, Terms.ANY.toBuilder().interval(Granularity.WEEK).build());
    assertThat(daily.inferences()).containsExactly(Preview.Inference.HOUSEHOLD);
    assertThat(house.desk.consents()).isEmpty();
    assertThat(Files.list(root.resolve("data/privacy.provider/budget")))
        .noneMatch(f -> f.toString().endsWith(".budget"));
  }

  @Test
  void unpaidIsClosedAndAPaymentIsInTheJournal() throws Exception {
    Terms sold = house.raw().toBuilder().price(new Price(5_000_000, "EUR", 30)).build();
    Consent consent = house.consent(view, sold);
    assertThat(consent.state()).isEqualTo(State.CLOSED);
    assertThatThrownBy(() -> view.read(Purpose.ADVICE, Instant.EPOCH, Instant.MAX))
        .isInstanceOf(RefusedException.class)
        .extracting(e -> ((RefusedException) e).reason())
        .isEqualTo(RefusedException.Reason.UNPAID);
    house.desk.markPaid(consent.id(), "transfer 17", House.ACTOR);
    assertThat(view.grants().get(0).state()).isEqualTo(State.OPEN);
    assertThat(house.journal.kinds).containsExactly(EntryKind.CONSENT, EntryKind.SETTLEMENT);
    house.clock.advance(Duration.ofDays(30));
    assertThat(view.grants().get(0).state()).isEqualTo(State.CLOSED);
    house.desk.markPaid(consent.id(), "transfer 18", House.ACTOR);
    house.restart();
    assertThat(house.view().grants().get(0).state()).isEqualTo(State.OPEN);
  }

  @Test
  void aSignedDocumentIsBelievedOfItsSignerOnly() throws Exception {
    String did = house.identity.key().didKey();
    Terms terms =
        house.raw().toBuilder().recipient(new Recipient(Recipient.Kind.NEIGHBOUR, did)).build();
    byte[] payload = TermsCodec.cbor(terms);
    AccessRequest request = house.desk.receive(house.identity.sign(SigningPurpose.TERMS, payload));
    assertThat(request.signedBy()).contains(did);
    String[] parts = house.identity.jws(SigningPurpose.TERMS, payload).split("\\.");
    Jws jws = Jws.parse(String.join(".", parts));
    assertThatThrownBy(
            () -> house.desk.receive(String.join(".", parts).getBytes(StandardCharsets.US_ASCII)))
        .as("kid is a did:webvh")
        .isInstanceOf(TermsException.class);
    assertThat(jws.keyId()).doesNotStartWith("did:key");
    assertThatThrownBy(() -> house.desk.receive(house.identity.sign(SigningPurpose.ORDER, payload)))
        .hasMessageContaining("signature");
    byte[] other =
        TermsCodec.cbor(
            terms.toBuilder()
                .recipient(new Recipient(Recipient.Kind.NEIGHBOUR, "did:key:zOther"))
                .build());
    assertThatThrownBy(() -> house.desk.receive(house.identity.sign(SigningPurpose.TERMS, other)))
        .hasMessageContaining("is not who signed");
    byte[] forged = house.identity.sign(SigningPurpose.TERMS, payload);
    forged[forged.length - 1] ^= 1;
    assertThatThrownBy(() -> house.desk.receive(forged)).isInstanceOf(TermsException.class);
    byte[] stranger =
        CoseSign1.sign(
            house.identity.key().algorithm(),
            SigningPurpose.TERMS,
            Map.of(),
            payload,
            b -> new byte[64]);
    assertThatThrownBy(() -> house.desk.receive(stranger)).hasMessageContaining("whose key");
  }

  @Test
  void aRequestAsACompactJwsIsTaken() throws Exception {
    KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    String did = VerificationKey.of(pair.getPublic()).didKey();
    Terms terms =
        house.raw().toBuilder().recipient(new Recipient(Recipient.Kind.NEIGHBOUR, did)).build();
    String jws =
        Jws.sign(
            KeyAlgorithm.ED25519,
            SigningPurpose.TERMS,
            did,
            TermsCodec.json(terms).getBytes(StandardCharsets.UTF_8),
            input -> {
              try {
                Signature signature = Signature.getInstance("Ed25519");
                signature.initSign(pair.getPrivate());
                signature.update(input);
                return signature.sign();
              } catch (GeneralSecurityException e) {
                throw new AssertionError(e);
              }
            });
    AccessRequest request = house.desk.receive(jws.getBytes(StandardCharsets.US_ASCII));
    assertThat(request.signedBy()).contains(did);
    assertThat(request.asked()).isEqualTo(terms);
    String other = jws.substring(0, jws.length() - 4) + "AAAA";
    assertThatThrownBy(() -> house.desk.receive(other.getBytes(StandardCharsets.US_ASCII)))
        .isInstanceOf(TermsException.class);
  }

  @Test
  void aBatchLeavesOnlyUnderAConsentToAllOfIt() throws Exception {
    house.second(1);
    ContentGate content = new ContentGate(house.gate, () -> house.devices);
    Recipient ledger = new Recipient(Recipient.Kind.LEDGER, "ipfs");
    EnergyData its = house.desk.viewOf(ledger);
    Instant from = house.clock.now();
    Terms asked = house.raw().toBuilder().hosts(Set.of("ipfs.example")).build();
    ContentStore.Sealed sealed = sealed(house.meter.id(), from);
    assertThat(content.refusal(sealed, "https://ipfs.example:5001")).isPresent();
    house.consent(its, asked);
    house.clock.advance(Duration.ofDays(1));
    assertThat(content.refusal(sealed, "https://ipfs.example:5001").orElseThrow())
        .contains("energy.import");
    house.consent(
        its,
        asked.toBuilder()
            .quantities(Quantity.ACTIVE_POWER, Quantity.ENERGY_IMPORT)
            .history(Duration.ofDays(2))
            .build());
    assertThat(content.refusal(sealed, "https://ipfs.example:5001")).isEmpty();
    assertThat(content.refusal(sealed, "https://other.example")).isPresent();
    assertThat(
            content.refusal(
                sealed(house.meter.id(), from.minus(Duration.ofDays(9))), "https://ipfs.example"))
        .isPresent();
    Disclosure line =
        house.gate.disclosures().search(d -> d.values() == 42, Long.MAX_VALUE, 1).get(0);
    assertThat(line.recipient()).isEqualTo(ledger);
    house.desk.pause(true, House.ACTOR);
    assertThat(content.refusal(sealed, "https://ipfs.example:5001")).isPresent();
  }

  private static ContentStore.Sealed sealed(DeviceId device, Instant from) {
    return new ContentStore.Sealed(
        "bafy", from, List.of(device), from, from.plusSeconds(60), List.of("me"), 42, 100);
  }

  @Test
  void aBackupComesBackPausedAndRevivesNothing() throws Exception {
    Consent kept = house.consent(view, house.raw());
    EnergyData other = new View(house.gate, new Recipient(Recipient.Kind.APP, "com.example.other"));
    Consent gone = house.consent(other, house.raw());
    ByteArrayOutputStream state = new ByteArrayOutputStream();
    new StateBackup(house.gate).writeBackup(state);
    ByteArrayOutputStream secret = new ByteArrayOutputStream();
    new SecretBackup(house.gate).writeBackup(secret);
    house.desk.withdraw(gone.id(), House.ACTOR);
    new StateBackup(house.gate).restoreBackup(new ByteArrayInputStream(state.toByteArray()));
    assertThat(house.desk.paused()).isTrue();
    house.desk.pause(false, House.ACTOR);
    assertThat(view.grants().get(0).state()).isEqualTo(State.OPEN);
    assertThat(other.grants().get(0).state()).isEqualTo(State.CLOSED);
    try (House second = new House(root.resolve("second"))) {
      new SecretBackup(second.gate).restoreBackup(new ByteArrayInputStream(secret.toByteArray()));
      new StateBackup(second.gate).restoreBackup(new ByteArrayInputStream(state.toByteArray()));
      assertThat(second.desk.consents()).extracting(Consent::id).contains(kept.id());
      assertThat(second.gate.secret().bytes()).isEqualTo(house.gate.secret().bytes());
    }
  }

  @Test
  void forgettingLeavesNothingButProofs() throws Exception {
    house.consent(view, house.raw());
    view.read(Purpose.ADVICE, Instant.EPOCH, Instant.MAX);
    house.desk.forget(House.APP, House.ACTOR);
    assertThat(house.desk.consents()).isEmpty();
    assertThat(house.desk.requests()).isEmpty();
    assertThat(house.gate.disclosures().search(d -> true, Long.MAX_VALUE, 10)).isEmpty();
    assertThat(house.journal.erased).containsExactly(0L, 1L);
    assertThat(house.journal.kinds).hasSize(2);
    assertThat(view.grants()).isEmpty();
  }

  @Test
  void exportsWithoutFormulas() throws Exception {
    house.consent(view, house.raw());
    view.read(Purpose.ADVICE, Instant.EPOCH, Instant.MAX);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    house.desk.exportLog(out);
    assertThat(out.toString(StandardCharsets.UTF_8))
        .startsWith("number,instant,recipient,consent,purpose,what,values,from,to\r\n1,")
        .contains("app:com.example.coach");
    assertThat(LogCsv.cell("=SUM(A1)")).isEqualTo("'=SUM(A1)");
    assertThat(LogCsv.cell("-1,\"x\"")).isEqualTo("\"'-1,\"\"x\"\"\"");
    assertThat(LogCsv.cell("plain")).isEqualTo("plain");
  }

  @Test
  void whatCannotBeReadReleasesNothingAndIsNotOverwritten() throws Exception {
    house.consent(view, house.raw());
    house.gate.close();
    Path file = root.resolve("data/privacy.provider/consents.json");
    Files.writeString(file, "{\"version\":1");
    house.open();
    house.addOwnPolicies();
    assertThat(house.view().grants()).isEmpty();
    assertThat(house.desk.problems().get(0)).contains("nothing is released");
    assertThatThrownBy(() -> house.desk.pause(true, House.ACTOR)).hasMessageContaining("cannot be");
    assertThat(Files.readString(file)).isEqualTo("{\"version\":1");
  }

  @Test
  void whoAsksTooMuchIsToldSo() {
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 1000; i++) {
                view.ask(house.raw().toBuilder().delay(Duration.ofSeconds(i)).build(), "");
              }
            })
        .isInstanceOf(TermsException.class)
        .hasMessageContaining("too often");
    assertThatThrownBy(() -> view.ask(Terms.ANY, "")).hasMessageContaining("must be said");
    assertThatThrownBy(() -> view.ask(house.raw(), "x".repeat(501))).hasMessageContaining("500");
    assertThat(Optional.of(house.desk.requests()).get()).hasSize(1);
  }
}
