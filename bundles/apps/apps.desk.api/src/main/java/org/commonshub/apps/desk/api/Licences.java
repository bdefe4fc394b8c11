package org.commonshub.apps.desk.api;

import java.util.Set;
import org.osgi.annotation.versioning.ProviderType;

/**
 * What was bought for which app. Works without any network; a problem of one licence touches that
 * app alone. Durable when a method returns. Any thread.
 */
@ProviderType
public interface Licences {
  /**
   * An app was installed or updated: from now on {@link #standing} knows what it costs and who may
   * sign its licences.
   */
  void admit(Listing listing);

  /**
   * An app was removed. Its licences and whether it was tried are kept, so that installing it again
   * neither costs nor gives anything.
   */
  void dismiss(AppId app);

  /** Where an app stands now; {@code NONE} if it was not admitted. */
  Standing standing(AppId app);

  /**
   * What the person sends to the provider to buy: a compact JWS by this hub's key with app, level
   * and the hub's DID.
   *
   * @throws AppException if there is no such app or level
   */
  String request(AppId app, String level) throws AppException;

  /**
   * Apps for which somebody made a request in the last 30 days, since the hub started, and for
   * which no licence came yet. {@code apps.catalogue} looks for those beside the catalogue.
   */
  default Set<AppId> awaited() {
    return Set.of();
  }

  /**
   * Starts the one trial of a level.
   *
   * @throws AppException if there is none, or it was used
   */
  Standing startTrial(AppId app, String level, String actor) throws AppException;

  /**
   * Takes a licence: two compact JWS, the operator's counter-signature over the provider's token.
   *
   * @throws AppException with the reason {@code UNLICENSED} if it is not for this hub and an
   *     admitted app, not signed by both, older than one that is there, or revoked
   */
  Standing add(String token, String actor) throws AppException;

  /**
   * Uses units of a metered limit.
   *
   * @return whether they were within the limit and are counted
   */
  boolean use(AppId app, String metric, long amount);

  /** Told when a standing changed. Whiteboard. */
  @org.osgi.annotation.versioning.ConsumerType
  interface Listener {
    /** Called on a thread of the licences', return soon. */
    void standingChanged(Standing standing);
  }
}
