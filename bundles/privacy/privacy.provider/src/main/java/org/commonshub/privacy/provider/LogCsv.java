package org.commonshub.privacy.provider;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import org.commonshub.privacy.api.Disclosure;
import org.commonshub.privacy.api.TermsCodec;

/** The log as RFC 4180 CSV; a cell that a spreadsheet would take for a formula gets a quote. */
final class LogCsv {
  private LogCsv() {}

  static void write(DisclosureLog log, OutputStream out) throws IOException {
    Writer writer = new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8));
    writer.write("number,instant,recipient,consent,purpose,what,values,from,to\r\n");
    try {
      log.all(
          d -> {
            try {
              writer.write(line(d));
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    writer.flush();
  }

  static String line(Disclosure d) {
    return d.number()
        + ","
        + d.instant()
        + ","
        + cell(d.recipient().toString())
        + ","
        + cell(d.consent())
        + ","
        + cell(TermsCodec.word(d.purpose()))
        + ","
        + cell(d.what())
        + ","
        + d.values()
        + ","
        + d.from()
        + ","
        + d.to()
        + "\r\n";
  }

  static String cell(String text) {
    String safe = !text.isEmpty() && "=+-@\t\r".indexOf(text.charAt(0)) >= 0 ? "'" + text : text;
    return safe.matches("[^\",\r\n]*") ? safe : '"' + safe.replace("\"", "\"\"") + '"';
  }
}
