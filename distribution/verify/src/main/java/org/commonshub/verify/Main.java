package org.commonshub.verify;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.ledger.api.ReceiptVerifier;

/** {@code java -jar verify.jar FILE [--key KEY | --did DID] [--json]}, and {@link Open}. */
public final class Main {
  static final int SOUND = 0;
  static final int BROKEN = 1;
  static final int UNREADABLE = 2;

  private static final String HELP =
      """
      Usage: java -jar verify.jar FILE [--did DID | --key KEY] [--json]

      Says what a receipt (.receipt) or an exported journal (.journal) of a Commons Hub proves, and
      what it does not. Needs nothing but the file; opens no connection.

        --did DID   the hub it should come from, as its Settings page shows it
        --key KEY   the public key it should be signed with (did:key:z… or z…)
        --json      one JSON object instead of text
        --help      this text

      Readings that a hub sealed to you (.car):

        new-key KEYFILE                         makes a key, and says its public half
        open FILE.car --key KEYFILE --out OUT   opens the file, checks the hub's signature over all
                                                of it, and writes the readings (a CBOR sequence)

      Without --did or --key the name in the file is printed: compare it with the hub you mean.
      Exit code: 0 nothing is wrong, 1 something is, 2 the file or the command cannot be read.
      """;

  private Main() {}

  public static void main(String[] args) {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    System.exit(run(args, out, err));
  }

  static int run(String[] args, PrintStream out, PrintStream err) {
    if (args.length == 2 && args[0].equals("new-key")) {
      return Open.newKey(Path.of(args[1]), out, err);
    }
    if (args.length == 6
        && args[0].equals("open")
        && args[2].equals("--key")
        && args[4].equals("--out")) {
      return Open.open(Path.of(args[1]), Path.of(args[3]), Path.of(args[5]), out, err);
    }
    Optional<String> expected = Optional.empty();
    Optional<Path> file = Optional.empty();
    boolean json = false;
    for (int i = 0; i < args.length; i++) {
      if (args[i].equals("--help") || args[i].equals("-h")) {
        out.print(HELP);
        return SOUND;
      } else if (args[i].equals("--json")) {
        json = true;
      } else if ((args[i].equals("--did") || args[i].equals("--key")) && i + 1 < args.length) {
        if (expected.isPresent()) {
          err.println("Only one of --did and --key can be given.");
          return UNREADABLE;
        }
        expected = Optional.of(args[++i]);
      } else if (file.isEmpty() && !args[i].startsWith("--")) {
        file = Optional.of(Path.of(args[i]));
      } else {
        err.println("Not understood: " + args[i]);
        err.print(HELP);
        return UNREADABLE;
      }
    }
    if (file.isEmpty()) {
      err.print(HELP);
      return UNREADABLE;
    }
    try {
      ReceiptVerifier.Report report = verify(file.get(), new ReceiptVerifier(expected));
      out.print(json ? Text.json(report) : Text.plain(report));
      return report.sound() ? SOUND : BROKEN;
    } catch (NoSuchFileException e) {
      err.println(file.get() + " does not exist.");
    } catch (IOException | MalformedCborException e) {
      err.println(file.get() + " cannot be read: " + e.getMessage());
    } catch (IllegalArgumentException e) {
      err.println(expected.orElse("") + " cannot be used: " + e.getMessage());
    }
    return UNREADABLE;
  }

  private static ReceiptVerifier.Report verify(Path file, ReceiptVerifier verifier)
      throws IOException, MalformedCborException {
    byte[] magic = ReceiptVerifier.JOURNAL_MAGIC.getBytes(StandardCharsets.US_ASCII);
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
      in.mark(magic.length);
      boolean journal = Arrays.equals(in.readNBytes(magic.length), magic);
      in.reset();
      return journal
          ? verifier.journal(in)
          : verifier.receipt(in.readNBytes(ReceiptVerifier.MAX_RECEIPT + 1));
    }
  }
}
