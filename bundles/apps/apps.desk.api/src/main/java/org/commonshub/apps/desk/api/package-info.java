/**
 * The hub's side of third-party apps; no app may import it.
 *
 * <p>{@code apps.catalogue} implements {@link org.commonshub.apps.desk.api.Catalogues}: what there
 * is, who vouches for it, and whether a file is that. {@code apps.licence} implements {@link
 * org.commonshub.apps.desk.api.Licences} and {@link org.commonshub.apps.desk.api.TrustedTime};
 * {@code apps.metering} {@link org.commonshub.apps.desk.api.UsageMeter}. {@code apps.host}
 * implements {@link org.commonshub.apps.desk.api.AppHosts}: the services that one app gets, with
 * its quotas. {@link org.commonshub.apps.desk.api.AppRunner} starts code: {@code apps.provider}
 * inside the hub, {@code apps.zone} in a process of the provider's own. {@code apps.provider} calls
 * all of these and implements {@link org.commonshub.apps.desk.api.AppDesk}, which the console
 * calls.
 */
@Export
@Version("1.0.0")
package org.commonshub.apps.desk.api;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
