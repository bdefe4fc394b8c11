package org.commonshub.apps.desk.api;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.commonshub.apps.api.Card;
import org.commonshub.privacy.api.EnergyData;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Where the person who lives here installs, switches and removes apps. Every step is durable when
 * it returns; a power cut leaves the step before or after it. Any thread; one step per app at a
 * time.
 */
@ProviderType
public interface AppDesk {
  /**
   * An app in the catalogues.
   *
   * @param listing newest version that may be installed, or the newest withdrawn one
   * @param risk of that version
   * @param installed version that is here
   * @param blocked why it cannot be installed now, for people
   */
  record Offer(
      Listing listing, Risk risk, Optional<AppVersion> installed, Optional<String> blocked) {}

  /** All offers, one per app and source, by name. */
  List<Offer> offers();

  /** What an app is at. */
  enum Step {
    /** Being fetched and checked. */
    INSTALLING,
    /** Here, off, and waits for the person to say yes. */
    ASKING,
    /** Off. */
    OFF,
    /** Being started. */
    STARTING,
    ON,
    /** A new version is being tried beside it. */
    UPDATING,
    /** Wanted on, but stopped by the hub: {@code problem} says why. */
    STOPPED,
    /** Its kept file is not what was signed any more, or it was withdrawn: does not start. */
    REFUSED
  }

  /**
   * An app that is here.
   *
   * @param listing version that is here
   * @param step where it stands
   * @param problem for people: why it does not run, or what {@code App.problem} says
   * @param risk of what it was granted
   * @param place where it runs, or would
   * @param zoneShares other apps of the same provider: what one is granted, all in the zone have
   * @param grants what the person said yes to
   * @param data what stands at the privacy gate
   * @param licence where it stands
   * @param usage today
   * @param previous version that {@link #rollback} goes back to
   * @param update newer version in its catalogue
   * @param updateAsks whether that asks for more than this one
   */
  record Installed(
      Listing listing,
      Step step,
      Optional<String> problem,
      Risk risk,
      Place place,
      List<AppId> zoneShares,
      Grants grants,
      List<EnergyData.Grant> data,
      Standing licence,
      Optional<AppSession.Usage> usage,
      Optional<AppVersion> previous,
      Optional<Listing> update,
      boolean updateAsks) {}

  /** All apps here, by name. */
  List<Installed> apps();

  /**
   * Fetches, verifies and checks an app; it waits for {@link #consent} then.
   *
   * @param source name of the catalogue
   * @return completes when it is there; fails with {@link AppException}
   */
  CompletionStage<Installed> install(AppId app, String source, String actor);

  /**
   * What the person says yes to; may be said again at any time and takes effect at once. Asks the
   * privacy gate for the manifest's data, which is granted there. While an update is listed that
   * asks for more, it is said of that, too: the update may take over then.
   *
   * @param grants at most what the manifest, or the listed update's, asks for
   * @param place {@link Place#INSIDE} only if the operator allows it for that provider
   */
  Installed consent(AppId app, Grants grants, Place place, String actor) throws AppException;

  /**
   * Switches on or off; within a second, in a zone within three. Durable when it returns; waits at
   * most 5 s for the app to start, the step is {@code STARTING} then.
   *
   * @throws AppException {@code NOT_NOW} without {@link #consent}, {@code UNLICENSED} without a
   *     licence, {@code UNTRUSTED} if it is refused; if it does not start for another reason the
   *     step is {@code STOPPED} and {@code problem} says why
   */
  Installed enable(AppId app, boolean on, String actor) throws AppException;

  /**
   * Tries the newer version beside this one, takes over if it is well, stays if not. One that asks
   * for more is not tried before {@link #consent}.
   *
   * @return completes when that is decided; fails with {@link AppException} saying why it stayed
   */
  CompletionStage<Installed> update(AppId app, String actor);

  /** Goes back to the version before, with what it kept at the update. */
  Installed rollback(AppId app, String actor) throws AppException;

  /** Removes an app, what it kept, and its consents; nothing is left. */
  void remove(AppId app, String actor) throws AppException;

  /** Writes what the app kept as a ZIP. */
  void export(AppId app, OutputStream out) throws AppException, IOException;

  /** What it shows now; fails with {@link AppException} if it does not run. */
  CompletionStage<List<Card>> cards(AppId app, Locale locale);

  /** Sends a form; completes with why it was not taken, or empty. */
  CompletionStage<Optional<String>> submit(
      AppId app, String form, Map<String, String> values, Locale locale);

  /** Newest lines of its log first. */
  List<AppSession.LogLine> log(AppId app) throws AppException;
}
