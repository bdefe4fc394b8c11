package org.commonshub.console.rest;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;
import org.commonshub.metering.api.DeviceException;

/** Answers that wait for a device or an app, on no thread, and a bounded number of them. */
final class Deferred {
  private final Executor background;
  private final Semaphore places;
  private final String busy;
  private final String late;

  /**
   * @param background writes answers that come late; never a metering thread
   * @param most answers that may wait
   * @param busy what one more is told
   */
  Deferred(Executor background, int most, String busy) {
    this(background, most, busy, "The device did not answer in time.");
  }

  /**
   * @param late what is said when the time is over
   */
  Deferred(Executor background, int most, String busy, String late) {
    this.late = late;
    this.background = background;
    this.places = new Semaphore(most);
    this.busy = busy;
  }

  /** Starts something that answers later and gives the request's thread back meanwhile. */
  <T> Response later(
      Supplier<CompletionStage<T>> start, Duration time, Function<T, Response> answer) {
    return Response.raw(
        (http, first) -> {
          if (!places.tryAcquire()) {
            ApiServlet.write(Problem.tooMany(5, busy).response(), http, first);
            return;
          }
          AsyncContext async = http.startAsync();
          AtomicBoolean answered = new AtomicBoolean();
          async.setTimeout(time.toMillis());
          async.addListener(
              new Late(
                  () -> {
                    if (answered.compareAndSet(false, true)) {
                      finish(async, new Problem(504, late).response());
                    }
                  },
                  places::release));
          CompletionStage<T> stage;
          try {
            stage = start.get();
          } catch (RuntimeException e) {
            answered.set(true);
            finish(async, failure(e));
            return;
          }
          stage.whenComplete(
              (value, error) -> {
                if (answered.compareAndSet(false, true)) {
                  try {
                    background.execute(
                        () -> finish(async, error == null ? answer.apply(value) : failure(error)));
                  } catch (RejectedExecutionException e) {
                    async.complete();
                  }
                }
              });
        });
  }

  private static void finish(AsyncContext async, Response response) {
    try {
      ApiServlet.write(
          response,
          (jakarta.servlet.http.HttpServletRequest) async.getRequest(),
          (HttpServletResponse) async.getResponse());
    } catch (IOException | IllegalStateException e) {
      // The caller has gone; there is nobody left to tell.
    } finally {
      try {
        async.complete();
      } catch (IllegalStateException e) {
        // Completed by the container already.
      }
    }
  }

  private static Response failure(Throwable error) {
    Throwable cause = error;
    while ((cause instanceof CompletionException || cause instanceof ExecutionException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof DeviceException device) {
      return new Problem(422, device.getMessage()).response();
    }
    if (cause instanceof Problem problem) {
      return problem.response();
    }
    if (cause instanceof IllegalArgumentException) {
      return new Problem(422, cause.getMessage()).response();
    }
    return new Problem(500, "The hub could not ask the device because of a fault of its own.")
        .response();
  }

  /** Tells of the time-out, and once of the end. */
  private record Late(Runnable timeout, Runnable end) implements AsyncListener {
    @Override
    public void onTimeout(AsyncEvent event) {
      timeout.run();
    }

    @Override
    public void onComplete(AsyncEvent event) {
      end.run();
    }

    @Override
    public void onError(AsyncEvent event) {
      try {
        event.getAsyncContext().complete();
      } catch (IllegalStateException e) {
        // Completed already.
      }
    }

    @Override
    public void onStartAsync(AsyncEvent event) {}
  }
}
