package org.commonshub.verify;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.ledger.api.Checkpoint;
import org.commonshub.ledger.api.EntryKind;
import org.commonshub.ledger.api.ReceiptVerifier;
import org.commonshub.ledger.api.ReceiptVerifier.Finding;
import org.commonshub.ledger.api.ReceiptVerifier.Leaf;
import org.commonshub.ledger.api.SlotGap;
import org.commonshub.ledger.api.SlotRegisters;

/** A report in words, and as JSON. */
final class Text {
  private static final int QUARTER_S = 900;

  private Text() {}

  static String plain(ReceiptVerifier.Report report) {
    StringBuilder text = new StringBuilder();
    if (report.entries() == 1 && report.leaf().isPresent()) {
      Leaf leaf = report.leaf().get();
      text.append("Entry ").append(leaf.index()).append(", ").append(kind(leaf.kind()));
      text.append(", recorded ").append(leaf.instant()).append(".\n");
      report
          .content()
          .ifPresent(
              bytes ->
                  content(leaf.kind(), bytes)
                      .forEach(line -> text.append("  ").append(line).append('\n')));
    } else {
      text.append("A journal of ").append(report.entries()).append(" entries.\n");
    }
    text.append('\n');
    for (Finding finding : report.findings()) {
      text.append(
          switch (finding.level()) {
            case PROVEN -> "proven      ";
            case OPEN -> "not proven  ";
            case BROKEN -> "WRONG       ";
          });
      text.append(safe(finding.text())).append('\n');
    }
    text.append('\n');
    text.append(
        report.sound()
            ? "Nothing is wrong with it.\n"
            : "Do not rely on it: what is marked WRONG was changed or is not what it says.\n");
    return text.toString();
  }

  private static String kind(int number) {
    for (EntryKind kind : EntryKind.values()) {
      if (kind.number() == number) {
        return kind.name().toLowerCase(java.util.Locale.ROOT);
      }
    }
    return "kind " + number;
  }

  private static List<String> content(int kind, byte[] bytes) {
    List<String> lines = new ArrayList<>();
    try {
      if (kind == EntryKind.READINGS.number() || kind == EntryKind.BACKFILL.number()) {
        SlotRegisters slot = SlotRegisters.of(bytes);
        lines.add(
            "Meter "
                + slot.device()
                + ", "
                + slot.slot()
                + " to "
                + slot.slot().plus(Duration.ofSeconds(QUARTER_S)));
        for (SlotRegisters.Register each : slot.registers()) {
          lines.add(
              each.obis()
                  + " = "
                  + BigDecimal.valueOf(each.mantissa(), -each.exponent()).toPlainString()
                  + " Wh at "
                  + each.instant()
                  + (each.quality() == 0 ? "" : ", quality flags " + each.quality()));
        }
        slot.gap()
            .ifPresent(
                gap -> lines.add("Came late; entry " + gap + " had said there was nothing."));
      } else if (kind == EntryKind.GAP.number()) {
        SlotGap gap = SlotGap.of(bytes);
        lines.add(
            "Meter " + gap.device() + ": nothing known from " + gap.from() + " to " + gap.to());
      } else {
        lines.add(value(Cbor.decode(bytes), 0));
      }
    } catch (MalformedCborException e) {
      lines.add("Content of a form that is not known here, " + bytes.length + " bytes.");
    }
    return lines.stream().map(Text::safe).toList();
  }

  private static String value(Object value, int depth) {
    if (depth > 4) {
      return "…";
    } else if (value instanceof byte[] bytes) {
      return HexFormat.of().formatHex(bytes, 0, Math.min(64, bytes.length));
    } else if (value instanceof List<?> list) {
      return list.stream().limit(32).map(v -> value(v, depth + 1)).toList().toString();
    } else if (value instanceof Map<?, ?> map) {
      List<String> parts = new ArrayList<>();
      map.forEach((key, each) -> parts.add(key + ": " + value(each, depth + 1)));
      return parts.stream().limit(32).toList().toString();
    } else if (value instanceof Cbor.Tagged tagged) {
      return value(tagged.value(), depth + 1);
    }
    String text = String.valueOf(value);
    return text.substring(0, Math.min(300, text.length()));
  }

  /** Nothing from a file may steer a terminal. */
  private static String safe(String text) {
    return text.replaceAll("[\\p{Cntrl}\\p{Cf}]", "?");
  }

  static String json(ReceiptVerifier.Report report) {
    List<String> findings = new ArrayList<>();
    for (Finding finding : report.findings()) {
      findings.add(
          "{\"level\":"
              + quoted(finding.level().name().toLowerCase(java.util.Locale.ROOT))
              + ",\"word\":"
              + quoted(finding.word())
              + ",\"text\":"
              + quoted(finding.text())
              + "}");
    }
    StringBuilder text = new StringBuilder("{\"sound\":").append(report.sound());
    text.append(",\"entries\":").append(report.entries());
    report
        .leaf()
        .filter(leaf -> report.entries() == 1)
        .ifPresent(
            leaf ->
                text.append(",\"index\":")
                    .append(leaf.index())
                    .append(",\"kind\":")
                    .append(quoted(kind(leaf.kind())))
                    .append(",\"instant\":")
                    .append(quoted(leaf.instant().toString())));
    report
        .content()
        .ifPresent(c -> text.append(",\"content\":").append(quoted(HexFormat.of().formatHex(c))));
    report.checkpoint().ifPresent(c -> text.append(checkpoint(c)));
    return text.append(",\"findings\":[")
        .append(String.join(",", findings))
        .append("]}\n")
        .toString();
  }

  private static String checkpoint(Checkpoint checkpoint) {
    return ",\"origin\":"
        + quoted(checkpoint.origin())
        + ",\"epoch\":"
        + checkpoint.epoch()
        + ",\"size\":"
        + checkpoint.size()
        + ",\"root\":"
        + quoted(HexFormat.of().formatHex(checkpoint.root()))
        + ",\"signedAt\":"
        + quoted(checkpoint.instant().toString());
  }

  private static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (c < 0x20 || c >= 0x7F) {
        quoted.append(String.format(java.util.Locale.ROOT, "\\u%04x", (int) c));
      } else {
        quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }
}
