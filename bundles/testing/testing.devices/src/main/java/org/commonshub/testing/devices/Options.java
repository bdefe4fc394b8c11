package org.commonshub.testing.devices;

import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeParseException;
import java.util.Optional;

/**
 * Command line of the simulated home.
 *
 * @param portBase first port; 0 for any free ones
 * @param portsFixed whether a taken port ends the program rather than being replaced
 * @param speed simulated seconds per second
 * @param start where the home's clock starts; empty for now
 * @param state file that keeps the home's clock over a restart
 */
record Options(
    int portBase,
    boolean portsFixed,
    double speed,
    Optional<Instant> start,
    long seed,
    ZoneId zone,
    double latitude,
    double longitude,
    Optional<Path> state,
    boolean once,
    boolean detached,
    boolean help) {
  static final String USAGE =
      """
      A simulated home: meters, inverters and a charge point that speak Modbus TCP on 127.0.0.1.
      Prints one line of JSON per device when it answers, then {"ready":true}.
      Ends on SIGTERM and when its standard input is closed.

        --port-base N      first port (default 15020, another where taken; 0: any free ports)
        --speed X          simulated seconds per second (default 1, at most 10000)
        --start WHEN       2026-06-21T10:00:00Z, 2026-06-21T12:00 or 2026-06-21 (default now)
        --state FILE       goes on where the last run stopped, so that no register falls
        --seed N           another family, another weather (default 1)
        --zone ZONE        time zone of the home (default Europe/Berlin)
        --latitude DEG     north of the equator (default 48.1)
        --longitude DEG    east of Greenwich (default 11.6)
        --once             prints the state of the home at the start and ends
        --detached         goes on when standard input is closed
        --help             this text

      replay --help tells about the other device: one that replays a captured trace.
      """;

  /** A wrong command line, with a sentence for who wrote it. */
  static final class Wrong extends Exception {
    private static final long serialVersionUID = 1L;

    Wrong(String message) {
      super(message);
    }
  }

  static Options parse(String... args) throws Wrong {
    int portBase = 15020;
    boolean portsFixed = false;
    double speed = 1;
    Optional<String> start = Optional.empty();
    long seed = 1;
    ZoneId zone = ZoneId.of("Europe/Berlin");
    double latitude = 48.1;
    double longitude = 11.6;
    Optional<Path> state = Optional.empty();
    boolean once = false;
    boolean detached = false;
    boolean help = false;
    for (int i = 0; i < args.length; i++) {
      String name = args[i];
      switch (name) {
        case "--once" -> once = true;
        case "--detached" -> detached = true;
        case "--help", "-h" -> help = true;
        case "--port-base" -> {
          portBase = (int) number(name, args, ++i, 0, 65_530);
          portsFixed = portBase != 0;
        }
        case "--speed" -> speed = number(name, args, ++i, 0.001, 10_000);
        case "--seed" -> seed = (long) number(name, args, ++i, 0, 1e15);
        case "--latitude" -> latitude = number(name, args, ++i, -65, 65);
        case "--longitude" -> longitude = number(name, args, ++i, -180, 180);
        case "--start" -> start = Optional.of(value(name, args, ++i));
        case "--state" -> state = Optional.of(Path.of(value(name, args, ++i)));
        case "--zone" -> {
          String text = value(name, args, ++i);
          try {
            zone = ZoneId.of(text);
          } catch (DateTimeException e) {
            throw new Wrong(
                "--zone " + text + " is no time zone; expected for example Europe/Rome");
          }
        }
        default -> throw new Wrong("unknown option " + name + "; see --help");
      }
    }
    Optional<Instant> instant = Optional.empty();
    if (start.isPresent()) {
      Instant at = instant(start.get(), zone);
      if (at.isBefore(Home.first(zone)) || !at.isBefore(Home.end(zone))) {
        throw new Wrong(
            "--start " + start.get() + " is not between " + Home.ORIGIN + " and " + Home.END);
      }
      instant = Optional.of(at);
    }
    return new Options(
        portBase,
        portsFixed,
        speed,
        instant,
        seed,
        zone,
        latitude,
        longitude,
        state,
        once,
        detached,
        help);
  }

  private static Instant instant(String text, ZoneId zone) throws Wrong {
    try {
      if (text.length() == 10) {
        return LocalDate.parse(text).atStartOfDay(zone).toInstant();
      }
      return text.endsWith("Z")
          ? Instant.parse(text)
          : LocalDateTime.parse(text).atZone(zone).toInstant();
    } catch (DateTimeParseException e) {
      throw new Wrong(
          "--start " + text + " is no time; expected for example 2026-06-21T12:00 or 2026-06-21");
    }
  }

  static String value(String name, String[] args, int i) throws Wrong {
    if (i >= args.length) {
      throw new Wrong(name + " needs a value; see --help");
    }
    return args[i];
  }

  static double number(String name, String[] args, int i, double low, double high) throws Wrong {
    String text = value(name, args, i);
    try {
      double number = Double.parseDouble(text);
      if (number >= low && number <= high) {
        return number;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw new Wrong(name + " " + text + " is not a number from " + low + " to " + high);
  }
}
