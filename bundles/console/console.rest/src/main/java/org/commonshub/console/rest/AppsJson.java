package org.commonshub.console.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.commonshub.apps.api.AppHome;
import org.commonshub.apps.api.Card;
import org.commonshub.apps.desk.api.AppDesk;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.apps.desk.api.AppSession;
import org.commonshub.apps.desk.api.Catalogues;
import org.commonshub.apps.desk.api.Listing;
import org.commonshub.apps.desk.api.Risk;
import org.commonshub.apps.desk.api.Standing;
import org.commonshub.apps.desk.api.UsageMeter;
import org.commonshub.privacy.api.EnergyData;

/** What the console says of apps, in one language. */
final class AppsJson {
  private AppsJson() {}

  /** A followed catalogue. */
  static void source(JsonGenerator g, Catalogues.Source source) throws IOException {
    g.writeStartObject();
    g.writeStringField("name", source.name());
    g.writeStringField("url", source.url().toString());
    g.writeStringField("operator", source.operator());
    g.writeStringField("fingerprint", source.fingerprint());
    g.writeStringField("state", source.state().name());
    NowApi.text(g, "updated", source.updated());
    NowApi.text(g, "expires", source.expires());
    NowApi.text(g, "problem", source.problem());
    g.writeEndObject();
  }

  /** An app of a catalogue; {@code whole} with all that it asks. */
  static void offer(JsonGenerator g, AppDesk.Offer offer, Locale locale, boolean whole)
      throws IOException {
    g.writeStartObject();
    head(g, offer.listing(), locale);
    risk(g, offer.risk());
    NowApi.text(g, "installed", offer.installed());
    NowApi.text(g, "blocked", offer.blocked());
    if (whole) {
      manifest(g, "manifest", offer.listing(), locale);
    }
    g.writeEndObject();
  }

  /** An app that is here; {@code whole} with all that it asks. */
  static void installed(JsonGenerator g, AppDesk.Installed app, Locale locale, boolean whole)
      throws IOException {
    g.writeStartObject();
    head(g, app.listing(), locale);
    risk(g, app.risk());
    g.writeStringField("step", app.step().name());
    NowApi.text(g, "problem", app.problem());
    g.writeStringField("runs", app.place().name());
    words(g, "shares", app.zoneShares().stream().map(Object::toString).toList());
    g.writeObjectFieldStart("grants");
    words(g, "hosts", app.grants().hosts().stream().sorted().toList());
    words(g, "actuators", app.grants().actuators().stream().sorted().toList());
    g.writeFieldName("place");
    Optional<AppHome.Place> place = app.grants().place();
    if (place.isEmpty()) {
      g.writeNull();
    } else {
      g.writeStartObject();
      g.writeNumberField("latitude", place.get().latitude());
      g.writeNumberField("longitude", place.get().longitude());
      g.writeEndObject();
    }
    g.writeEndObject();
    g.writeArrayFieldStart("data");
    for (EnergyData.Grant grant : app.data()) {
      g.writeStartObject();
      g.writeStringField("purpose", grant.purpose().name());
      g.writeStringField("state", grant.state().name());
      PrivacyApi.terms(g, "terms", grant.terms());
      g.writeStringField("reason", grant.reason());
      g.writeEndObject();
    }
    g.writeEndArray();
    g.writeFieldName("licence");
    standing(g, app.licence());
    g.writeFieldName("usage");
    if (app.usage().isEmpty()) {
      g.writeNull();
    } else {
      usage(g, app.usage().get());
    }
    NowApi.text(g, "previous", app.previous());
    g.writeFieldName("update");
    if (app.update().isEmpty()) {
      g.writeNull();
    } else {
      g.writeStartObject();
      Listing update = app.update().get();
      g.writeStringField("version", update.manifest().version().toString());
      g.writeBooleanField("more", app.updateAsks());
      if (whole) {
        manifest(g, "manifest", update, locale);
      }
      g.writeEndObject();
    }
    if (whole) {
      manifest(g, "manifest", app.listing(), locale);
    }
    g.writeEndObject();
  }

  private static void head(JsonGenerator g, Listing listing, Locale locale) throws IOException {
    AppManifest manifest = listing.manifest();
    AppManifest.Text text = manifest.text(locale);
    g.writeStringField("id", manifest.id().name());
    g.writeStringField("version", manifest.version().toString());
    g.writeStringField("kind", manifest.kind().name());
    g.writeStringField("source", listing.source());
    g.writeStringField("operator", listing.operator());
    g.writeStringField("provider", manifest.provider().name());
    g.writeStringField("name", text.name());
    g.writeStringField("summary", text.summary());
    if (manifest.icon().length == 0) {
      g.writeNullField("icon");
    } else {
      g.writeStringField("icon", Base64.getEncoder().encodeToString(manifest.icon()));
    }
    g.writeFieldName("price");
    Optional<AppManifest.Level> least =
        manifest.levels().stream().min(Comparator.comparingLong(AppManifest.Level::priceMicros));
    if (least.isEmpty() || manifest.free()) {
      g.writeNull();
    } else {
      g.writeStartObject();
      g.writeNumberField("micros", least.get().priceMicros());
      g.writeStringField("currency", least.get().currency());
      g.writeStringField("period", least.get().period().toString());
      g.writeEndObject();
    }
    g.writeBooleanField(
        "trial", manifest.levels().stream().anyMatch(level -> !level.trial().isZero()));
    NowApi.text(g, "withdrawn", listing.withdrawn());
  }

  private static void risk(JsonGenerator g, Risk risk) throws IOException {
    g.writeObjectFieldStart("risk");
    g.writeStringField("rating", risk.rating().name());
    words(g, "reasons", risk.reasons());
    g.writeEndObject();
  }

  private static void manifest(JsonGenerator g, String field, Listing listing, Locale locale)
      throws IOException {
    AppManifest manifest = listing.manifest();
    AppManifest.Text text = manifest.text(locale);
    g.writeObjectFieldStart(field);
    g.writeStringField("description", text.description());
    g.writeStringField("changes", text.changes());
    g.writeObjectFieldStart("provider");
    g.writeStringField("id", manifest.provider().id());
    g.writeStringField("name", manifest.provider().name());
    g.writeStringField("url", manifest.provider().url().toString());
    g.writeStringField("contact", manifest.provider().contact());
    g.writeEndObject();
    g.writeArrayFieldStart("data");
    for (AppManifest.DataRequest request : manifest.data()) {
      g.writeStartObject();
      g.writeStringField("purpose", request.purpose().name());
      PrivacyApi.terms(g, "terms", request.terms());
      g.writeStringField("for", request.duration().toString());
      g.writeStringField("why", in(request.why(), locale));
      g.writeEndObject();
    }
    g.writeEndArray();
    g.writeArrayFieldStart("actuators");
    for (AppManifest.ActuatorRequest request : manifest.actuators()) {
      g.writeStartObject();
      g.writeStringField("key", request.key());
      g.writeStringField("role", request.role().name());
      g.writeStringField("actuator", request.actuator());
      g.writeStringField("why", in(request.why(), locale));
      g.writeEndObject();
    }
    g.writeEndArray();
    g.writeArrayFieldStart("hosts");
    for (AppManifest.HostRequest request : manifest.hosts()) {
      g.writeStartObject();
      g.writeStringField("host", request.host());
      g.writeStringField("why", in(request.why(), locale));
      g.writeEndObject();
    }
    g.writeEndArray();
    NowApi.text(g, "place", manifest.place().map(why -> in(why, locale)));
    AppManifest.Resources resources = manifest.resources();
    g.writeObjectFieldStart("resources");
    g.writeNumberField("cpu_ms_per_minute", resources.cpuMsPerMinute());
    g.writeNumberField("memory_mb", resources.memoryMb());
    g.writeNumberField("storage_kb", resources.storageKb());
    g.writeNumberField("network_kb_per_day", resources.networkKbPerDay());
    g.writeNumberField("log_lines_per_hour", resources.logLinesPerHour());
    g.writeEndObject();
    g.writeArrayFieldStart("levels");
    for (AppManifest.Level level : manifest.levels()) {
      g.writeStartObject();
      g.writeStringField("id", level.id());
      g.writeStringField("name", in(level.names(), locale));
      words(g, "features", level.features().stream().sorted().toList());
      counts(g, "limits", level.limits());
      g.writeNumberField("price_micros", level.priceMicros());
      g.writeStringField("currency", level.currency());
      g.writeStringField("period", level.period().toString());
      NowApi.text(g, "trial", Optional.of(level.trial()).filter(trial -> !trial.isZero()));
      g.writeEndObject();
    }
    g.writeEndArray();
    g.writeStringField("grace", manifest.grace().toString());
    g.writeStringField("lease", manifest.lease().toString());
    g.writeNumberField("length", listing.length());
    g.writeStringField("sha256", listing.sha256());
    g.writeNumberField("fee_permille", listing.feePermille());
    g.writeEndObject();
  }

  private static String in(Map<String, String> words, Locale locale) {
    return words.getOrDefault(locale.getLanguage(), words.getOrDefault("en", ""));
  }

  /** Where a licence stands. */
  static void standing(JsonGenerator g, Standing standing) throws IOException {
    g.writeStartObject();
    g.writeStringField("app", standing.app().name());
    g.writeStringField("state", standing.state().name());
    g.writeStringField("level", standing.level());
    words(g, "features", standing.features().stream().sorted().toList());
    counts(g, "limits", standing.limits());
    counts(g, "used", standing.used());
    g.writeBooleanField("trial", standing.trial());
    g.writeBooleanField("trialLeft", standing.trialLeft());
    NowApi.text(g, "renewFrom", standing.renewFrom());
    NowApi.text(g, "paidUntil", standing.paidUntil());
    NowApi.text(g, "stopsAt", standing.stopsAt());
    g.writeEndObject();
  }

  private static void usage(JsonGenerator g, AppSession.Usage usage) throws IOException {
    g.writeStartObject();
    g.writeNumberField("cpuMs", usage.cpuMs());
    g.writeNumberField("memoryBytes", usage.memoryBytes());
    g.writeNumberField("storedBytes", usage.storedBytes());
    g.writeNumberField("networkBytes", usage.networkBytes());
    g.writeNumberField("values", usage.values());
    g.writeNumberField("logLines", usage.logLines());
    g.writeNumberField("logDropped", usage.logDropped());
    g.writeBooleanField("slowed", usage.slowed());
    g.writeEndObject();
  }

  /** The newest lines of a log. */
  static void log(JsonGenerator g, List<AppSession.LogLine> lines) throws IOException {
    g.writeStartArray();
    for (AppSession.LogLine line : lines) {
      g.writeStartObject();
      g.writeStringField("at", line.at().toString());
      g.writeBooleanField("warning", line.warning());
      g.writeStringField("text", line.text());
      g.writeEndObject();
    }
    g.writeEndArray();
  }

  /** What was counted for the operators. */
  static void reports(JsonGenerator g, List<UsageMeter.Report> reports) throws IOException {
    g.writeStartArray();
    for (UsageMeter.Report report : reports) {
      g.writeStartObject();
      g.writeStringField("month", report.month().toString());
      g.writeStringField("source", report.source());
      g.writeBooleanField("closed", report.closed());
      g.writeBooleanField("delivered", report.delivered());
      g.writeStringField("head", report.head());
      NowApi.text(g, "document", report.document());
      g.writeArrayFieldStart("lines");
      for (UsageMeter.Line line : report.lines()) {
        g.writeStartObject();
        g.writeStringField("app", line.app().name());
        counts(g, "counts", line.counts());
        g.writeNumberField("paid_micros", line.paidMicros());
        g.writeStringField("currency", line.currency());
        g.writeNumberField("fee_permille", line.feePermille());
        g.writeNumberField("fee_micros", line.feeMicros());
        g.writeEndObject();
      }
      g.writeEndArray();
      g.writeEndObject();
    }
    g.writeEndArray();
  }

  // ---- cards -----------------------------------------------------------------------------------

  /** A card as data: the page draws it, text as text. */
  static void card(JsonGenerator g, Card card) throws IOException {
    g.writeStartObject();
    g.writeStringField("title", card.title());
    g.writeArrayFieldStart("elements");
    for (Card.Element element : card.elements()) {
      g.writeStartObject();
      if (element instanceof Card.Text text) {
        g.writeStringField("type", "text");
        g.writeStringField("text", text.text());
      } else if (element instanceof Card.Figure figure) {
        g.writeStringField("type", "figure");
        g.writeStringField("label", figure.label());
        decimal(g, "value", figure.value());
        g.writeStringField("unit", figure.unit());
      } else if (element instanceof Card.Notice notice) {
        g.writeStringField("type", "notice");
        g.writeStringField("level", notice.level().name());
        g.writeStringField("text", notice.text());
      } else if (element instanceof Card.Table table) {
        g.writeStringField("type", "table");
        words(g, "columns", table.columns());
        g.writeArrayFieldStart("rows");
        for (List<String> row : table.rows()) {
          Json.write(g, row);
        }
        g.writeEndArray();
      } else if (element instanceof Card.Chart chart) {
        chart(g, chart);
      } else if (element instanceof Card.Form form) {
        form(g, form);
      }
      g.writeEndObject();
    }
    g.writeEndArray();
    g.writeEndObject();
  }

  private static void chart(JsonGenerator g, Card.Chart chart) throws IOException {
    g.writeStringField("type", "chart");
    g.writeStringField("title", chart.title());
    g.writeStringField("kind", chart.kind().name());
    g.writeStringField("unit", chart.unit());
    g.writeArrayFieldStart("lines");
    for (Card.Line line : chart.lines()) {
      g.writeStartObject();
      g.writeStringField("label", line.label());
      g.writeStringField("start", line.start().toString());
      g.writeNumberField("step_s", line.step().toSeconds());
      g.writeArrayFieldStart("values");
      for (Optional<BigDecimal> value : line.values()) {
        if (value.isPresent()) {
          g.writeNumber(value.get().toPlainString());
        } else {
          g.writeNull();
        }
      }
      g.writeEndArray();
      g.writeEndObject();
    }
    g.writeEndArray();
  }

  private static void form(JsonGenerator g, Card.Form form) throws IOException {
    g.writeStringField("type", "form");
    g.writeStringField("id", form.id());
    g.writeStringField("title", form.title());
    g.writeStringField("button", form.button());
    g.writeArrayFieldStart("fields");
    for (Card.Field field : form.fields()) {
      g.writeStartObject();
      g.writeStringField("id", field.id());
      g.writeStringField("label", field.label());
      g.writeStringField("kind", field.kind().name());
      g.writeStringField("value", field.value());
      g.writeFieldName("min");
      bound(g, field.min());
      g.writeFieldName("max");
      bound(g, field.max());
      g.writeArrayFieldStart("choices");
      for (Map.Entry<String, String> choice : field.choices().entrySet()) {
        g.writeStartArray();
        g.writeString(choice.getKey());
        g.writeString(choice.getValue());
        g.writeEndArray();
      }
      g.writeEndArray();
      g.writeEndObject();
    }
    g.writeEndArray();
  }

  private static void bound(JsonGenerator g, Optional<BigDecimal> value) throws IOException {
    if (value.isPresent()) {
      g.writeNumber(value.get().toPlainString());
    } else {
      g.writeNull();
    }
  }

  private static void decimal(JsonGenerator g, String field, BigDecimal value) throws IOException {
    g.writeFieldName(field);
    g.writeNumber(value.toPlainString());
  }

  private static void words(JsonGenerator g, String field, List<String> words) throws IOException {
    g.writeFieldName(field);
    Json.write(g, words);
  }

  private static void counts(JsonGenerator g, String field, Map<String, Long> counts)
      throws IOException {
    g.writeFieldName(field);
    Json.write(g, new TreeMap<>(counts));
  }
}
