package org.commonshub.apps.provider;

import static org.commonshub.apps.provider.Bench.ACTOR;
import static org.commonshub.apps.provider.Bench.ALL;
import static org.commonshub.apps.provider.Bench.COACH;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.commonshub.apps.api.App;
import org.commonshub.apps.desk.api.AppDesk.Installed;
import org.commonshub.apps.desk.api.AppSession;
import org.commonshub.apps.desk.api.Place;

/**
 * A hub that installs, updates, rolls back and removes one app until it is killed. It says what it
 * found when it started, and every step before and after it.
 */
final class DeskProcess {
  private static final int AHEAD = 200;

  private final Bench bench;
  private final DiskHosts hosts;
  private final Random random;

  private DeskProcess(Path folder, long seed) throws IOException {
    hosts = new DiskHosts(folder.resolve("hosts"));
    random = new Random(seed);
    bench =
        new Bench(
            folder,
            it -> {
              it.parts.hosts.set(hosts);
              it.zone.code(DeskProcess::app);
            });
  }

  /** The version is the last number: 1.0.N. */
  static int number(Installed app) {
    return app.listing().manifest().version().micro();
  }

  /** An app that moves its data to its own form, and breaks on a later one. */
  private static App app(AppSession session) {
    int mine = session.manifest().version().micro();
    int form =
        session
            .store()
            .get("form")
            .map(bytes -> Integer.parseInt(new String(bytes, StandardCharsets.UTF_8)))
            .orElse(0);
    if (form > mine) {
      say("BROKEN version " + mine + " found data of " + form);
    }
    session.store().put("form", Integer.toString(mine).getBytes(StandardCharsets.UTF_8));
    return locale -> List.of();
  }

  private static void say(String text) {
    System.out.print(text + "\n"); // In one piece.
    System.out.flush();
  }

  private void list(int from, int to) {
    for (int n = from; n <= to; n++) {
      bench.catalogues.list("home", Bench.coach("1.0." + n));
    }
  }

  /** What the disk had. */
  private void report() throws IOException {
    Optional<Installed> app = bench.desk.apps().stream().findFirst();
    say(
        "FOUND "
            + app.map(it -> number(it) + " " + it.step()).orElse("- -")
            + " "
            + hosts.value(COACH, "user").orElse("-"));
  }

  private void run() throws Exception {
    int known = bench.desk.apps().stream().findFirst().map(DeskProcess::number).orElse(0);
    list(0, known);
    bench.desk.changed(true);
    report();
    say("READY");
    for (int i = 0; i < AHEAD; i++) {
      if (bench.desk.apps().isEmpty()) {
        say("TRY INSTALL");
        bench.desk.install(COACH, "home", ACTOR).toCompletableFuture().get();
        say("DONE " + number(bench.app()));
      }
      bench.desk.consent(COACH, ALL, Place.ZONE, ACTOR);
      bench.desk.enable(COACH, true, ACTOR);
      int user = hosts.value(COACH, "user").map(Integer::parseInt).orElse(0) + 1;
      say("TRY WRITE " + user);
      bench
          .zone
          .last()
          .session()
          .store()
          .put("user", Integer.toString(user).getBytes(StandardCharsets.UTF_8));
      say("WROTE " + user);
      int now = number(bench.app());
      list(now + 1, now + 1);
      say("TRY MOVE " + (now + 1));
      CompletableFuture<Installed> update = bench.desk.update(COACH, ACTOR).toCompletableFuture();
      bench.later.advance(Duration.ofSeconds(20));
      update.get();
      say("DONE " + (now + 1));
      switch (random.nextInt(6)) {
        case 0 -> {
          say("TRY MOVE " + now);
          bench.desk.rollback(COACH, ACTOR);
          say("DONE " + now);
        }
        case 1 -> {
          bench.desk.enable(COACH, false, ACTOR);
          list(now + 2, now + 2);
          say("TRY MOVE " + (now + 2));
          bench.desk.update(COACH, ACTOR).toCompletableFuture().get();
          say("DONE " + (now + 2));
        }
        case 2 -> {
          if (random.nextInt(4) == 0) {
            say("TRY REMOVE");
            bench.desk.remove(COACH, ACTOR);
            say("REMOVED");
          }
        }
        default -> {}
      }
    }
    say("END");
  }

  /** Folder and seed. */
  public static void main(String[] arguments) {
    try {
      new DeskProcess(Path.of(arguments[0]), Long.parseLong(arguments[1])).run();
    } catch (Exception | Error e) {
      say("BROKEN " + e);
      e.printStackTrace();
      if (e instanceof UncheckedIOException disk) {
        say("BROKEN " + disk.getCause());
      }
    }
    System.exit(0);
  }
}
