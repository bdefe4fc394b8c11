package org.commonshub.apps.desk.api;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.commonshub.apps.api.Card;
import org.osgi.annotation.versioning.ProviderType;

/** Starts the code of apps at one {@link Place}. Called by {@code apps.provider}. */
@ProviderType
public interface AppRunner {
  /** Where. */
  Place place();

  /** Why nothing can be started there on this machine, for people; empty if it can. */
  Optional<String> unavailable();

  /**
   * Starts an app and waits until its {@code App} service is there, at most 15 s.
   *
   * @param jar its bundle, already verified
   * @param session its services, open
   * @throws AppException if it did not start; nothing of it is left then
   */
  Running start(Path jar, AppSession session) throws AppException;

  /** An app that runs. */
  @ProviderType
  interface Running extends AutoCloseable {
    /** See {@code App.cards}; fails if it does not answer within 5 s. */
    CompletionStage<List<Card>> cards(Locale locale);

    /** See {@code App.submit}. */
    CompletionStage<Optional<String>> submit(
        String form, Map<String, String> values, Locale locale);

    /** See {@code App.problem}. */
    CompletionStage<Optional<String>> problem();

    /**
     * Completes, with why in one sentence for people, when it ends without {@link #close}: its
     * process died, its bundle stopped or its service went. Not for what {@link AppSession#onEnded}
     * tells.
     */
    CompletionStage<String> ended();

    /** Stops it; nothing of it runs when it returns, at most 5 s. */
    @Override
    void close();
  }
}
