package org.commonshub.privacy.provider;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Terms;
import org.commonshub.privacy.api.TermsCodec;

/**
 * A consent as a receipt in the shape of ISO/IEC TS 27560:2023: header, PII processing, parties and
 * events, with the field names of its clauses 6.3.3 to 6.3.7. Purposes and legal basis are those of
 * the W3C Data Privacy Vocabulary 2; the exact terms stand beside under a name of our own.
 */
final class Receipt {
  private static final String SCHEMA = "https://w3id.org/dpv/schema/dpv-27560#receipt-record";

  private Receipt() {}

  /**
   * The receipt with all events so far.
   *
   * @param home the hub's DID
   */
  static Map<String, Object> of(Given given, String home) {
    Map<String, Object> map = new TreeMap<>();
    map.put("schema_version", SCHEMA);
    map.put("receipt_id", given.id());
    map.put("record_id", given.id());
    map.put("pii_principal_id", home);
    map.put("pii_processing", List.of(processing(given)));
    map.put("party_identification", parties(given, home));
    map.put("events", events(given));
    map.put("commonshub_terms", TermsCodec.map(given.terms()));
    if (!given.replaces().isEmpty()) {
      map.put("commonshub_replaces", given.replaces());
    }
    return map;
  }

  private static Map<String, Object> processing(Given given) {
    Terms terms = given.terms();
    Map<String, Object> purpose = new TreeMap<>();
    purpose.put("purpose", given.ask().text());
    purpose.put("purpose_type", vocabulary(given.purpose()));
    purpose.put("lawful_basis", "eu-gdpr:A6-1-a");
    purpose.put("pii_information", information(terms));
    purpose.put("pii_controllers", List.of(given.recipient().toString()));
    purpose.put("recipient_third_parties", List.of(given.recipient().toString()));
    purpose.put("collection_method", "dpv:CollectFromDataSubject");
    purpose.put("processing_method", method(terms));
    purpose.put("storage_locations", List.copyOf(terms.hosts().orElse(java.util.Set.of())));
    purpose.put("retention_period", "until " + terms.until().orElseThrow());
    purpose.put("withdrawal_method", "Privacy page of this hub's console, at any time");
    purpose.put("privacy_rights", List.of("eu-gdpr:A7-3", "eu-gdpr:A15", "eu-gdpr:A17"));
    Map<String, Object> processing = new TreeMap<>();
    processing.put("privacy_notice", given.ask().text());
    processing.put("language", "en");
    processing.put("purposes", List.of(purpose));
    return processing;
  }

  private static List<Object> information(Terms terms) {
    List<Object> list = new ArrayList<>();
    for (String quantity : terms.quantities().orElseThrow()) {
      Map<String, Object> information = new TreeMap<>();
      information.put("pii_type", "pd:EnergyConsumption");
      information.put("pii_attribute_id", quantity);
      information.put("pii_optional", true);
      information.put("sensitive_pii_category", true);
      information.put("special_pii_category", false);
      list.add(information);
    }
    return list;
  }

  private static String method(Terms terms) {
    return TermsCodec.word(terms.mode())
        + ", "
        + Texts.span(terms.resolution().length())
        + (terms.delay().isZero() ? "" : ", " + Texts.span(terms.delay()) + " later")
        + (terms.noise().isPresent() ? ", with noise" : "")
        + (terms.pseudonymRotation().isPresent() ? ", under changing names" : "")
        + (terms.cohort() > 0 ? ", as a sum of at least " + terms.cohort() + " homes" : "");
  }

  private static List<Object> parties(Given given, String home) {
    Map<String, Object> recipient = new TreeMap<>();
    recipient.put("party_id", given.recipient().toString());
    recipient.put("party_name", given.ask().name());
    recipient.put("party_role", "dpv:DataController");
    Map<String, Object> hub = new TreeMap<>();
    hub.put("party_id", home);
    hub.put("party_name", "This home");
    hub.put("party_role", "dpv:DataSubject");
    return List.of(recipient, hub);
  }

  private static List<Object> events(Given given) {
    List<Object> events = new ArrayList<>();
    Map<String, Object> yes =
        event(given.given(), given.actor(), "explicit consent", "dpv:ConsentGiven");
    yes.put(
        "validity_duration",
        Duration.between(given.given(), given.terms().until().orElseThrow()).toString());
    events.add(yes);
    given
        .end()
        .ifPresent(
            end ->
                events.add(
                    event(
                        end.instant(),
                        end.actor(),
                        end.replaced() ? "replacement" : "withdrawal",
                        "dpv:ConsentWithdrawn")));
    return events;
  }

  private static Map<String, Object> event(Instant time, String entity, String type, String state) {
    Map<String, Object> event = new TreeMap<>();
    event.put("event_time", time.toString());
    event.put("entity_id", entity);
    event.put("event_type", type);
    event.put("event_state", state);
    return event;
  }

  /** The nearest purpose of the W3C Data Privacy Vocabulary 2. */
  private static String vocabulary(Purpose purpose) {
    return switch (purpose) {
      case BILLING -> "dpv:PaymentManagement";
      case TRADING -> "dpv:FulfilmentOfContractualObligation";
      case FORECASTING, FLEXIBILITY -> "dpv:ServiceProvision";
      case OPTIMISATION -> "dpv:ServiceOptimisation";
      case GRID_OPERATION -> "dpv:PublicBenefit";
      case ADVICE -> "dpv:ServicePersonalisation";
      case MAINTENANCE -> "dpv:TechnicalServiceProvision";
      case STATISTICS -> "dpv:ServiceUsageAnalytics";
      case RESEARCH -> "dpv:ResearchAndDevelopment";
      case MARKETING -> "dpv:Marketing";
    };
  }
}
