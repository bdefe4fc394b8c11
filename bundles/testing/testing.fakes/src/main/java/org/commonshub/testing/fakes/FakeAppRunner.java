package org.commonshub.testing.fakes;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.commonshub.apps.api.App;
import org.commonshub.apps.api.Card;
import org.commonshub.apps.desk.api.AppException;
import org.commonshub.apps.desk.api.AppException.Reason;
import org.commonshub.apps.desk.api.AppRunner;
import org.commonshub.apps.desk.api.AppSession;
import org.commonshub.apps.desk.api.Place;

/** Runs apps that are objects of the test; no bundle, no process. Any thread. */
public final class FakeAppRunner implements AppRunner {
  private final Place place;
  private final List<Run> runs = new ArrayList<>();
  private Function<AppSession, App> code = session -> locale -> List.of();
  private Optional<String> unavailable = Optional.empty();
  private String failure = "";

  /** A runner of one place. */
  public FakeAppRunner(Place place) {
    this.place = place;
  }

  /** What apps are from now on. */
  public synchronized void code(Function<AppSession, App> value) {
    code = value;
  }

  /** Nothing starts from now on, with that message; an empty one ends that. */
  public synchronized void fail(String message) {
    failure = message;
  }

  /** Why nothing can be started here; empty if it can. */
  public synchronized void unavailable(Optional<String> why) {
    unavailable = why;
  }

  /** Everything that was started, the oldest first. */
  public synchronized List<Run> runs() {
    return List.copyOf(runs);
  }

  /** What was started last. */
  public synchronized Run last() {
    return runs.get(runs.size() - 1);
  }

  @Override
  public Place place() {
    return place;
  }

  @Override
  public synchronized Optional<String> unavailable() {
    return unavailable;
  }

  @Override
  public synchronized Run start(Path jar, AppSession session) throws AppException {
    if (!failure.isEmpty()) {
      throw new AppException(Reason.FAILED, failure);
    }
    Run run = new Run(jar, session, code.apply(session));
    runs.add(run);
    return run;
  }

  /** An app that runs, or ran. */
  public static final class Run implements Running {
    private final Path jar;
    private final AppSession session;
    private final App app;
    private final CompletableFuture<String> ended = new CompletableFuture<>();
    private volatile boolean closed;

    private Run(Path jar, AppSession session, App app) {
      this.jar = jar;
      this.session = session;
      this.app = app;
    }

    /** What it was started from. */
    public Path jar() {
      return jar;
    }

    /** Its services. */
    public AppSession session() {
      return session;
    }

    /** Its process dies. */
    public void crash(String why) {
      ended.complete(why);
    }

    /** Whether it was stopped. */
    public boolean closed() {
      return closed;
    }

    @Override
    public CompletionStage<List<Card>> cards(Locale locale) {
      return session.call(() -> app.cards(locale), 5);
    }

    @Override
    public CompletionStage<Optional<String>> submit(
        String form, Map<String, String> values, Locale locale) {
      return session.call(() -> app.submit(form, values, locale), 5);
    }

    @Override
    public CompletionStage<Optional<String>> problem() {
      return session.call(app::problem, 5);
    }

    @Override
    public CompletionStage<String> ended() {
      return ended;
    }

    @Override
    public void close() {
      closed = true;
    }
  }
}
