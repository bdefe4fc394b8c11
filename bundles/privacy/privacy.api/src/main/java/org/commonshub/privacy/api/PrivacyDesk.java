package org.commonshub.privacy.api;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Where the prosumer decides who gets what. The gate hands it to the console and to {@code
 * privacy.rights}, and to no other bundle. Any thread; methods read and write the disk.
 */
@ProviderType
public interface PrivacyDesk {
  /** Which lines of the log; what is empty restricts nothing. */
  record Search(
      Optional<Recipient> recipient,
      Optional<String> consent,
      Optional<Instant> from,
      Optional<Instant> to,
      Optional<String> text) {}

  /** Those who wait for an answer, oldest first; at most 256, one per recipient and purpose. */
  List<AccessRequest> requests();

  /**
   * Takes a request that somebody brought as a document: terms in a compact JWS or COSE_Sign1,
   * signed by the recipient (see docs/privacy.md).
   *
   * @throws TermsException if it is malformed, not signed by whom it names, or leaves nothing
   */
  AccessRequest receive(byte[] document) throws TermsException;

  /**
   * What would flow under a choice.
   *
   * @param request id of a request or consent
   * @param choice what the person allows; {@link Terms#ANY} for all that was asked
   * @throws TermsException if nothing is left
   */
  Preview preview(String request, Terms choice) throws TermsException;

  /**
   * Says yes; durable, in the journal and in force when it returns.
   *
   * @param request id of a request, or of a consent that is to be narrowed or renewed
   * @throws TermsException if nothing is left, or something is missing
   */
  Consent grant(String request, Terms choice, String actor) throws TermsException, IOException;

  /** Says no. */
  void refuse(String request, String actor) throws IOException;

  /** All consents, those in force first, then the newest; withdrawn ones for a year. */
  List<Consent> consents();

  /** Withdraws: nothing is released when it has returned. */
  void withdraw(String consent, String actor) throws IOException;

  /** Whether everything is paused. */
  boolean paused();

  /** Pauses or resumes everything, durable: nothing is released while paused. */
  void pause(boolean paused, String actor) throws IOException;

  /** Newest lines of the disclosure log before {@code before} that match, at most {@code limit}. */
  List<Disclosure> log(Search search, long before, int limit) throws IOException;

  /** Writes the whole log, RFC 4180 CSV with a header line. */
  void exportLog(OutputStream out) throws IOException;

  /**
   * The receipt of a consent as JSON in the shape of ISO/IEC TS 27560:2023.
   *
   * @throws IllegalArgumentException if there is no such consent
   */
  String receipt(String consent) throws IOException;

  /** Forgets a recipient: its requests, consents and log lines. Proofs in the journal stay. */
  void forget(Recipient recipient, String actor) throws IOException;

  /**
   * Writes down that the price of one more period was paid; recorded in the journal. Until then
   * nothing is released under a consent with a price.
   *
   * @param reference what proves it: number of a transfer or an entry of a ledger, at most 200
   *     characters
   * @throws IllegalArgumentException if there is no such consent, or it has no price
   */
  default void markPaid(String consent, String reference, String actor) throws IOException {
    throw new IllegalArgumentException("nothing here has a price");
  }

  /** What keeps the gate closed altogether, for people; empty on a good day. */
  default List<String> problems() {
    return List.of();
  }

  /** View of a token or operator, who come through the console. */
  EnergyData viewOf(Recipient recipient);
}
